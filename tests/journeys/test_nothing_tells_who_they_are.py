"""
A whole journey with planted names, then everything that the house holds and has said is searched.

Done 3 of "Joining, belonging and leaving", S15 and S16: real pages over a real socket, a real
worker, a real mail server, and every table, key, log line, task, letter, address and title.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx
import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from accounts.models import Member, Session
from audit.operations import record
from belonging.erasure import erase_the_departed
from community.models import Post
from community.topics import lay_topics
from escalation import desk, engine, identity
from escalation.cases import close_case, open_case
from escalation.enums import CaseOutcome, Why
from risk.enums import AlertOutcome, Urgency
from risk.models import Alert, Screening
from risk.operations import Judgement
from tests.cast import Cast
from tests.factories.escalation import AgreedProtocolFactory
from tests.factories.ways_in import WayInFactory
from tests.journeys.everything_held import (
    Piece,
    every_key,
    every_row,
    found,
    listening,
    logs_of_the_servers,
    overhearing_redis,
    shapes_of,
    unwrapped,
)
from tests.letterbox import Letterbox
from tests.platform.forms_on_pages import Forms
from vault import post
from vault.cipher import Sealed, ring
from vault.details import Details
from vault.operations import place_of

# Nobody is called this, nobody lives there, and no number here is given to anybody (Ofcom's own).
DETAILS = Details(
    name="Ottoline Quillfeather",
    born_on="1991-03-17",
    email="ottoline@quillfeather-post.example",
    phone="07700 900461",
    postcode="ZZ97 3QX",
    emergency_name="Barnaby Thistlewick",
    emergency_phone="07700 900872",
)
PASSWORD = "plimsoll-marmalade-93"
PLANTED = {
    **{what: value for what, value in vars(DETAILS).items() if value},
    "surname": "Quillfeather",
    "password": PASSWORD,
    "a wrong password": "gorgonzola-sextant-14",
    "somebody else's address": "humphrey@bramblethwaite-post.example",
    "where from": "203.0.113.77",
    "the browser": "Zephyrine/7.3",
}
# What they write may be where writing is, and nowhere else.
WORDS = {"the post": "wobbegong", "the reply": "quokkadrift", "the edit": "numbatlight",
         "a muted word": "bandicootle", "a goal": "pademelonry"}  # fmt: skip
WHERE_WRITING_IS = {
    "public.community_post.body", "public.community_post.body_html",
    "public.community_reply.body", "public.community_reply.body_html",
    "public.risk_screening.text", "public.risk_screening.spans", "public.risk_screening.reasons",
    "public.risk_screening.model_terms", "public.accounts_preferences.muted_words",
    "public.measures_goal.words", "public.community_searchable.words",
}  # fmt: skip


@dataclass
class Visitor:
    """Somebody's browser: follows redirects, fills in forms, and keeps what it saw of addresses."""

    client: httpx.Client
    seen: list[Piece] = field(default_factory=list)

    def get(self, address: str) -> httpx.Response:
        return self.note(self.client.get(address))

    def send(self, page: str, form: str, **fields: str) -> httpx.Response:
        """Send the form of a page whose address ends so, filled in with these."""
        response = self.get(page)
        reader = Forms(str(response.url))
        reader.feed(response.text)
        [chosen] = [
            each for each in reader.found
            if urlsplit(urljoin(str(response.url), each.action)).path.endswith(form)
        ][:1]  # fmt: skip
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.text)
        given = {**chosen.pressed(), **fields, "csrfmiddlewaretoken": token[1] if token else ""}
        return self.note(
            self.client.post(
                urljoin(str(response.url), chosen.action),
                data=given,
                headers={"Referer": str(response.url)},
            )
        )

    def note(self, response: httpx.Response) -> httpx.Response:
        for each in (*response.history, response):
            self.seen.append(Piece("an address", str(each.url)))
            self.seen.append(Piece("headers of an answer", repr(dict(each.headers))))
            titles = re.findall(r"<title>(.*?)</title>|<h1[^>]*>(.*?)</h1>", each.text, re.DOTALL)
            self.seen += [Piece("a title", "".join(title)) for title in titles]
        assert response.status_code < 500, response.url
        return response


@contextmanager
def visiting(address: str) -> Iterator[Visitor]:
    headers = {"User-Agent": PLANTED["the browser"], "X-Forwarded-For": PLANTED["where from"]}
    with httpx.Client(base_url=address, headers=headers, follow_redirects=True) as client:
        yield Visitor(client)


