"""What stands around every answer, whatever it is an answer to (S32, S61)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from community import operations
from tests.architecture import test_every_route_has_an_audience as routes
from tests.cast import ROLES, Cast
from tests.factories.community import PostFactory, ReplyFactory

pytestmark = pytest.mark.django_db

EXPECTED_POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "worker-src": ["'self'"],
    "form-action": ["'self'", "https://www.bbc.co.uk"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}


def policy_of(response: HttpResponse) -> dict[str, list[str]]:
    parts = response["Content-Security-Policy"].split(";")
    return {name: values for name, *values in (part.split() for part in parts)}


# JSON that a script reads is no script, and a browser treats it as none.
INLINE = re.compile(
    r"""<script(?![^>]*\b(?:src=|type="application/json"))[^>]*>"""
    r"|<style\b|<[^>]+\sstyle=|<[^>]+\son[a-z]+=|javascript:"
)


def inline_code_in(page: str) -> list[str]:
    """Whatever the policy would stop a browser from running or showing."""
    return INLINE.findall(page)


def assert_guarded(response: HttpResponse) -> None:
    assert policy_of(response) == EXPECTED_POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in response["Permissions-Policy"]
    assert "noindex" in response["X-Robots-Tag"]


# The same for everybody, and about nobody.
PUBLIC = {"help-now", "offline", "manifest", "service-worker"}


def test_s32_every_answer_of_every_route_to_everybody_carries_the_whole_policy(cast: Cast):
    for name, (method, arguments, _) in sorted(routes.MATRIX.items()):
        with transaction.atomic():
            # Anew each time: one of the routes signs its caller out.
            clients = {role: cast.client(role) for role in ROLES}
            address = reverse(name, kwargs=arguments(cast))
            for role, client in clients.items():
                for answer in (client.generic(method, address), client.get(address)):
                    assert_guarded(answer)
                    if answer["Content-Type"].startswith("text/html"):
                        assert inline_code_in(answer.text) == [], (address, role)
                    if name not in PUBLIC:
                        assert "no-store" in answer["Cache-Control"], (address, role)
            transaction.set_rollback(True)


def test_s32_inline_code_would_be_found():
    for bad in (
        "<script>x</script>",
        '<p style="color: red">',
        '<a href="/" onclick="x">',
        "<style>",
        '<a href="javascript:x">',
    ):
        assert inline_code_in(f"<body>{bad}</body>")
    assert not inline_code_in('<script type="module" src="/static/js/x.js"></script> on=1')


def test_s32_a_page_that_is_not_there_carries_it(cast: Cast):
    for role in ROLES:
        answer = cast.client(role).get("/not/here/")
        assert answer.status_code == 404
        assert_guarded(answer)
        assert inline_code_in(answer.text) == []


def test_s32_a_refused_form_carries_it(cast: Cast):
    answer = Client(enforce_csrf_checks=True).post("/account/login/", {"body": "Words."})

    assert answer.status_code == 403
    assert_guarded(answer)
    assert inline_code_in(answer.text) == []


def test_s32_s43_a_brake_carries_it(cast: Cast):
    form = {"login": "nobody@example.invalid", "password": "wrong"}
    answers = [Client().post("/account/login/", form) for _ in range(6)]

    assert answers[-1].status_code == 429
    for answer in (answers[0], answers[-1]):
        assert_guarded(answer)
        assert inline_code_in(answer.text) == []
        assert answer["Cache-Control"].startswith(("no-store", "max-age=0"))


def test_s32_an_error_of_ours_carries_it(cast: Cast, monkeypatch):
    def break_down(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(operations, "publish_post", break_down)
    monkeypatch.setattr("community.views.writing._form_page", break_down)
    client = cast.client("member", raise_request_exception=False)

    for answer in (client.get("/wall/new/"), client.post("/wall/new/", {"body": "Words."})):
        assert answer.status_code == 500
        assert_guarded(answer)
        assert inline_code_in(answer.text) == []
        assert "Traceback" not in answer.text


def test_s32_the_page_for_an_absent_database_carries_it(cast: Cast, database_away):
    client = cast.client("member")
    database_away()

    for answer in (client.get("/wall/"), client.post("/wall/new/", {"body": "Words."})):
        assert answer.status_code == 503
        assert_guarded(answer)
        assert inline_code_in(answer.text) == []


def test_s32_a_malformed_request_carries_it(cast: Cast):
    for answer in (
        Client().get("/", headers={"Host": "elsewhere.invalid"}),
        Client().get("/wall/\x00/"),
    ):
        assert answer.status_code in (400, 404)
        assert_guarded(answer)


@pytest.mark.parametrize("path", ["/static/css/tokens.css", "/static/js/quick-exit.js"])
def test_s32_files_carry_it_too(path: str):
    answer = Client().get(path)

    with closing(answer):
        assert b"".join(answer)
        assert answer.status_code == 200
        assert_guarded(answer)


def test_s32_full_pages_have_nothing_inline(cast: Cast):
    """Pages with something on them: the matrix's are mostly bare."""
    from tests.factories.risk import AlertFactory

    post = PostFactory(author=cast.member)
    ReplyFactory(post=post)
    alert = AlertFactory(author=cast.member)
    for role, paths in {
        "member": ["/wall/", f"/wall/posts/{post.public_id}/", "/me/", "/wall/new/"],
        "guide": ["/desk/", f"/desk/alerts/{alert.pk}/", "/desk/cases/"],
        "senior": ["/desk/senior/"],
    }.items():
        for path in paths:
            answer = cast.client(role).get(path)
            assert answer.status_code == 200, path
            assert inline_code_in(answer.text) == [], path


