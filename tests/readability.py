"""
How hard a sentence is to read: the Flesch-Kincaid grade (Kincaid et al., 1975).

0.39 × words per sentence + 11.8 × syllables per word - 15.59. A number, and no judge of
kindness: it finds what to look at (NHS: scores only to prioritise).
"""

from __future__ import annotations

import html
import re
from functools import cache

import pyphen

# Counted by ear, where hyphenation and the run of vowels both hear too many.
SYLLABLES = {
    "sometimes": 2, "someone": 2, "somebody": 3, "something": 2, "somewhere": 2, "everyone": 3,
    "everything": 3, "every": 2, "everybody": 4, "cannot": 2, "email": 2, "e-mail": 2,
    "people": 2, "trained": 1, "changed": 1, "used": 1, "closed": 1, "saved": 1, "named": 1,
    "paused": 1, "typed": 1, "asked": 1, "worried": 2, "tired": 2, "being": 2, "doesn’t": 2,
    "don’t": 1, "isn’t": 2, "didn’t": 2, "can’t": 1, "won’t": 1, "you’re": 1, "we’re": 1,
    "they’re": 1, "someone’s": 2, "whose": 1, "moment": 2, "else": 1, "more": 1, "here": 1,
    "minute": 2, "minutes": 2, "guide": 1, "guides": 1, "time": 1, "times": 1, "quiet": 2,
    "safely": 2, "yourself": 2, "themselves": 2, "ourselves": 2, "friend": 1, "friends": 1,
    "believe": 2, "hear": 1, "heard": 1, "real": 1, "really": 2, "idea": 3, "ideas": 3,
    "area": 3, "areas": 3, "create": 2, "created": 3, "seeing": 2, "science": 2, "diary": 3,
    "period": 3, "usually": 4, "piece": 1, "pieces": 2, "voice": 1, "answers": 2, "page": 1,
    "pages": 2, "place": 1, "places": 2, "choice": 1, "choices": 2, "device": 2, "devices": 3,
    "message": 2, "messages": 3, "college": 2, "language": 2, "languages": 3, "change": 1,
    "changes": 2, "image": 2, "once": 1, "because": 2, "before": 2, "leave": 1, "leaves": 1,
    "give": 1, "gives": 1, "have": 1, "live": 1, "lives": 1, "alive": 2, "alone": 2, "hope": 1,
    "hopes": 1, "rules": 1, "rule": 1, "wait": 1, "care": 1, "cares": 1, "share": 1, "shares": 1,
    "shared": 1, "loved": 1, "moved": 1, "removed": 2, "agreed": 2, "stayed": 1, "learned": 1,
    "joined": 1, "turned": 1, "signed": 1, "opened": 2, "answered": 2, "covered": 2,
}  # fmt: skip

_VOWELS = re.compile(r"[aeiouyäöüéè]+")
_WORD = re.compile(r"[A-Za-zÀ-ÿ]+(?:[’'-][A-Za-zÀ-ÿ]+)*|\d[\d ,.:/]*")
# A full stop inside a figure or an address ends no sentence.
_END = re.compile(r"[.!?…](?=[\s”’)]|$)[”’)]*")
_HYPHENS = pyphen.Pyphen(lang="en_GB")


@cache
def syllables(word: str) -> int:
    """How many syllables a word has; where two ways of counting differ, the larger number."""
    word = word.lower().replace("'", "’")
    if word in SYLLABLES:
        return SYLLABLES[word]
    if word[0].isdigit():
        return 1
    if "-" in word:
        return sum(syllables(part) for part in word.split("-"))
    # A silent e, and the -ed and -es that add none.
    heard = re.sub(r"(?<=[^aeiouylt])e$|(?<=[aeiouy])te$|(?<=[^aeioutd])ed$|’s$", "", word)
    heard = re.sub(r"(?<=[^aeiouscxzgh])es$|(?<=[aeiouy]l)e$", "", heard)
    by_ear = len(_VOWELS.findall(heard))
    return max(1, by_ear, len(_HYPHENS.positions(word)) + 1)


def plain(said: str) -> str:
    """What a reader sees of a catalogue's entry: no markup, a short name where a name stands."""
    said = re.sub(r"<br\s*/?>|</(?:p|li|h\d)>", ". ", said)
    said = html.unescape(re.sub(r"<[^>]+>", "", said))
    said = re.sub(r"%\(\w+\)[sd]|%[sd]|\{\w+\}", "Leeds", said).replace("%%", "%")
    return " ".join(said.split())


def sentences(text: str) -> list[list[str]]:
    """The sentences of a text, each as its words."""
    parts = (_WORD.findall(part) for part in _END.split(text))
    return [words for words in parts if words]


def grade(text: str) -> float:
    """The school grade (US) at which a text is read; 5 is an age of ten or eleven."""
    parts = sentences(text)
    words = [word for part in parts for word in part]
    spoken = sum(syllables(word) for word in words)
    return 0.39 * len(words) / len(parts) + 11.8 * spoken / len(words) - 15.59
