"""
Every open page of a process, behind one subscription to Redis (docs/adr/0023).

A poke is encoded once and handed to each page that listens. Nobody waits for a slow page:
what it has not taken yet is not said twice, and one that takes nothing is let go.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable
from typing import Any, ClassVar, Protocol
from weakref import WeakKeyDictionary

import redis.asyncio
from django.conf import settings

from live.groups import AGAIN, LOOK_AGAIN, TO_GUIDES

logger = logging.getLogger(__name__)

# A page reads its session once, at the door; these make the house look again (S07).
CHECK_EVERY_SECONDS = 20.0
# Before a guide is told something, too, unless they were looked at only now.
LOOKED_ONLY_NOW_SECONDS = 5.0
# Nobody is for ever on a shift, nor at a page.
LONGEST_LIFE_SECONDS = 12 * 60 * 60
# All are looked at in turn, a few at a time, so that a full house is no burst of work.
SLICES = 20
AT_LEAST_A_SLICE = 25

# So long a page may take for one small message before it is let go.
TAKEN_WITHIN_SECONDS = 10.0
# So long somebody new waits for the subscription before they are asked to come back.
LISTENING_WITHIN_SECONDS = 2.0
# A subscription that is silent this long is asked whether it is still there.
SILENT_FOR_SECONDS = 10.0
COME_BACK_AFTER_SECONDS = 1.0

NOT_FOR_YOU = 4403
TRY_LATER = 1013


class NobodyListens(Exception):
    """Redis is away, so a page that joined now would hear nothing."""


class Listener(Protocol):
    """One open page."""

    names: frozenset[str]
    born_at: float
    looked_at: float
    look_again_at: float
    # When it was handed what it has not taken yet; None while it keeps up.
    waits_since: float | None

    def tell(self, text: str) -> None: ...

    def let_go(self) -> None: ...

    async def shut(self, code: int) -> None: ...

    @classmethod
    async def still_may(cls, listeners: list[Any]) -> list[bool]:
        """Which of these may still listen to what they listen to."""


class Hub:
    """The open pages of one process, found by what they listen to."""

    of_loop: ClassVar[WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]] = WeakKeyDictionary()

    def __init__(self) -> None:
        self.by_name: defaultdict[str, set[Listener]] = defaultdict(set)
        self.listeners: set[Listener] = set()
        self.is_listening = asyncio.Event()
        self.work: set[asyncio.Task[None]] = set()
        self.begin(self.listen())
        self.begin(self.keep_looking())

    @classmethod
    def here(cls) -> Hub:
        """The one of this process, begun when the first page opens."""
        loop = asyncio.get_running_loop()
        if loop not in cls.of_loop:
            cls.of_loop[loop] = cls()
        return cls.of_loop[loop]

    def begin(self, coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        self.work.add(task)  # a task that nobody holds may be forgotten
        task.add_done_callback(self.work.discard)

    # --- who is there -------------------------------------------------------------------

    async def join(self, listener: Listener) -> None:
        """
        Have a page hear what is said under its names.

        :raises NobodyListens: if Redis is away
        """
        try:
            async with asyncio.timeout(LISTENING_WITHIN_SECONDS):
                await self.is_listening.wait()
        except TimeoutError:
            raise NobodyListens from None
        listener.born_at = time.monotonic()
        self.looked_at_now(listener)
        self.listeners.add(listener)
        for name in listener.names:
            self.by_name[name].add(listener)

    def leave(self, listener: Listener) -> None:
        self.listeners.discard(listener)
        for name in listener.names:
            self.by_name[name].discard(listener)
            if not self.by_name[name]:
                del self.by_name[name]

    # --- hearing ------------------------------------------------------------------------

    async def listen(self) -> None:
        while True:
            try:
                async with subscription() as heard:
                    self.is_listening.set()
                    # A subscription keeps nothing: who was here before may have missed something.
                    self.tell(self.listeners, AGAIN)
                    while True:
                        self.hear(await heard())
            except Exception as error:
                logger.warning("The sockets' way to Redis broke: %s", type(error).__name__)
            self.is_listening.clear()
            await asyncio.sleep(COME_BACK_AFTER_SECONDS * (1 + random.random()))  # noqa: S311

    def hear(self, packed: bytes | None) -> None:
        """Pass on what some process put on the channel: ``{what changed: [who listens]}``."""
        for changed, names in json.loads(packed or "{}").items():
            found = set().union(*(self.by_name.get(name, ()) for name in names))
            if changed == LOOK_AGAIN:
                self.begin(self.look_at(found))
            elif changed == TO_GUIDES:
                self.begin(self.tell_guides(found))
            else:
                self.tell(found, changed)

    def tell(self, listeners: Iterable[Listener], changed: str) -> None:
        text = _message(changed)
        for listener in listeners:
            listener.tell(text)

    def tell_one(self, listener: Listener, several: Iterable[str]) -> None:
        for changed in several:
            listener.tell(_message(changed))

    async def tell_guides(self, listeners: set[Listener]) -> None:
        lately = time.monotonic() - LOOKED_ONLY_NOW_SECONDS
        unsure = {each for each in listeners if each.looked_at < lately}
        self.tell(listeners - unsure, TO_GUIDES)
        if unsure:
            # The nudge names nobody, and it may be about a life: if they cannot be looked at it
            # goes out. The page asks its own view, and the clock closes this socket then.
            with contextlib.suppress(CannotLook):
                await self.look_at(unsure, or_close=False)
            self.tell(unsure & self.listeners, TO_GUIDES)

    # --- looking again ------------------------------------------------------------------

    async def keep_looking(self) -> None:
        while True:
            await asyncio.sleep(CHECK_EVERY_SECONDS / SLICES)
            try:
                now = time.monotonic()
                await self.part_with_the_slow_and_the_old(now)
                await self.look_at(self.next_slice(now))
            except CannotLook:
                pass  # it is in the log, and their sockets are closed
            except Exception as error:
                logger.warning("Looking after sockets failed: %s", type(error).__name__)

    async def part_with_the_slow_and_the_old(self, now: float) -> None:
        for listener in list(self.listeners):
            if listener.waits_since and listener.waits_since < now - TAKEN_WITHIN_SECONDS:
                self.leave(listener)
                listener.let_go()
            elif listener.born_at < now - LONGEST_LIFE_SECONDS:
                await self.shut(listener, TRY_LATER)

    def next_slice(self, now: float) -> list[Listener]:
        """Whose turn it is to be looked at, the longest waiting first."""
        due = [each for each in self.listeners if each.look_again_at <= now]
        due.sort(key=lambda each: each.look_again_at)
        return due[: max(AT_LEAST_A_SLICE, 2 * len(self.listeners) // SLICES)]

    def looked_at_now(self, listener: Listener) -> None:
        listener.looked_at = time.monotonic()
        # Those who came together, after a restart say, are not looked at together for ever.
        some_of_it = 0.5 + random.random() / 2  # noqa: S311 -- spreads work, keeps no secret
        listener.look_again_at = listener.looked_at + CHECK_EVERY_SECONDS * some_of_it

    async def look_at(self, listeners: Collection[Listener], *, or_close: bool = True) -> None:
        """
        Close those of these sockets whose people may not listen any more.

        Who cannot be looked at is closed too, unless ``or_close`` is false.

        :raises CannotLook: if the database did not say
        """
        for kind in {type(each) for each in listeners}:
            these = [each for each in listeners if type(each) is kind]
            for listener in these:
                self.looked_at_now(listener)
            try:
                may = await kind.still_may(these)
            except Exception:
                logger.warning("%d sockets could not be looked at again", len(these))
                if or_close:
                    for listener in these:
                        await self.shut(listener, TRY_LATER)
                raise CannotLook from None
            for listener, stays in zip(these, may, strict=True):
                if not stays:
                    await self.shut(listener, NOT_FOR_YOU)

    async def shut(self, listener: Listener, code: int) -> None:
        if listener in self.listeners:
            self.leave(listener)
            await listener.shut(code)


class CannotLook(Exception):
    """The database did not say who may still listen."""


@functools.cache
def _message(changed: str) -> str:
    return json.dumps({"changed": changed})


@contextlib.asynccontextmanager
async def subscription() -> AsyncIterator[Any]:
    """
    A way to hear what is put on the channel, from the moment that Redis has confirmed it.

    What it gives waits for the next message, and gives None after a silence.

    :raises redis.RedisError: if Redis goes away, or no longer answers
    """
    client = redis.asyncio.Redis.from_url(
        settings.REDIS_URL,
        # redis-py 8 gives up on a silent read after 5 s; a listener is silent for hours.
        socket_timeout=None,
        socket_connect_timeout=2,
    )
    channel = client.pubsub()

    async def next_message() -> bytes | None:
        message = await channel.get_message(
            ignore_subscribe_messages=True, timeout=SILENT_FOR_SECONDS
        )
        if message is None:
            await channel.ping()
            pong = await channel.get_message(timeout=SILENT_FOR_SECONDS)
            if pong is None:
                raise redis.ConnectionError("Redis says nothing any more")
            message = pong
        data: bytes = message["data"]
        return data if message["type"] == "message" else None

    try:
        await channel.subscribe(settings.LIVE_CHANNEL)
        confirmed = await channel.get_message(timeout=LISTENING_WITHIN_SECONDS)
        if confirmed is None:
            raise redis.ConnectionError("Redis did not confirm the subscription")
        yield next_message
    finally:
        with contextlib.suppress(redis.RedisError, OSError):
            await channel.aclose()  # type: ignore[no-untyped-call]
            await client.aclose()
