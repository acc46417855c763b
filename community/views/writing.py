"""Putting words on the wall, and changing them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import brakes
from accounts.audience import MemberRequest, members_only
from accounts.preferences import come_back
from community import operations
from community.forms import EditForm, PostForm, WritingForm
from community.models import BODY_MAX_LENGTH, Post, Reply, Topic
from community.views.reading import post_for, show_thread

# Bad input is answered with the form, what was typed still in it.
UNPROCESSABLE = 422
CONFLICT = 409


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
@require_POST
def reply_create(request: MemberRequest, public_id: str) -> HttpResponse:
    post = post_for(request, public_id)
    form = WritingForm(request.POST)
    if not form.is_valid():
        return show_thread(request, post, form, status=UNPROCESSABLE)
    if _is_paused(request):
        return show_thread(request, post, form, status=CONFLICT)
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
        return show_thread(request, post, form, status=CONFLICT)
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


def _is_paused(request: MemberRequest) -> bool:
    """Whether a break still holds these words back. Sending them with "come back" ends it."""
    now = timezone.now()
    if request.member.is_on_a_break(now=now) and "come_back" in request.POST:
        come_back(member=request.member, at=now)
    return request.member.is_on_a_break(now=now)


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
