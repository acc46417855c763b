"""Telling: one neutral line, once, in the transaction of whoever tells, and for one query."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Member
from live import pokes
from notifications.enums import Kind
from notifications.models import Notice
from notifications.operations import tell, tell_each
from tests.factories.accounts import MemberFactory

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def told(member: Member, **more: Any) -> None:
    said: dict[str, Any] = {
        "member": member, "kind": Kind.REPLY, "at": AT, "url_name": "community:thread",
        "args": ["abc"], "about": "post:1",
    }  # fmt: skip
    tell(**{**said, **more})


def test_a_line_is_put_and_the_light_comes_on_in_one_query(django_assert_num_queries: Any):
    member, other = MemberFactory(), MemberFactory()

    with django_assert_num_queries(1):
        told(member)

    notice = Notice.objects.get()
    assert (notice.member, notice.kind, notice.args) == (member, Kind.REPLY, ["abc"])
    assert (notice.seen_at, notice.push_at, notice.letter_at) == (None, AT, AT + timedelta(hours=1))
    member.refresh_from_db()
    other.refresh_from_db()
    assert (member.has_news, other.has_news) == (True, False)


def test_while_unread_the_same_thing_is_the_same_line():
    member = MemberFactory()
    told(member)
    told(member, at=AT + timedelta(minutes=5))
    assert Notice.objects.get().at == AT + timedelta(minutes=5)

    told(member, about="post:2")
    told(member, kind=Kind.SUPPORT)
    told(MemberFactory())
    assert Notice.objects.count() == 4

    Notice.objects.update(seen_at=AT)
    told(member)
    assert Notice.objects.count() == 5


def test_pages_are_poked_after_the_commit_and_never_before(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
):
    member = MemberFactory()
    poked: list[Any] = []
    monkeypatch.setattr(pokes, "publish", poked.append)

    with django_capture_on_commit_callbacks(execute=True):
        told(member)
        assert poked == []

    assert poked == [{"news": {f"user.{member.user_id}"}}]


def test_what_rolls_back_told_nobody():
    member = MemberFactory()
    with transaction.atomic():
        told(member)
        transaction.set_rollback(True)

    member.refresh_from_db()
    assert not member.has_news
    assert not Notice.objects.exists()


def test_many_are_told_in_one_query_and_nobody_in_none(django_assert_num_queries: Any):
    members = [MemberFactory() for _ in range(3)]
    some = Member.objects.filter(pk__in=[member.pk for member in members[:2]])
    about = {"kind": Kind.INVITED_TO_HELP, "at": AT, "url_name": "community:feed"}

    with django_assert_num_queries(1):
        tell_each(members=some, **about)
    with django_assert_num_queries(0):
        tell_each(members=Member.objects.none(), **about)

    assert set(Notice.objects.values_list("member", flat=True)) == {m.pk for m in members[:2]}