@contextmanager
def a_worker(letterbox: Letterbox) -> Iterator[list[str]]:
    """A Celery worker of its own process, on this database and mail server; what it says."""
    address = urlsplit(os.environ["DATABASE_URL"])
    database = address._replace(path=f"/{connection.settings_dict['NAME']}")
    process = subprocess.Popen(
        [
            sys.executable, "-m", "celery", "--app=peersupport", "worker", "--pool=solo",
            "--queues=default", "--loglevel=DEBUG", "--without-gossip", "--without-mingle",
            "--without-heartbeat",
        ],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": urlunsplit(database),
            "LOG_LEVEL": "DEBUG",
            "EMAIL_HOST": settings.EMAIL_HOST,
            "EMAIL_PORT": str(settings.EMAIL_PORT),
            "POST_SENDER": settings.POST_SENDER,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    said: list[str] = []
    ready = threading.Event()

    def hear() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if " ready." in line:
                ready.set()

    ears = threading.Thread(target=hear, daemon=True)
    ears.start()
    try:
        assert ready.wait(120), "the worker did not start: " + "".join(said)
        yield said
    finally:
        process.terminate()
        process.wait(30)
        ears.join(10)
        if process.stdout is not None:
            process.stdout.close()


@dataclass
class Journey:
    """What there is to search when somebody has come, written, been worried about, and gone."""

    member: Member
    handle: Any
    pieces: list[Piece] = field(default_factory=list)
    letters: list[Any] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)


@pytest.fixture
def journey(
    asgi_server: str,
    cast: Cast,
    letterbox: Letterbox,
    capfd: pytest.CaptureFixture[str],
) -> Journey:
    lay_topics()
    AgreedProtocolFactory(locality=cast.leeds, steps=[{"contact": "Campus duty team"}])
    with (
        listening() as listener,
        overhearing_redis() as heard,
        a_worker(letterbox) as worker_said,
        visiting(asgi_server) as visitor,
        visiting(asgi_server) as stranger,
    ):
        done = whole_journey(cast, visitor, stranger, letterbox)
    done.tasks = [text for _, text in heard if ".celery." in text]
    printed = capfd.readouterr()
    done.pieces += [
        *heard,
        *listener.lines,
        *(Piece("the worker's output", line) for line in worker_said),
        *(Piece("what was printed", text) for text in (printed.out, printed.err)),
        *visitor.seen,
        *stranger.seen,
        *letters(letterbox),
        *logs_of_the_servers(),
    ]
    done.letters = letterbox.letters
    return done


def whole_journey(cast: Cast, visitor: Visitor, stranger: Visitor, letterbox: Letterbox) -> Journey:
    member = join(cast, visitor, letterbox)
    arrive(visitor)
    tell_the_vault(visitor)
    visitor.send("/account/logout/", "/logout/")
    try_to_get_in(visitor, stranger)
    sign_in(visitor)
    write(visitor)
    choose(visitor)
    worry_about(cast, member)
    visitor.get("/me/looks/")
    post.send(handle=member.user.handle, subject="A notice", body="Nothing in it.")
    wait_for(lambda: len(letterbox.letters) >= 4, "four letters")
    # Once while they are here and signed in, and once when they have left.
    journey = Journey(member, member.user.handle, all_that_is_held())
    visitor.send("/me/leave/", "/leave/", sure="on")
    journey.pieces += all_that_is_held()
    return journey


def all_that_is_held() -> list[Piece]:
    return [*every_row(), *every_key(), *sessions()]


def join(cast: Cast, visitor: Visitor, letterbox: Letterbox) -> Member:
    """Through the door as people come: an access code, an account, six digits from a letter."""
    WayInFactory(commissioner=cast.leeds.commissioner, code="GARDEN22")
    known = set(Member.objects.values_list("pk", flat=True))
    visitor.get("/")
    visitor.get("/look/")
    page = visitor.send("/join/", "/join/code/", code="garden 22")
    while (step := page.url.path) != "/join/account/":
        # The consent page explains what was answered wrongly; this says that it was read.
        page = visitor.send(step, step, explained="1")
        assert page.url.path != step, f"no way past {step}"
    year, month, day = (DETAILS.born_on or "").split("-")
    visitor.send(
        "/join/account/", "/join/account/", email=PLANTED["email"], password=PASSWORD,
        born_day=day, born_month=month, born_year=year,
    )  # fmt: skip
    wait_for(lambda: bool(letterbox.letters), "the letter with the digits")
    digits = re.search(r"\b\d{6}\b", letterbox.letters[-1].get_content())
    assert digits
    visitor.send("/join/letter/", "/join/letter/", digits=digits[0])
    return Member.objects.exclude(pk__in=known).get()


