"""Only our own forms change anything, and only by being sent (S40)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from tests.architecture import test_every_route_has_an_audience as routes
from tests.cast import ROLES, Cast
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory
from tests.factories.escalation import AgreedProtocolFactory
from tests.factories.risk import AlertFactory

pytestmark = pytest.mark.django_db

# Where a GET may leave a trace, and why.
TRACES = {
    "accounts_tally": "how often somebody tried a link that may have been guessed (S49)",
    "accounts_session": "who is signed in, and what they are told next",
    "peersupport_cache": "how often somebody tried a second factor",
    "accounts_wallguide.last_seen_at": "an open desk is a guide on shift",
    "accounts_member.has_news": "opening the list of what is new is reading it",
    "notifications_notice.seen_at": "what was read needs no letter and no nudge",
    "notifications_notice.push_at": "what was read needs no letter and no nudge",
    "notifications_notice.letter_at": "what was read needs no letter and no nudge",
    "community_readingplace": "where somebody was on the wall, for themselves alone",
    "accounts_user.last_login": "signing the test's people in",
}


def everything() -> dict[str, str]:
    """A checksum of each table, without the traces above."""
    checksums = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position)"
            " FROM information_schema.columns WHERE table_schema = 'public' GROUP BY table_name"
        )
        for table, columns in cursor.fetchall():
            if table in TRACES:
                continue
            kept = ", ".join(f'"{each}"' for each in columns if f"{table}.{each}" not in TRACES)
            cursor.execute(
                f"SELECT coalesce(md5(string_agg(line, '|' ORDER BY line)), 'empty')"
                f' FROM (SELECT ({kept})::text AS line FROM "{table}") AS lines'
                if kept.count(",")
                else f"SELECT coalesce(md5(string_agg(({kept})::text, '|')), 'empty')"
                f' FROM "{table}"'
            )
            checksums[table] = cursor.fetchone()[0]
    return checksums


def furnish(cast: Cast) -> None:
    """One of everything, so that there is something to change."""
    post = PostFactory(author=cast.member)
    ReplyFactory(post=post)
    AlertFactory(author=cast.member)


def test_s40_a_change_would_be_noticed(cast: Cast):
    before = everything()
    assert len(before) > 20

    furnish(cast)

    changed = {table for table, checksum in everything().items() if before[table] != checksum}
    assert {"community_post", "community_reply", "risk_alert", "risk_screening"} <= changed


def addresses(cast: Cast, *, without: Collection[str] = ()) -> Iterator[str]:
    """Each route's address in turn, with what stands there gone again before the next."""
    for name, (_, arguments, _) in sorted(routes.MATRIX.items()):
        if name in without:
            continue
        with transaction.atomic():
            yield reverse(name, kwargs=arguments(cast))
            transaction.set_rollback(True)


def test_s40_asking_for_a_page_changes_nothing_whoever_asks(cast: Cast):
    furnish(cast)
    clients = {role: cast.client(role) for role in ROLES}

    for address in addresses(cast):
        before = everything()
        for client in clients.values():
            client.get(address)
            client.get(address, QUERY_STRING="after=x&show=3&sent&restore=1&body=Words&outcome=x")
            client.head(address)
        assert everything() == before, address


# What "Leave quickly" does must work from a page that was left open for a day: it carries no
# token, ends a session and nothing else, and looks at where it came from instead. A mail program
# that stops a letter has no page of ours and no cookie (RFC 8058): the address is the token.
WITHOUT_TOKEN = {"exit", "notifications:stop"}


def test_s40_whatever_is_sent_without_our_token_is_refused_whoever_sends_it(cast: Cast):
    furnish(cast)
    clients = {role: cast.client(role, enforce_csrf_checks=True) for role in ROLES}
    made_up = {"csrfmiddlewaretoken": "x" * 64, "body": "Words."}

    for address in addresses(cast, without=WITHOUT_TOKEN):
        before = everything()
        for role, client in clients.items():
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                assert client.generic(method, address).status_code == 403, (address, role)
            assert client.post(address, made_up).status_code == 403, (address, role)
        assert everything() == before, address


def with_a_token(cast: Cast, role: str) -> tuple[Client, str]:
    client = cast.client(role, enforce_csrf_checks=True)
    client.get("/wall/new/" if role == "member" else "/desk/")
    return client, client.cookies[settings.CSRF_COOKIE_NAME].value


def test_s40_a_form_with_its_token_is_taken(cast: Cast):
    client, token = with_a_token(cast, "member")
    form = {"csrfmiddlewaretoken": token, "topic": TopicFactory().slug, "body": "Words."}

    assert client.post("/wall/new/", form).status_code == 302
    assert (
        client.post("/wall/new/", form, headers={"Origin": "http://testserver"}).status_code == 302
    )


@pytest.mark.parametrize(
    "origin", ["https://elsewhere.invalid", "null", "https://testserver", "http://testserver:81"]
)
def test_s40_a_form_sent_from_another_site_is_refused_even_with_a_token(origin: str, cast: Cast):
    AgreedProtocolFactory(locality=cast.leeds)
    alert = AlertFactory(author=cast.member)
    topic = TopicFactory()
    sent = [
        ("member", "/wall/new/", {"topic": topic.slug}),
        ("guide", f"/desk/alerts/{alert.pk}/claim/", {}),
        ("guide", f"/desk/alerts/{alert.pk}/closure/", {"outcome": "watching"}),
        ("guide", "/account/logout/", {}),
    ]
    for role, address, form in sent:
        client, token = with_a_token(cast, role)
        before = everything()

        answer = client.post(
            address,
            {"csrfmiddlewaretoken": token, "body": "Words.", **form},
            headers={"Origin": origin},
        )

        assert answer.status_code == 403, address
        assert everything() == before
        assert client.session.get("_auth_user_id")


def test_s40_one_persons_token_is_no_good_with_anothers_cookie(cast: Cast):
    _, token = with_a_token(cast, "guide")
    client, _ = with_a_token(cast, "member")

    answer = client.post("/wall/new/", {"csrfmiddlewaretoken": token, "body": "Words."})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "origin", ["https://elsewhere.invalid", "http://testserver:81", "https://testserver"]
)
def test_s40_another_site_cannot_sign_anybody_out_through_leave_quickly(origin: str, cast: Cast):
    client = cast.client("member", enforce_csrf_checks=True)

    assert client.post("/exit/", headers={"Origin": origin}).status_code == 403

    assert client.get("/wall/").status_code == 200


def test_leaving_quickly_works_from_a_page_without_a_token(cast: Cast):
    for headers in ({}, {"Origin": "http://testserver"}):
        client = cast.client("member", enforce_csrf_checks=True)
        assert client.post("/exit/", headers=headers).status_code == 303
        assert client.get("/wall/").status_code == 302
