"""A push service on this machine, over real HTTPS, and a browser that reads what it is given."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import json
import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import http_ece
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from py_vapid import Vapid02

from vault.nudges import Browser


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class PhoneBrowser:
    """Somebody's browser: it alone can read what it is sent."""

    address: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def given(self) -> Browser:
        public = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return Browser(self.address, p256dh=text(public), auth=text(self.secret))

    def read(self, body: bytes) -> dict[str, Any]:
        plain = http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret)
        said: dict[str, Any] = json.loads(plain)
        return said


@dataclass
class Nudge:
    path: str
    headers: dict[str, str]
    body: bytes

    def is_signed_by(self, public_key: str) -> bool:
        """Whether the house's own key signed it, for this service."""
        token = self.headers["authorization"]
        return f"k={public_key}" in token and bool(Vapid02.verify(token.replace(", ", ",")))


class PushService:
    """What it was given; ``answers`` says with what, by path, and 201 where nothing is said."""

    def __init__(self) -> None:
        self.nudges: list[Nudge] = []
        self.answers: dict[str, int] = {}
        self.says: dict[str, str] = {}
        self.was_asked, self.let_go = threading.Event(), threading.Event()
        self.port = 0

    def browser(self, name: str = "one") -> PhoneBrowser:
        return PhoneBrowser(f"https://127.0.0.1:{self.port}/{name}")


HANGS = 0


def _handler(service: PushService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            service.nudges.append(Nudge(self.path, headers, body))
            service.was_asked.set()
            status = service.answers.get(self.path, 201)
            if status == HANGS:
                service.let_go.wait(30)
                return
            self.send_response(status)
            for name, value in service.says.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


def _certificate(at: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=3650))
        .not_valid_after(now + dt.timedelta(days=3650))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = at / "push-service.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@contextmanager
def open_push_service(at: Path) -> Iterator[tuple[PushService, Path]]:
    """While it is open, it takes nudges over HTTPS with a certificate of its own."""
    service, certificate = PushService(), _certificate(at)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service))
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    service.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield service, certificate
    finally:
        service.let_go.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def push_service(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PushService]:
    """A house with a key of its own, and one push service that it may hand nudges to."""
    from notifications import keys, subscriptions

    settings.PUSH_KEY = keys.new_key()
    settings.PUSH_SERVICES = ["127.0.0.1"]
    with open_push_service(tmp_path) as (service, certificate):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        # Browsers' makers answer on the usual port; this machine gives us another.
        monkeypatch.setattr(subscriptions, "PORTS", {service.port})
        yield service
