from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import brakes
from accounts.audience import MemberRequest, members_only
from accounts.preferences import come_back
from accounts.ways_back import is_within
from community import muting, operations
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
    if form.is_valid() and _is_paused(request):
        return _form_page(request, "community/post_new.html", form, status=CONFLICT, topics=topics)
    if form.is_valid():
        if slower := _too_fast(request):
            return slower
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
    if _is_paused(request):
        return _thread(request, post, form, status=CONFLICT)
    if slower := _too_fast(request):
        return slower
    try:
        operations.publish_reply(
            post=post,
            author=request.member,
            body=form.cleaned_data["body"],
            idempotency_key=form.cleaned_data["key"],
            at=timezone.now(),
        )
    except operations.TakenAway:
        return _thread(request, post, form, status=CONFLICT)
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
@require_POST
def saved_update(request: MemberRequest, public_id: str) -> HttpResponse:
    """Save a post, or no longer."""
    post = _post_for(request, public_id)
    if post.taken_away_at is not None:
        raise Http404
    if "forget" in request.POST:
        operations.forget_post(post=post, member=request.member)
        messages.info(request, _("It is no longer among your saved posts."))
    else:
        operations.save_post(post=post, member=request.member, at=timezone.now())
        messages.info(request, _("Saved. You find it under Me, What I saved."))
    return redirect(_back(request, default=reverse("community:thread", args=[public_id])))


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def post_mute(request: MemberRequest, public_id: str) -> HttpResponse:
    """Mute who wrote a post."""
    return _mute(request, _post_for(request, public_id), public_id)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def reply_mute(request: MemberRequest, public_id: str) -> HttpResponse:
    """Mute who wrote a reply."""
    replies = Reply.objects.shown_to(request.member).select_related("author", "post")
    reply = get_object_or_404(replies, public_id=public_id, author__isnull=False)
    return _mute(request, reply, reply.post.public_id)


def _mute(request: MemberRequest, writing: Post | Reply, thread: str) -> HttpResponse:
    # Of a post that was taken away nobody reads whose it was.
    gone = writing.taken_away_at is not None
    if writing.author is None or writing.author == request.member or gone:
        raise Http404
    if request.method == "POST":
        operations.mute_member(muted=writing.author, by=request.member, at=timezone.now())
        messages.success(
            request,
            _("%(alias)s is muted. They are not told.") % {"alias": writing.author.alias},
        )
        return redirect("community:feed")
    return render(request, "community/mute.html", {"muted": writing.author, "thread": thread})


def _back(request: HttpRequest, *, default: str) -> str:
    """Where a button was pressed, if that is one of our own pages."""
    wanted = request.POST.get("next", "")
    return wanted if is_within(wanted) else default


def _is_paused(request: MemberRequest) -> bool:
    """Whether a break still holds these words back. Sending them with "come back" ends it."""
    now = timezone.now()
    if request.member.is_on_a_break(now=now) and "come_back" in request.POST:
        come_back(member=request.member, at=now)
    return request.member.is_on_a_break(now=now)


def _post_for(request: MemberRequest, public_id: str) -> Post:
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


def _thread(
    request: MemberRequest, post: Post, form: WritingForm, *, status: int = 200
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
    return render(
        request,
        "community/thread.html",
        {
            "post": post,
            "is_taken_away": post.taken_away_at is not None and post.author != request.member,
            "replies": shown,
            "next_after": shown[-1].public_id if len(page) > REPLIES_PER_PAGE else None,
            "form": form,
            "max_length": BODY_MAX_LENGTH,
            "sent": "sent" in request.GET,
            "is_on_a_break": request.member.is_on_a_break(now=timezone.now()),
        },
        status=status,
    )


def _edit(request: MemberRequest, writing: Post | Reply, *, thread: Post) -> HttpResponse:
    form = EditForm(_sent(request), initial={"body": writing.body, "revision": writing.revision})
    context: dict[str, Any] = {"writing": writing, "thread": thread}
    if form.is_valid() and _is_paused(request):
        return _form_page(request, "community/edit.html", form, status=CONFLICT, **context)
    if form.is_valid():
        if slower := _too_fast(request):
            return slower
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


def _too_fast(request: MemberRequest) -> HttpResponse | None:
    """
    The page for somebody who sends more in a minute than anybody writes (S51), or None.

    It gives their words back and says when to send them. What came before is on the wall and
    is screened like everything.
    """
    at = timezone.now()
    until = brakes.WRITING.press(str(request.member.pk), at=at)
    if until is None:
        return None
    return brakes.too_many(
        request,
        until=until,
        at=at,
        sentence=_("You have written a lot in a short time. What you sent before is with us."),
        send_again=True,
    )


def _sent(request: HttpRequest) -> QueryDict | None:
    """What was sent, even if it is empty; None where a form is only being asked for."""
    return request.POST if request.method == "POST" else None


def _form_page(
    request: MemberRequest,
    template: str,
    form: WritingForm,
    *,
    status: int | None = None,
    **context: Any,
) -> HttpResponse:
    status = status or (UNPROCESSABLE if form.is_bound else 200)
    context |= {
        "form": form,
        "max_length": BODY_MAX_LENGTH,
        "is_on_a_break": request.member.is_on_a_break(now=timezone.now()),
    }
    return render(request, template, context, status=status)


def _seen(post: Post) -> HttpResponse:
    """To the thread, which says "sent" and so lets the page forget its draft."""
    return redirect(reverse("community:thread", args=[post.public_id]) + "?sent")
