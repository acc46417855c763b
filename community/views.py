from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import MemberRequest, members_only
from accounts.operations import lend_words
from community import operations
from community.forms import EditForm, PostForm, WritingForm
from community.models import (
    BODY_MAX_LENGTH,
    POSTS_PER_PAGE,
    REPLIES_PER_PAGE,
    Post,
    PostQuerySet,
    Reply,
    Topic,
)

# Bad input is answered with the form, what was typed still in it.
UNPROCESSABLE = 422
CONFLICT = 409


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
@require_http_methods(["GET", "HEAD", "POST"])
def post_new(request: MemberRequest) -> HttpResponse:
    topics = list(Topic.objects.all())
    # "Just sharing" stands first: nobody has to sort their life before they may speak.
    chosen = request.GET.get("topic") or (topics[0].slug if topics else None)
    form = PostForm(_sent(request), initial={"topic": chosen})
    if form.is_valid():
        post = operations.publish_post(
            author=request.member,
            topic=form.cleaned_data["topic"],
            body=form.cleaned_data["body"],
            idempotency_key=form.cleaned_data["key"],
            at=timezone.now(),
        )
        return _seen(post)
    return _form_page(request, "community/post_new.html", form, topics=topics)


@members_only
@require_safe
def thread(request: MemberRequest, public_id: str) -> HttpResponse:
    return _thread(request, _post_for(request, public_id), WritingForm())


@members_only
@require_POST
def reply_create(request: MemberRequest, public_id: str) -> HttpResponse:
    post = _post_for(request, public_id)
    form = WritingForm(request.POST)
    if not form.is_valid():
        return _thread(request, post, form, status=UNPROCESSABLE)
    operations.publish_reply(
        post=post,
        author=request.member,
        body=form.cleaned_data["body"],
        idempotency_key=form.cleaned_data["key"],
        at=timezone.now(),
    )
    return _seen(post)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def post_edit(request: MemberRequest, public_id: str) -> HttpResponse:
    post = get_object_or_404(Post, author=request.member, public_id=public_id)
    return _edit(request, post, thread=post)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def reply_edit(request: MemberRequest, public_id: str) -> HttpResponse:
    reply = get_object_or_404(
        Reply.objects.select_related("post"), author=request.member, public_id=public_id
    )
    return _edit(request, reply, thread=reply.post)


@members_only
@require_safe
def me(request: MemberRequest) -> HttpResponse:
    """A member's own place: what they wrote, also what a guide has taken off the wall."""
    return render(
        request,
        "community/me.html",
        {
            "member": request.member,
            "posts": Post.objects.filter(author=request.member)
            .select_related("topic", "author")
            .newest_first()[:POSTS_PER_PAGE],
            "replies": Reply.objects.filter(author=request.member)
            .select_related("post")
            .order_by("-published_at")[:POSTS_PER_PAGE],
        },
    )


@members_only
@require_POST
def words_update(request: MemberRequest) -> HttpResponse:
    """Whether the screening may learn from what this member writes."""
    lends = request.POST.get("lends") == "on"
    lend_words(member=request.member, lends=lends, at=timezone.now())
    messages.success(
        request,
        _("Thank you. Our screening may learn from your words.")
        if lends
        else _("Our screening does not learn from your words."),
    )
    return redirect("community:me")


def _post_for(request: MemberRequest, public_id: str) -> Post:
    return get_object_or_404(
        Post.objects.shown_to(request.member).select_related("author", "topic"),
        public_id=public_id,
    )


def _feed(request: MemberRequest, posts: PostQuerySet, **context: Any) -> HttpResponse:
    if after := request.GET.get("after"):
        # The address names a post, not a time: nobody reads a second off it (S21).
        posts = posts.older_than(get_object_or_404(Post, public_id=after))
    page = list(posts.newest_first().select_related("author", "topic")[: POSTS_PER_PAGE + 1])
    shown = page[:POSTS_PER_PAGE]
    return render(
        request,
        "community/feed.html",
        {
            "posts": shown,
            "next_after": shown[-1].public_id if len(page) > POSTS_PER_PAGE else None,
            "is_first_page": not after,
            "topics": list(Topic.objects.all()),
            **context,
        },
    )


def _thread(
    request: MemberRequest, post: Post, form: WritingForm, *, status: int = 200
) -> HttpResponse:
    replies = post.replies.shown_to(request.member).select_related("author", "guide").oldest_first()
    if after := request.GET.get("after"):
        last = get_object_or_404(Reply, post=post, public_id=after)
        replies = replies.newer_than(last)
    page = list(replies[: REPLIES_PER_PAGE + 1])
    shown = page[:REPLIES_PER_PAGE]
    return render(
        request,
        "community/thread.html",
        {
            "post": post,
            "replies": shown,
            "next_after": shown[-1].public_id if len(page) > REPLIES_PER_PAGE else None,
            "form": form,
            "max_length": BODY_MAX_LENGTH,
            "sent": "sent" in request.GET,
        },
        status=status,
    )


def _edit(request: MemberRequest, writing: Post | Reply, *, thread: Post) -> HttpResponse:
    form = EditForm(_sent(request), initial={"body": writing.body, "revision": writing.revision})
    context: dict[str, Any] = {"writing": writing, "thread": thread}
    if form.is_valid():
        try:
            operations.edit_writing(
                writing=writing,
                body=form.cleaned_data["body"],
                expected_revision=form.cleaned_data["revision"],
                at=timezone.now(),
            )
        except operations.EditedMeanwhile:
            context["newer"] = type(writing).objects.get(pk=writing.pk)
            return _form_page(request, "community/edit.html", form, status=CONFLICT, **context)
        return _seen(thread)
    return _form_page(request, "community/edit.html", form, **context)


def _sent(request: HttpRequest) -> QueryDict | None:
    """What was sent, even if it is empty; None where a form is only being asked for."""
    return request.POST if request.method == "POST" else None


def _form_page(
    request: HttpRequest,
    template: str,
    form: WritingForm,
    *,
    status: int | None = None,
    **context: Any,
) -> HttpResponse:
    status = status or (UNPROCESSABLE if form.is_bound else 200)
    context |= {"form": form, "max_length": BODY_MAX_LENGTH}
    return render(request, template, context, status=status)


def _seen(post: Post) -> HttpResponse:
    """To the thread, which says "sent" and so lets the page forget its draft."""
    return redirect(reverse("community:thread", args=[post.public_id]) + "?sent")
