"""Servers that are not there: Redis refused or hung, Postgres gone."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def redis_is_asked_again() -> Iterator[None]:
    """What one test found away is not left alone in the next."""
    from live import pokes

    pokes._left_alone_until = 0.0
    yield
    pokes._left_alone_until = 0.0


@pytest.fixture
def redis_moves_to(settings: Any) -> Iterator[Callable[[str], None]]:
    """Call it with an address: that is where hints and sockets look for Redis from now on."""
    from live import pokes

    def move(url: str) -> None:
        pokes.client.cache_clear()
        pokes._left_alone_until = 0.0
        settings.REDIS_URL = url

    yield move
    pokes.client.cache_clear()


@pytest.fixture
def redis_refused(redis_moves_to: Callable[[str], None]) -> str:
    """Nobody listens where Redis should be."""
    with socket.create_server(("127.0.0.1", 0)) as briefly:
        url = f"redis://127.0.0.1:{briefly.getsockname()[1]}/0"
    redis_moves_to(url)
    return url


@pytest.fixture
def redis_hung(redis_moves_to: Callable[[str], None]) -> Iterator[str]:
    """Somebody takes the connection and then says nothing, for ever."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        redis_moves_to(url)
        yield url


@pytest.fixture
def database_away(transactional_db: None, tmp_path: Any) -> Iterator[Callable[[], None]]:
    """Call it when all is prepared: from then on nobody listens where Postgres should be."""
    from django.db import connection

    # The settings of every thread's connection are this one dictionary.
    host = connection.settings_dict["HOST"]

    def go_away() -> None:
        connection.close()
        connection.settings_dict["HOST"] = str(tmp_path)

    yield go_away
    connection.close()
    connection.settings_dict["HOST"] = host
