from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out


class LiveConfig(AppConfig):
    name = "live"

    def ready(self) -> None:
        user_logged_out.connect(close_sockets, dispatch_uid="live: a sign-out closes sockets")


def close_sockets(sender: Any, user: Any = None, **kwargs: Any) -> None:
    """However somebody signs out, their open desks find out at once and not by the clock."""
    from live.pokes import close_sockets_of

    if user is not None:
        close_sockets_of(user.pk)
