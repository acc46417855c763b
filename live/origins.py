from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier


class SameOriginOnly:
    """
    Refuses a socket opened by a page that is not ours, before it is accepted (S41).

    Stricter than Channels' own validator, which lets any port of an allowed host in.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        headers = dict(scope["headers"])
        origin = urlsplit(headers.get(b"origin", b"").decode("latin1"))
        host = headers.get(b"host", b"").decode("latin1")
        if origin.scheme in ("http", "https") and origin.netloc and origin.netloc == host:
            return await self.application(scope, receive, send)
        return await WebsocketDenier()(scope, receive, send)
