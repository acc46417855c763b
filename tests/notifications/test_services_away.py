"""F35: whatever passes letters and nudges on may be away; nothing that matters waits for it."""

from __future__ import annotations

import threading
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from community.operations import publish_post, publish_reply
from notifications import letters, pushes, reading
from notifications.models import Notice, Subscription
from notifications.subscriptions import subscribe, unsubscribe
from peersupport.database_roles import WEB
from risk import screening
from risk.models import Alert
from tests.cast import Cast
from tests.database_roles import pages_are
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, TopicFactory
from tests.push_service import HANGS, PushService
from vault import operations as vault
from vault import post as post_office
from vault.details import Details

WORRYING = "I am going to kill myself tonight. I have said goodbye."


def midday(now: datetime) -> datetime:
    return now.replace(hour=12, minute=0)


@pytest.mark.django_db(transaction=True)
def test_f35_while_a_push_service_hangs_and_mail_is_down_alerts_are_raised_and_pages_answer(
    client: Client, cast: Cast, push_service: PushService, settings: Any,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    monkeypatch.setattr(pushes, "TIMEOUT_SECONDS", 20)
    push_service.answers["/a-phone"] = HANGS
    member, at = cast.member, midday(timezone.now())
    vault.keep(handle=member.user.handle, details=Details(email="a@example.invalid"), at=at)
    subscribe(member=member, browser=push_service.browser("a-phone").given, at=at)
    mine = PostFactory(author=member, at=at)
    friend = MemberFactory(locality=cast.leeds)
    publish_reply(post=mine, author=friend, body="I hear you.", idempotency_key=uuid.uuid4(), at=at)

    def nudge() -> None:
        try:
            pushes.send_due(clock=lambda: at)
        finally:
            connections.close_all()

    hanging = threading.Thread(target=nudge)
    hanging.start()
    assert push_service.was_asked.wait(20)

    # Somebody writes under the very eyes of the nudge that hangs, and so does its member.
    publish_post(
        author=member,
        topic=TopicFactory(),
        body=WORRYING,
        idempotency_key=uuid.uuid4(),
        at=timezone.now(),
    )
    publish_reply(post=mine, author=friend, body="And again.", idempotency_key=uuid.uuid4(), at=at)
    screening.drain(now=timezone.now)
    assert Alert.objects.open().filter(author=member).exists()
    client.force_login(cast.guide.user)
    assert client.get("/desk/").status_code == 200
    client.force_login(member.user)
    for path in ("/wall/", "/me/news/", "/me/notifications/"):
        assert client.get(path).status_code == 200, path
    # No second worker is kept waiting by the same service: there are words to read.
    assert pushes.send_due(clock=lambda: at) == 0
    assert len(push_service.nudges) == 1
    assert hanging.is_alive()
    push_service.let_go.set()
    hanging.join(20)
    assert not hanging.is_alive()
    assert Subscription.objects.get().failures == 1

    # Letters are written all the same, and wait.
    Notice.objects.update(seen_at=None, letter_at=at)
    assert letters.write_due(now=at + timedelta(hours=1)) == 1
    assert post_office.deliver_due() == 0
    post_office.send(handle=member.user.handle, subject="Your link", body="Here")
    assert client.get("/wall/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_f06_two_workers_at_once_nudge_once(cast: Cast, push_service: PushService):
    member, at = cast.member, midday(timezone.now())
    subscribe(member=member, browser=push_service.browser().given, at=at)
    mine = PostFactory(author=member, at=at)
    publish_reply(
        post=mine, author=MemberFactory(), body="I hear you.", idempotency_key=uuid.uuid4(), at=at
    )
    ready = threading.Barrier(4)
    sent: list[int] = []

    def nudge() -> None:
        try:
            ready.wait(10)
            sent.append(pushes.send_due(clock=lambda: at))
        finally:
            connections.close_all()

    workers = [threading.Thread(target=nudge) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(30)

    assert sum(sent) == 1
    assert len(push_service.nudges) == 1


@pytest.mark.django_db
def test_s11_all_of_it_runs_as_the_role_that_serves_pages(cast: Cast, push_service: PushService):
    """But for the addresses, for which the worker has a role of its own."""
    member, at = cast.member, midday(timezone.now())
    with pages_are(WEB):
        subscribe(member=member, browser=push_service.browser().given, at=at)
        mine = PostFactory(author=member, at=at)
        publish_reply(
            post=mine, author=MemberFactory(), body="Hello.", idempotency_key=uuid.uuid4(), at=at
        )
        assert letters.write_due(now=at + timedelta(hours=1)) == 1
        reading.forget_old(now=at)
        unsubscribe(member=member, at=at)
    assert not Subscription.objects.exists()
