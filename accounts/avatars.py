"""
The picture a member goes by: one of twelve scraps of wall, each from a seed drawn at random.

A seed comes from `secrets` and from nothing about the person (S20). The form carries the twelve
it offered, signed: a seed of somebody's own making is not taken.
"""

from __future__ import annotations

from django.core import signing
from django.http import QueryDict

from accounts.models import new_avatar_seed
from accounts.templatetags.avatars import avatar_in_words

OFFERED = 12
# The fields of `accounts/_avatar_choice.html`, and its button for twelve others.
FIELD, OFFER, AGAIN = "avatar", "avatar_offer", "avatar_again"

_SALT = "avatars offered"


def twelve() -> list[str]:
    """Twelve fresh seeds, no two of which are called the same in words."""
    offered: dict[str, str] = {}
    while len(offered) < OFFERED:
        seed = new_avatar_seed()
        offered.setdefault(avatar_in_words(seed), seed)
    return list(offered.values())


def signed(seeds: list[str]) -> str:
    """What the form carries to say which seeds were offered."""
    return signing.dumps(seeds, salt=_SALT)


def choice(data: QueryDict | None = None, *, current: str = "") -> dict[str, object]:
    """
    What `accounts/_avatar_choice.html` shows: the twelve of before, or twelve others.

    :param data: what the form sent, if it was sent
    :param current: the seed that a member has now, which then stands first
    """
    seeds = _offered(data) if data is not None and AGAIN not in data else []
    seeds = seeds or [*([current] if current else []), *twelve()][:OFFERED]
    picked = data.get(FIELD, "") if data is not None else ""
    return {
        "seeds": seeds,
        "offer": signed(seeds),
        "picked": picked if picked in seeds else seeds[0],
    }


def picked(data: QueryDict) -> str:
    """The seed that was picked; a fresh one where none was, or none that was offered."""
    seed = data.get(FIELD, "")
    return seed if seed in _offered(data) else new_avatar_seed()


def asks_for_others(data: QueryDict) -> bool:
    """Whether the form was sent only to see twelve others."""
    return AGAIN in data


def _offered(data: QueryDict) -> list[str]:
    try:
        seeds = signing.loads(data.get(OFFER, ""), salt=_SALT)
    except signing.BadSignature:
        return []
    return [str(seed) for seed in seeds]
