"""
How a piece of writing was changed, for the wall guides who cover its writer. Nobody else sees it.

Every version was screened as exactly the words it had, so its screenings are its history; the
same words are not kept twice.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.audience import GuideRequest, wall_guides_only
from community.models import Post, Reply


@wall_guides_only
@require_safe
def post_history(request: GuideRequest, public_id: str) -> HttpResponse:
    return _history(
        request,
        get_object_or_404(
            Post.objects.select_related("author"),
            public_id=public_id, author__locality__in=request.wall_guide.covers.all(),
        ),
    )  # fmt: skip


@wall_guides_only
@require_safe
def reply_history(request: GuideRequest, public_id: str) -> HttpResponse:
    return _history(
        request,
        get_object_or_404(
            Reply.objects.select_related("author"),
            public_id=public_id, author__locality__in=request.wall_guide.covers.all(),
        ),
    )  # fmt: skip


def _history(request: GuideRequest, writing: Post | Reply) -> HttpResponse:
    versions = writing.screenings.order_by("-revision")
    return render(request, "community/history.html", {"writing": writing, "versions": versions})
