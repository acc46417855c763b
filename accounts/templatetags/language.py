"""What a page says about its language: its code, its direction, and the words of its scripts."""

from __future__ import annotations

import json

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi, gettext, to_locale

from accounts.language import SCRIPT_WORDS

register = template.Library()


@register.simple_tag
def language_code() -> str:
    """The language of the page, as ``lang`` wants it: ``en-GB``."""
    return to_locale(_active()).replace("_", "-")


@register.simple_tag
def language_attributes() -> SafeString:
    """
    What else ``<html>`` needs: ``dir`` where the language is read from right to left.

    In another language than the scripts are written in, ``data-words`` carries what they say.
    """
    attributes = format_html(' dir="{}"', "rtl") if get_language_bidi() else SafeString("")
    if _active() != settings.LANGUAGE_CODE:
        words = {said: gettext(said) for said in SCRIPT_WORDS}
        attributes += format_html(' data-words="{}"', json.dumps(words, ensure_ascii=False))
    return attributes


def _active() -> str:
    return get_language() or settings.LANGUAGE_CODE
