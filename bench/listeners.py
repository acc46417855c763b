"""
Many open pages in one process: `python -m bench.listeners URL PATH`, session keys on stdin.

The plainest websocket client there is, so that what it costs is not what is measured. Says
"open" when every page listens; when stdin ends, prints when each message came, page by page,
by the clock that all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

OPEN_WITHIN = 60.0
AT_ONCE = 20
TEXT, CLOSE, PING = 0x81, 0x88, 0x89
WALL = b'"wall"'
# A client masks what it says; a mask of zeros leaves the words as they are.
PONG = bytes([0x8A, 0x80]) + bytes(4)


class Page(asyncio.Protocol):
    """One open page: its handshake, and the moments at which it was told something."""

    def __init__(self, host: str, path: str, session: str) -> None:
        self.request = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
            f"Cookie: sessionid={session}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        ).encode()
        self.is_open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.rest = b""
        self.came: list[float] = []
        self.is_closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self.rest += data
        if not self.is_open.done():
            head, found, rest = self.rest.partition(b"\r\n\r\n")
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.is_open.set_exception(SystemExit(head[:60].decode()))
                return
            self.is_open.set_result(None)
            self.rest = rest
        # Frames of a server are unmasked, and ours are short: a kind, a length, the words.
        while len(self.rest) >= 2 and len(self.rest) >= 2 + self.rest[1]:
            kind, length = self.rest[0], self.rest[1]
            payload, self.rest = self.rest[2 : 2 + length], self.rest[2 + length :]
            # At its opening a page may also be told that there are news of its own.
            if kind == TEXT and WALL in payload:
                self.came.append(now)
            elif kind == PING:
                self.transport.write(PONG[:1] + bytes([0x80 | length]) + bytes(4) + payload)
            elif kind == CLOSE:
                self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_closed = True


async def main(url: str, path: str) -> None:
    loop = asyncio.get_running_loop()
    where = urlsplit(url)
    sessions = json.loads(sys.stdin.readline())
    gate = asyncio.Semaphore(AT_ONCE)

    async def opened(session: str) -> Page:
        async with gate:
            _, page = await loop.create_connection(
                lambda: Page(where.netloc, path, session), where.hostname, where.port
            )
            await page.is_open
            return page

    async with asyncio.timeout(OPEN_WITHIN):
        pages = await asyncio.gather(*map(opened, sessions))
    print("open", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    lost = sum(page.is_closed for page in pages)
    print(json.dumps({"came": [page.came for page in pages], "closed": lost}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
