"""A wire between web and Redis that lets all through but what a test takes out."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

# How a published message begins on the wire, whichever protocol was agreed.
A_MESSAGE = b"$7\r\nmessage\r\n"


class Wire:
    """
    A unix socket that leads to another.

    While `deaf`, whoever subscribes hears nothing. What holds `hangs_at` never arrives, as
    if Redis had hung just before it.
    """

    def __init__(self, at: Path, to: str) -> None:
        self.deaf = False
        self.hangs_at: bytes | None = None
        self.dropped = 0
        self._path = at / "wire.sock"
        self._to = to
        self._open: list[socket.socket] = []

    @property
    def redis_url(self) -> str:
        return f"unix://{self._path}?db=0"

    def __enter__(self) -> Wire:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen(64)
        self._open.append(self._listener)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._to)
                self._open += [near, far]
                for ends in ((near, far, False), (far, near, True)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source: socket.socket, to: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                if self.deaf and is_answer and A_MESSAGE in chunk:
                    self.dropped += chunk.count(A_MESSAGE)
                elif self.hangs_at and not is_answer and self.hangs_at in chunk:
                    self.dropped += 1
                else:
                    to.sendall(chunk)
        for end in (source, to):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
