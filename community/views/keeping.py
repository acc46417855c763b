"""What a reader keeps or keeps away: saved posts, muted people."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audience import MemberRequest, members_only
from accounts.ways_back import is_within
from community import operations
from community.models import Post, Reply
from community.views.reading import post_for


@members_only
@require_POST
def saved_update(request: MemberRequest, public_id: str) -> HttpResponse:
    """Save a post, or no longer."""
    post = post_for(request, public_id)
    if post.is_away:
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
    return _mute(request, post_for(request, public_id), public_id)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def reply_mute(request: MemberRequest, public_id: str) -> HttpResponse:
    """Mute who wrote a reply."""
    replies = Reply.objects.shown_to(request.member).select_related("author", "post")
    there = Post.objects.shown_to(request.member)
    reply = get_object_or_404(
        replies.filter(post__in=there), public_id=public_id, author__isnull=False
    )
    return _mute(request, reply, reply.post.public_id)


def _mute(request: MemberRequest, writing: Post | Reply, thread: str) -> HttpResponse:
    # Of a post that was taken away nobody reads whose it was.
    gone = writing.is_away
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
