"""UK postcodes. Only the outward part, the one before the space, is ever looked at."""

from __future__ import annotations

import re

_OUTWARD = r"[A-Z]{1,2}[0-9][A-Z0-9]?"
_WHOLE = re.compile(rf"({_OUTWARD})[0-9][A-Z]{{2}}")
_OUTWARD_ONLY = re.compile(_OUTWARD)
_AREA = re.compile(r"[A-Z]{1,2}")


def outward_code(typed: str) -> str | None:
    """
    "LS6" out of "ls6 2ab", "LS62AB" or "LS6"; None out of what is no UK postcode.

    What comes after is dropped here, and goes no further.
    """
    squeezed = "".join(typed.upper().split())
    if whole := _WHOLE.fullmatch(squeezed):
        return whole[1]
    return squeezed if _OUTWARD_ONLY.fullmatch(squeezed) else None


def area_or_outward_code(typed: str) -> str | None:
    """What an administrator lists: an outward code, or the letters that several begin with."""
    squeezed = "".join(typed.upper().split())
    known = _OUTWARD_ONLY.fullmatch(squeezed) or _AREA.fullmatch(squeezed)
    return squeezed if known else None


def is_in(outward: str, listed: list[str]) -> bool:
    """Whether an outward code is one of those listed, or begins with an area's letters."""
    letters = _AREA.match(outward)
    return outward in listed or (letters is not None and letters[0] in listed)