def arrive(visitor: Visitor) -> None:
    """The first visit, every step of it."""
    visitor.send("/arriving/reasons/", "/reasons/")
    goal = f"To hold a {WORDS['a goal']} again"
    visitor.send("/arriving/goals/", "/goals/", **{"form-0-words": goal, "form-0-score": "3"})
    visitor.send("/arriving/waiting/", "/waiting/")
    visitor.get("/arriving/wall/")


def tell_the_vault(visitor: Visitor) -> None:
    """All that they could tell, on the page that each part has."""
    for part, fields in {
        "name": ("name",), "phone": ("phone",), "postcode": ("postcode",),
        "emergency-contact": ("emergency_name", "emergency_phone"),
    }.items():  # fmt: skip
        page = f"/me/privacy/{part}/"
        visitor.send(page, page, **{name: PLANTED[name] for name in fields})


def try_to_get_in(visitor: Visitor, stranger: Visitor) -> None:
    """Wrong passwords, an address that nobody has, and two letters asked for."""
    for password in ("wrong one", PLANTED["a wrong password"]):
        visitor.send("/account/login/", "/login/", login=PLANTED["email"], password=password)
    nobody = PLANTED["somebody else's address"]
    stranger.send("/account/login/", "/login/", login=nobody, password=PASSWORD)
    for who, address in ((visitor, PLANTED["email"]), (stranger, nobody)):
        who.send("/account/letter/", "/letter/", email=address)


def choose(visitor: Visitor) -> None:
    """The rest of their own room."""
    visitor.send("/me/muted/", "/muted/", word=WORDS["a muted word"])
    visitor.send("/me/appearance/", "/appearance/")
    for page in ("/me/", "/me/written/", "/me/privacy/", "/me/profile/", "/me/download/"):
        visitor.get(page)


def sign_in(visitor: Visitor) -> None:
    visitor.send("/account/login/", "/login/", login=PLANTED["email"], password=PASSWORD)
    assert visitor.get("/wall/").url.path == "/wall/", "signed in"


def write(visitor: Visitor) -> None:
    worrying = f"I want to kill myself tonight, {WORDS['the post']}."
    sent = visitor.send("/wall/new/", "/wall/new/", body=worrying, topic="just-sharing")
    thread = sent.url.path
    visitor.send(thread, "/replies/", body=f"To myself: {WORDS['the reply']}.")
    edit = f"{thread}edit/"
    visitor.send(edit, "/edit/", body=f"{worrying} And {WORDS['the edit']}.")
    visitor.send("/wall/new/", "/wall/new/", body=f"{WORDS['the post']} " * 1000, topic="stress")
    # A page that is not there, a form that is refused, a token that is missing.
    visitor.get(f"/wall/posts/nothing/?q={WORDS_IN_NO_ADDRESS}")
    visitor.note(visitor.client.post("/wall/new/", data={"body": WORDS["the post"]}))
    for page in ("/me/", "/help-now/", "/wall/topics/stress/", "/account/places/"):
        visitor.get(page)


WORDS_IN_NO_ADDRESS = "harmless"


def worry_about(cast: Cast, member: Member) -> None:
    """The worker reads, an alert is raised, a guide takes it up, and a case runs its course."""
    wait_for(lambda: not Screening.objects.exclude(state="screened").exists(), "its readings")
    alert = Alert.objects.filter(author=member, closed_at=None).first()
    assert alert is not None, "the planted post must worry somebody"
    now = timezone.now()
    desk.claim_alert(alert=alert, by=cast.guide, at=now)
    engine.tick(now=now)
    case = open_case(alert=alert, by=cast.guide, note="Called.", version=None, at=now)
    # The one door: a reason, a second person, and the details for those thirty minutes.
    asked = identity.ask(case=case, by=cast.guide, why=Why.SAFE, reason="Nobody answers.")
    identity.decide(asked=asked, by=cast.senior, approve=True, note="Yes.")
    assert identity.open_identity(asked=asked, by=cast.guide) == DETAILS
    close_case(
        case=case, by=cast.guide, outcome=CaseOutcome.SAFE_NOW, note="Safe.", version=None, at=now
    )
    for each in Alert.objects.filter(author=member, closed_at=None):
        desk.claim_alert(alert=each, by=cast.guide, at=now)
        desk.close_alert(
            alert=each, by=cast.guide, outcome=AlertOutcome.REPLIED, note="Replied.",
            judgement=Judgement(Urgency.AMBER), version=None, at=now,
        )  # fmt: skip


def wait_for(holds: Any, what: str) -> None:
    """Until the worker has done it; a minute is generous, and then it never will."""
    pause, patience = threading.Event(), datetime.now(UTC).timestamp() + 60
    while not holds():
        assert datetime.now(UTC).timestamp() < patience, f"the worker did not bring {what}"
        pause.wait(0.1)


