"""Putting words on the wall, changing them, taking them back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import brakes
from accounts.audience import MemberRequest, members_only
from accounts.preferences import come_back
from community import anonymity, cooling, drafts, operations, policy, replying
from community.enums import ContentNote, HeldBecause
from community.forms import EditForm, PostForm, ReplyForm, WritingForm
from community.models import BODY_MAX_LENGTH, Group, Post, Reply, Topic
from community.starters import STARTERS, first_words
from community.views.reading import post_for, show_thread

# Bad input is answered with the form, what was typed still in it.
UNPROCESSABLE = 422
CONFLICT = 409


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def post_new(request: MemberRequest) -> HttpResponse:
    topics = list(Topic.objects.all())
    group = _group(request)
    place = f"group-{group.public_id}" if group else drafts.NEW_POST
    # "Just sharing" stands first: nobody has to sort their life before they may speak.
    chosen = request.GET.get("topic") or (topics[0].slug if topics else None)
    begun = drafts.begun(member=request.member, place=place) if request.method != "POST" else None
    initial = {"topic": chosen, "body": first_words(request.GET.get("start", ""))}
    goes_on = begun is not None and "go-on" in request.GET
    if begun is not None and goes_on:
        initial = {
            "body": begun.body,
            "topic": begun.topic.slug if begun.topic else chosen,
            "content_note": begun.content_note,
        }
    form = PostForm(_sent(request), initial=initial)
    context: dict[str, Any] = {
        "topics": topics,
        "group": group,
        "place": place,
        "starters": STARTERS,
        "begun": None if goes_on else begun,
    }
    template = "community/post_new.html"
    if not form.is_valid():
        return _form_page(request, template, form, **context)
    if _is_paused(request):
        return _form_page(request, template, form, status=CONFLICT, **context)
    findings = _given_away(request, form)
    if findings and not _goes_anyway(request):
        return _form_page(
            request, template, form, status=UNPROCESSABLE, **_shown(form, findings), **context
        )
    if slower := brakes.too_fast(request, brakes.WRITING, request.member):
        return slower
    post = operations.publish_post(
        author=request.member,
        topic=group.topic if group else form.cleaned_data["topic"],
        body=form.cleaned_data["body"],
        idempotency_key=form.cleaned_data["key"],
        at=timezone.now(),
        group=group,
        content_note=form.cleaned_data["content_note"],
        held=_held_for(request, form, findings),
    )
    drafts.forget(member=request.member, place=place)
    return _seen(post)


@members_only
@require_POST
def reply_create(request: MemberRequest, public_id: str) -> HttpResponse:
    post = post_for(request, public_id)
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return show_thread(request, post, form, status=UNPROCESSABLE)
    if _is_paused(request) or post.is_away or replying.is_closed(post):
        return show_thread(request, post, form, status=CONFLICT)
    findings = _given_away(request, form)
    if findings and not _goes_anyway(request):
        return show_thread(request, post, form, status=UNPROCESSABLE, **_shown(form, findings))
    cooled = cooling.may_write(post=post, author=request.member, at=timezone.now())
    if isinstance(cooled, cooling.SlowDown):
        # Sent twice is no second answer: what is there already is shown.
        if not request.member.replies.filter(idempotency_key=form.cleaned_data["key"]).exists():
            form.add_error("body", cooled.in_words(at=timezone.now()))
            return show_thread(request, post, form, status=CONFLICT)
        cooled = None
    if slower := brakes.too_fast(request, brakes.WRITING, request.member):
        return slower
    try:
        reply = operations.publish_reply(
            post=post,
            author=request.member,
            body=form.cleaned_data["body"],
            idempotency_key=form.cleaned_data["key"],
            at=timezone.now(),
            # Gone meanwhile: the words still find their thread.
            under=reply_of(request, post, form.cleaned_data["under"]),
            quote=form.cleaned_data["quote"],
            quoted_reply=reply_of(request, post, form.cleaned_data["quoted"]),
            content_note=form.cleaned_data["content_note"],
            held=_held_for(request, form, findings) or cooled,
        )
    except operations.TakenAway:
        return show_thread(request, post, form, status=CONFLICT)
    except operations.NotTheirWords:
        form.add_error(
            "quote",
            _("These words do not stand there, or not any more. Quote some that do, or none."),
        )
        return show_thread(request, post, form, status=UNPROCESSABLE)
    drafts.forget(member=request.member, place=drafts.reply_to(post))
    return _seen(post, reply)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def post_edit(request: MemberRequest, public_id: str) -> HttpResponse:
    post = get_object_or_404(Post, author=request.member, public_id=public_id, deleted_at=None)
    return _edit(request, post, thread=post)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def reply_edit(request: MemberRequest, public_id: str) -> HttpResponse:
    reply = _own_reply(request, public_id)
    return _edit(request, reply, thread=reply.post)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def post_delete(request: MemberRequest, public_id: str) -> HttpResponse:
    """Take back a post, once asked whether it is meant."""
    post = get_object_or_404(Post, author=request.member, public_id=public_id, deleted_at=None)
    return _delete(request, post, thread=post)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def reply_delete(request: MemberRequest, public_id: str) -> HttpResponse:
    """Take back a reply, once asked whether it is meant."""
    reply = _own_reply(request, public_id)
    return _delete(request, reply, thread=reply.post)


def reply_of(request: MemberRequest, post: Post, public_id: str) -> Reply | None:
    """A reply of this thread that this member sees, or None."""
    if not public_id:
        return None
    return post.replies.shown_to(request.member).filter(public_id=public_id).first()


def _own_reply(request: MemberRequest, public_id: str) -> Reply:
    return get_object_or_404(
        Reply.objects.select_related("post"),
        author=request.member, public_id=public_id, deleted_at=None,
    )  # fmt: skip


def _edit(request: MemberRequest, writing: Post | Reply, *, thread: Post) -> HttpResponse:
    place = drafts.change_of(writing)
    begun = drafts.begun(member=request.member, place=place) if request.method != "POST" else None
    goes_on = begun is not None and "go-on" in request.GET
    form = EditForm(
        _sent(request),
        initial={
            "body": begun.body if begun is not None and goes_on else writing.body,
            "revision": writing.revision,
            "content_note": writing.content_note,
        },
    )
    context: dict[str, Any] = {
        "writing": writing,
        "thread": thread,
        "place": place,
        "begun": None if goes_on else begun,
    }
    template = "community/edit.html"
    if not form.is_valid():
        return _form_page(request, template, form, **context)
    if _is_paused(request):
        return _form_page(request, template, form, status=CONFLICT, **context)
    findings = _given_away(request, form)
    if findings and not _goes_anyway(request):
        return _form_page(
            request, template, form, status=UNPROCESSABLE, **_shown(form, findings), **context
        )
    if slower := brakes.too_fast(request, brakes.WRITING, request.member):
        return slower
    has_note = "content_note" in request.POST
    try:
        operations.edit_writing(
            writing=writing,
            body=form.cleaned_data["body"],
            expected_revision=form.cleaned_data["revision"],
            at=timezone.now(),
            content_note=form.cleaned_data["content_note"] if has_note else None,
            held=_held_for(request, form, findings) or _thread_holds(writing),
        )
    except operations.EditedMeanwhile:
        context["newer"] = type(writing).objects.get(pk=writing.pk)
        return _form_page(request, template, form, status=CONFLICT, **context)
    drafts.forget(member=request.member, place=place)
    if _has_left(request, thread):
        messages.success(request, _("Your words are changed."))
        return redirect("belonging:written")
    return _seen(thread, writing)


def _delete(request: MemberRequest, writing: Post | Reply, *, thread: Post) -> HttpResponse:
    if request.method != "POST":
        context = {"writing": writing, "thread": thread, "is_post": writing == thread}
        return render(request, "community/delete.html", context)
    operations.delete_writing(writing=writing, at=timezone.now())
    messages.success(request, _("It is off the wall. Nobody reads it here any more."))
    if isinstance(writing, Post):
        return redirect("community:feed")
    if _has_left(request, thread):
        return redirect("belonging:written-replies")
    return redirect("community:thread", public_id=thread.public_id)


def _has_left(request: MemberRequest, thread: Post) -> bool:
    """Whether a thread stands in a group that they have left: their own words stay theirs."""
    if thread.group_id is None:
        return False
    return not Post.objects.shown_to(request.member).filter(pk=thread.pk).exists()


def _group(request: MemberRequest) -> Group | None:
    """The group that a new post is for, if this member is in it."""
    wanted = request.POST.get("group", "") or request.GET.get("group", "")
    if not wanted:
        return None
    return get_object_or_404(
        Group.objects.select_related("topic"),
        public_id=wanted, closed_at=None, memberships__member=request.member,
        memberships__joined_at__isnull=False, memberships__left_at=None,
    )  # fmt: skip


def _given_away(request: MemberRequest, form: WritingForm) -> list[anonymity.Finding]:
    return anonymity.look(form.cleaned_data["body"], alias=request.member.alias)


def _goes_anyway(request: HttpRequest) -> bool:
    """Whether somebody who has seen what their words give away sends them all the same."""
    return "anyway" in request.POST


def _held(findings: list[anonymity.Finding]) -> HeldBecause | None:
    if any(each.is_contact for each in findings):
        return HeldBecause.CONTACT_DETAILS
    return None


def _thread_holds(writing: Post | Reply) -> HeldBecause | None:
    """New words in an old answer wait too, where a guide reads what is new in a thread first."""
    if isinstance(writing, Reply):
        return cooling.holds(post=writing.post, at=timezone.now())
    return None


def _held_for(
    request: MemberRequest, form: WritingForm, findings: list[anonymity.Finding]
) -> HeldBecause | None:
    """Why these words wait for a guide, if they do: what they give away, or the wall's policy."""
    return _held(findings) or policy.hold_for(author=request.member, body=form.cleaned_data["body"])


def _shown(form: WritingForm, findings: list[anonymity.Finding]) -> dict[str, Any]:
    """What the page needs to show what the words give away."""
    return {
        "findings": anonymity.by_kind(findings),
        "pieces": anonymity.pieces_of(form.cleaned_data["body"], findings),
        "would_be_held": _held(findings) is not None,
    }


def _is_paused(request: MemberRequest) -> bool:
    """Whether a break still holds these words back. Sending them with "come back" ends it."""
    now = timezone.now()
    if request.member.is_on_a_break(now=now) and "come_back" in request.POST:
        come_back(member=request.member, at=now)
    return request.member.is_on_a_break(now=now)


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
        "notes": ContentNote.choices,
        "is_on_a_break": request.member.is_on_a_break(now=timezone.now()),
    }
    return render(request, template, context, status=status)


def _seen(post: Post, writing: Post | Reply | None = None) -> HttpResponse:
    """To the thread, which says what became of the words and lets the page forget its draft."""
    sent = f"?sent={writing.public_id}" if writing is not None and writing != post else "?sent"
    return redirect(reverse("community:thread", args=[post.public_id]) + sent)
