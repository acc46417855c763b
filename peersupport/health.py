"""How the house is. Three questions, for three askers."""

from __future__ import annotations

from typing import Any

import redis
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import anyone, monitors_only
from escalation.safety import safety_figures
from live.pokes import client
from risk import classifier


@anyone
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers. Restart it if it does not."""
    return HttpResponse("ok", content_type="text/plain")


@anyone
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """
    Postgres and the model's file are as they should be; 503 where not.

    Redis is reported and not asked for: without it the house goes on, more slowly.
    """
    state: dict[str, Any] = {"postgres": "ok", "model": "ok", "redis": "ok"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        state["postgres"] = "does not answer"
    try:
        classifier.check_files()
    except classifier.ModelUnusable as unusable:
        state["model"] = str(unusable)
    try:
        client().ping()
    except redis.RedisError:
        state["redis"] = "does not answer"
    ready = state["postgres"] == state["model"] == "ok"
    return JsonResponse({"ready": ready, **state}, status=200 if ready else 503)


@monitors_only
@require_safe
def safety(request: HttpRequest) -> HttpResponse:
    """The ages that matter, in seconds, and whether each is within its promise."""
    figures = safety_figures(now=timezone.now())
    return JsonResponse(figures.as_dict(), status=200 if figures.all_well else 503)
