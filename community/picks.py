"""
"For you": topics picked by what somebody said brings them here, and by the goals they set.

Nothing else is looked at, not what they read or write; nothing is kept; and it is turned off by
one tap. So one sentence says all of it.
"""

from __future__ import annotations

import re

from accounts.enums import Reason
from accounts.models import Member
from measures.models import Goal

BY_REASON: dict[str, tuple[str, ...]] = {
    Reason.TALK: ("just-sharing",),
    Reason.LISTEN: ("just-sharing", "coping-with-mental-health"),
    Reason.LONELY: ("loneliness",),
    Reason.RELATIONSHIPS: ("relationships-and-family",),
    Reason.STRESS: ("stress",),
    Reason.WORK: ("study-and-work",),
    Reason.MONEY: ("money",),
    Reason.IDENTITY: ("identity",),
    Reason.MIND: ("coping-with-mental-health",),
    Reason.BODY: ("coping-with-physical-health",),
    Reason.LOSS: ("grief-and-loss",),
    Reason.WAYS: ("coping-with-mental-health", "small-good-things"),
    Reason.WAITING: ("coping-with-mental-health", "just-sharing"),
    Reason.GIVE: ("loneliness", "just-sharing"),
    # Whoever is just looking has named nothing.
    Reason.LOOK: (),
}
# How a goal says what it is about: beginnings of words, as members write them in English.
BY_WORD = {
    "loneliness": "alone|lonel|friend|meet|people|company|club",
    "relationships-and-family": "famil|partner|mum|mam|dad|son|daughter|child|kids|marriage|argu",
    "stress": "stress|rest|relax|breath|calm|busy",
    "study-and-work": "work|job|stud|exam|school|college|uni|course|interview",
    "money": "money|debt|save|saving|bill|rent|budget",
    "identity": "myself|identity|gender|faith|come out|coming out",
    "coping-with-mental-health": "anxi|panic|mood|therap|worr|cope|coping|mind",
    "coping-with-physical-health": "walk|run|gym|swim|sleep|pain|eat|cook|health|exercise|body",
    "grief-and-loss": "grief|griev|loss|died|miss",
    "small-good-things": "garden|music|draw|paint|sing|read|bake",
}
_ABOUT = {slug: re.compile(rf"\b(?:{starts})", re.IGNORECASE) for slug, starts in BY_WORD.items()}


def topics_for(member: Member) -> set[str]:
    """The slugs of the topics that fit a member's reasons and goals; none where nothing does."""
    picked = {slug for reason in member.reasons for slug in BY_REASON.get(reason, ())}
    for words in Goal.objects.held_by(member).values_list("words", flat=True):
        picked |= {slug for slug, about in _ABOUT.items() if about.search(words)}
    return picked
