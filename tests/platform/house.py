"""
The services of docker-compose.yml as processes of this machine, for tests.

Their commands, environment and healthchecks are read from the file. Only what a container
would have to itself is changed: addresses of Postgres and Redis, and the port of each web.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from peersupport.database_roles import address_as
from peersupport.embedded import Servers
from peersupport.supervisor import Child, Supervisor
from tests.platform.compose import CHECKOUT, services

HOST = "wall.example.org"
SET = {
    "SECRET_KEY": "only-for-this-test-" + "x" * 40,
    "VAULT_SEAL_KEY": "only-for-this-test-" + "y" * 40,
    "VAULT_KEYS": "one:" + "A" * 43 + "=",
    "POSTGRES_PASSWORD": "unused",
    "WEB_POSTGRES_PASSWORD": "unused",
    "POST_POSTGRES_PASSWORD": "unused",
    "EMAIL_HOST": "127.0.0.1",
    "REDIS_PASSWORD": "unused",
    "SITE_HOST": HOST,
    "ACME_EMAIL": "someone@example.org",
}


class House:
    """What `docker compose up` would run, without Docker."""

    def __init__(self, place: Path, servers: Servers) -> None:
        self.servers = servers
        self.place = place
        self.app = place / "app"
        # As the image has it: the files of the checkout and no local state.
        shutil.copytree(
            CHECKOUT,
            self.app,
            ignore=shutil.ignore_patterns(
                *(".git", ".venv", ".run", ".env*", "*cache*", "tests", "staticfiles"),
                *(".hypothesis", "test-results", "screenshots"),
            ),
        )
        self.services = services(SET)
        self.supervisor = Supervisor(logs=place / "logs", say=print)

    def environment(self, name: str) -> dict[str, str]:
        given = {key: str(value) for key, value in self.services[name]["environment"].items()}
        # Each as the role that the file gives it, on a server that trusts its own socket.
        addresses = {
            variable: address_as(urlsplit(address).username or "", self.servers.database_url)
            for variable, address in given.items()
            if variable.endswith("DATABASE_URL")
        }
        if "DATABASE_OWNER_URL" in given:
            addresses["DATABASE_OWNER_URL"] = self.servers.database_url
        return given | {
            **addresses,
            "REDIS_URL": self.servers.redis_url,
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(self.place),
            # What Docker sets, and the worker's healthcheck asks for.
            "HOSTNAME": socket.gethostname(),
        }

    def command(self, name: str, *, port: int = 8000) -> list[str]:
        words = [str(word) for word in self.services[name]["command"]]
        words = [re.sub(r"^--port=8000$", f"--port={port}", word) for word in words]
        words = [re.sub(r"^--host=0\.0\.0\.0$", "--host=127.0.0.1", word) for word in words]
        return [word.replace("/tmp/", f"{self.place}/") for word in words]  # noqa: S108

    def build(self) -> None:
        """What the Dockerfile runs, and the one-shot service that migrates."""
        for command in (["python", "manage.py", "collectstatic", "--noinput", "--verbosity=0"],
                        self.command("migrate")):  # fmt: skip
            self.run(command, environment=self.environment("migrate"))

    def run(self, command: list[str], *, environment: dict[str, str]) -> str:
        done = subprocess.run(
            command, cwd=self.app, env=environment, capture_output=True, text=True, timeout=180,
            check=False, executable=shutil.which(command[0], path=environment["PATH"]),
        )  # fmt: skip
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, service: str, label: str, *, port: int = 8000) -> Child:
        environment = self.environment(service)
        program, *arguments = self.command(service, port=port)
        if service == "worker":  # two containers have two host names; two processes must say so
            arguments.append(f"--hostname=celery@{label}")
        found = shutil.which(program, path=environment["PATH"])
        assert found
        return self.supervisor.start(
            label, [found, *arguments], environment=environment, directory=self.app
        )

    def is_healthy(self, service: str, *, port: int = 8000, host: str = "") -> bool:
        """Run the service's own healthcheck."""
        kind, *words = (str(word) for word in self.services[service]["healthcheck"]["test"])
        words = [word.replace(":8000/", f":{port}/") for word in words]
        environment = self.environment(service)
        if host:
            environment["HOSTNAME"] = host
        command = ["sh", "-c", words[0]] if kind == "CMD-SHELL" else words
        program = shutil.which(command[0], path=environment["PATH"])
        asked = subprocess.run(
            command, executable=program, cwd=self.app, env=environment, timeout=60,
            capture_output=True, check=False,
        )  # fmt: skip
        return asked.returncode == 0


class Browser:
    """Somebody behind the proxy: it speaks HTTPS to them and HTTP, with three headers, to us."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.cookies: dict[str, str] = {}

    def at(self, port: int) -> Browser:
        """The same person, whose next request the proxy gives to another web process."""
        self.address = f"http://127.0.0.1:{port}"
        return self

    def ask(self, method: str, path: str, **more: object) -> httpx.Response:
        headers = {
            "Host": HOST,
            "X-Forwarded-Proto": "https",
            "Origin": f"https://{HOST}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **dict(more.pop("headers", {})),  # type: ignore[call-overload]
        }
        response = httpx.request(
            method, self.address + path, headers=headers, timeout=20, **more  # type: ignore[arg-type]
        )  # fmt: skip
        for cookie in response.headers.get_list("set-cookie"):
            name, _, value = cookie.split(";")[0].partition("=")
            assert name.startswith("__Host-"), cookie
            self.cookies[name] = value
        return response

    def fill_in(self, path: str, **fields: str) -> httpx.Response:
        """Fetch a page, fill in its form and send it, hidden fields and all."""
        page = self.ask("GET", path)
        assert page.status_code == 200, (page.status_code, page.text[:500])
        hidden = {}
        for tag in re.findall(r"<input[^>]*>", page.text):
            said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
            if said.get("type") == "hidden" and "name" in said:
                hidden[said["name"]] = said.get("value", "")
        return self.ask("POST", path, data={**hidden, **fields})

    def sign_in(self, email: str, password: str, *, code: str = "") -> None:
        """Through the forms, with a second factor's code for whoever has one."""
        answer = self.fill_in("/account/login/", login=email, password=password)
        assert answer.status_code == 302, answer.text[:2000]
        if code:
            answer = self.fill_in("/account/login/step/", code=code)
            assert answer.status_code == 302, answer.text[:2000]


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port
