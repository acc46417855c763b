"""
Pages from moulds: a template is rendered once for each shape it can take, its places left open.

What a process keeps of a page is its shape and nothing else. A template in here is given no
request, no member and no words: what is not in its shape cannot be in it, so no mould can show
anybody what was another's, or what has been taken off the wall since. What fills the places
comes from the database, in each request.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import lru_cache
from secrets import token_hex
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.template.loader import get_template, render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from accounts.audience import MemberRequest
from accounts.context import stands_for
from accounts.preferences import preferences_of

# Made of what an address and HTML both leave as it is. What fills a place is never looked at
# again; and because nobody outside this process knows the mark, the name of a topic or a word
# that somebody mutes, which are part of a shape, cannot pass for a place either.
_MARK = f"place{token_hex(8)}"
_PLACE = re.compile(rf"!\({_MARK}(\w+)\)!")

Shape = tuple[tuple[str, Any], ...]


class Frame(NamedTuple):
    """What base.html asks about a member who reads: how they like their pages."""

    theme: str
    text_size: str
    app_face: str
    saves_data: bool
    has_news: bool

    def as_context(self) -> dict[str, Any]:
        """Under the names by which base.html knows it, and with nothing of theirs besides."""
        return {
            "current_member": {
                "preferences": {
                    "theme": self.theme,
                    "text_size": self.text_size,
                    "app_face": self.app_face,
                },
                "has_news": self.has_news,
            },
            "request": {
                "user": {"is_authenticated": True},
                "META": {"HTTP_SAVE_DATA": "on" if self.saves_data else ""},
            },
        }


def shape(**parts: Any) -> Shape:
    """Everything that decides how a template comes out, but for what fills its places."""
    return tuple(parts.items())


def fill(template: str, made_of: Shape, **places: object) -> SafeString:
    """
    A template of this shape with its places filled.

    :param made_of: a `shape`, whose parts are all that the template is given; each must be
        hashable, and alike for everybody to whom the page looks alike
    :param places: what goes where the template says ``{{ name }}``; escaped unless it is safe
    """
    pieces = list(_cast(template, get_language(), made_of, tuple(places)))
    pieces[1::2] = [_safe(places[name]) for name in pieces[1::2]]
    return mark_safe("".join(pieces))  # noqa: S308 -- a template's, and what is escaped above


def _safe(value: object) -> str:
    return value if isinstance(value, SafeString) else html.escape(str(value))


def page(
    request: MemberRequest, template: str, made_of: Shape, *, status: int = 200, **places: object
) -> HttpResponse:
    """A whole page for a member, from the mould of a template that extends base.html."""
    chosen = preferences_of(request.member)
    frame = Frame(
        theme=chosen.theme,
        text_size=chosen.text_size,
        app_face=chosen.app_face,
        saves_data=request.headers.get("Save-Data") == "on",
        has_news=request.member.has_news,
    )
    told = get_messages(request)
    filled = fill(
        template,
        (("frame", frame), *made_of),
        whose=stands_for(request.user.pk),
        told=render_to_string("_components/messages.html", {"messages": told}) if told else "",
        **places,
    )
    return HttpResponse(filled, status=status)


def _render(template: str, language: str, made_of: Shape, places: tuple[str, ...]) -> list[str]:
    """The template's text, cut at its places: text, name, text, name … text."""
    given: dict[str, Any] = dict(made_of)
    if frame := given.pop("frame", None):
        given |= frame.as_context()
    given |= {name: mark_safe(f"!({_MARK}{name})!") for name in places}  # noqa: S308
    # Without a request no context processor runs, so nothing of a reader's comes in by the side.
    return _PLACE.split(get_template(template).render(given))


# While templates are being written, each change is seen at once.
_cast: Callable[..., list[str]] = _render if settings.DEBUG else lru_cache(maxsize=2048)(_render)
