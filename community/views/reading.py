"""The wall and a thread, as a member reads them."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import Http404, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import MemberRequest, members_only
from accounts.models import Member
from community import answers, feeds, moulds, muting, reading, reading_place, replying
from community.bricks import answer, brick
from community.forms import ReplyForm, WritingForm
from community.models import (
    BODY_MAX_LENGTH,
    POSTS_PER_PAGE,
    REPLIES_PER_PAGE,
    Post,
    Reply,
    Topic,
)
from community.picks import topics_for
from community.thread import page_of_a_thread, page_with
from notifications.reading import come_across


@members_only
@require_safe
def feed(request: MemberRequest) -> HttpResponse:
    return _page(request, feeds.EVERYTHING)


@members_only
@require_safe
def topic(request: MemberRequest, slug: str) -> HttpResponse:
    return _page(request, feeds.A_TOPIC, slug=slug)


@members_only
@require_safe
def waiting(request: MemberRequest) -> HttpResponse:
    return _page(request, feeds.WAITING)


@members_only
@require_safe
def since(request: MemberRequest) -> HttpResponse:
    return _page(request, feeds.SINCE)


@members_only
@require_safe
def mine(request: MemberRequest) -> HttpResponse:
    return _page(request, feeds.MINE)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def for_you(request: MemberRequest) -> HttpResponse:
    """What fits a member's reasons and goals; or, sent, whether they want to be picked for."""
    if request.method == "POST":
        wanted = "on" in request.POST
        reading_place.choose_picks(request.member, wanted=wanted, now=timezone.now())
        return redirect("community:for-you" if wanted else "community:feed")
    return _page(request, feeds.FOR_YOU)


@members_only
@require_safe
def thread(request: MemberRequest, public_id: str) -> HttpResponse:
    post = post_for(request, public_id)
    if request.member.has_news:
        # Whoever has come here needs no letter that leads here.
        come_across(member=request.member, about=f"post:{post.pk}", at=timezone.now())
    return show_thread(request, post, ReplyForm())


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


def _page(request: MemberRequest, feed: feeds.Feed, *, slug: str = "") -> HttpResponse:
    reader, now = request.member, timezone.now()
    topics, place = reading_place.topics_and_place(reader)
    topic = _named(topics, slug) if slug else None
    after = request.GET.get("after")
    picked = _picked(topics, reader, place) if feed is feeds.FOR_YOU else []
    page = feeds.page_of(
        feed, reader=reader, topics=topics, after=after, now=now, topic=topic and topic.pk,
        picked=[each.pk for each in picked], before=place.before(now=now) or now,
    )  # fmt: skip
    if after and not page:
        get_object_or_404(Post, public_id=after)
    shown = muting.fold(page[:POSTS_PER_PAGE], reader=reader)
    here = f"topic:{slug}" if slug else feed.slug
    reading_place.note_place(reader, place, feed=here, after=after, now=now)
    return moulds.page(
        request,
        "community/feed.html",
        moulds.shape(
            feed=feed.slug,
            name=str(feed.name),
            blurb=str(feed.blurb),
            empty=str(feed.empty),
            topic=_as_shown(topic) if topic else None,
            topics=tuple(map(_as_shown, topics)),
            picks=place.picks_for_them,
            picked=tuple(gettext(each.name) for each in picked),
            is_empty=not shown,
            is_first_page=not after,
            goes_on=not after and place.feed == here and bool(place.after),
            has_more=len(page) > POSTS_PER_PAGE,
        ),
        bricks=_lines(brick(post, reader=reader, now=now) for post in shown),
        next_after=shown[-1].public_id if shown else "",
        was_at=place.after,
        csrf_token=get_token(request) if feed is feeds.FOR_YOU else "",
        first_shown=shown[0].public_id if shown else "",
        on_a_break=_on_a_break(request) if reader.is_on_a_break(now=now) else "",
    )


def _picked(topics: list[Topic], reader: Member, place: reading_place.Place) -> list[Topic]:
    if not place.picks_for_them:
        return []
    slugs = topics_for(reader)
    return [topic for topic in topics if topic.slug in slugs]


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
        **replying.around(post=post, reader=reader, form=form, asked=request.GET),
        **more,
    }
    answers.show(post=post, replies=shown, reader=reader)
    sent = context.get("sent", False)
    return moulds.page(
        request,
        "community/thread.html",
        moulds.shape(
            topic=_as_shown(post.topic),
            sent=sent,
            can_write=not context["is_gone"],
            has_replies=bool(shown),
            is_first_page=not after,
            has_more=len(page) > REPLIES_PER_PAGE,
        ),
        status=status,
        on_a_break=_on_a_break(request) if is_on_a_break else "",
        sent_note=render_to_string("community/_sent.html", context, request) if sent else "",
        post=render_to_string("community/_post.html", context, request),
        pinned=_part(request, "pinned", post) if post.pinned_reply_id else "",
        cooled=_part(request, "cooled", post) if post.slow_until or post.hold_until else "",
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


def _part(request: MemberRequest, name: str, post: Post) -> SafeString:
    return render_to_string(f"community/_{name}.html", {"post": post}, request)


def _on_a_break(request: MemberRequest) -> SafeString:
    return render_to_string("community/_on_a_break.html", {"next": request.path}, request)
