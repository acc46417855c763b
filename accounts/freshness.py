"""`fresh`, until the one of the second factors is merged: take theirs where the two meet."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

View = TypeVar("View", bound=Callable[..., HttpResponse])

FRESH_FOR_SECONDS = 5 * 60


def fresh(view: View) -> View:
    """Enter ``view`` only with a proof of who it is from the last five minutes."""

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        proofs = request.session.get("account_authentication_methods", [])
        if any(time.time() - FRESH_FOR_SECONDS < float(each.get("at", 0)) for each in proofs):
            return view(request, *args, **kwargs)
        return render(request, "403.html", status=403)

    entered.is_fresh = True  # type: ignore[attr-defined]
    return entered  # type: ignore[return-value]
