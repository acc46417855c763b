"""Avatars: a scrap of wall, drawn from a random seed that says nothing about anybody."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from hashlib import blake2s

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

register = template.Library()

# Four courses of three bricks in a box of 48 by 36; every second course starts half a brick on.
# Each entry is (x, y, width): 15 wide and 8 high, with a joint of 1.
_COURSES = (
    ((1, 15), (17, 15), (33, 14)),
    ((1, 7), (9, 15), (25, 15), (41, 6)),
    ((1, 15), (17, 15), (33, 14)),
    ((1, 7), (9, 15), (25, 15), (41, 6)),
)
_BRICKS = tuple(
    (x, 1 + 9 * row, width) for row, course in enumerate(_COURSES) for x, width in course
)
# Three tints each: enough to tell people apart, few enough to look like one wall.
_PALETTES = tuple((a, b, c) for a in range(1, 5) for b in range(a + 1, 6) for c in range(b + 1, 7))
# The tints by their names in words, in the order of their numbers.
_TINTS = {1: _("clay"), 2: _("sand"), 3: _("moss"), 4: _("mist"), 5: _("heather"), 6: _("rose")}


@register.simple_tag
def avatar(seed: object, size: str = "") -> SafeString:
    """
    Draw the avatar of a seed: the same seed, the same bricks, on every page and for ever.

    ``size`` is "" or "large". The alias beside it is what names a person, so the drawing
    is hidden from screen readers.
    """
    return _draw(str(seed), size)


@register.simple_tag
def avatar_in_words(seed: object) -> str:
    """A drawing as somebody hears it who does not see it: "mostly moss, with clay and rose"."""
    counted = Counter(_tints(str(seed)))
    # Ties go to the lower number, so that a drawing has one name.
    first, *rest = sorted(counted, key=lambda tint: (-counted[tint], tint))
    match sorted(rest):
        case [second, third]:
            return _("mostly %(first)s, with %(second)s and %(third)s") % {
                "first": _TINTS[first], "second": _TINTS[second], "third": _TINTS[third],
            }  # fmt: skip
        case [second]:
            return _("mostly %(first)s, with %(second)s") % {
                "first": _TINTS[first], "second": _TINTS[second],
            }  # fmt: skip
    return _("all %(first)s") % {"first": _TINTS[first]}


def _tints(seed: str) -> list[int]:
    """The tint of each brick."""
    noise = blake2s(seed.encode(), digest_size=16).digest()
    palette = _PALETTES[noise[0] % len(_PALETTES)]
    return [palette[chance % 3] for chance in noise[1 : len(_BRICKS) + 1]]


@lru_cache(maxsize=4096)
def _draw(seed: str, size: str) -> SafeString:
    paths: dict[int, list[str]] = {}
    for (x, y, width), tint in zip(_BRICKS, _tints(seed), strict=True):
        paths.setdefault(tint, []).append(f"M{x} {y}h{width}v8h-{width}z")
    drawn = "".join(
        f'<path class="tint-{tint}" d="{"".join(path)}"/>' for tint, path in sorted(paths.items())
    )
    css = "avatar avatar-large" if size == "large" else "avatar"
    # Only numbers of our own making reach the markup; the seed itself never does.
    return mark_safe(  # noqa: S308
        f'<svg class="{css}" viewBox="0 0 49 37" aria-hidden="true" focusable="false">{drawn}</svg>'
    )
