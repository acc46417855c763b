"""Where somebody is signed in: what is kept of it, and how it ends (S43, S46)."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts import sessions, tasks
from accounts.consent import VERSION
from accounts.models import Session
from accounts.operations import enrol_member
from accounts.second_factor import works_here
from accounts.session_store import SessionStore
from tests.cast import Cast
from tests.factories.accounts import PASSWORD
from tests.letterbox import Letterbox
from tests.sign_ins import note
from vault import post

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "three kind words"
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.6478.71 Mobile Safari/537.36"
)
LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.68"
)


def signed_in(cast: Cast, role: str = "member", user_agent: str = LAPTOP) -> Client:
    client = Client(HTTP_USER_AGENT=user_agent, REMOTE_ADDR="203.0.113.77")
    form = {"login": cast.user(role).address, "password": PASSWORD}
    assert client.post("/account/login/", form).status_code == 302
    if works_here(cast.user(role)):
        now = time.time()
        note(client, cast.user(role), [{"method": "mfa", "type": "totp", "at": now}])
    return client


def cookie(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def with_cookie(value: str) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = value
    return client


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (PHONE, "Chrome on an Android phone"),
        (LAPTOP, "Firefox on a Windows computer"),
        (IPHONE, "Safari on an iPhone"),
        (EDGE, "Edge on a Windows computer"),
        ("curl/8.0", "A device we do not know"),
        ("", "A device we do not know"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "a Linux computer"),
    ],
)
def test_a_device_is_known_by_its_families_and_no_more(user_agent: str, words: str):
    device = sessions.device_of(user_agent)

    assert str(sessions.in_words(device)) == words
    assert not any(digit in device for digit in "0123456789")


def test_a_person_sees_where_they_are_signed_in(cast: Cast):
    here, _there = signed_in(cast), signed_in(cast, user_agent=PHONE)
    signed_in(cast, "guide", IPHONE)

    page = here.get("/account/places/").text

    assert "Firefox on a Windows computer" in page
    assert "this is the one you use now" in page
    assert "Chrome on an Android phone" in page
    assert "iPhone" not in page
    assert "203.0.113.77" not in page
    for session in Session.objects.all():
        assert session.session_key not in page


def test_the_list_starts_here_and_goes_on_with_the_newest(cast: Cast, time_machine):
    now = timezone.now()
    clients = []
    for days in (3, 1, 2):
        time_machine.move_to(now - timedelta(days=days), tick=False)
        clients.append(signed_in(cast))
    time_machine.move_to(now, tick=False)

    found = sessions.open_of(cast.member.user, now=now, here=cookie(clients[2]))

    assert [each.is_this_one for each in found] == [True, False, False]
    assert [(now - each.began_at).days for each in found] == [2, 1, 3]


def test_a_session_that_has_run_out_is_not_on_the_list_and_goes(cast: Cast):
    signed_in(cast)
    later = timezone.now() + timedelta(days=15)
    assert sessions.open_of(cast.member.user, now=later) == []

    Session.objects.update(expire_date=timezone.now() - timedelta(minutes=1))
    tasks.tidy()

    assert not Session.objects.exists()


def test_one_other_place_can_be_signed_out(cast: Cast):
    here, there, third = (signed_in(cast) for _ in range(3))
    name = next(
        each.name
        for each in sessions.open_of(cast.member.user, now=timezone.now())
        if each.name in sessions._name_of(cookie(there))
    )

    answer = here.post("/account/places/end/", {"session": name, "next": "/me/"})

    assert (answer.status_code, answer["Location"]) == (302, "/me/")
    assert there.get("/wall/").status_code == 302
    assert here.get("/wall/").status_code == third.get("/wall/").status_code == 200


def test_s01_nobody_signs_anybody_else_out(cast: Cast):
    mine, theirs = signed_in(cast), signed_in(cast, "guide")
    [their_session] = sessions.open_of(cast.guide.user, now=timezone.now())

    mine.post("/account/places/end/", {"session": their_session.name})
    mine.post("/account/places/end/", {"session": cookie(theirs)})
    mine.post("/account/places/end-others/")

    assert theirs.get("/desk/").status_code == 200


def test_everywhere_else_can_be_signed_out_at_once(cast: Cast):
    here, there, third = (signed_in(cast) for _ in range(3))

    here.post("/account/places/end-others/")

    assert here.get("/wall/").status_code == 200
    assert there.get("/wall/").status_code == third.get("/wall/").status_code == 302
    assert Session.objects.filter(user=cast.member.user).count() == 1


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.invalid/", "//elsewhere.invalid", "x:y"])
def test_the_way_back_stays_in_the_house(elsewhere: str, cast: Cast):
    answer = signed_in(cast).post("/account/places/end-others/", {"next": elsewhere})

    assert answer["Location"] == "/account/places/"


def test_s46_a_changed_password_ends_the_others_keeps_this_one_and_is_told_in_a_letter(
    cast: Cast, letterbox: Letterbox
):
    address = "somebody@example.invalid"
    member = enrol_member(
        email=address,
        password=PASSWORD,
        alias="Juniper",
        locality=cast.leeds,
        at=timezone.now(),
        consented_to=VERSION,
    )
    member.user.address = address
    cast.member = member
    here, there = signed_in(cast), signed_in(cast)
    before = cookie(here)

    answer = here.post("/account/password/", {"oldpassword": PASSWORD, "password1": NEW_PASSWORD})

    assert answer.status_code == 302
    assert "You are signed in only here." in here.get(answer["Location"]).text
    assert here.get("/wall/").status_code == 200
    assert there.get("/wall/").status_code == 302
    # Gone from the table, too: not only refused by what Django compares.
    assert Session.objects.filter(user=member.user).count() == 1
    # And whoever had a copy of this one's cookie has it no more.
    assert cookie(here) != before
    assert with_cookie(before).get("/wall/").status_code == 302
    assert post.deliver_due() == 1
    assert letterbox.to == [[address]]
    assert letterbox.letters[0]["Subject"] == "Your sign-in has changed"


def test_s46_a_changed_second_factor_does_the_same(cast: Cast, rf):
    """allauth's MFA pages tell the adapter, and so does whatever else changes how one signs in."""
    from allauth.core import context

    from accounts.adapter import AccountAdapter

    here, there = signed_in(cast, "guide"), signed_in(cast, "guide")
    request = rf.post("/")
    request.user, request.session = cast.guide.user, SessionStore(cookie(here))
    with context.request_context(request):
        AccountAdapter(request).send_notification_mail("mfa/email/totp_activated", cast.guide.user)

    assert here.get("/desk/").status_code == 200
    assert there.get("/desk/").status_code == 302


