"""A member's groups: being asked in, reading, leaving."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import MemberRequest, members_only
from community import feeds, muting
from community import groups as acts
from community.models import POSTS_PER_PAGE, Group, GroupMember, Post, Topic


@members_only
@require_safe
def groups(request: MemberRequest) -> HttpResponse:
    """Who asks them in, where they are, and what a guide has ended."""
    mine = GroupMember.objects.joined(request.member).select_related("group__topic")
    return render(
        request,
        "community/groups.html",
        {
            "here": "me",
            "asked": GroupMember.objects.asked(request.member).select_related("group__topic"),
            "mine": mine.order_by("group__name", "pk"),
            "ended": acts.ended_lately(request.member, now=timezone.now()),
        },
    )


@members_only
@require_safe
def group(request: MemberRequest, public_id: str) -> HttpResponse:
    found = _mine(request, public_id)
    now, after = timezone.now(), request.GET.get("after")
    page = feeds.page_of(
        feeds.OF_A_GROUP, reader=request.member, topics=list(Topic.objects.all()), after=after,
        now=now, group=found.pk,
    )  # fmt: skip
    if after and not page:
        get_object_or_404(Post, group=found, public_id=after)
    shown = muting.fold(page[:POSTS_PER_PAGE], reader=request.member)
    return render(
        request,
        "community/group.html",
        {
            "here": "wall",
            "group": found,
            "guides": found.guides.order_by("name", "pk"),
            "posts": shown,
            "next_after": shown[-1].public_id if len(page) > POSTS_PER_PAGE else None,
            "is_first_page": not after,
        },
    )


@members_only
@require_POST
def answer_create(request: MemberRequest, public_id: str) -> HttpResponse:
    """Their yes or no."""
    asked = GroupMember.objects.asked(request.member)
    found = get_object_or_404(Group, public_id=public_id, memberships__in=asked)
    joins = request.POST.get("joins") == "yes"
    acts.answer_invitation(group=found, member=request.member, joins=joins, at=timezone.now())
    if joins:
        return redirect("community:group", found.public_id)
    messages.info(request, _("You said no. That is fine, and nobody in the group is told."))
    return redirect("community:groups")


@members_only
@require_POST
def leave_create(request: MemberRequest, public_id: str) -> HttpResponse:
    found = _mine(request, public_id)
    acts.leave(group=found, member=request.member, at=timezone.now())
    messages.success(
        request, _("You have left “%(group)s”. Nobody there is told.") % {"group": found.name}
    )
    return redirect("community:groups")


def _mine(request: MemberRequest, public_id: str) -> Group:
    """A group that they are in. To everybody else there is no such group."""
    places = GroupMember.objects.joined(request.member).select_related("group__topic")
    place = places.filter(group__public_id=public_id).first()
    if place is None:
        raise Http404
    return place.group
