"""In which language a reader is answered."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from accounts.audience import members_only
from accounts.language import SCRIPT_WORDS, remember, speak_their_language, speak_to
from accounts.preferences import choose
from accounts.session_store import SessionStore
from tests.cast import Cast


@pytest.fixture
def two_languages(settings: Any) -> None:
    # Django itself brings some Welsh, so that the days of the week can be told apart here.
    settings.LANGUAGES = [("en-gb", "English"), ("cy", "Cymraeg")]


def answer(**asked: Any) -> tuple[str, HttpResponse]:
    spoken: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        spoken.append(str(translation.get_language()))
        return HttpResponse()

    request = RequestFactory().get("/", headers=asked.get("headers"))
    request.COOKIES.update(asked.get("cookies", {}))
    response = speak_their_language(view)(request)
    return spoken[0], response


def test_one_language_on_offer_needs_no_choosing():
    with pytest.raises(MiddlewareNotUsed):
        speak_their_language(lambda request: HttpResponse())


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ({}, "en-gb"),
        ({"headers": {"Accept-Language": "cy,en;q=0.8"}}, "cy"),
        ({"headers": {"Accept-Language": "fr,de"}}, "en-gb"),
        ({"cookies": {"language": "cy"}}, "cy"),
        ({"cookies": {"language": "fr"}}, "en-gb"),
        ({"cookies": {"language": "en-gb"}, "headers": {"Accept-Language": "cy"}}, "en-gb"),
    ],
)
def test_a_reader_is_answered_in_an_offered_language(
    two_languages: None, asked: dict[str, Any], spoken: str
):
    said, response = answer(**asked)

    assert said == spoken
    assert "Accept-Language" in response.headers["Vary"]
    assert response.headers["Content-Language"] == spoken
    assert translation.get_language() == "en-gb", "nobody else is answered in it"


def test_a_browser_remembers_only_what_is_offered(two_languages: None):
    response = HttpResponse()

    remember(response, "fr")
    assert not response.cookies
    remember(response, "cy")
    cookie = response.cookies["language"]
    assert (cookie.value, bool(cookie["httponly"]), cookie["samesite"]) == ("cy", True, "Lax")


@pytest.mark.django_db
def test_a_member_is_answered_in_the_language_they_chose(two_languages: None, cast: Cast):
    choose(member=cast.member, language="cy")
    spoken: list[str] = []

    @members_only
    def view(request: HttpRequest) -> HttpResponse:
        spoken.append(str(translation.get_language()))
        return HttpResponse()

    request = RequestFactory().get("/")
    request.user, request.session = cast.member.user, SessionStore()
    response = speak_their_language(view)(request)

    assert (spoken, response.headers["Content-Language"]) == (["cy"], "cy")
    assert translation.get_language() == "en-gb", "nobody else is answered in it"


@pytest.mark.django_db
@pytest.mark.parametrize("chosen", ["cy", "fr", ""])
def test_a_choice_that_is_not_offered_changes_nothing(chosen: str, cast: Cast):
    choose(member=cast.member, language=chosen)

    speak_to(cast.member)

    assert translation.get_language() == "en-gb"


def test_a_page_in_english_carries_no_words_for_its_scripts():
    page = render_to_string("help_now.html")

    assert '<html lang="en-GB">' in page


def test_a_page_says_its_language_its_direction_and_its_scripts_words():
    with translation.override("ar"):
        page = render_to_string("help_now.html")

    tag = re.search(r"<html ([^>]*)>", page)
    assert tag
    assert tag[1].startswith('lang="ar" dir="rtl" data-words="')
    words = json.loads(html.unescape(tag[1].split('data-words="')[1].rstrip('"')))
    assert set(words) == set(SCRIPT_WORDS)
