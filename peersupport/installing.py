"""
The wall as an installed app: its name and icon, and the one script that works offline.

What is kept on a phone is on a list (`SHELL`), never a page about a person: see
static/js/service-worker.js.
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.audience import anyone
from accounts.enums import AppFace

# What every page of a member needs, and the crisis page: all of it public, none about anybody.
SHELL = (
    "css/tokens.css", "css/reset.css", "css/base.css", "css/layout.css", "css/utilities.css",
    "css/components/controls.css", "css/components/wall.css", "css/fonts.css", "css/help.css",
    "fonts/fraunces-latin-600.woff2", "img/mark.svg", "js/app.js", "js/quick-exit.js",
    "js/sign-out.js", "js/member-live.js", "js/words.js", "js/count.js", "js/draft.js",
    "js/draft-there.js",
)  # fmt: skip
# Where a saved exercise's page begins. There are none yet: whoever builds them names them here,
# and puts what a member saves into the cache "exercises" (static/js/service-worker.js).
EXERCISES: tuple[str, ...] = ()

PAPER = "#faf6f0"


@anyone
@require_safe
def manifest(request: HttpRequest, face: str) -> HttpResponse:
    """
    What a phone calls the app and shows for it.

    In the address and not in the session, because a phone asks for it without a cookie.
    """
    if face not in AppFace.values:
        raise Http404
    name = str(AppFace(face).label)
    icons = [
        {"src": static(f"img/app/{face}.svg"), "sizes": "any", "type": "image/svg+xml"},
        *(
            {
                "src": static(f"img/app/{face}-{size}.png"), "sizes": f"{size}x{size}",
                "type": "image/png", "purpose": purpose,
            }
            for size in (192, 512)
            for purpose in ("any", "maskable")
        ),
    ]  # fmt: skip
    return _public(
        JsonResponse(
            {
                "id": "/",
                "name": name,
                "short_name": name,
                "lang": translation.get_language(),
                "start_url": reverse("home"),
                "scope": "/",
                "display": "standalone",
                "background_color": PAPER,
                "theme_color": PAPER,
                "icons": icons,
            },
            content_type="application/manifest+json",
        )
    )


@anyone
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that a phone keeps. Asked for anew at each visit, and changed when we are."""
    response = HttpResponse(_script(), content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@anyone
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What is shown where there is no connection: whom to call, which needs none."""
    return _public(render(None, "help_now.html", {"is_offline": True}))  # type: ignore[arg-type]


def _public(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@functools.cache
def _script() -> str:
    with translation.override(settings.LANGUAGE_CODE):
        keep: dict[str, Any] = {
            "crisis": reverse("help-now"),
            "offline": reverse("offline"),
            "news": reverse("notifications:news"),
            "shell": [static(path) for path in SHELL],
            "exercises": EXERCISES,
            "icon": static(f"img/app/{AppFace.WALL}-192.png"),
            "words": _("Something new for you"),
        }
        pages = render(None, "help_now.html", {"is_offline": True}).content  # type: ignore[arg-type]
    code = _read("js/service-worker.js")
    seen = hashlib.sha256(json.dumps(keep).encode() + pages + code)
    for path in SHELL:
        seen.update(_read(path))
    keep["version"] = seen.hexdigest()[:12]
    return f"const KEEP = {json.dumps(keep)};\n{code.decode()}"


def _read(path: str) -> bytes:
    found = finders.find(path)
    if not isinstance(found, str):
        raise FileNotFoundError(path)
    return Path(found).read_bytes()
