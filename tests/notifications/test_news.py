"""The list of what is new: theirs alone, ten at a time, and read by being opened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from notifications.enums import Kind
from notifications.models import Notice
from notifications.operations import tell
from notifications.reading import come_across, forget_old
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
LIGHT = "data-live-news><"
pytestmark = pytest.mark.django_db


def tell_often(member: Any, times: int) -> None:
    for number in range(times):
        tell(
            member=member, kind=Kind.REPLY, at=AT + timedelta(minutes=number),
            url_name="community:thread", args=[f"post-{number:02}"], about=f"post:{number}",
        )  # fmt: skip


def test_the_light_is_on_until_the_list_is_opened_and_shows_no_number(client: Client, cast: Cast):
    client.force_login(cast.member.user)
    assert LIGHT not in client.get("/wall/").text
    tell_often(cast.member, 3)
    page = client.get("/wall/").text
    assert LIGHT in page
    assert "New for you:" in page

    news = client.get("/me/news/").text

    assert news.count("Somebody has replied to you.") == 3
    assert news.count('<span class="tag">New</span>') == 3
    assert LIGHT not in client.get("/wall/").text
    assert '<span class="tag">New</span>' not in client.get("/me/news/").text
    assert not Notice.objects.exclude(seen_at=None, push_at=None).filter(letter_at__isnull=False)


def test_ten_at_a_time_and_only_what_was_shown_is_read(client: Client, cast: Cast):
    client.force_login(cast.member.user)
    tell_often(cast.member, 23)

    first = client.get("/me/news/")
    assert first.text.count("room-link") == 10
    assert "post-22" in first.text
    assert "post-12" not in first.text
    assert Notice.objects.unread().count() == 13

    second = client.get(f"/me/news/?after={first.context['next_after']}")
    third = client.get(f"/me/news/?after={second.context['next_after']}")
    assert (second.text.count("room-link"), third.text.count("room-link")) == (10, 3)
    assert "Show more" not in third.text


def test_nobody_elses_list_can_be_reached(client: Client, cast: Cast):
    other = MemberFactory(locality=cast.leeds)
    tell_often(other, 1)
    client.force_login(cast.member.user)

    assert "Nothing yet." in client.get("/me/news/").text
    assert client.get(f"/me/news/?after={Notice.objects.get().pk}").status_code == 404
    assert Notice.objects.unread().count() == 1


def test_the_list_costs_the_same_however_long_it_is(
    client: Client, cast: Cast, django_assert_num_queries: Any
):
    client.force_login(cast.member.user)
    client.get("/me/news/")
    counts = []
    for more in (1, 2, 40):
        tell_often(cast.member, more)
        with django_assert_num_queries(7, exact=False) as counted:
            client.get("/me/news/")
        counts.append(len(counted))
    assert len(set(counts)) == 1, counts


def test_a_page_that_is_no_more_leads_back_to_the_list(client: Client, cast: Cast):
    tell(member=cast.member, kind=Kind.SUPPORT, at=AT, url_name="community:no-such-page")
    client.force_login(cast.member.user)

    assert 'class="room-link" href="/me/news/"' in client.get("/me/news/").text


def test_opening_the_thread_itself_is_reading_it_and_costs_others_nothing(
    client: Client, cast: Cast, django_assert_num_queries: Any
):
    post = PostFactory(author=cast.member)
    client.force_login(cast.member.user)
    address = f"/wall/posts/{post.public_id}/"
    client.get(address)
    with django_assert_num_queries(1000, exact=False) as without:
        client.get(address)
    usual = len(without)
    ReplyFactory(post=post)

    page = client.get(address).text

    assert LIGHT not in page
    assert not Notice.objects.unread().exists()
    assert not Notice.objects.filter(letter_at__isnull=False).exists()
    with django_assert_num_queries(usual):
        client.get(address)


def test_what_was_told_three_months_ago_is_forgotten(cast: Cast):
    tell_often(cast.member, 2)
    forget_old(now=AT + timedelta(days=90, seconds=1))
    assert Notice.objects.count() == 1


def test_meeting_the_thing_itself_is_reading_it(cast: Cast):
    post = PostFactory(author=cast.member)
    tell_often(cast.member, 2)
    cast.member.refresh_from_db()
    come_across(member=cast.member, about="post:0", at=AT)
    cast.member.refresh_from_db()
    assert (cast.member.has_news, Notice.objects.unread().count()) == (True, 1)
    come_across(member=cast.member, about="post:1", at=AT)
    cast.member.refresh_from_db()
    assert (cast.member.has_news, Notice.objects.unread().count()) == (False, 0)
    assert post.author == cast.member
