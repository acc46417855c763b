"""Telling an open page that something it shows has changed. Content never crosses."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_delete


class LiveConfig(AppConfig):
    name = "live"

    def ready(self) -> None:
        post_delete.connect(
            close_sockets, "accounts.Session", dispatch_uid="live: sockets end with their session"
        )


def close_sockets(sender: Any, instance: Any, **kwargs: Any) -> None:
    """However a session ends, the pages open in it find out at once and not by the clock."""
    from live.pokes import close_sockets_of

    if instance.user_id is not None:
        close_sockets_of(instance.user_id)
