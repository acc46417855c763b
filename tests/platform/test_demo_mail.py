"""A demo shows the letters it would have sent; nowhere else are there such pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client

PAGES = ("", "a.log/", "a.log/looks/")


@pytest.fixture
def a_demo(tmp_path: Path, settings: Any) -> Path:
    settings.DEMO = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return tmp_path


HELLO = "<p style='color:red'>Hello</p>"


def send(
    subject: str = "Something new for you", looks: str = "<p style='color:red'>Hello</p>"
) -> None:
    letter = EmailMultiAlternatives(subject, "Hello in plain words", to=["a@example.invalid"])
    if looks:
        letter.attach_alternative(looks, "text/html")
    letter.send()


@pytest.mark.django_db
def test_the_newest_letters_are_listed_and_each_has_its_words_and_its_looks(
    client: Client, a_demo: Path
):
    send()
    [name] = [path.name for path in a_demo.iterdir()]

    assert "Something new for you" in client.get("/demo/mail/").text
    page = client.get(f"/demo/mail/{name}/")
    assert "Hello in plain words" in page.text
    assert "sandbox=" in page.text
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    looks = client.get(f"/demo/mail/{name}/looks/")
    assert looks.text == HELLO


@pytest.mark.django_db
def test_s31_a_letter_can_do_nothing_there(client: Client, a_demo: Path):
    send(subject="<script>alert(1)</script>", looks="<script>alert(1)</script>")
    [name] = [path.name for path in a_demo.iterdir()]

    for page in (client.get("/demo/mail/"), client.get(f"/demo/mail/{name}/")):
        assert "<script>alert" not in page.text
    policy = client.get(f"/demo/mail/{name}/looks/")["Content-Security-Policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy


@pytest.mark.django_db
def test_a_letter_without_looks_has_no_frame(client: Client, a_demo: Path):
    send(looks="")
    [name] = [path.name for path in a_demo.iterdir()]
    assert "<iframe" not in client.get(f"/demo/mail/{name}/").text
    assert client.get(f"/demo/mail/{name}/looks/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["..", "..%2f..%2fetc%2fpasswd", "a.txt", "é.log", ".log", "b.log"]
)
def test_no_other_file_is_ever_read(client: Client, a_demo: Path, name: str):
    (a_demo / "a.txt").write_text("Subject: x\n\nhello")
    assert client.get(f"/demo/mail/{name}/").status_code == 404
    assert client.get(f"/demo/mail/{name}/looks/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_outside_a_demo_there_is_no_such_page(
    client: Client, a_demo: Path, settings: Any, page: str
):
    settings.DEMO = False
    assert client.get(f"/demo/mail/{page}").status_code == 404


@pytest.mark.django_db
def test_a_demo_with_a_mail_server_has_no_such_page(client: Client, a_demo: Path, settings: Any):
    settings.EMAIL_FILE_PATH = None
    assert client.get("/demo/mail/").status_code == 404
