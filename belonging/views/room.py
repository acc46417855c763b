"""The member's own room, and what they wrote and saved."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import MemberRequest, members_only
from belonging.forms import languages
from community.models import POSTS_PER_PAGE, Post, Reply, SavedPost


@members_only
@require_safe
def me(request: MemberRequest) -> HttpResponse:
    """Where everything that is a member's own is found, each part one tap away."""
    context = {
        "here": "me",
        "is_on_a_break": request.member.is_on_a_break(now=timezone.now()),
        "has_languages": len(languages()) > 1,
    }
    return render(request, "belonging/me.html", context)


@members_only
@require_safe
def written(request: MemberRequest) -> HttpResponse:
    """A member's posts, also those that a guide has taken off the wall."""
    posts = Post.objects.filter(author=request.member, deleted_at=None).select_related("topic")
    # What stands in a group that they have left is theirs to change, and not to open there.
    there = Post.objects.shown_to(request.member).filter(pk=OuterRef("pk"))
    posts = posts.annotate(can_be_opened=Exists(there))
    if after := request.GET.get("after"):
        posts = posts.older_than(get_object_or_404(posts, public_id=after))
    page = list(posts.newest_first()[: POSTS_PER_PAGE + 1])
    context = {"here": "me", "posts": page[:POSTS_PER_PAGE], **_more(page)}
    return render(request, "belonging/written.html", context)


@members_only
@require_safe
def written_replies(request: MemberRequest) -> HttpResponse:
    replies = Reply.objects.filter(author=request.member, deleted_at=None)
    there = Post.objects.shown_to(request.member).filter(pk=OuterRef("post"))
    replies = replies.select_related("post").annotate(can_be_opened=Exists(there))
    if after := request.GET.get("after"):
        last = get_object_or_404(replies, public_id=after)
        replies = replies.older_than(last)
    page = list(replies.newest_first()[: POSTS_PER_PAGE + 1])
    context = {"here": "me", "replies": page[:POSTS_PER_PAGE], **_more(page)}
    return render(request, "belonging/written_replies.html", context)


@members_only
@require_safe
def saved(request: MemberRequest) -> HttpResponse:
    """Posts that a member has saved and that are still there for them to read."""
    there = Post.objects.shown_to(request.member).filter(taken_away_at=None, deleted_at=None)
    kept = SavedPost.objects.filter(member=request.member, post__in=there)
    kept = kept.select_related("post__author", "post__topic").order_by("-saved_at", "-pk")
    if after := request.GET.get("after"):
        last = get_object_or_404(kept, post__public_id=after)
        kept = kept.filter(saved_at__lte=last.saved_at).exclude(
            saved_at=last.saved_at, pk__gte=last.pk
        )
    page = [each.post for each in kept[: POSTS_PER_PAGE + 1]]
    context = {"here": "me", "posts": page[:POSTS_PER_PAGE], **_more(page)}
    return render(request, "belonging/saved.html", context)


def _more(page: list[Post] | list[Reply]) -> dict[str, str | None]:
    more = len(page) > POSTS_PER_PAGE
    return {"next_after": page[POSTS_PER_PAGE - 1].public_id if more else None}
