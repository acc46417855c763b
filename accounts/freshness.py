"""
`fresh`: what matters most is asked for again, by whoever has not shown who they are lately.

It stands below the audience decorator. Until staff have second factors this asks allauth's own
page for the password.
"""

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
        if not is_fresh(request):
            return render(request, "accounts/confirm.html", {}, status=403)
        return view(request, *args, **kwargs)

    entered.is_fresh = True  # type: ignore[attr-defined]
    return entered  # type: ignore[return-value]


def is_fresh(request: HttpRequest) -> bool:
    proofs = request.session.get("account_authentication_methods", [])
    return any(time.time() - FRESH_FOR_SECONDS < float(each.get("at", 0)) for each in proofs)
