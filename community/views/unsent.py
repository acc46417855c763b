"""Drafts, kind words in one tap, and the page before an outside address."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import MemberRequest, anyone, members_only
from community import answers, drafts, paragraphs
from community.enums import Warmth
from community.forms import DraftForm
from community.models import Post, Reply
from community.views.reading import post_for


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def draft_list(request: MemberRequest) -> HttpResponse:
    """What this member has begun; sent to, it keeps one more, or forgets one."""
    if request.method != "POST":
        return render(request, "community/drafts.html", {"drafts": _begun(request), "here": "me"})
    place = request.POST.get("place", "")
    if not drafts.is_a_place(place):
        raise Http404
    if "forget" in request.POST:
        drafts.forget(member=request.member, place=place)
        messages.info(request, _("It is gone."))
        return redirect("community:drafts")
    form = DraftForm(request.POST)
    # Nothing of it is refused but what is too long, and that is still in the box.
    if not form.is_valid():
        return HttpResponse(status=422) if "quietly" in request.POST else _too_long(request, form)
    drafts.keep(
        member=request.member,
        place=place,
        body=form.cleaned_data["body"],
        key=form.cleaned_data["key"],
        topic=form.cleaned_data["topic"],
        content_note=form.cleaned_data["content_note"],
        at=timezone.now(),
    )
    if "quietly" in request.POST:
        return HttpResponse(status=204)
    messages.success(request, _("Kept for you. Only you can see it."))
    return redirect("community:drafts")


@members_only
@require_POST
def post_answer(request: MemberRequest, public_id: str) -> HttpResponse:
    """A kind word for a post, in one tap."""
    post = post_for(request, public_id)
    return _answer(request, post, thread=post)


@members_only
@require_POST
def reply_answer(request: MemberRequest, public_id: str) -> HttpResponse:
    """A kind word for a reply, in one tap."""
    replies = Reply.objects.shown_to(request.member).select_related("post")
    reply = get_object_or_404(replies, public_id=public_id)
    post_for(request, reply.post.public_id)
    return _answer(request, reply, thread=reply.post)


@anyone
@require_safe
def away(request: HttpRequest) -> HttpResponse:
    """Before an outside address: where it leads, and that nobody keeps watch there."""
    address = paragraphs.where_to(request.GET.get("to", ""))
    if address is None:
        raise Http404
    return render(request, "community/away.html", {"address": address})


def _answer(request: MemberRequest, writing: Post | Reply, *, thread: Post) -> HttpResponse:
    kind = request.POST.get("kind", "")
    try:
        if kind in Warmth.values and writing.is_visible:
            answers.give(
                writing=writing, member=request.member, kind=Warmth(kind), at=timezone.now()
            )
        else:
            answers.take_back(writing=writing, member=request.member)
    except answers.NotTheirOwn:
        raise Http404 from None
    where = "post" if writing == thread else "reply"
    address = redirect("community:thread", public_id=thread.public_id)
    address["Location"] += f"#{where}-{writing.public_id}"
    return address


def _begun(request: MemberRequest) -> list[dict[str, object]]:
    """Each draft with where it would go; ``at`` is None where that is no longer there."""
    own = list(request.member.drafts.select_related("topic"))
    ids = {draft.place.partition("-")[2] for draft in own}
    posts = {
        post.public_id: post
        for post in Post.objects.shown_to(request.member)
        .filter(public_id__in=ids)
        .select_related("author")
    }
    mine = {reply.public_id for reply in request.member.replies.filter(public_id__in=ids)}
    shown = []
    for draft in own:
        kind, _dash, public_id = draft.place.partition("-")
        post = posts.get(public_id)
        is_there = kind in ("post", "group") or post is not None or public_id in mine
        shown.append(
            {
                "draft": draft, "kind": kind, "public_id": public_id, "post": post,
                "is_reply": public_id in mine, "is_there": is_there,
            }
        )  # fmt: skip
    return shown


def _too_long(request: MemberRequest, form: DraftForm) -> HttpResponse:
    context = {"error": form.errors.get("body", [""])[0], "body": request.POST.get("body", "")}
    return render(request, "community/draft_refused.html", context, status=422)
