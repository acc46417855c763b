"""
A stage for one script at a time: pages from strings, our own scripts, and a server that a test
can slow down, break or take away. No house behind it, and the clock is the test's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from playwright.sync_api import Page, Request, Route, WebSocketRoute

HOME = "http://wall.test"
AWAY = "https://www.bbc.co.uk/weather"

Answer = dict[str, Any]


class Stage:
    """What a browser finds at each path, and what it sent there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.answers: dict[str, Answer | Callable[[Request], Answer] | None] = {}
        self.posts: list[str] = []
        self.gets: list[str] = []
        self.sockets: list[WebSocketRoute] = []
        self.refuses_sockets = False
        page.route("**/*", self._route)
        page.route_web_socket(f"{HOME.replace('http', 'ws')}/live/", self._socket)

    def page_at(self, path: str, body: str, *scripts: str, attrs: str = "") -> None:
        """Put a page at a path, with some of our scripts."""
        tags = "".join(f'<script type="module" src="/static/js/{s}.js"></script>' for s in scripts)
        self.answers[path] = {
            "content_type": "text/html; charset=utf-8",
            "body": f"<!doctype html><title>x</title>{tags}<body {attrs}>{body}</body>",
        }

    def go(self, path: str = "/") -> None:
        self.page.goto(HOME + path)

    def poke(self) -> None:
        self.sockets[-1].send('{"changed": "alerts"}')

    def _route(self, route: Route) -> None:
        request = route.request
        if request.url.startswith(AWAY):
            return route.fulfill(body="<title>Weather</title>", content_type="text/html")
        path = request.url.removeprefix(HOME).split("?")[0]
        if path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/"))
            assert isinstance(found, str), path
            return route.fulfill(body=Path(found).read_bytes(), content_type="text/javascript")
        (self.posts if request.method == "POST" else self.gets).append(path)
        answer = self.answers.get(path, {"status": 404})
        if callable(answer):
            answer = answer(request)
        return route.abort() if answer is None else route.fulfill(**answer)

    def _socket(self, socket: WebSocketRoute) -> None:
        if self.refuses_sockets:
            socket.close()
        else:
            self.sockets.append(socket)