def test_s43_signing_in_gives_a_new_key_and_what_was_planted_is_dead(cast: Cast):
    planted = Client()
    planted.get("/account/login/")
    session = planted.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key
    victim = with_cookie(before)

    form = {"login": cast.member.user.address, "password": PASSWORD}
    assert victim.post("/account/login/", form).status_code == 302

    assert cookie(victim) != before
    assert not SessionStore().exists(before)
    assert with_cookie(before).get("/wall/").status_code == 302


def test_s43_a_key_of_ones_own_making_is_not_taken(cast: Cast):
    victim = with_cookie("a" * 32)
    form = {"login": cast.member.user.address, "password": PASSWORD}
    victim.post("/account/login/", form)

    assert cookie(victim) != "a" * 32


@pytest.mark.parametrize("way", ["/account/logout/", "/exit/"])
def test_s43_s47_after_signing_out_the_cookie_is_dead_and_no_page_was_kept(way: str, cast: Cast):
    client = signed_in(cast)
    mine = cookie(client)
    page = client.get("/wall/")
    assert page["Cache-Control"] == "no-store"

    answer = client.post(way)

    assert '"storage"' in answer["Clear-Site-Data"]
    assert not SessionStore().exists(mine)
    assert with_cookie(mine).get("/wall/").status_code == 302
    assert with_cookie(mine).get("/account/places/").status_code == 302


def test_s43_nothing_of_one_person_is_left_for_the_next_in_the_same_browser(cast: Cast):
    client = signed_in(cast)
    session = client.session
    session["left"] = "by the first"
    session.save()
    client.post("/account/logout/")

    client.post("/account/login/", {"login": cast.guide.user.address, "password": PASSWORD})

    assert "left" not in client.session


def test_s43_every_page_of_somebody_who_is_signed_in_may_be_kept_nowhere(cast: Cast):
    """Over every route: tests/platform/test_headers.py. Here: the pages of errors, too."""
    client = signed_in(cast)
    answers = [
        client.get("/nothing/here/"),
        client.post("/wall/new/", {}),
        client.get("/account/places/"),
        *[client.post("/account/password/", {"oldpassword": "wrong"}) for _ in range(6)],
    ]

    assert {answer.status_code for answer in answers} == {404, 422, 200, 429}
    assert all("no-store" in answer["Cache-Control"] for answer in answers)


def test_s43_closing_the_browser_signs_out_however_somebody_signed_in(
    cast: Cast, letterbox: Letterbox
):
    address = "somebody@example.invalid"
    enrol_member(
        email=address, password=PASSWORD, alias="Juniper", locality=cast.leeds, at=timezone.now()
    )
    by_letter = Client()
    by_letter.post("/account/letter/", {"email": address})
    post.deliver_due()
    link = next(w for w in letterbox.letters[0].get_content().split() if "/letter/" in w)
    form = by_letter.get(link, follow=True)
    by_letter.post(form.request["PATH_INFO"], {"password1": NEW_PASSWORD})

    for client in (by_letter, signed_in(cast), cast.client("guide")):
        morsel = client.cookies[settings.SESSION_COOKIE_NAME]
        assert not morsel["max-age"]
        assert not morsel["expires"]


def test_a_session_knows_whose_it_is_until_they_sign_out(cast: Cast):
    client = Client()
    client.get("/account/letter/")
    session = client.session
    session["anything"] = 1
    session.save()
    assert Session.objects.get().user_id is None

    client = signed_in(cast)
    assert Session.objects.get(session_key=cookie(client)).user_id == cast.member.user.pk


def test_a_sign_in_without_a_password_of_ours_is_told_so(cast: Cast):
    cast.member.user.set_unusable_password()
    cast.member.user.save()
    client = Client()
    client.force_login(cast.member.user)

    answer = client.post("/account/password/", {"oldpassword": "x", "password1": NEW_PASSWORD})

    assert "You have no password here" in answer.text
    cast.member.user.refresh_from_db()
    assert not cast.member.user.has_usable_password()
