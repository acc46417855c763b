"""Avatars: a scrap of wall, drawn from a random seed that says nothing about anybody."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2s

from django import template
from django.utils.safestring import SafeString, mark_safe

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


@register.simple_tag
def avatar(seed: object, size: str = "") -> SafeString:
    """
    Draw the avatar of a seed: the same seed, the same bricks, on every page and for ever.

    ``size`` is "" or "large". The alias beside it is what names a person, so the drawing
    is hidden from screen readers.
    """
    return _draw(str(seed), size)


@lru_cache(maxsize=4096)
def _draw(seed: str, size: str) -> SafeString:
    noise = blake2s(seed.encode(), digest_size=16).digest()
    palette = _PALETTES[noise[0] % len(_PALETTES)]
    paths: dict[int, list[str]] = {}
    for (x, y, width), chance in zip(_BRICKS, noise[1:], strict=False):
        paths.setdefault(palette[chance % 3], []).append(f"M{x} {y}h{width}v8h-{width}z")
    drawn = "".join(
        f'<path class="tint-{tint}" d="{"".join(path)}"/>' for tint, path in sorted(paths.items())
    )
    css = "avatar avatar-large" if size == "large" else "avatar"
    # Only numbers of our own making reach the markup; the seed itself never does.
    return mark_safe(  # noqa: S308
        f'<svg class="{css}" viewBox="0 0 49 37" aria-hidden="true" focusable="false">{drawn}</svg>'
    )
