"""What would tell others who a member is, found without the lexicon: cheap enough for any page."""

from __future__ import annotations

from functools import lru_cache

import yaml

from risk.detectors import Detail, find_details
from risk.lexicon import HERE

__all__ = ["Detail", "details_in"]


def details_in(text: str) -> list[Detail]:
    """Numbers, addresses, handles, names and places, each with where it stands."""
    return list(find_details(text, everyday=_everyday()))


@lru_cache(maxsize=1)
def _everyday() -> frozenset[str]:
    """Words that are no names, as the lexicon has them, without building all of it."""
    words = yaml.safe_load((HERE / "words.yaml").read_text(encoding="utf-8"))
    return frozenset(f"{words['everyday']} {words['fillers']}".split())
