"""How often something may be tried, and what is said to whoever tries too often (S50 to S52)."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import brakes, tasks
from accounts.brakes import Brake, connection_of, how_long
from accounts.consent import VERSION
from accounts.models import Tally
from accounts.operations import enrol_member
from community.models import Post, Reply
from risk import screening
from risk.models import Screening
from tests.cast import Cast
from tests.factories.accounts import PASSWORD
from tests.factories.community import PostFactory, TopicFactory
from tests.letterbox import Letterbox
from tests.sign_ins import grow_stale
from vault import post

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WRONG = "not this one"
THREE = Brake("test", 3, MINUTE)


def sign_in(address: str, password: str = WRONG, **where: str) -> object:
    return Client(**where).post("/account/login/", {"login": address, "password": password})


def test_a_brake_lets_so_many_through_and_then_says_when():
    presses = [THREE.press("x", at=NOW + n * timedelta(seconds=10)) for n in range(4)]

    assert presses == [None, None, None, NOW + MINUTE]


def test_a_brake_lets_go_one_by_one_as_time_passes():
    for second in (0, 10, 20):
        assert THREE.press("x", at=NOW + timedelta(seconds=second)) is None

    assert THREE.press("x", at=NOW + timedelta(seconds=59)) == NOW + MINUTE
    assert THREE.press("x", at=NOW + timedelta(seconds=61)) is None
    assert THREE.press("x", at=NOW + timedelta(seconds=62)) == NOW + timedelta(seconds=70)


def test_trying_on_while_it_is_pulled_does_not_make_it_longer():
    for second in range(50):
        THREE.press("x", at=NOW + timedelta(seconds=second))

    assert THREE.press("x", at=NOW + timedelta(seconds=61)) is None


def test_a_brake_counts_each_person_for_themselves():
    for _ in range(4):
        THREE.press("x", at=NOW)

    assert THREE.press("y", at=NOW) is None
    assert Brake("other", 3, MINUTE).press("x", at=NOW) is None


def test_what_is_given_back_was_never_counted():
    for second in range(20):
        at = NOW + timedelta(seconds=second)
        assert THREE.press("x", at=at) is None
        THREE.give_back("x", at=at)


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_are_counted_as_fifty():
    let_through = []

    def press() -> None:
        try:
            if THREE.press("x", at=NOW) is None:
                let_through.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(let_through) == 3


def test_what_no_brake_counts_any_more_is_forgotten():
    THREE.press("x", at=NOW)
    assert Tally.objects.count() == 1

    tasks.tidy()

    assert not Tally.objects.exists()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (42.2, "43 seconds"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (299, "5 minutes"),
    ],
)
def test_a_wait_is_said_in_words(seconds: float, words: str):
    assert how_long(NOW + timedelta(seconds=seconds), at=NOW) == words


# --- Signing in ---------------------------------------------------------------------------


def test_s50_the_sixth_wrong_password_in_five_minutes_is_not_looked_at(cast: Cast, time_machine):
    time_machine.move_to(NOW, tick=False)
    address = cast.member.user.address
    # From another place each time, as a botnet would.
    statuses = [sign_in(address, REMOTE_ADDR=f"203.0.113.{n}").status_code for n in range(7)]
    assert statuses == [422] * 5 + [429] * 2
    assert sign_in(address, PASSWORD).status_code == 429

    time_machine.move_to(NOW + 5 * MINUTE, tick=False)
    assert sign_in(address, PASSWORD).status_code == 302


def test_s50_the_refused_page_says_when_and_how_else_and_whom_to_call(cast: Cast, time_machine):
    time_machine.move_to(NOW, tick=False)
    for _ in range(6):
        answer = sign_in(cast.member.user.address)

    assert answer.status_code == 429
    assert answer["Retry-After"] == "300"
    assert "You can try again in 5 minutes." in answer.text
    assert 'href="/account/letter/"' in answer.text
    assert 'href="/help-now/"' in answer.text
    assert 'href="tel:116123"' in answer.text
    assert cast.member.user.address not in answer.text


def test_s50_s25_it_is_the_same_for_an_address_that_nobody_has(cast: Cast, time_machine):
    time_machine.move_to(NOW, tick=False)
    pages = {}
    for address in (cast.member.user.address, "nobody@example.invalid"):
        answers = [sign_in(address, REMOTE_ADDR=f"203.0.113.{n}") for n in range(6)]
        pages[address] = [answer.status_code for answer in answers], answers[-1].text

    known, unknown = pages.values()
    assert known == unknown


def test_s50_somebody_elses_wrong_passwords_lock_nobody_out(
    cast: Cast, letterbox: Letterbox, time_machine
):
    time_machine.move_to(NOW, tick=False)
    address = "somebody@example.invalid"
    enrol_member(
        email=address,
        password=PASSWORD,
        alias="Somebody",
        locality=cast.leeds,
        at=NOW,
        consented_to=VERSION,
    )
    for _ in range(30):
        sign_in(address, REMOTE_ADDR="198.51.100.9")
    assert sign_in(address, PASSWORD).status_code == 429

    client = Client()
    client.post("/account/letter/", {"email": address})
    post.deliver_due()
    link = next(w for w in letterbox.letters[0].get_content().split() if "/letter/" in w)
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "three kind words"})

    # In, while the other goes on trying.
    assert sign_in(address, REMOTE_ADDR="198.51.100.9").status_code == 429
    assert client.get("/wall/").status_code == 200


def test_s50_right_passwords_are_no_reason_to_wait(cast: Cast):
    for _ in range(12):
        assert sign_in(cast.member.user.address, PASSWORD).status_code == 302


def test_s50_a_right_password_in_between_does_not_start_the_count_again(cast: Cast):
    address = cast.member.user.address
    statuses = []
    for _ in range(3):
        statuses += [sign_in(address).status_code, sign_in(address).status_code]
        statuses.append(sign_in(address, PASSWORD).status_code)

    assert statuses == [422, 422, 302, 422, 422, 302, 422, 429, 429]


def test_s50_one_connection_cannot_try_everybody(cast: Cast):
    statuses = [
        sign_in(f"person{n}@example.invalid", REMOTE_ADDR="203.0.113.9").status_code
        for n in range(22)
    ]
    assert statuses == [422] * 20 + [429] * 2
    assert sign_in("person1@example.invalid", REMOTE_ADDR="203.0.113.10").status_code == 422


@pytest.fixture
def under_attack(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many passwords are tried all over the house that its own brake is pulled."""
    monkeypatch.setattr(brakes, "SIGN_INS_OF_ALL", Brake("sign-in, all", 4, MINUTE))
    for n in range(4):
        sign_in(f"person{n}@example.invalid", REMOTE_ADDR=f"203.0.113.{n}")


