"""The wall and a thread, as a member reads them."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from accounts.audience import MemberRequest, members_only
from community import moulds, muting, reading
from community.bricks import answer, brick
from community.forms import WritingForm
from community.models import (
    BODY_MAX_LENGTH,
    POSTS_PER_PAGE,
    REPLIES_PER_PAGE,
    Post,
    Reply,
    Topic,
)
from community.thread import page_of_a_thread, page_with


@members_only
@require_safe
def feed(request: MemberRequest) -> HttpResponse:
    return _feed(request)


@members_only
@require_safe
def topic(request: MemberRequest, slug: str) -> HttpResponse:
    return _feed(request, slug=slug)


@members_only
@require_safe
def thread(request: MemberRequest, public_id: str) -> HttpResponse:
    return show_thread(request, post_for(request, public_id), WritingForm())


@members_only
@require_safe
def reply(request: MemberRequest, public_id: str) -> HttpResponse:
    """To where a reply stands in its thread, on whichever page that is."""
    replies = Reply.objects.shown_to(request.member).select_related("post")
    wanted = get_object_or_404(replies, public_id=public_id)
    post_for(request, wanted.post.public_id)
    begins_after = page_with(wanted, reader=request.member)
    page = f"?after={begins_after}" if begins_after else ""
    thread = reverse("community:thread", args=[wanted.post.public_id])
    return redirect(f"{thread}{page}#reply-{public_id}")


def post_for(request: MemberRequest, public_id: str) -> Post:
    """
    The post of this address, if the member who asks may see it.

    :raises Http404: to everybody else
    """
    post = reading.post_seen_by(request.member, public_id=public_id, now=timezone.now())
    if post is None:
        raise Http404
    return post


class TopicShown(NamedTuple):
    """Of a topic, what a page's mould is made of."""

    slug: str
    name: str
    blurb: str
    tint: str


def _feed(request: MemberRequest, *, slug: str | None = None) -> HttpResponse:
    reader, now = request.member, timezone.now()
    topics = reading.topics()
    topic = _named(topics, slug) if slug is not None else None
    after = request.GET.get("after")
    page = reading.page_of_the_wall(reader=reader, topics=topics, topic=topic, after=after, now=now)
    if after and not page:
        get_object_or_404(Post, public_id=after)
    shown = muting.fold(page[:POSTS_PER_PAGE], reader=reader)
    return moulds.page(
        request,
        "community/feed.html",
        moulds.shape(
            topic=_as_shown(topic) if topic else None,
            topics=tuple(map(_as_shown, topics)),
            is_empty=not shown,
            is_first_page=not after,
            has_more=len(page) > POSTS_PER_PAGE,
        ),
        bricks=_lines(brick(post, reader=reader, now=now) for post in shown),
        next_after=shown[-1].public_id if shown else "",
        first_shown=shown[0].public_id if shown else "",
        on_a_break=_on_a_break(request) if reader.is_on_a_break(now=now) else "",
    )


def show_thread(
    request: MemberRequest, post: Post, form: WritingForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    """
    A thread with the box under it.

    :param post: as `post_for` found it
    :param more: what else the box's template asks for
    """
    reader, now = request.member, timezone.now()
    after = request.GET.get("after")
    page = page_of_a_thread(post, reader=reader, after=after)
    if after and not page:
        get_object_or_404(Reply, post=post, public_id=after)
    shown = muting.fold(page[:REPLIES_PER_PAGE], reader=reader)
    is_on_a_break = reader.is_on_a_break(now=now)
    context = {
        "post": post,
        "is_gone": reading.is_gone_for(reader, post),
        "form": form,
        "max_length": BODY_MAX_LENGTH,
        "is_on_a_break": is_on_a_break,
        **more,
    }
    return moulds.page(
        request,
        "community/thread.html",
        moulds.shape(
            topic=_as_shown(post.topic),
            sent="sent" in request.GET,
            has_replies=bool(shown),
            is_first_page=not after,
            has_more=len(page) > REPLIES_PER_PAGE,
        ),
        status=status,
        on_a_break=_on_a_break(request) if is_on_a_break else "",
        post=render_to_string("community/_post.html", context, request),
        pinned="",
        replies=_lines(answer(each, reader=reader, now=now) for each in shown),
        next_after=shown[-1].public_id if shown else "",
        first_page=reverse("community:thread", args=[post.public_id]),
        public_id=post.public_id,
        reply_count=post.reply_count,
        write=render_to_string("community/_write_reply.html", context, request),
    )


def _as_shown(topic: Topic) -> TopicShown:
    return TopicShown(topic.slug, topic.name, topic.blurb, topic.tint)


def _named(topics: list[Topic], slug: str) -> Topic:
    for each in topics:
        if each.slug == slug:
            return each
    raise Http404


def _lines(parts: Any) -> SafeString:
    return mark_safe("\n".join(parts))  # noqa: S308 -- each is safe


def _on_a_break(request: MemberRequest) -> SafeString:
    return render_to_string("community/_on_a_break.html", {"next": request.path}, request)
