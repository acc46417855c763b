"""In which language a reader is answered, of those that somebody has read and offers."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_noop

from accounts.models import Member
from accounts.preferences import preferences_of

Respond = Callable[[HttpRequest], HttpResponse]

# What static/js says to members. The scripts hold the English and ask `data-words` of the page
# for any other language (static/js/words.js), so that a page in English carries nothing more.
SCRIPT_WORDS = (
    gettext_noop("{count} too many. Your words are safe: make them shorter."),
    gettext_noop("{count} of {limit} characters"),
    gettext_noop("{count} left"),
    gettext_noop("We kept what you wrote. It has not been sent yet."),
    gettext_noop("You are not connected right now. Your words are kept here. Send again soon."),
    gettext_noop("Sending…"),
    gettext_noop("This is taking long. Your words are kept. You can send again."),
    gettext_noop("You are connected again. You can send now."),
    gettext_noop("Press Shift once more to leave quickly."),
)


def is_offered(code: str) -> bool:
    """Whether a language is one of those that this house offers."""
    return code in dict(settings.LANGUAGES)


def remember(response: HttpResponse, code: str) -> None:
    """Answer this browser in a language from now on. One that is not offered changes nothing."""
    if is_offered(code):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )


def language_of(request: HttpRequest) -> str:
    """
    The language to answer in: what this browser was told to remember, or else asks for.

    Reads the request alone: the crisis page must answer without a database.
    """
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if is_offered(chosen) else translation.get_language_from_request(request)


def speak_to(member: Member) -> None:
    """
    Answer a member in the language of their choice, for the rest of this request.

    Call it within `speak_their_language`, which lets go of it. Where one language is on offer,
    or they have chosen none, nothing changes.
    """
    chosen = preferences_of(member).language
    if len(settings.LANGUAGES) > 1 and chosen and is_offered(chosen):
        translation.activate(chosen)


def speak_their_language(respond: Respond) -> Respond:
    """Answer each reader in their language. With one on offer there is nothing to choose."""
    if len(settings.LANGUAGES) < 2:
        raise MiddlewareNotUsed

    def answer(request: HttpRequest) -> HttpResponse:
        with translation.override(language_of(request)):
            response = respond(request)
            spoken = translation.get_language() or settings.LANGUAGE_CODE
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        response.headers.setdefault("Content-Language", spoken)
        return response

    return answer
