from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import AsyncConsumer
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from django.conf import settings

from accounts.audience import role_of
from accounts.models import User
from live import groups
from live.hub import NOT_FOR_YOU, TRY_LATER, Hub, NobodyListens
from live.standing import people_behind

logger = logging.getLogger(__name__)

NOTHING_TO_SAY_HERE = 4400
KEPT_FOR_A_SLOW_PAGE = 20


class LiveConsumer(AsyncConsumer):  # type: ignore[misc]
    """
    Nudges an open page when something it shows has changed.

    Only the name of what changed crosses the socket: never a post, a score or a name.
    The page fetches again through its ordinary view, so the question "who may see
    this?" is answered in exactly one place.
    """

    names: frozenset[str] = frozenset()
    born_at = looked_at = look_again_at = 0.0
    waits_since: float | None = None
    person: User | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.unsaid: list[str] = []
        self.talking: asyncio.Task[None] | None = None
        self.is_over = False
        self.whole = asyncio.current_task()
        self.hub = Hub.here()
        self.session_key = scope.get("cookies", {}).get(settings.SESSION_COOKIE_NAME, "")
        self.place: dict[str, Any] = scope["url_route"]["kwargs"]
        # What the page showed when it was made, so that it can be told what came since.
        self.seen = parse_qs(scope["query_string"].decode("latin1")).get("seen", [""])[0][:40]
        try:
            await super().__call__(scope, receive, send)
        except asyncio.CancelledError:
            if not self.is_over:
                raise
        finally:
            self.hub.leave(self)
            if self.talking is not None:
                self.talking.cancel()

    # --- what the client does -----------------------------------------------------------

    async def websocket_connect(self, message: Any) -> None:
        try:
            (names,) = await self.audible_to([self])
            if names:
                self.names = names
                await self.hub.join(self)
                # After joining, so that nothing falls between the two.
                missed = await database_sync_to_async(self.missed)()
        except NobodyListens:
            # The page goes on without: a desk asks by itself, a member reloads.
            return await self.close(TRY_LATER)
        except Exception as error:
            logger.warning("A socket could not be opened: %s", type(error).__name__)
            return await self.close(TRY_LATER)
        if not names:
            return await self.close(NOT_FOR_YOU)
        await self.send({"type": "websocket.accept"})
        self.hub.tell_one(self, missed)
        return None

    async def websocket_receive(self, message: Any) -> None:
        """An open page has nothing to tell the server here, so whoever speaks is not ours."""
        self.hub.leave(self)
        await self.close(NOTHING_TO_SAY_HERE)

    async def websocket_disconnect(self, message: Any) -> None:
        raise StopConsumer

    # --- what the hub does --------------------------------------------------------------

    def tell(self, text: str) -> None:
        """Say something as soon as this page takes it."""
        if len(self.unsaid) >= KEPT_FOR_A_SLOW_PAGE and text in self.unsaid:
            return  # it looks again anyway once it takes what waits for it
        self.unsaid.append(text)
        if self.talking is None:
            self.talking = asyncio.create_task(self.talk())

    async def talk(self) -> None:
        self.waits_since = time.monotonic()
        # Whoever closes their page in this moment hears nothing more.
        with contextlib.suppress(OSError, RuntimeError):
            while self.unsaid:
                await self.send({"type": "websocket.send", "text": self.unsaid.pop(0)})
        self.waits_since = self.talking = None

    def let_go(self) -> None:
        """End this socket without another word: it does not take what it is sent."""
        self.is_over = True
        if self.whole is not None:
            self.whole.cancel()

    async def shut(self, code: int) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            await self.close(code)

    async def close(self, code: int) -> None:
        await self.send({"type": "websocket.close", "code": code})

    # --- who may listen -----------------------------------------------------------------

    @classmethod
    async def still_may(cls, listeners: list[LiveConsumer]) -> list[bool]:
        audible = await cls.audible_to(listeners)
        return [names == each.names for names, each in zip(audible, listeners, strict=True)]

    @classmethod
    async def audible_to(cls, listeners: list[LiveConsumer]) -> list[frozenset[str]]:
        """What each may listen to, read from their sessions as they are now."""

        def read() -> list[frozenset[str]]:
            people = people_behind(each.session_key for each in listeners)
            for each in listeners:
                each.person = people.get(each.session_key)
            known = [each for each in listeners if each.person]
            names = cls.names_for([(people[each.session_key], each.place) for each in known])
            found = dict(zip(known, names, strict=True))
            return [found.get(each, frozenset()) for each in listeners]

        result: list[frozenset[str]] = await database_sync_to_async(read)()
        return result

    def missed(self) -> list[str]:
        """What has changed between the page's making and this socket's opening."""
        member = role_of(self.person, "member") if self.person else None
        return ["news"] if member and member.has_news else []

    @classmethod
    def names_for(cls, asked: list[tuple[User, dict[str, Any]]]) -> list[frozenset[str]]:
        """The groups for each person at the place their page is about; none: nothing for them."""
        return [groups.joinable_by(person) for person, _place in asked]