OUTSIDE = re.compile(r"""<(?:a|area|form)\b[^>]*\b(?:href|action)=["']?(?:https?:)?//[^>]*>""")


def templates() -> Iterator[tuple[Path, str]]:
    for path in Path(settings.BASE_DIR, "templates").rglob("*.html"):
        yield path, path.read_text()


def those_that_tell(page: str) -> list[str]:
    """Links to other sites that would say where they were followed, or leave a way back."""
    return [
        link
        for link in OUTSIDE.findall(page)
        if not {"noopener", "noreferrer"} <= set(re.findall(r"[a-z]+", link.partition("rel=")[2]))
    ]


def test_s22_links_to_outside_tell_nothing_about_where_they_were_followed():
    found = {str(path): links for path, page in templates() if (links := those_that_tell(page))}

    assert found == {}
    assert sum(len(OUTSIDE.findall(page)) for _, page in templates()) >= 2


def test_s22_a_telling_link_would_be_found():
    for link in (
        '<a href="https://example.org">',
        "<a class='x' href='//example.org' rel='noopener'>",
        '<a href="https://example.org" rel="noreferrer" target="_blank">',
    ):
        assert those_that_tell(link) == [link]
    assert not those_that_tell('<a href="https://example.org" rel="noopener noreferrer">')
    assert not those_that_tell('<a href="/help-now/">')


def test_s22_what_members_write_never_becomes_a_link(cast: Cast):
    post = PostFactory(body="See https://example.org/ and www.example.org", author=cast.member)
    page = cast.client("member").get(f"/wall/posts/{post.public_id}/").text

    assert "https://example.org/" in page
    assert 'href="https://example.org' not in page
    assert 'href="http://www.example.org' not in page


def test_s60_nothing_answers_where_tools_of_ours_might_be():
    for path in ("/admin/", "/.git/config", "/metrics", "/debug/", "/__debug__/", "/.env"):
        assert Client().get(path).status_code == 404


def test_s29_a_search_engine_is_asked_to_stay_away():
    rules = Client().get("/robots.txt")
    assert rules["Content-Type"].startswith("text/plain")
    assert rules.text.split() == ["User-agent:", "*", "Disallow:", "/"]
    assert "noindex" in Client().get("/")["X-Robots-Tag"]
    assert 'name="robots" content="noindex"' in Client().get("/").text
