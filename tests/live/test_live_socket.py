"""The socket as a browser meets it: uvicorn, Channels and Redis, none of them pretended."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from accounts.operations import suspend_member
from escalation.staffing import change_coverage, stand_down
from live import consumers, hub, pokes
from risk import screening
from tests.cast import Cast
from tests.factories.community import PostFactory
from tests.factories.risk import AlertFactory
from tests.live.sockets import SOON, closing_code, is_silent
from tests.sign_ins import note


def test_a_poke_reaches_an_open_desk_and_carries_nothing_but_what_changed(opens, cast):
    socket = opens("guide")

    pokes.poke_localities([cast.leeds.pk])

    assert json.loads(socket.recv(timeout=SOON)) == {"changed": "alerts"}


def test_a_worrying_post_is_announced_and_no_word_of_it_crosses_the_socket(opens, cast):
    socket = opens("guide")
    PostFactory(author=cast.member, body="I want to kill myself tonight.")

    screening.drain(now=timezone.now)

    assert socket.recv(timeout=SOON) == '{"changed": "alerts"}'


def test_a_quiet_post_disturbs_no_desk(opens, cast):
    socket = opens("guide")
    PostFactory(author=cast.member, body="I went for a walk and the sun came out.")

    screening.drain(now=timezone.now)

    assert is_silent(socket)


def test_a_desk_hears_nothing_of_the_localities_it_does_not_cover(opens, cast):
    here, elsewhere = opens("guide"), opens("guide_elsewhere")

    pokes.poke_localities([cast.leeds.pk])

    assert here.recv(timeout=SOON)
    assert is_silent(elsewhere)


def test_only_seniors_hear_what_is_passed_up(opens):
    senior, guide = opens("senior"), opens("guide")

    pokes.poke_seniors()

    assert senior.recv(timeout=SOON)
    assert is_silent(guide)


@pytest.mark.parametrize("role", ["anonymous", "commissioner", "admin"])
def test_nobody_but_members_and_wall_guides_gets_a_socket(role, opens):
    with pytest.raises(InvalidStatus) as refused:
        opens(role)

    assert refused.value.response.status_code == 403


def test_a_made_up_session_gets_no_socket(asgi_server):
    address = asgi_server.replace("http", "ws", 1) + "/live/"
    cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}=made-up"}

    with (
        pytest.raises(InvalidStatus),
        connect(address, additional_headers=cookie, origin=asgi_server, proxy=None),  # type: ignore[arg-type]
    ):
        pass


def stands_down(cast: Cast) -> None:
    stand_down(user=cast.guide.user, at=timezone.now())


def is_moved_to_derby(cast: Cast) -> None:
    change_coverage(guide=cast.guide, covers=[cast.derby], is_senior=False, at=timezone.now())


def covers_nothing_any_more(cast: Cast) -> None:
    change_coverage(guide=cast.guide, covers=[], is_senior=False, at=timezone.now())


@pytest.mark.parametrize("change", [stands_down, is_moved_to_derby, covers_nothing_any_more])
def test_s07_an_open_socket_closes_at_once_when_its_guide_may_no_longer_listen(
    change: Callable[[Cast], None], opens, cast
):
    socket = opens("guide")
    assert hub.CHECK_EVERY_SECONDS == 20  # it's the poke that closes it, not the clock

    change(cast)

    assert closing_code(socket) == hub.NOT_FOR_YOU


def test_s07_a_demoted_senior_no_longer_hears_what_seniors_hear(opens, cast):
    socket = opens("senior")

    change_coverage(guide=cast.senior, covers=[cast.leeds], is_senior=False, at=timezone.now())

    assert closing_code(socket) == hub.NOT_FOR_YOU


def test_s07_checking_again_leaves_alone_whoever_may_stay(opens, cast):
    socket = opens("guide")

    pokes.close_sockets_of(cast.guide.user.pk)
    pokes.poke_localities([cast.leeds.pk])

    assert json.loads(socket.recv(timeout=SOON)) == {"changed": "alerts"}


def behind_everybodys_back(cast: Cast) -> None:
    type(cast.guide.user).objects.filter(pk=cast.guide.user.pk).update(is_active=False)


def signed_out(cast: Cast) -> None:
    from accounts.models import Session

    Session.objects.all().delete()


def password_changed(cast: Cast) -> None:
    cast.guide.user.set_password("another long password")
    cast.guide.user.save()


def coverage_changed(cast: Cast) -> None:
    cast.guide.covers.set([cast.derby])


def second_factor_forgotten(cast: Cast) -> None:
    from importlib import import_module

    store = import_module(settings.SESSION_ENGINE).SessionStore
    for row in store.get_model_class().objects.all():
        session = store(session_key=row.session_key)
        session["account_authentication_methods"] = [{"method": "password", "at": 0}]
        session.save()


BEHIND_THEIR_BACKS = [
    behind_everybodys_back, signed_out, password_changed, coverage_changed,
    second_factor_forgotten,
]  # fmt: skip


@pytest.mark.parametrize("change", BEHIND_THEIR_BACKS)
def test_s07_whoever_may_not_listen_any_more_is_told_nothing_even_before_the_clock(
    change: Callable[[Cast], None], opens, cast, monkeypatch
):
    monkeypatch.setattr(hub, "LOOKED_ONLY_NOW_SECONDS", 0)
    socket = opens("guide")

    change(cast)
    pokes.poke_localities([cast.leeds.pk])

    assert closing_code(socket) == hub.NOT_FOR_YOU


def test_s07_a_nudge_goes_out_even_when_nobody_can_be_checked(opens, cast, monkeypatch):
    monkeypatch.setattr(hub, "LOOKED_ONLY_NOW_SECONDS", 0)
    socket = opens("guide")

    async def the_database_is_away(listeners: Any) -> list[bool]:
        raise ConnectionError

    monkeypatch.setattr(consumers.LiveConsumer, "still_may", the_database_is_away)
    pokes.poke_localities([cast.leeds.pk])

    assert json.loads(socket.recv(timeout=SOON)) == {"changed": "alerts"}


@pytest.mark.parametrize("way_out", ["/account/logout/", "/exit/"])
def test_s07_signing_out_closes_the_open_desk_at_once(way_out, asgi_server, cast):
    client = cast.client("guide")
    name = settings.SESSION_COOKIE_NAME
    headers = {"Cookie": f"{name}={client.cookies[name].value}"}
    address = asgi_server.replace("http", "ws", 1) + "/live/"
    with connect(
        address,
        additional_headers=headers,
        origin=asgi_server,  # type: ignore[arg-type]
        proxy=None,
    ) as socket:
        client.post(way_out)

        assert closing_code(socket) == hub.NOT_FOR_YOU


def test_s44_a_desk_without_a_second_factor_gets_no_socket(asgi_server, cast):
    client = cast.client("guide")
    note(client, cast.guide.user, [{"method": "password", "at": 0}])
    name = settings.SESSION_COOKIE_NAME
    headers = {"Cookie": f"{name}={client.cookies[name].value}"}

    with (
        pytest.raises(InvalidStatus),
        connect(
            asgi_server.replace("http", "ws", 1) + "/live/",
            additional_headers=headers,
            origin=asgi_server,  # type: ignore[arg-type]
            proxy=None,
        ),
    ):
        pass


@pytest.mark.parametrize("change", BEHIND_THEIR_BACKS)
def test_s07_without_any_poke_a_socket_finds_out_by_itself_within_its_interval(
    change: Callable[[Cast], None], opens, cast, monkeypatch
):
    monkeypatch.setattr(hub, "CHECK_EVERY_SECONDS", 0.1)
    socket = opens("guide")

    change(cast)

    assert closing_code(socket) == hub.NOT_FOR_YOU


def test_s07_a_socket_whose_guide_cannot_be_checked_does_not_stay_open(opens, monkeypatch):
    monkeypatch.setattr(hub, "CHECK_EVERY_SECONDS", 0.1)

    async def the_database_is_away(listeners: Any) -> list[bool]:
        raise ConnectionError

    socket = opens("guide")
    monkeypatch.setattr(consumers.LiveConsumer, "still_may", the_database_is_away)

    assert closing_code(socket) == hub.TRY_LATER


def test_f30_a_socket_does_not_outlive_a_shift(opens, monkeypatch):
    monkeypatch.setattr(hub, "CHECK_EVERY_SECONDS", 0.05)
    monkeypatch.setattr(hub, "LONGEST_LIFE_SECONDS", 0.2)

    assert closing_code(opens("guide")) == hub.TRY_LATER


@pytest.mark.parametrize(
    "said",
    [
        '{"type": "subscribe", "group": "seniors"}',
        '{"join": "locality.1"}',
        '{"type": "page.changed", "changed": "alerts"}',
        '{"group_add": "user.1"}',
        "not even JSON",
        "",
        b"\x00\x01",
    ],
)
def test_s08_whatever_a_client_says_closes_its_socket(said, opens):
    socket = opens("guide")

    socket.send(said)

    assert closing_code(socket) == consumers.NOTHING_TO_SAY_HERE


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://elsewhere.invalid",
        "http://127.0.0.1:1",
        "http://localhost",
        "file://",
        "http://127.0.0.1@elsewhere.invalid",
    ],
)
def test_s41_a_socket_from_no_page_or_anothers_is_refused_before_it_is_accepted(origin, opens):
    with pytest.raises(InvalidStatus) as refused:
        opens("guide", origin=origin)

    assert refused.value.response.status_code == 403


def test_f08_with_redis_away_a_socket_is_refused_politely_and_pages_still_open(
    redis_refused, opens, asgi_server, cast, caplog
):
    import httpx

    with pytest.raises(InvalidStatus) as refused:
        opens("guide")

    assert refused.value.response.status_code in (403, 503)
    assert not [record for record in caplog.records if record.exc_info]
    assert httpx.get(asgi_server + "/help-now/").status_code == 200


def test_f31_a_desk_that_hears_nothing_sees_the_alert_by_asking(cast):
    alert = AlertFactory(author=cast.member)

    answer = cast.client("guide").get("/desk/queue/", headers={"Accept": "application/json"})

    assert [row["id"] for row in answer.json()["alerts"]] == [alert.pk]


def test_suspending_a_member_needs_no_socket_to_take_hold(cast):
    client = cast.client("member")
    assert client.get("/wall/").status_code == 200

    suspend_member(member=cast.member, by=cast.guide, reason="A pause.", at=timezone.now())

    assert client.get("/wall/").status_code == 403
