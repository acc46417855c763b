"""
One process serves pages and sockets.

Pages run as WSGI in a few threads, because Django costs about three times as much CPU
under ASGI (docs/adr/0003); sockets are Channels'.
"""

import gc
import importlib
import os
from concurrent.futures import ThreadPoolExecutor

from a2wsgi import WSGIMiddleware
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django.core.wsgi import get_wsgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peersupport.settings")
# Sets Django up, which what follows must find done: a statement, so that no sorting of
# imports moves it.
pages = get_wsgi_application()

from django.conf import settings  # noqa: E402

from community.listening import ThreadConsumer, WallConsumer  # noqa: E402
from live.origins import SameOriginOnly  # noqa: E402
from vault.rotation import insist_at_start  # noqa: E402

# Tests import this inside a transaction of their own; a process of theirs asks at its start.
if not settings.TESTING:
    # In a thread: a server of several processes loads this inside its loop, where Django lets
    # nobody ask the database.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(insist_at_start).result()

THREADS = int(os.environ.get("WEB_THREADS", "4"))

application = ProtocolTypeRouter(
    {
        "http": WSGIMiddleware(pages, workers=THREADS),
        "websocket": SameOriginOnly(
            CookieMiddleware(
                URLRouter(
                    [
                        path("live/", WallConsumer.as_asgi()),
                        path("live/threads/<public_id>/", ThreadConsumer.as_asgi()),
                    ]
                )
            )
        ),
    }
)

# Each full look of the garbage collector stopped every socket for 150 ms, a few times a minute.
# What is loaded by now stays for good and is not looked through again; and to tell all pages
# something, which makes and frees a few thousand objects at once, does not set off a look.
importlib.import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 10, 10)
