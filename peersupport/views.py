"""Pages that belong to the house and not to a room: the door, help now, and the way out."""

from __future__ import annotations

from django.contrib.auth import logout
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseForbidden,
    HttpResponseRedirect,
)
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import anyone, role_of, writing_kept

# Where "Leave quickly" goes: a page that anyone might have open.
SOMEWHERE_ORDINARY = "https://www.bbc.co.uk/weather"


@anyone
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The door. Somebody who is signed in is taken to their own place."""
    if role_of(request.user, "member"):
        return redirect("community:feed")
    if role_of(request.user, "wall_guide"):
        return redirect("escalation:desk")
    if role_of(request.user, "commissioning_lead"):
        return redirect("reporting:commissioner-home")
    if role_of(request.user, "administrator"):
        return redirect("escalation:protocol-list")
    return render(request, "home.html")


@anyone
@require_safe
def help_now(request: HttpRequest) -> HttpResponse:
    """
    Whom to call. Touches neither Postgres nor Redis, so it answers when they don't (I6).
    """
    response = render(None, "help_now.html")  # type: ignore[arg-type]
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@anyone
@csrf_exempt  # a page left open for a day must still let its reader out
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Leave quickly: the session ends here, and then the browser is somewhere ordinary."""
    ours = f"{request.scheme}://{request.get_host()}"
    if request.headers.get("Origin", ours) != ours:
        return HttpResponseForbidden(_("This came from another site."), content_type="text/plain")
    logout(request)
    response = HttpResponseRedirect(SOMEWHERE_ORDINARY, status=303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@anyone
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Nothing here is for a search engine (S29)."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


@anyone
@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for those who build with them."""
    return render(request, "design/design_system.html")


@anyone
def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token (S40): refused, and the words given back."""
    return writing_kept(
        request,
        _(
            "This page was open for a long time, so we could not take what you sent. "
            "Your words are safe below: go back, and send them again."
        ),
        status=403,
    )


@anyone
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """
    There is no such page for this person.

    Somebody may have been writing when it went: a post taken off the wall, a role that
    ended, another person signed in. Then their words are given back.
    """
    if _was_writing(request):
        return writing_kept(
            request,
            _(
                "This page is not here any more, so we could not take what you sent. "
                "Your words are safe below: copy them first."
            ),
            status=404,
        )
    return render(request, "404.html", status=404)


@anyone
def too_many(request: HttpRequest) -> HttpResponse:
    """A brake of allauth's own was pulled. Ours say when to go on: see accounts.brakes."""
    return render(request, "429.html", {"body": request.POST.get("body", "")}, status=429)


@anyone
def broken(request: HttpRequest) -> HttpResponse:
    """An error of ours: said plainly, and the words given back."""
    if _was_writing(request):
        return writing_kept(
            request,
            _(
                "Something broke on our side, so we could not take what you sent. "
                "Your words are safe below: go back in a minute, and send them again."
            ),
            status=500,
        )
    return render(None, "500.html", status=500)  # type: ignore[arg-type]


def _was_writing(request: HttpRequest) -> bool:
    return request.method == "POST" and bool(request.POST.get("body"))
