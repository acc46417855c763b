"""
Everything that a house holds and says, as text: for a test that looks for what must not be there.

Each piece has a place to be named by: a column of a row, a key in Redis, a line of a log. What
is wrapped (a session, a pickled cache entry, bytes) is there as it lies and unwrapped as well.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus, unquote_plus

import redis
from django.conf import settings
from django.db import connection

OUR_LOGGERS = (
    "accounts", "audit", "belonging", "commissioning", "community", "escalation", "live",
    "measures", "peersupport", "reporting", "risk", "vault", "allauth",
)  # fmt: skip
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")


class Piece(NamedTuple):
    """Something that is held or was said, and where."""

    place: str
    text: str


# --- what is held --------------------------------------------------------------------------


def every_row() -> Iterator[Piece]:
    """Each column of each row of each table in every schema, as `pg_dump` would write it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname, tablename FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
        )
        for schema, table in cursor.fetchall():
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{schema}"."{table}" t')
            for (row,) in cursor.fetchall():
                for column, value in json.loads(row).items():
                    if value is not None and (schema, table, column) != MODEL_BYTES:
                        yield Piece(f"{schema}.{table}.{column}", _flat(value))


# Two megabytes of weights, hashed and checked by tests of their own.
MODEL_BYTES = ("public", "risk_modelrelease", "content")


def every_key() -> Iterator[Piece]:
    """Each key of Redis with what it holds, whatever its kind."""
    store = redis.from_url(settings.REDIS_URL)
    for key in store.scan_iter():
        kind = store.type(key)
        held: Any = {
            b"string": lambda key: store.get(key),
            b"list": lambda key: store.lrange(key, 0, -1),
            b"hash": lambda key: store.hgetall(key),
            b"set": lambda key: store.smembers(key),
            b"zset": lambda key: store.zrange(key, 0, -1),
        }.get(kind, lambda key: b"")(key)
        yield Piece(f"redis {key!r}", f"{key!r} {held!r}")


def logs_of_the_servers() -> Iterator[Piece]:
    """What Postgres and Redis wrote of themselves, where they are the tests' own."""
    from tests.servers import _servers

    if _servers is not None:
        for log in sorted(_servers.home.glob("*.log")):
            yield Piece(f"the file {log.name}", log.read_text(errors="replace"))


def _flat(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# --- what was said -------------------------------------------------------------------------


class Listener(logging.Handler):
    """Every line that is logged, with its arguments and its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[Piece] = []

    def emit(self, record: logging.LogRecord) -> None:
        extra = {
            name: value
            for name, value in vars(record).items()
            if name not in ("msg", "exc_info", "request", "wsgi_request", "server_time")
        }
        said = logging.Formatter().format(record)
        self.lines.append(Piece(f"log {record.name}", f"{said} {extra!r}"))


@contextmanager
def listening() -> Iterator[Listener]:
    """Hear all loggers meanwhile: our own from DEBUG, everybody else's from INFO."""
    listener, root = Listener(), logging.getLogger()
    loggers = [logging.getLogger(name) for name in OUR_LOGGERS]
    before = [(each, each.level) for each in (root, *loggers)]
    root.addHandler(listener)
    root.setLevel(logging.INFO)
    for each in loggers:
        each.setLevel(logging.DEBUG)
    try:
        yield listener
    finally:
        root.removeHandler(listener)
        for each, level in before:
            each.setLevel(level)


@contextmanager
def overhearing_redis() -> Iterator[list[Piece]]:
    """Every command that Redis is given meanwhile, by anybody: tasks, pokes and doorbells."""
    heard: list[Piece] = []
    # Listening is silent for as long as nobody asks anything.
    store = redis.from_url(settings.REDIS_URL, socket_timeout=None)
    ready, over = threading.Event(), "the journey is over"

    def listen() -> None:
        with store.monitor() as monitor:
            ready.set()
            for command in monitor.listen():
                heard.append(Piece("redis command", command["command"]))
                if over in command["command"]:
                    return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert ready.wait(10), "Redis lets nobody listen"
    try:
        yield heard
    finally:
        store.echo(over)
        thread.join(10)
        assert not thread.is_alive(), "Redis was not heard to the end"


# --- looking for what must not be there ------------------------------------------------------


def found(planted: dict[str, str], pieces: Iterator[Piece] | list[Piece]) -> list[str]:
    """Where something planted is, in any of the shapes that it might have taken."""
    shapes = {what: shapes_of(value) for what, value in planted.items()}
    hits = []
    for place, text in pieces:
        whole = unwrapped(text)
        hits += [
            f"{what} in {place}"
            for what, needles in shapes.items()
            if any(needle in whole for needle in needles)
        ]
    return sorted(set(hits))


def shapes_of(value: str) -> set[str]:
    """A value as it is, and as code might have changed it: cased, quoted, coded or hashed."""
    shapes = {value, value.lower(), value.upper(), quote(value), quote_plus(value)}
    shapes |= {json.dumps(value)[1:-1], value.encode("unicode_escape").decode()}
    bare = re.sub(r"[\s().-]", "", value)
    if len(bare) >= 6:
        shapes |= {bare, bare.lower()}
    if bare.startswith("07"):
        shapes |= {f"+44{bare[1:]}", f"0044{bare[1:]}"}
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        day = date.fromisoformat(value)
        shapes |= {day.strftime(shape) for shape in ("%d/%m/%Y", "%d.%m.%Y", "%Y%m%d")}
        shapes |= {f"{day.day} {day:%B %Y}", repr(day), f"{day.year}, {day.month}, {day.day}"}
    if "@" in value:
        local, _, domain = value.partition("@")
        shapes |= {local, local.lower(), domain.lower()}
    for text in (value, value.lower()):
        raw = text.encode()
        shapes |= {raw.hex(), *(new(raw).hexdigest() for new in _HASHES)}
        shapes |= {base64.b64encode(new(raw).digest()).decode().rstrip("=") for new in _HASHES}
    return shapes


_HASHES = (hashlib.md5, hashlib.sha1, hashlib.sha256)


def unwrapped(text: str) -> str:
    """A text, and what is in the base64, the hex and the quoting that stands in it."""
    parts = [text, unquote_plus(text)]
    for coded in _BASE64.findall(text):
        parts += _decoded(coded)
    parts += [
        _readable(bytes.fromhex(coded)) for coded in re.findall(r"(?:[0-9a-f]{2}){12,}", text)
    ]
    return "\n".join(parts)


def _decoded(coded: str) -> Iterator[str]:
    standard = coded.replace("-", "+").replace("_", "/").rstrip("=")
    with_padding = standard + "=" * (-len(standard) % 4)
    try:
        raw = base64.b64decode(with_padding)
    except (binascii.Error, ValueError):
        return
    yield _readable(raw)
    # A session is compressed before it is coded.
    import zlib

    try:
        yield _readable(zlib.decompress(raw))
    except zlib.error:
        return


def _readable(raw: bytes) -> str:
    return raw.decode("utf-8", errors="ignore")