def sessions() -> Iterator[Piece]:
    for session in Session.objects.all():
        yield Piece("a session, decoded", repr(session.get_decoded()))


def letters(letterbox: Letterbox) -> Iterator[Piece]:
    """All that a letter says but whom it is for."""
    for letter in letterbox.letters:
        for name, value in letter.items():
            if name != "To":
                yield Piece(f"the {name} of a letter", str(value))
        yield Piece("a letter's words", letter.get_content())


# --- what is promised ------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_s15_s16_after_a_whole_journey_nothing_tells_who_they_are(journey: Journey):
    places = {piece.place for piece in journey.pieces}
    assert_the_search_saw_everything(journey, places)

    # S15 and S16: not in a table of any schema, not in Redis, a task, a log, an address, a title.
    assert found(PLANTED, journey.pieces) == []

    # Their words are where writing is, and nowhere else.
    assert "public.community_post.body" in places
    elsewhere = [piece for piece in journey.pieces if piece.place not in WHERE_WRITING_IS]
    assert found(WORDS, elsewhere) == []
    assert len(found(WORDS, [p for p in journey.pieces if p.place in WHERE_WRITING_IS])) >= 6

    # And the one place that does know them can say so: the vault, with its key.
    assert opened(journey.handle) == vars(DETAILS)

    # Three weeks after they left, it cannot either.
    erase_the_departed(now=timezone.now() + timedelta(days=22))
    assert opened(journey.handle) == {}
    assert found(PLANTED, [*every_row(), *sessions()]) == []


def assert_the_search_saw_everything(journey: Journey, places: set[str]) -> None:
    """A search of nothing finds nothing: each kind of thing must be among what was searched."""
    for place in (
        "public.accounts_user.address_seal", "public.accounts_member.alias",
        "public.accounts_session.session_data", "public.audit_entry.detail",
        "public.risk_screening.text", "public.escalation_case.closing_note",
        "vault.identity.sealed", "a session, decoded", "redis command", "an address", "a title",
        "headers of an answer", "the worker's output", "the Subject of a letter",
        "a letter's words",
    ):  # fmt: skip
        assert place in places, place
    assert any(place.startswith("log ") for place in places)
    assert any("drain_screenings" in task or "drain_screenings" in unwrapped(task)
               for task in journey.tasks), "the doorbell was heard"  # fmt: skip
    assert any("send_letter" in unwrapped(task) for task in journey.tasks), "a letter's task too"
    assert Post.objects.count() >= 1


def opened(handle: Any) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT field, key_id, sealed FROM vault.identity WHERE handle = %s", [handle]
        )
        return {
            name: ring().open(Sealed(key, bytes(sealed)), place=place_of(handle, name))
            for name, key, sealed in cursor.fetchall()
        }


LEAKS = ("a column", "a session", "the audit log", "the cache", "Redis", "a log line", "a hash")


@pytest.mark.django_db
@pytest.mark.parametrize("leak", LEAKS)
def test_s15_s16_one_leak_would_be_found(leak: str, cast: Cast):
    """The search itself: one planted thing in each kind of place, and it is named."""
    store, address = redis.from_url(settings.REDIS_URL), DETAILS.email or ""
    with listening() as listener:
        match leak:
            case "a column":
                Member.objects.filter(pk=cast.suspended.pk).update(
                    suspended_reason=f"Rang {DETAILS.phone}"
                )
            case "a session":
                session = cast.client("member").session
                session["joining"] = {"name": DETAILS.name, "filler": "x" * 500}
                session.save()
            case "the audit log":
                record(actor="post", verb="send", subject="letter:1", at=timezone.now(),
                       detail={"to": address})  # fmt: skip
            case "the cache":
                cache.set("tries", {address: 3})
            case "Redis":
                store.lpush("leak", f'{{"address": "{address}"}}')
            case "a log line":
                import logging

                logging.getLogger("vault.post").debug("sent to %s", address)
            case "a hash":
                digest = next(each for each in shapes_of(address) if len(each) == 64)
                Member.objects.filter(pk=cast.member.pk).update(avatar_seed=digest[:16])
                Member.objects.filter(pk=cast.suspended.pk).update(suspended_reason=digest)
        try:
            pieces = [*all_that_is_held(), *listener.lines]
        finally:
            store.delete("leak")

    assert found(PLANTED, pieces), f"{leak} was not found"


@pytest.mark.django_db
def test_s15_a_house_without_the_planted_person_is_clean(cast: Cast):
    assert found(PLANTED, [*every_row(), *sessions()]) == []
