"""What the tests of sockets share: a real client, and how long to wait for something."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

Opens = Callable[..., ClientConnection]

# For what should arrive at once, on a machine that is busy.
SOON = 10
# For what should not arrive: long enough for a poke, which takes milliseconds.
A_MOMENT = 0.4


def closing_code(socket: ClientConnection, *, within: float = SOON) -> int:
    """Why the server closed this socket, which it must within some seconds."""
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=within)
    return closed.value.rcvd.code if closed.value.rcvd else 1006


def is_silent(socket: ClientConnection) -> bool:
    try:
        socket.recv(timeout=A_MOMENT)
    except TimeoutError:
        return True
    return False
