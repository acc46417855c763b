"""A member takes a copy of everything about them."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.audience import MemberRequest, members_even_paused
from accounts.freshness import fresh
from belonging.download import as_zip, everything_about, note_download


@members_even_paused
@require_http_methods(["GET", "HEAD", "POST"])
def download(request: MemberRequest) -> HttpResponse:
    """Say what is in it and what is not; then, to who has just signed in, give it."""
    if request.method == "POST":
        return _give(request)
    return render(request, "belonging/download.html", {"here": "me"})


@fresh
def _give(request: MemberRequest) -> HttpResponse:
    now, member = timezone.now(), request.member
    commissioner = member.locality.commissioner.name
    packed = as_zip(everything_about(member, at=now), commissioner=commissioner)
    note_download(member, at=now)
    response = HttpResponse(packed, content_type="application/zip")
    # A name that says nothing to whoever looks into the downloads of a shared computer.
    response.headers["Content-Disposition"] = 'attachment; filename="my-copy.zip"'
    response.headers["Cache-Control"] = "no-store"
    return response
