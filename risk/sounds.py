"""
What an English word sounds like, roughly: how people spell who write as they hear.

"Sewisidle thorts", "tablits", "overdoos". Two spellings of one sound have one key; the vowels,
which are heard most differently, are all one vowel. It is made for a short list of words that
matter, looked for among words that nobody knows; by itself it would confuse half the language.
"""

import re

# In this order: each reads what those before it have left.
_SPELLINGS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"(?:ough|augh)(?=t|s|$)", "o"),
        (r"igh", "i"),
        (r"gh(?!o)", ""),
        (r"ph", "f"),
        (r"^(?:kn|gn|pn)", "n"),
        (r"^wr", "r"),
        (r"^wh", "w"),
        (r"mb(?=$|s$|ed$|ing?$)", "m"),
        (r"(?:tion|sion|shun|shon|shin)", "shn"),
        (r"tch", "ch"),
        (r"dg(?=[eiy])", "j"),
        (r"g(?=e(?:$|s|d))", "j"),
        (r"sc(?=[eiy])", "s"),
        (r"c(?=[eiy])", "s"),
        (r"(?:ck|q|c(?!h)|x$)", "k"),
        (r"z", "s"),
        (r"(?<=.)ing$", "in"),
        (r"(?<=[^aeiouy])le(?=s?$)", "il"),
        (r"(?<=[aeiouy])w(?=[aeiouy]|$)", ""),
        (r"(?<=[aeiouy])r(?=[^aeiouy]|$)", ""),
        (r"(?<=[^aeiouy])e(?=$|s$|d$)", ""),
        (r"[aeiouy]+", "a"),
        (r"h(?![a])(?<![sct]h)", ""),
        (r"(.)\1+", r"\1"),
    )
)


def sound_of(word: str) -> str:
    """The key of a word in small letters: equal for spellings that sound alike."""
    for pattern, sound in _SPELLINGS:
        word = pattern.sub(sound, word)
    return word
