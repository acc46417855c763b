from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.conf import settings
from websockets.sync.client import ClientConnection, connect

from tests.cast import Cast
from tests.live.sockets import SOON, Opens


@pytest.fixture
def opens(asgi_server: str, cast: Cast) -> Iterator[Opens]:
    """Opens the desk's socket as somebody, as a page of ours would."""
    opened = ExitStack()

    def open_as(
        role: str,
        path: str = "/live/",
        *,
        origin: str | None = asgi_server,
        cookies: dict[str, str] | None = None,
    ) -> ClientConnection:
        name = settings.SESSION_COOKIE_NAME
        if cookies is None:
            jar = cast.client(role).cookies
            cookies = {name: jar[name].value} if name in jar else {}
        held = "; ".join(f"{key}={value}" for key, value in cookies.items())
        headers = {"Cookie": held} if held else {}
        return opened.enter_context(
            connect(
                asgi_server.replace("http", "ws", 1) + path,
                additional_headers=headers,
                origin=origin,  # type: ignore[arg-type]
                open_timeout=SOON,
                proxy=None,
            )
        )

    with opened:
        yield open_as
