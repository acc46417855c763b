"""
The house itself over real sockets: uvicorn in a thread, on the test database.

Use `asgi_server` together with `transactional_db`, which it asks for: the server's
threads have connections of their own and see only what was committed.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest


@pytest.fixture
def asgi_server(asgi_house: Server) -> str:
    """The address of a running server, such as ``http://127.0.0.1:41234``."""
    return asgi_house.address


@pytest.fixture
def asgi_house(transactional_db: None) -> Iterator[Server]:
    """The server itself, for tests that stop it and start it again at the same address."""
    from django.db import connection

    # One dictionary for every thread's connection: with 0, none outlives its request.
    kept_for = connection.settings_dict["CONN_MAX_AGE"]
    connection.settings_dict["CONN_MAX_AGE"] = 0
    server = Server()
    try:
        server.start()
        yield server
    finally:
        server.stop()
        connection.settings_dict["CONN_MAX_AGE"] = kept_for


class Server:
    """What `peersupport.asgi` serves, with threads that end when the test does."""

    port = 0  # any, the first time

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        import uvicorn
        from a2wsgi import WSGIMiddleware
        from channels.routing import ProtocolTypeRouter
        from django.core.handlers.wsgi import WSGIHandler

        from peersupport import asgi

        # As in peersupport.asgi, but the pages' threads are this server's own, and its
        # handler reads the settings of this test.
        self.pages = WSGIMiddleware(closing_connections(WSGIHandler()), workers=asgi.THREADS)
        application = ProtocolTypeRouter(
            {**asgi.application.application_mapping, "http": self.pages}
        )
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        self.uvicorn = uvicorn.Server(
            uvicorn.Config(
                application,
                lifespan="off",
                log_config=None,
                # As everywhere: addresses say who read what (docs/running.md).
                access_log=False,
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=1,
            )
        )
        self.is_up = threading.Event()
        self.thread = threading.Thread(target=self.serve, name="asgi_server")
        self.thread.start()
        assert self.is_up.wait(10), "the server did not come up"

    def serve(self) -> None:
        async def main() -> None:
            announcing = asyncio.create_task(self.announce())
            await self.uvicorn.serve(sockets=[self.listener])
            await announcing
            await close_the_connections_of_sockets()

        asyncio.run(main())

    async def announce(self) -> None:
        while not (self.uvicorn.started or self.uvicorn.should_exit):
            await asyncio.sleep(0.01)
        self.is_up.set()

    def stop(self) -> None:
        self.uvicorn.should_exit = True
        self.thread.join(15)
        assert not self.thread.is_alive(), "the server did not stop"
        self.pages.executor.shutdown(wait=True)
        self.listener.close()


async def close_the_connections_of_sockets() -> None:
    """The one to Postgres of the thread in which consumers ask; the hub closes its own."""
    from asgiref.sync import sync_to_async
    from django.db import connections

    await sync_to_async(connections.close_all)()


def closing_connections(pages: Callable[..., Iterable[bytes]]) -> Callable[..., Iterator[bytes]]:
    """Whatever a page's thread opened is closed with its answer."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        from django.db import connections

        try:
            response = pages(environ, start_response)
            try:
                yield from response
            finally:
                response.close()  # type: ignore[attr-defined]
        finally:
            connections.close_all()

    return answer
