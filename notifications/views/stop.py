"""Stopping a letter from the letter itself, signed in or not."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.audience import anyone
from notifications import stopping


@csrf_exempt
@anyone
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """
    One button, and done: a link alone does nothing, because mail programs follow links.

    A mail program's own "unsubscribe" posts here as well (RFC 8058), with no page and no cookie
    before it: the token is what it has, and all that it opens.
    """
    found = stopping.read(token)
    if found is None:
        raise Http404
    member, letter = found
    if request.method == "POST":
        stopping.stop(member=member, letter=letter, at=timezone.now())
    context = {"is_stopped": request.method == "POST", "is_weekly": letter is stopping.Letter.WEEK}
    return render(request, "notifications/stop.html", context)
