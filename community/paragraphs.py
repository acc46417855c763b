"""Plain words as HTML: nothing a member types is ever markup, and no link leads straight out."""

from __future__ import annotations

import html
import re

from django.core import signing
from django.urls import reverse
from django.utils.html import escape, linebreaks
from django.utils.http import urlencode

# In words that are escaped already. Only these two schemes are ever a link (S39).
_ADDRESS = re.compile(r"\bhttps?://[^\s<>]{1,2000}", re.IGNORECASE)
# Where an address ends at the latest, and what belongs to the sentence and not to it.
_NOT_IN_ADDRESSES = re.compile(r"[\"'<>\\^`{|}]")
_AT_ITS_END = ".,;:!?)]*_…’”»"
_SALT = "community.away"


def as_paragraphs(body: str) -> str:
    """Plain text as escaped paragraphs, in which an outside address leads to a warning first."""
    words = linebreaks(body.strip(), autoescape=True)
    return _ADDRESS.sub(_to_the_warning, words) if "://" in words else words


def away(address: str) -> str:
    """Our own page that warns before it lets somebody go to this address."""
    return (
        f"{reverse('community:away')}?{urlencode({'to': signing.Signer(salt=_SALT).sign(address)})}"
    )


def where_to(token: str) -> str | None:
    """The address that `away` was given; None for what no page of ours has made."""
    try:
        return signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        return None


def _to_the_warning(found: re.Match[str]) -> str:
    written = html.unescape(found[0])
    address = _NOT_IN_ADDRESSES.split(written, maxsplit=1)[0].rstrip(_AT_ITS_END)
    if not address.partition("://")[2]:
        return found[0]
    link = (
        f'<a href="{escape(away(address))}" rel="nofollow noreferrer noopener">'
        f"{escape(address)}</a>"
    )
    return link + escape(written[len(address) :])
