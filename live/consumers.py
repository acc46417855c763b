from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import redis
from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings

from accounts import second_factor
from accounts.session_store import SessionStore
from live import groups

logger = logging.getLogger(__name__)

# A socket reads its session once, at the door; these make it look again (S07).
CHECK_EVERY_SECONDS = 20.0
# Before something is sent, too, unless they looked only now: sending never waits on more.
LOOKED_ONLY_NOW_SECONDS = 5.0
# Group membership in a channel layer is not for ever; nor is a shift.
LONGEST_LIFE_SECONDS = 12 * 60 * 60

NOT_FOR_YOU = 4403
NOTHING_TO_SAY_HERE = 4400
TRY_LATER = 1013


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """
    Nudges an open desk when something it shows has changed.

    Only the name of what changed crosses the socket: never a post, a score or a name.
    The page fetches again through its ordinary view, so the question "who may see
    this?" is answered in exactly one place.
    """

    names: list[str]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        except (redis.RedisError, OSError):
            # Channels asks Redis for a channel before `connect` is reached. The desk goes on
            # by asking every 15 seconds, and says so.
            logger.warning("A socket was refused: Redis did not answer")
            await send({"type": "websocket.close", "code": TRY_LATER})

    async def connect(self) -> None:
        self.names = []
        self.guard: asyncio.Task[None] | None = None
        names = await self.may_join()
        if not names:
            await self.close(code=NOT_FOR_YOU)
            return
        try:
            for name in names:
                await self.channel_layer.group_add(name, self.channel_name)
                self.names.append(name)
        except (redis.RedisError, OSError):
            # The desk goes on by asking every 15 seconds, and says so.
            await self.close(code=TRY_LATER)
            return
        self.looked_at = time.monotonic()
        await self.accept()
        self.guard = asyncio.create_task(self.keep_checking())

    async def disconnect(self, code: int) -> None:
        if self.guard is not None:
            self.guard.cancel()
        for name in self.names:
            try:
                await self.channel_layer.group_discard(name, self.channel_name)
            except (redis.RedisError, OSError):
                break  # the layer forgets a closed socket by itself

    async def receive(self, *args: Any, **kwargs: Any) -> None:
        """An open page has nothing to tell the server here, so whoever speaks is not ours."""
        await self.close(code=NOTHING_TO_SAY_HERE)

    async def page_changed(self, event: dict[str, str]) -> None:
        if time.monotonic() - self.looked_at > LOOKED_ONLY_NOW_SECONDS:
            try:
                if not await self.still_may():
                    return
            except Exception:
                # The nudge names nobody, and it may be about a life: it goes out. The page asks
                # its own view, and the clock closes this socket if it cannot be checked.
                logger.warning("A socket could not be checked before it was told something")
        await self.send_json({"changed": event["changed"]})

    async def check_again(self, event: dict[str, str]) -> None:
        await self.still_may()

    async def still_may(self) -> bool:
        """Whether this socket may still listen to what it listens to; if not, it is closed."""
        self.looked_at = time.monotonic()
        if set(await self.may_join()) == set(self.names):
            return True
        await self.close(code=NOT_FOR_YOU)
        return False

    async def keep_checking(self) -> None:
        born = time.monotonic()
        while time.monotonic() - born < LONGEST_LIFE_SECONDS:
            await asyncio.sleep(CHECK_EVERY_SECONDS)
            try:
                await self.check_again({})
            except Exception:
                logger.warning("A socket could not be checked again; closing it")
                await self.close(code=TRY_LATER)
                return
        await self.close(code=TRY_LATER)

    async def may_join(self) -> list[str]:
        """What this socket may listen to, read from the session as it is now."""
        key = self.scope.get("cookies", {}).get(settings.SESSION_COOKIE_NAME)
        if not key:
            return []
        # A fresh store each time: a session ended elsewhere must end here too.
        session = SessionStore(session_key=key)
        user = await get_user({"session": session})
        if not user.is_authenticated or second_factor.is_missing(session, user):
            return []
        return await database_sync_to_async(groups.joinable_by)(user)
