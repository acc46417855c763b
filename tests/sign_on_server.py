"""
An organisation's sign-on, run by tests.sign_on in a process of its own: canaille, which is a
real OpenID provider. Whom it knows is told on its standard input; it answers with its address.
"""

from __future__ import annotations

import json
import logging
import socket
import sys
from typing import Any

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from canaille.backends.memory.backend import MemoryBackend, listify
from werkzeug.serving import make_server


def find_all_that_fit(self: Any, model: Any, *args: Any, **wanted: Any) -> list[Any]:
    """
    Its memory, asked for two things, gives what has either. A database would give what has both.

    With an unused code lying about it would take that one for the code that is shown.
    """
    return [
        each
        for each in give_any_that_fits(self, model, *args, **wanted)
        if all(
            set(model.serialize(listify(values))) & set(listify(each._state.get(name, [])))
            for name, values in wanted.items()
        )
    ]


give_any_that_fits, MemoryBackend.do_query = MemoryBackend.do_query, find_all_that_fit


def main() -> None:
    told = json.loads(sys.stdin.readline())
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    app = create_app(
        {
            "SERVER_NAME": f"127.0.0.1:{port}",
            "SECRET_KEY": "only for tests and nothing else, and long",
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {
                "DATABASE": "memory",
                "JAVASCRIPT": False,
                "HTMX": False,
                "CAPTCHA_ENABLED": False,
                "EMAIL_CONFIRMATION": False,
                "ACL": {"DEFAULT": {"PERMISSIONS": ["use_oidc"], "READ": ["user_name"]}},
            },
            # It insists on a nonce, as careful providers do.
            "CANAILLE_OIDC": {"REQUIRE_NONCE": True},
        }
    )
    # A thread of its own for each request would each have a memory of its own.
    server = make_server("127.0.0.1", port, app, threaded=False, fd=listener.fileno())
    with app.app_context():
        for name, (given, family, email) in told["people"].items():
            Backend.instance.save(
                models.User(
                    formatted_name=f"{given} {family}", given_name=given, family_name=family,
                    user_name=name, emails=[email], password=told["password"],
                )
            )  # fmt: skip
        client = models.Client(
            client_id=told["client_id"],
            client_secret=told["client_secret"],
            client_name="A client",
            # Trusted: it asks nobody's consent again.
            client_uri="http://127.0.0.1",
            redirect_uris=told["back_to"],
            grant_types=["authorization_code"],
            response_types=["code"],
            scope=["openid", "profile", "email"],
            token_endpoint_auth_method="client_secret_post",
        )
        Backend.instance.save(client)
        Backend.instance.update(client, audience=[client])
        Backend.instance.save(client)
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
