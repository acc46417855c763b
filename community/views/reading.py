"""The wall and a thread, as a member reads them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import MemberRequest, members_only
from community import answers, muting, replying
from community.forms import ReplyForm, WritingForm
from community.models import (
    BODY_MAX_LENGTH,
    POSTS_PER_PAGE,
    REPLIES_PER_PAGE,
    Post,
    PostQuerySet,
    Reply,
    Topic,
)


@members_only
@require_safe
def feed(request: MemberRequest) -> HttpResponse:
    return _feed(request, Post.objects.on_the_wall())


@members_only
@require_safe
def topic(request: MemberRequest, slug: str) -> HttpResponse:
    chosen = get_object_or_404(Topic, slug=slug)
    return _feed(request, Post.objects.on_the_wall().filter(topic=chosen), topic=chosen)


@members_only
@require_safe
def thread(request: MemberRequest, public_id: str) -> HttpResponse:
    return show_thread(request, post_for(request, public_id), ReplyForm())


def post_for(request: MemberRequest, public_id: str) -> Post:
    posts = Post.objects.shown_to(request.member).with_newcomers(now=timezone.now())
    return get_object_or_404(
        posts.as_read_by(request.member).select_related("author", "topic"),
        public_id=public_id,
    )


def _feed(request: MemberRequest, posts: PostQuerySet, **context: Any) -> HttpResponse:
    if after := request.GET.get("after"):
        # The address names a post, not a time: nobody reads a second off it (S21).
        posts = posts.older_than(get_object_or_404(Post, public_id=after))
    posts = posts.with_newcomers(now=timezone.now()).select_related("author", "topic")
    page = list(posts.newest_first().as_read_by(request.member)[: POSTS_PER_PAGE + 1])
    shown = muting.fold(page[:POSTS_PER_PAGE], reader=request.member)
    return render(
        request,
        "community/feed.html",
        {
            "posts": shown,
            "next_after": shown[-1].public_id if len(page) > POSTS_PER_PAGE else None,
            "is_first_page": not after,
            "topics": list(Topic.objects.all()),
            "is_on_a_break": request.member.is_on_a_break(now=timezone.now()),
            **context,
        },
    )


def show_thread(
    request: MemberRequest, post: Post, form: WritingForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    replies = (
        post.replies.shown_to(request.member)
        .as_read_by(request.member)
        .select_related("author", "guide")
        .oldest_first()
    )
    if after := request.GET.get("after"):
        last = get_object_or_404(Reply, post=post, public_id=after)
        replies = replies.newer_than(last)
    page = list(replies[: REPLIES_PER_PAGE + 1])
    shown = muting.fold(page[:REPLIES_PER_PAGE], reader=request.member)
    answers.show(post=post, replies=shown, reader=request.member)
    return render(
        request,
        "community/thread.html",
        {
            "post": post,
            "is_taken_away": post.deleted_at is not None
            or (post.taken_away_at is not None and post.author != request.member),
            "replies": shown,
            "next_after": shown[-1].public_id if len(page) > REPLIES_PER_PAGE else None,
            "form": form,
            "max_length": BODY_MAX_LENGTH,
            "is_on_a_break": request.member.is_on_a_break(now=timezone.now()),
            **replying.around(post=post, reader=request.member, form=form, asked=request.GET),
            **more,
        },
        status=status,
    )