def test_s50_while_the_house_is_tried_a_password_alone_opens_nothing_and_tells_nothing(
    cast: Cast, under_attack: None, letterbox: Letterbox
):
    address = "somebody@example.invalid"
    enrol_member(
        email=address,
        password=PASSWORD,
        alias="Somebody",
        locality=cast.leeds,
        at=NOW,
        consented_to=VERSION,
    )
    right, wrong = sign_in(address, PASSWORD), sign_in(address)
    nobody = sign_in("nobody@example.invalid")

    assert right.status_code == wrong.status_code == nobody.status_code == 429
    pages = {page.text.replace(str(page["Retry-After"]), "") for page in (right, wrong, nobody)}
    assert len(pages) == 1
    assert "_auth_user_id" not in right.wsgi_request.session

    post.deliver_due()
    assert letterbox.to == [[address]]
    link = next(w for w in letterbox.letters[0].get_content().split() if "/letter/" in w)
    client = Client()
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "three kind words"})
    assert client.get("/wall/").status_code == 200


def test_s50_whoever_is_signed_in_notices_nothing_of_it(cast: Cast, under_attack: None):
    client = cast.client("member")

    assert client.get("/wall/").status_code == 200
    grow_stale(client, cast.member.user)
    right = {"confirm_for": "GET", "confirm_password": PASSWORD}
    assert client.post("/account/confirm/", right).status_code == 303


def test_s50_confirming_and_changing_a_password_have_a_brake_too(cast: Cast):
    ways = (("/account/confirm/", "confirm_password"), ("/account/password/", "oldpassword"))
    for path, field in ways:
        Tally.objects.all().delete()
        client = cast.client("member")
        grow_stale(client, cast.member.user)
        form = {field: "wrong", "password1": "three kind words", "confirm_for": "GET"}
        statuses = [client.post(path, form).status_code for _ in range(6)]
        assert statuses == [422] * 5 + [429], path


def test_s50_a_wrong_new_password_is_no_guess_at_the_old_one(cast: Cast):
    client = cast.client("member")
    form = {"oldpassword": PASSWORD, "password1": "short"}

    assert [client.post("/account/password/", form).status_code for _ in range(8)] == [422] * 8


