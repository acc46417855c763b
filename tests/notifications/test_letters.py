"""Letters: when, how often, and with which words, over real SMTP."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Member
from accounts.preferences import choose, preferences_of, take_a_break
from audit.models import Entry
from community.models import Post
from community.operations import hide, mute_member
from notifications import letters
from notifications.enums import Kind
from notifications.models import Notice, Reach
from notifications.operations import tell
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.commissioning import CommissionerFactory, LocalityFactory
from tests.factories.community import PostFactory, ReplyFactory
from tests.letterbox import SENDER, Letterbox
from vault import operations as vault
from vault import post
from vault.details import Details

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ADDRESS = "m.quillfeather@example.invalid"
ALIAS = "Kestrel Marzipan"
HEALTH = re.compile(
    r"health|well-?being|mental|suicid|depress|anxi|therap|counsel|crisis|support|peer|"
    r"\bwall\b|\bnhs\b|council|patient|mood|self-harm|\bhelp\b",
    re.IGNORECASE,
)  # fmt: skip
pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    commissioner = CommissionerFactory(name="Zebedee Council")
    locality = LocalityFactory(name="Quokkaville", commissioner=commissioner)
    member: Member = MemberFactory(alias=ALIAS, locality=locality, joined_at=NOON)
    vault.keep(handle=member.user.handle, details=Details(email=ADDRESS), at=NOON)
    return member


def told(member: Member, number: int = 1, *, kind: Kind = Kind.REPLY, at: datetime = NOON) -> None:
    tell(member=member, kind=kind, at=at, url_name="community:thread", args=["abc"],
         about=f"post:{number}")  # fmt: skip


def write(at: datetime) -> int:
    written = letters.write_due(now=at)
    post.deliver_due()
    return written


def parts(letter: EmailMessage) -> tuple[str, str]:
    plain, looks = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert looks is not None
    return plain.get_content(), looks.get_content()


# -- the letter of the day ------------------------------------------------------------------


def test_an_hour_after_a_reply_there_is_one_letter_and_no_more_that_day(
    member: Member, letterbox: Letterbox
):
    told(member)
    assert write(NOON + timedelta(minutes=59)) == 0
    told(member, 2, at=NOON + timedelta(minutes=30))

    assert write(NOON + timedelta(hours=1)) == 1
    assert write(NOON + timedelta(hours=1)) == 0
    told(member, 3, at=NOON + timedelta(hours=2))
    for hours in (3, 5, 8, 12, 19):
        write(NOON + timedelta(hours=hours))
    assert len(letterbox.letters) == 1

    write(NOON + timedelta(hours=20))  # eight the next morning
    assert len(letterbox.letters) == 2
    assert letterbox.to == [[ADDRESS]] * 2


def test_what_was_read_within_the_hour_needs_no_letter(member: Member, letterbox: Letterbox):
    told(member)
    Notice.objects.update(seen_at=NOON)
    assert write(NOON + timedelta(hours=2)) == 0


@pytest.mark.parametrize(("hour", "quiet"), [(20, False), (21, True), (3, True), (8, False)])
def test_no_letter_is_sent_in_quiet_hours(
    member: Member, letterbox: Letterbox, hour: int, quiet: bool
):
    # In July the clocks there are an hour ahead of UTC.
    at = datetime(2026, 7, 8, hour, 30, tzinfo=member.locality.zone)
    told(member, at=at - timedelta(hours=1))
    write(at)
    assert (letterbox.letters == []) is quiet


def test_quiet_hours_are_those_they_chose(member: Member, letterbox: Letterbox):
    choose(member=member, quiet_from="11:00", quiet_until="15:00")
    told(member)
    assert write(NOON + timedelta(hours=2, minutes=59)) == 0
    assert write(NOON + timedelta(hours=3)) == 1


@pytest.mark.parametrize("kind", [Kind.SUPPORT, Kind.INVITED_TO_HELP, Kind.LOAD_CHECK])
def test_some_things_wait_for_the_next_visit(member: Member, letterbox: Letterbox, kind: Kind):
    told(member, kind=kind)
    assert write(NOON + timedelta(hours=2)) == 0


def test_who_wants_no_letter_who_leaves_or_who_takes_a_break_gets_none(letterbox: Letterbox):
    wants_none, leaves, breaks = (MemberFactory() for _ in range(3))
    choose(member=wants_none, letter_of_replies=False)
    Member.objects.filter(pk=leaves.pk).update(leaving_at=NOON)
    take_a_break(member=breaks, until=NOON.date() + timedelta(days=2), at=NOON)
    for each in (wants_none, leaves, breaks):
        told(each)
    assert write(NOON + timedelta(hours=2)) == 0
    assert not Notice.objects.filter(letter_at__isnull=False).exists()


def test_letters_and_nudges_together_are_three_a_day(member: Member, letterbox: Letterbox):
    Reach.objects.create(
        member=member, told_on=NOON.date(), told_times=3, weekly_due_at=NOON + timedelta(days=7)
    )
    told(member)
    assert write(NOON + timedelta(hours=2)) == 0
    assert write(NOON + timedelta(hours=20)) == 1


def test_without_an_address_nothing_is_sent_and_nothing_waits(letterbox: Letterbox):
    told(MemberFactory())
    assert write(NOON + timedelta(hours=2)) == 1
    assert letterbox.letters == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM vault.letter")
        assert cursor.fetchone() == (0,)


def test_f19_two_who_look_at_once_write_one_letter(member: Member, letterbox: Letterbox):
    told(member)
    assert letters.write_of_replies(member.pk, now=NOON + timedelta(hours=2))
    assert not letters.write_of_replies(member.pk, now=NOON + timedelta(hours=2))


# -- the letter of the week -----------------------------------------------------------------


@pytest.fixture
def busy_week(member: Member) -> dict[str, Post]:
    """Of each kind of thread one, with words that stand nowhere else."""
    at = NOON + timedelta(days=3)
    mine = PostFactory(author=member, body="A quokka of mine.", at=at)
    ReplyFactory(post=mine, body="Yclept teapots.", at=at)
    joined = PostFactory(body="A velveteen summit.", at=at)
    ReplyFactory(post=joined, author=member, at=at)
    ReplyFactory(post=joined, at=at)
    quiet = PostFactory(body="I said the last word here.", at=at)
    ReplyFactory(post=quiet, author=member, at=at)
    waits = PostFactory(body="Nobody is here yet.", at=at)
    Notice.objects.update(letter_at=None)
    return {"mine": mine, "joined": joined, "quiet": quiet, "waits": waits}


def test_once_a_week_there_is_a_letter_of_what_is_new(
    member: Member, letterbox: Letterbox, busy_week: dict[str, Post]
):
    assert write(NOON + timedelta(days=6)) == 0
    # The others of this house have no address.
    write(NOON + timedelta(days=7))

    [letter] = letterbox.letters
    plain, looks = parts(letter)
    for name in ("mine", "joined", "waits"):
        assert f"/wall/posts/{busy_week[name].public_id}/" in plain
        assert f"/wall/posts/{busy_week[name].public_id}/" in looks
    assert busy_week["quiet"].public_id not in plain
    write(NOON + timedelta(days=13, hours=23))
    assert len(letterbox.letters) == 1


def test_a_week_without_news_is_a_week_without_a_letter(member: Member, letterbox: Letterbox):
    assert write(NOON + timedelta(days=7)) == 0
    assert Reach.objects.get(member=member).weekly_due_at == NOON + timedelta(days=14)


def test_a_weekly_letter_leads_to_nothing_hidden_muted_or_heavy(
    member: Member, letterbox: Letterbox, busy_week: dict[str, Post], cast: Cast
):
    hide(writing=busy_week["mine"], by=cast.guide, reason="A place.", at=NOON)
    hide(writing=busy_week["joined"], by=cast.guide, reason="A place.", at=NOON)
    author = busy_week["waits"].author
    assert author is not None
    mute_member(muted=author, by=member, at=NOON)
    Post.objects.filter(author=busy_week["quiet"].author).update(answered_at=NOON)

    assert letters.of_the_week(member, since=NOON, now=NOON + timedelta(days=7)) == []


def test_one_letter_a_day_of_whatever_kind_and_the_week_is_not_forgotten(
    member: Member, letterbox: Letterbox, busy_week: dict[str, Post]
):
    day = NOON + timedelta(days=7)
    told(member, 999, at=day - timedelta(hours=3))
    write(day - timedelta(hours=2))
    assert len(letterbox.letters) == 1
    write(day)
    assert len(letterbox.letters) == 1
    told(member, 998, at=day)
    write(day + timedelta(hours=20))
    assert len(letterbox.letters) == 2
    assert "once a week" in parts(letterbox.letters[1])[0]


def test_who_wants_no_weekly_letter_gets_none(
    member: Member, letterbox: Letterbox, busy_week: dict[str, Post]
):
    choose(member=member, weekly_letter=False)
    write(NOON + timedelta(days=7))
    assert letterbox.letters == []


# -- what a letter says ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["daily", "weekly"])
def test_s26_a_letter_says_nothing_of_what_this_is_who_they_are_or_what_was_written(
    member: Member, letterbox: Letterbox, busy_week: dict[str, Post], kind: str
):
    if kind == "daily":
        told(member, 999, at=NOON)
        write(NOON + timedelta(hours=1))
    else:
        write(NOON + timedelta(days=7))

    [letter] = letterbox.letters
    plain, looks = parts(letter)
    seen = re.sub(r"<style.*?</style>", "", looks, flags=re.DOTALL)
    told_all = "\n".join([str(letter["Subject"]), plain, re.sub(r"<[^>]+>", " ", seen)])
    addresses = re.findall(r"https?://[^\s\"<>]+", plain + looks)
    hosts = {address.split("/")[2] for address in addresses}
    without_addresses = re.sub(r"https?://\S+", "", told_all)
    assert not HEALTH.findall(without_addresses)
    assert not any(HEALTH.search(host) for host in hosts)
    # Sender, subject and the first words are what a locked screen shows.
    assert (letter["From"], letter["Subject"]) == (SENDER, "Something new for you")
    everything = str(letter) + plain + looks
    for planted in (
        ALIAS, member.public_id, "Zebedee", "Quokkaville", "quokka of mine", "Yclept", "velveteen",
        "Nobody is here yet", str(member.user.handle), busy_week["mine"].topic.name,
    ):  # fmt: skip
        assert planted not in everything
    assert "<img" not in looks
    assert "<script" not in looks
    assert "src=" not in looks


def test_a_letter_has_looks_for_light_and_dark_and_words_without_any(
    member: Member, letterbox: Letterbox
):
    told(member)
    write(NOON + timedelta(hours=1))
    [letter] = letterbox.letters
    plain, looks = parts(letter)

    assert letter.get_content_type() == "multipart/alternative"
    assert '<meta name="color-scheme" content="light dark">' in looks
    assert "prefers-color-scheme: dark" in looks
    assert re.search(r'<a class="button"[^>]*style="[^"]*background-color: #[0-9a-f]{6}', looks)
    assert "there is something new for you" in plain
    assert "/me/news/" in plain


# -- stopping -------------------------------------------------------------------------------


def stop_address(letter: EmailMessage) -> str:
    header = str(letter["List-Unsubscribe"]).strip()
    assert header.startswith("<http")
    assert header.endswith(">")
    return header[1:-1]


def path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def test_one_tap_stops_that_letter_without_signing_in(
    member: Member, letterbox: Letterbox, client: Client
):
    told(member)
    write(NOON + timedelta(hours=1))
    address = stop_address(letterbox.letters[0])
    assert address in parts(letterbox.letters[0])[0]
    assert letterbox.letters[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    # What follows links in letters stops nothing.
    assert "Stop them" in client.get(path_of(address)).text
    client.head(path_of(address))
    assert preferences_of(Member.objects.get(pk=member.pk)).letter_of_replies

    # As RFC 8058 has a mail program do it: no page before, no cookie, and this body.
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(path_of(address), {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert "Done" in answer.text
    chosen = preferences_of(Member.objects.get(pk=member.pk))
    assert (chosen.letter_of_replies, chosen.weekly_letter) == (False, True)
    told(member, 2, at=NOON + timedelta(days=1))
    assert write(NOON + timedelta(days=1, hours=2)) == 0
    assert strict.post(path_of(address)).status_code == 200
    assert Entry.objects.filter(verb="stop a letter", actor=f"member:{member.pk}").exists()


def test_what_waits_to_be_sent_is_let_go_when_it_is_stopped(
    member: Member, letterbox: Letterbox, client: Client
):
    told(member)
    letters.write_due(now=NOON + timedelta(hours=1))
    _, _, _, headers = letters.compose(member, letters.Letter.REPLIES)
    client.post(path_of(headers["List-Unsubscribe"][1:-1]))
    post.deliver_due()
    assert letterbox.letters == []


@pytest.mark.parametrize("token", ["made-up", "gAAAAA", "é", "a" * 2000])
def test_a_token_that_is_none_of_ours_opens_nothing(client: Client, token: str):
    assert client.get(f"/letters/stop/{token}/").status_code == 404
    assert client.post(f"/letters/stop/{token}/").status_code == 404


def test_a_token_says_nothing_of_whose_it_is_and_stops_only_its_own(member: Member, client: Client):
    other: Member = MemberFactory()
    _, _, _, headers = letters.compose(member, letters.Letter.WEEK)
    address = headers["List-Unsubscribe"]
    assert str(member.user.handle) not in address
    assert str(member.pk) not in address.split("/stop/")[0]
    page = client.get(path_of(address[1:-1])).text
    assert ALIAS not in page
    client.post(path_of(address[1:-1]))
    assert preferences_of(Member.objects.get(pk=other.pk)).weekly_letter
    chosen = preferences_of(Member.objects.get(pk=member.pk))
    assert (chosen.weekly_letter, chosen.letter_of_replies) == (False, True)


def test_s16_no_task_and_no_row_of_ours_holds_an_address(
    member: Member, letterbox: Letterbox, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
):  # fmt: skip
    from vault import tasks

    rung: list[Any] = []
    monkeypatch.setattr(tasks.send_letter, "apply_async", lambda **said: rung.append(said))
    told(member)
    with django_capture_on_commit_callbacks(execute=True):
        letters.write_due(now=NOON + timedelta(hours=1))
    assert [list(said["kwargs"]) for said in rung] == [["letter_id"]]
    assert ADDRESS not in str(rung)
    assert str(member.user.handle) not in str(rung)
