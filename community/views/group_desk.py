"""The desk's pages on groups: open one, ask members in, end a place, close it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import GuideRequest, wall_guides_only
from accounts.models import Member
from community import groups as acts
from community.group_forms import (
    CoGuideForm,
    EndPlaceForm,
    GroupForm,
    InviteForm,
)
from community.models import Group, Post

UNPROCESSABLE = 422
POSTS_SHOWN = 20


@wall_guides_only
@require_http_methods(["GET", "HEAD", "POST"])
def group_list(request: GuideRequest) -> HttpResponse:
    """Their groups, and a form that opens one. ``?member`` is somebody to ask in."""
    form = GroupForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        opened = acts.open_group(by=request.wall_guide, at=timezone.now(), **form.cleaned_data)
        messages.success(request, "The group is open. Nobody is in it yet: ask somebody in.")
        return redirect("community:group-desk", opened.public_id)
    groups = acts.run_by(request.wall_guide).order_by("closed_at", "name", "pk")
    context = {
        "here": "groups",
        "form": form,
        "groups": groups.prefetch_related("memberships"),
        "to_ask": _somebody(request, request.GET.get("member", "")),
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "community/group_list.html", context, status=status)


@wall_guides_only
@require_safe
def group_detail(request: GuideRequest, public_id: str) -> HttpResponse:
    return _page(request, _run_by(request, public_id))


@wall_guides_only
@require_POST
def invitation_create(request: GuideRequest, public_id: str) -> HttpResponse:
    """By alias, or by the link of somebody that the guide comes from."""
    group = _run_by(request, public_id)
    form = InviteForm(request.POST, may_be_asked=acts.could_be_invited_by(request.wall_guide))
    if not form.is_valid():
        return _page(request, group, invite_form=form, status=UNPROCESSABLE)
    member = form.cleaned_data["alias"]
    try:
        acts.invite(group=group, member=member, by=request.wall_guide, at=timezone.now())
    except acts.NotInvited as refusal:
        said_no = isinstance(refusal, acts.SaidNo)
        form.add_error(
            "alias",
            "They said no less than a month ago. Ask them later."
            if said_no
            else "This group is closed.",
        )
        return _page(request, group, invite_form=form, status=409)
    messages.success(request, f"{member.alias} is asked in. They say yes or no themselves.")
    return redirect("community:group-desk", group.public_id)


@wall_guides_only
@require_POST
def place_end(request: GuideRequest, public_id: str, member_id: str) -> HttpResponse:
    group = _run_by(request, public_id)
    there = group.memberships.filter(left_at=None).select_related("member", "group")
    place = get_object_or_404(there, member__public_id=member_id)
    form = EndPlaceForm(request.POST)
    if not form.is_valid():
        return _page(request, group, ending=place.pk, end_form=form, status=UNPROCESSABLE)
    acts.end_place(
        place=place, by=request.wall_guide, because=form.cleaned_data["body"], at=timezone.now()
    )
    messages.success(request, f"{place.member.alias} is out. They are told, with your words.")
    return redirect("community:group-desk", group.public_id)


@wall_guides_only
@require_POST
def guide_add(request: GuideRequest, public_id: str) -> HttpResponse:
    group = _run_by(request, public_id)
    form = CoGuideForm(request.POST, could_run=acts.could_run(group))
    if not form.is_valid():
        return _page(request, group, guide_form=form, status=UNPROCESSABLE)
    guide = form.cleaned_data["guide"]
    acts.add_guide(group=group, guide=guide, by=request.wall_guide, at=timezone.now())
    messages.success(request, f"{guide.name} runs this group with you now.")
    return redirect("community:group-desk", group.public_id)


@wall_guides_only
@require_POST
def closure_create(request: GuideRequest, public_id: str) -> HttpResponse:
    group = _run_by(request, public_id)
    acts.close_group(group=group, by=request.wall_guide, at=timezone.now())
    messages.success(request, "The group is closed. Its members can still read it.")
    return redirect("community:group-desk", group.public_id)


def _run_by(request: GuideRequest, public_id: str) -> Group:
    return get_object_or_404(acts.run_by(request.wall_guide), public_id=public_id)


def _somebody(request: GuideRequest, public_id: str) -> Member | None:
    if not public_id:
        return None
    return acts.could_be_invited_by(request.wall_guide).filter(public_id=public_id).first()


def _page(request: GuideRequest, group: Group, *, status: int = 200, **bound: Any) -> HttpResponse:
    places = group.memberships.select_related("member__locality", "invited_by", "ended_by")
    posts = Post.objects.filter(group=group).select_related("author", "topic")
    context = {
        "here": "groups",
        "group": group,
        "guides": group.guides.order_by("name", "pk"),
        "places": places.order_by("left_at", "joined_at", "invited_at", "pk"),
        "posts": posts.prefetch_related("replies__author", "replies__guide").newest_first()[
            :POSTS_SHOWN
        ],
        "invite_form": InviteForm(may_be_asked=Member.objects.none()),
        "guide_form": CoGuideForm(could_run=acts.could_run(group)),
        "end_form": EndPlaceForm(),
        **bound,
    }
    return render(request, "community/group_desk.html", context, status=status)
