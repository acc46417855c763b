"""
Names that look alike are the same name.

After the idea of Unicode's UTS #39: each name has a skeleton, and two names that a tired reader
could take for one another have the same. The map is our own and errs towards "the same": a
name too many refused costs a tap, a name too few lets somebody speak as somebody else.
"""

from __future__ import annotations

import unicodedata

# As long as a skeleton is kept: an alias of thirty letters never comes near it.
SKELETON_MAX_LENGTH = 200


def _pairs(words: str) -> dict[int, str]:
    """``"а=a в=b"`` as a table for `str.translate`."""
    return {ord(pair[0]): pair[2:] for pair in words.split()}


# Capitals whose small letters look like something else, before case is folded away.
_CAPITALS = _pairs(
    "Α=a Β=b Ε=e Ζ=z Η=h Ι=i Κ=k Μ=m Ν=n Ο=o Ρ=p Τ=t Υ=y Χ=x "
    "А=a В=b Е=e З=3 І=i Ј=j К=k М=m Н=h О=o Р=p Ѕ=s С=c Т=t У=y Х=x Ү=y Һ=h Ԛ=q Ԝ=w "
    "Ո=n Տ=s Օ=o Ս=u Լ=l Ꭺ=a Ᏼ=b Ꮯ=c Ꭰ=d Ꭼ=e Ꮐ=g Ꮋ=h Ꭻ=j Ꮶ=k Ꮮ=l Ꮇ=m Ꮲ=p Ꮪ=s Ꭲ=t Ꮩ=v Ꮃ=w Ꮓ=z"
)
_SMALL = _pairs(
    # Greek
    "α=a β=b γ=y δ=d ε=e ζ=z η=n ι=i κ=k μ=u ν=v ο=o ρ=p σ=o ς=c τ=t υ=u φ=o χ=x ω=w ϲ=c ϳ=j "
    # Cyrillic
    "а=a в=b г=r д=a е=e з=3 и=u і=i ј=j к=k м=m н=h о=o п=n р=p с=c т=t у=y х=x ц=u ш=w щ=w "
    "ь=b ы=b я=r ѕ=s һ=h ԁ=d ԛ=q ԝ=w ѵ=v ӏ=l ү=y ғ=f қ=k ң=h ө=o ә=e є=e б=6 "
    # Armenian and Cherokee
    "ո=n ս=u օ=o հ=h յ=j ց=g գ=q ա=w "
    # Latin letters that do not come apart into a letter and a mark
    "æ=ae œ=oe ø=o ð=d đ=d ħ=h ı=i ȷ=j ł=l ŋ=n þ=p ŧ=t ƀ=b ƃ=b ƈ=c ɗ=d ɖ=d ɛ=e ƒ=f ɠ=g ɡ=g ƙ=k ƚ=l "
    "ɲ=n ƞ=n ƥ=p ɾ=r ʂ=s ƭ=t ʋ=v ƴ=y ʐ=z ƶ=z ɑ=a ɐ=a ɔ=c ə=e ɜ=3 ɩ=i ɪ=i ʟ=l ɴ=n ɵ=o ʀ=r ʏ=y "
    "ɢ=g ʜ=h ᴀ=a ʙ=b ᴄ=c ᴅ=d ᴇ=e ᴊ=j ᴋ=k ᴍ=m ᴏ=o ᴘ=p ꜱ=s ᴛ=t ᴜ=u ᴠ=v ᴡ=w ᴢ=z ʃ=f ʒ=3 "
    "ǝ=e ƨ=s ƽ=s ȣ=8 "
    # Strokes that stand for a letter
    "|=l ǀ=l ¡=i !=i ¢=c $=s €=e £=f ×=x ¥=y"
)
# Digits that stand for letters, and the letters that one stroke makes alike.
_STROKES = str.maketrans("012345789i", "olzeastbgl")
# Letters that run together. None of what they give begins another.
_RUN_TOGETHER = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def skeleton(name: str) -> str:
    """
    What a name looks like: two names with one skeleton are too alike to tell apart.

    Case, accents, spaces and punctuation count for nothing. Empty if no letter or digit is left.
    """
    apart = unicodedata.normalize("NFKD", name).translate(_CAPITALS)
    apart = unicodedata.normalize("NFKD", apart.casefold())
    bare = "".join(digit_or(letter) for letter in apart.translate(_SMALL) if letter.isalnum())
    bare = bare.translate(_STROKES)
    for pair, one in _RUN_TOGETHER:
        bare = bare.replace(pair, one)
    return bare[:SKELETON_MAX_LENGTH]


def digit_or(letter: str) -> str:
    """A digit of any script as 0 to 9; any other character as it is."""
    value = unicodedata.decimal(letter, None)
    return letter if value is None else str(value)


def digits_in(name: str) -> int:
    """How many digits there are, in whatever script."""
    return sum(unicodedata.decimal(letter, None) is not None for letter in name)