# --- Where a request comes from -----------------------------------------------------------


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP", "X-Client-IP"]
)
def test_s52_saying_that_one_comes_from_elsewhere_changes_nothing(header: str, cast: Cast):
    saying = "for=203.0.113.%d" if header == "Forwarded" else "203.0.113.%d"
    statuses = [
        Client(headers={header: saying % n})
        .post("/account/login/", {"login": f"p{n}@example.invalid", "password": WRONG})
        .status_code
        for n in range(21)
    ]

    assert statuses == [422] * 20 + [429]


def test_s52_one_household_is_one_connection(rf):
    def of(address: str) -> str:
        return connection_of(rf.get("/", REMOTE_ADDR=address))

    assert of("2001:db8:1:2:aaaa::1") == of("2001:db8:1:2:bbbb::2") != of("2001:db8:1:3::1")
    assert of("::ffff:203.0.113.7") == of("203.0.113.7") != of("203.0.113.8")
    assert of("") == of("not an address") == "unknown"


def test_the_counters_of_allauth_do_not_hold_where_somebody_is(cast: Cast, rf):
    from accounts.adapter import AccountAdapter

    stands_for = AccountAdapter().get_client_ip(rf.get("/", REMOTE_ADDR="203.0.113.7"))

    assert "203" not in stands_for.split(".")
    assert len(stands_for) == 40


# --- Writing ------------------------------------------------------------------------------


@pytest.fixture
def ten_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brakes, "WRITING", Brake("writing", 10, MINUTE))


def test_s51_a_hundred_posts_a_minute_are_braked_and_all_that_was_taken_is_screened(
    cast: Cast, ten_a_minute: None
):
    client, topic, thread = cast.client("member"), TopicFactory(), PostFactory()
    before = Screening.objects.count()
    statuses = []
    for n in range(50):
        form = {"topic": topic.slug, "body": f"I want to kill myself, number {n}."}
        statuses.append(client.post("/wall/new/", form).status_code)
        replies = f"/wall/posts/{thread.public_id}/replies/"
        statuses.append(client.post(replies, {"body": f"And again, {n}."}).status_code)
    screening.drain(now=timezone.now)

    assert statuses == [302] * 10 + [429] * 90
    assert Post.objects.filter(author=cast.member).count() == 5
    assert Reply.objects.filter(author=cast.member).count() == 5
    screened = Screening.objects.filter(author=cast.member)
    assert Screening.objects.count() - before == screened.count() == 10
    assert not screened.filter(screened_at=None).exists()


def test_s51_the_words_come_back_and_can_be_sent_again_as_the_same_post(
    cast: Cast, ten_a_minute: None, time_machine
):
    time_machine.move_to(NOW, tick=False)
    client, topic = cast.client("member"), TopicFactory()
    key = "11111111-1111-4111-8111-111111111111"
    for n in range(10):
        client.post("/wall/new/", {"topic": topic.slug, "body": f"Words {n}."})
    form = {"topic": topic.slug, "body": "Words <that> must not be lost.", "key": key}

    answer = client.post("/wall/new/", form)

    assert answer.status_code == 429
    assert "Words &lt;that&gt; must not be lost." in answer.text
    assert "You can try again in 1 minute." in answer.text
    assert f'name="key" value="{key}"' in answer.text
    assert f'name="topic" value="{topic.slug}"' in answer.text
    assert 'action="/wall/new/"' in answer.text
    assert 'href="tel:116123"' in answer.text

    time_machine.move_to(NOW + MINUTE, tick=False)
    assert client.post("/wall/new/", form).status_code == 302
    assert Post.objects.filter(body=form["body"]).count() == 1


def test_s51_editing_is_writing_too_and_one_member_does_not_brake_another(
    cast: Cast, ten_a_minute: None
):
    mine = PostFactory(author=cast.member)
    client = cast.client("member")
    path = f"/wall/posts/{mine.public_id}/edit/"
    statuses = [
        client.post(path, {"body": f"Better words {n}.", "revision": n + 1}).status_code
        for n in range(11)
    ]
    assert statuses == [302] * 10 + [429]

    other = Client()
    other.force_login(PostFactory().author.user)
    form = {"topic": TopicFactory().slug, "body": "Words."}
    assert other.post("/wall/new/", form).status_code == 302


def test_s51_ten_a_minute_is_what_a_house_on_the_internet_has():
    import os
    import subprocess
    import sys

    from django.conf import settings

    done = subprocess.run(
        [sys.executable, "-c", "from peersupport import settings as s; print(s.WRITINGS_A_MINUTE)"],
        env={**os.environ, "PEERSUPPORT_TESTING": "false"}, cwd=settings.BASE_DIR,
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "10"
