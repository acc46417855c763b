"""What is typed, without what cannot be seen and only misleads: readable for people and machine."""

from __future__ import annotations

import re
import unicodedata

# As many marks as any script stacks on one letter. The rest only smears the lines around it.
MARKS_AT_MOST = 4
# Controls but for the tab and the new line; what turns the direction of the words that follow;
# and what takes no room: zero-width blanks, soft hyphens, fillers, annotations.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]"
)
_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")
# They join emoji, and the letters of some scripts; between Latin letters they only hide words.
_JOINERS = re.compile("[\u200c\u200d]")
# A flag is followed by letters that are not seen; anything else written in them is hidden words.
_TAGS = re.compile("(\U0001f3f4[\U000e0030-\U000e007a]{1,8}\U000e007f)|[\U000e0000-\U000e007f]")


def tidy(text: str) -> str:
    """
    The same words as their reader sees them (S38).

    In one pass: no direction overrides, nothing invisible, at most four marks on a letter.
    """
    if text.isascii():
        return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))
    text = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text))
    text = _TAGS.sub(lambda tag: tag[1] or "", _UNSEEN.sub("", text))
    if _JOINERS.search(text):
        text = "".join(
            character
            for place, character in enumerate(text)
            if character not in "\u200c\u200d" or _joins(text, place)
        )
    return _with_few_marks(text)


def _joins(text: str, place: int) -> bool:
    around = text[place - 1 : place] + text[place + 1 : place + 2]
    return len(around) == 2 and not any(
        each.isascii() or each.lower() != each.upper() for each in around
    )


def _with_few_marks(text: str) -> str:
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= MARKS_AT_MOST:
            kept.append(character)
    return "".join(kept)
