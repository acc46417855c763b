"""
What Django costs at the least for such a page, served beside ours in the same run.

A session, a user, one indexed query and a template of twenty rows: nothing of the
product's. `python -m uvicorn bench.bare:application` with the bench's environment.
"""

from __future__ import annotations

import os

from a2wsgi import WSGIMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.bare_settings"

from django.core.wsgi import get_wsgi_application

ROWS = 20


def rows(request: HttpRequest) -> HttpResponse:
    from community.models import Post

    posts = Post.objects.on_the_wall().newest_first()[:ROWS]
    return render(request, "bench/rows.html", {"name": str(request.user), "posts": posts})


urlpatterns = [path("rows/", rows)]

application = WSGIMiddleware(get_wsgi_application(), workers=4)
