from __future__ import annotations

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from accounts.models.people import User


class Session(AbstractBaseSession):
    """
    A browser's session, which knows whose it is.

    So that all of a person's can be listed and ended. It holds no address of a machine.
    """

    # Whoever's sign-in is erased is signed in nowhere any more.
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from accounts.session_store import SessionStore

        return SessionStore

    class Privacy:
        identifying = ("session_key", "session_data", "user")
        operational = ("expire_date",)
