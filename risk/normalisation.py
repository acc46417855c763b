"""
Reads a member's writing the way a person would, and remembers where every word stood.

People write "w@nt to d1e", "d.i.e", "wanna", "sewisidal", or hide a word behind look-alike letters.
`Normaliser.view` turns any text into plain words in one spelling, and each keeps the place in
the original text it came from, so that a wall guide sees highlighted what the member wrote.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, product

from risk.sounds import sound_of

SENTENCE_END = "."
_STOP = SENTENCE_END + " "

# Beyond this many unknown words the slow readings (leet, run-together, misspelt) are given up for
# the rest of the text, and the view says that it is partial: hostile text must not cost seconds.
SLOW_WORDS_AT_MOST = 1_000
CACHE_AT_MOST = 50_000
LONG_SENTENCE = 50
LONGEST = 100
_NEW_THOUGHTS = frozenset(["and", "but", "so", "because", "i", "then", "now", "he", "she", "they"])

# Japanese, Chinese, Thai and their neighbours are written without blanks, and Korean puts endings
# to its words: a letter is a word.
_UNSPACED = "\u1100-\u11ff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff"
_TOKEN = re.compile(
    r"[a-z0-9$@*]+(?:['!|*@$+\u00a3\u20ac]+[a-z0-9*$@\u00a3\u20ac]+)*"
    rf"(?![^\W_{_UNSPACED}])|[.!?;\n\u2026\u3002]+|[,:()\[\]\"\u2014\u2013_]|[{_UNSPACED}]"
    rf"|[^\s\w]|(?:(?![_{_UNSPACED}])\w)+"
)
_SPELLED_OUT = re.compile(
    r"(?<![a-z0-9@$!'])([a-z0-9@$!])([ .\-_*/~\u00b7,]{1,3})"
    r"(?:[a-z0-9@$!]\2)+[a-z0-9@$!](?![a-z0-9'])"
)
# The same with wider gaps between the words: "i w a n t  t o  d i e".
_SPELLED_LINE = re.compile(
    r"(?<![a-z0-9@$!'])[a-z0-9@$!](?:[ .\-_*/~\u00b7,]{1,3}[a-z0-9@$!]){5,40}(?![a-z0-9'])"
)
# Two letters that stand alone in a row; only such a text can hold a word spelled out.
_LONE_LETTERS = re.compile(
    r"(?<![a-z0-9@$!'])[a-z0-9@$!][ .\-_*/~\u00b7,]{1,3}[a-z0-9@$!][ .\-_*/~\u00b7,]"
)
# Words that matter, as they may stand with a blank or two inside, and their endings.
_BROKEN = {
    word: re.compile(rf"(?<![a-z0-9]){' ?'.join(word)}(?: ?[a-z]{{1,4}})??(?![a-z0-9'])")
    for word in ("suicid", "overdos", "unaliv", "burning", "killing")
}
_PLAIN_DIGITS = str.maketrans("013457@$!", "oieastasi")
_STOPS = re.compile(r"(?: \.)+ ")
_BETWEEN_LETTERS = re.compile(r"[ .\-_*/~\u00b7,]+")
_MARKUP = re.compile(r"</?[a-z][a-z0-9]{0,9}(?: [^<>]{0,60})?/?>")
_STRETCHED = re.compile(r"(.)\1{2,}")
_DOUBLED = re.compile(r"(.)\1+")
_LEET = {
    "0": "o",
    "1": "il",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "8": "b",
    "9": "g",
    "@": "a",
    "$": "s",
    "!": "il",
    "|": "li",
    "+": "t",
    "\u00a3": "e",
    "\u20ac": "e",
    "*": "*",
}
# Letters of other alphabets that pass for ours. Accents need no line: they are stripped.
_LOOKALIKES = dict(
    zip(
        "аеорсухіјѕһԁԛԝкмтвнгαεορνικτυχωβγηɑɡıƖʟʀɪɴᴀʙᴄᴅᴇꜰɢʜᴊᴋᴍᴏᴘᴛᴜᴠᴡʏᴢøłđħŧß",
        "aeopcyxijshdqwkmtbhraeopviktuxwbynagillrinabcdefghjkmoptuvwyzoldhts",
        strict=True,
    )
)
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u200e\u200f\ufe0f\ufe0e")


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    """One character of the original as lower-case plain letters: none, one or several."""
    if character in _INVISIBLE or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return ""
    if character in "\u2018\u2019\u02bc\u0060\u00b4\uff07":
        return "'"
    if character in "\u201c\u201d\u00ab\u00bb\u201e":
        return '"'
    if character in "\u2010\u2011\u2212":
        return "-"
    folded = []
    for part in unicodedata.normalize("NFKD", character):
        if unicodedata.category(part) in {"Mn", "Me", "Cf"}:
            continue
        lowered = part.lower()
        folded.append("".join(_LOOKALIKES.get(letter, letter) for letter in lowered))
    return "".join(folded)


def fold(text: str) -> tuple[str, list[int] | None]:
    """
    Plain lower-case letters for `text`, and for each of them its place in the original.

    The places are None where nothing moved, which is so for all ASCII text.
    """
    if text.isascii():
        return text.lower(), None
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        folded = _fold_character(character)
        letters.append(folded)
        if len(folded) == 1:
            places.append(place)
        else:
            places.extend([place] * len(folded))
    return "".join(letters), places


@dataclass(slots=True)
class Places:
    """Where each word of a text stands in the original, and what stood between the words."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    pauses: set[int] = field(default_factory=set)
    quotes: list[int] = field(default_factory=list)


class View:
    """
    A text as plain words: one searchable line, and where each word came from.

    Most texts are only searched. What a rule needs to look closer (words, sentences, pauses,
    places in the original) is worked out when it is first asked for.
    """

    __slots__ = (
        "_ends", "_offsets", "_placed", "_places", "_sentences", "_words", "original", "partial",
        "text",
    )  # fmt: skip

    def __init__(self, original: str, text: str, places: Callable[[], "Places"]) -> None:
        self.original = original
        # " i want to die . please help . ": every word between blanks, "." where a sentence ends.
        self.text = text
        self.partial = False
        self._places = places
        self._words: list[str] | None = None
        self._offsets: list[int] | None = None
        self._ends: list[int] | None = None
        self._sentences: list[tuple[int, int]] | None = None
        self._placed: Places | None = None

    @property
    def words(self) -> list[str]:
        """The words in order, `SENTENCE_END` among them."""
        if self._words is None:
            self._words = self.text.split()
        return self._words

    @property
    def offsets(self) -> list[int]:
        """Where in `text` each word begins."""
        if self._offsets is None:
            lengths = accumulate(map(len, self.words), initial=1)
            self._offsets = [length + place for place, length in enumerate(lengths)][:-1]
        return self._offsets

    @property
    def sentences(self) -> list[tuple[int, int]]:
        """Each sentence as the numbers of its first word and of the word after its last."""
        if self._sentences is None:
            self._sentences = self._divide()
        return self._sentences

    def _divide(self) -> list[tuple[int, int]]:
        words = self.words
        sentences: list[tuple[int, int]] = []
        first = 0
        ends = [number for number, word in enumerate(words) if word == SENTENCE_END]
        for end in (*ends, len(words)):
            # Many people write without full stops. What is looked at together stays short.
            while end - first > LONG_SENTENCE:
                cut = next(
                    (
                        number
                        for number in range(first + LONG_SENTENCE, min(end, first + LONGEST))
                        if words[number] in _NEW_THOUGHTS
                    ),
                    min(end, first + LONGEST),
                )
                if cut >= end:
                    break
                sentences.append((first, cut))
                first = cut
            if end > first:
                sentences.append((first, end))
            first = end + 1
        return sentences

    @property
    def places(self) -> "Places":
        """Where the words stand in the original."""
        if self._placed is None:
            self._placed = self._places()
        return self._placed

    @property
    def starts(self) -> list[int]:
        """Where in the original each word begins."""
        return self.places.starts

    @property
    def ends(self) -> list[int]:
        """Where in the original each word has ended."""
        return self.places.ends

    @property
    def pauses(self) -> set[int]:
        """Words before which a comma, colon, dash or bracket stood: context may stop there."""
        return self.places.pauses

    @property
    def quotes(self) -> list[int]:
        """Words before which a quotation mark stood."""
        return self.places.quotes

    def sentence_of(self, word: int) -> int:
        """The number of the sentence that holds this word."""
        if self._ends is None:
            self._ends = [end for _, end in self.sentences]
        return bisect_right(self._ends, word)

    def in_quotes(self, first: int, last: int) -> bool:
        """Whether these words stand between a pair of quotation marks."""
        before = bisect_left(self.quotes, first + 1)
        return before % 2 == 1 and before < len(self.quotes) and self.quotes[before] >= last - 1


class Normaliser:
    """Knows the words that matter, and so what an odd spelling was meant to be."""

    def __init__(
        self,
        *,
        words: Iterable[str],
        respellings: Mapping[str, str],
        fillers: Iterable[str],
        fuzzy: Iterable[str],
        emoji: Mapping[str, str],
        heard: Iterable[str] = (),
        ordinary: Collection[str] = (),
    ) -> None:
        self.respellings = {key: tuple(value.split()) for key, value in respellings.items()}
        self.fillers = frozenset(fillers)
        self.words = frozenset(words) | self.respellings.keys() | self.fillers
        self.emoji = {fold(key)[0]: f"emoji{value}" for key, value in emoji.items()}
        self.fuzzy = _deletions(fuzzy)
        self.heard = {sound_of(word): word for word in heard}
        # Words that are taken as they stand, however much they sound like another.
        self.ordinary = ordinary
        self.by_length: dict[int, list[str]] = {}
        for word in sorted(self.words):
            self.by_length.setdefault(len(word), []).append(word)
        # The words of a pattern are taken as they are written.
        self._guesses = bool(self.words - self.respellings.keys() - self.fillers)
        self._cache: dict[str, str] = {}

    def phrase(self, text: str) -> list[str]:
        """Words of a lexicon pattern in the one spelling that texts are turned into."""
        return [word for word in self.view(text).words if word != SENTENCE_END]

    def view(self, text: str) -> View:
        """Turn a text into words, each with its place in the original."""
        folded, places = fold(text)
        # Mark-up says nothing; blanks keep every later letter in its place.
        if "<" in folded:
            folded = _MARKUP.sub(lambda match: " " * len(match[0]), folded)
        joined = self._spelled_out(folded) if _LONE_LETTERS.search(folded) else {}
        joined |= self._broken(folded)
        slow = _SlowReading()
        if joined:
            pieces = [piece for piece, _, _ in self._pieces(folded, joined, slow)]
        else:
            pieces = self._pieces_of(_TOKEN.findall(folded), slow)
        line = " " + "".join(pieces)
        if " . ." in line or line.startswith(" . "):
            line = _STOPS.sub(" . ", line)
            line = line[2:] if line.startswith(" . ") else line
        view = View(text, line, lambda: self._place(folded, joined, slow, places))
        view.partial = slow.gave_up
        return view

    def _place(
        self,
        folded: str,
        joined: Mapping[int, tuple[int, str]],
        slow: "_SlowReading",
        places: list[int] | None,
    ) -> Places:
        """Go over the tokens once more, now for where they stand."""
        found = Places()
        starts, ends = found.starts, found.ends
        may_end = False
        for piece, start, end in self._pieces(folded, joined, slow):
            if piece == _STOP:
                if not may_end:
                    continue
                may_end = False
            elif piece:
                may_end = True
            else:
                mark = folded[start]
                if not mark.isalnum():
                    found.pauses.add(len(starts))
                    if mark == '"':
                        found.quotes.append(len(starts))
                continue
            if places is not None:
                start, end = places[start], places[end - 1] + 1
            words = piece.count(" ")
            if words == 1:
                starts.append(start)
                ends.append(end)
            else:
                starts += [start] * words
                ends += [end] * words
        return found

    def _pieces_of(self, tokens: list[str], slow: "_SlowReading") -> list[str]:
        try:
            return list(map(self._cache.__getitem__, tokens))
        except KeyError:
            return [self._piece(token, slow) for token in tokens]

    def _pieces(
        self, folded: str, joined: Mapping[int, tuple[int, str]], slow: "_SlowReading"
    ) -> Iterator[tuple[str, int, int]]:
        """What each token says, with its place: the same pieces that the line was made of."""
        skip_to = 0
        cache = self._cache
        if not joined and not slow.read:
            for match in _TOKEN.finditer(folded):
                known = cache.get(match[0])
                start, end = match.span()
                yield self._piece(match[0], slow) if known is None else known, start, end
            return
        for match in _TOKEN.finditer(folded):
            start, end = match.span()
            if start < skip_to:
                continue
            if joined and start in joined:
                skip_to, piece = joined[start]
                yield piece, start, skip_to
                continue
            token = match[0]
            known = None if slow.read else cache.get(token)
            yield self._piece(token, slow) if known is None else known, start, end

    def _piece(self, token: str, slow: "_SlowReading") -> str:
        """What one token adds to the line: words, each followed by a blank, or nothing."""
        known = slow.read.get(token)
        if known is None:
            known = self._cache.get(token)
        if known is not None:
            return known
        if token in self.emoji:
            piece = self.emoji[token] + " "
        elif token[0] in ".!?;\n\u2026\u3002":
            piece = _STOP
        elif token[0] in ',:()[]"\u2014\u2013' or (
            not token[0].isalnum() and not _TOKEN.findall(token[1:])
        ):
            piece = ""
        elif slow.left <= 0:
            slow.gave_up = True
            slow.read[token] = token + " "
            return token + " "
        else:
            words, was_slow = self._read(token)
            slow.left -= was_slow
            piece = "".join(f"{word} " for word in words)
        if len(self._cache) < CACHE_AT_MOST:
            self._cache[token] = piece
        else:
            slow.read[token] = piece
        return piece

    def _read(self, token: str) -> tuple[tuple[str, ...], int]:
        """The words meant by one token, and 1 if it took a slow reading to tell."""
        known = self._known(token)
        if known is not None:
            return known, 0
        if "'" in token:
            stem, _, tail = token.rpartition("'")
            if tail == "s" or not tail:
                return self._read(stem.replace("'", "")) if stem else ((), 0)
            bare = token.replace("'", "")
            known = self._known(bare)
            return (known if known is not None else (bare,)), 0
        if token.isdigit() or len(token) < 3 or not self._guesses:
            return (token,), 0
        if token.endswith("in") and token not in self.ordinary:
            known = self._known(f"{token}g")  # "offin", "feelin"
            if known is not None:
                return known, 0
        for candidate in self._candidates(token):
            known = self._known(candidate)
            if known is not None:
                return known, 1
            meant = self._misspelt(candidate)
            if meant is not None:
                return self._known(meant) or (meant,), 1
        run_together = self._run_together(token)
        if run_together is not None:
            return run_together, 1
        heard = self._heard(token)
        if heard is not None:
            return self._known(heard) or (heard,), 1
        return (token.strip("*@$!"),) if token.strip("*@$!") else (), 1

    def _known(self, token: str) -> tuple[str, ...] | None:
        if token in self.fillers:
            return ()
        if token in self.respellings:
            return self.respellings[token]
        return (token,) if token in self.words else None

    def _candidates(self, token: str) -> Iterable[str]:
        """What a token may say once digits, stars and stretched letters are read as letters."""
        yield token
        squeezed = _STRETCHED.sub(r"\1\1", token)
        if squeezed != token:
            yield squeezed
        single = _DOUBLED.sub(r"\1", token) if squeezed != token else token
        if single != squeezed:
            yield single
        if "*" in token:
            yield token.replace("*", "")
        marks = [letter for letter in token if letter in _LEET]
        if marks and len(marks) < len(token) and len(marks) <= 8:
            for letters in product(*(_LEET[mark] for mark in marks[:4])):
                # Past the fourth mark the first reading of each stands for all.
                rest = [_LEET[mark][0] for mark in marks[4:]]
                replacement = iter([*letters, *rest])
                read = "".join(next(replacement) if c in _LEET else c for c in token)
                if "*" in read:
                    yield from self._starred(read)
                else:
                    yield read
                    yield _STRETCHED.sub(r"\1", read)

    def _starred(self, written: str) -> Iterable[str]:
        if sum(letter != "*" for letter in written) < 2 or len(written) > 16:
            return
        pattern = re.compile(written.replace("*", "."))
        for word in self.by_length.get(len(written), ()):
            if pattern.fullmatch(word):
                yield word

    def _misspelt(self, token: str) -> str | None:
        """The word from the short list that this token is one slip away from."""
        if not 6 <= len(token) <= 16:
            return None
        for shorter in (token, *(token[:i] + token[i + 1 :] for i in range(len(token)))):
            for word in self.fuzzy.get(shorter, ()):
                if one_slip_apart(token, word):
                    return word
        return None

    def _heard(self, token: str) -> str | None:
        """The word from the short list that this token sounds like, if it is no word itself."""
        if not 5 <= len(token) <= 16 or not token.isalpha() or token in self.ordinary:
            return None
        return self.heard.get(sound_of(token))

    def _run_together(self, token: str) -> tuple[str, ...] | None:
        """Known words that fill the token with no letter left over, the fewest that do."""
        length = len(token)
        if not 8 <= length <= 48 or _TELLING.search(token) is None:
            return None
        best: list[tuple[int, list[str]] | None] = [None] * (length + 1)
        best[0] = (0, [])
        for start in range(length):
            here = best[start]
            if here is None:
                continue
            for end in range(start + 1, min(length, start + 14) + 1):
                word = token[start:end]
                if word in self.words and (len(word) > 2 or word in _SHORT_WORDS):
                    cost = here[0] + (1 if len(word) > 2 else 2)
                    there = best[end]
                    if there is None or cost < there[0]:
                        best[end] = (cost, [*here[1], word])
        found = best[length]
        if found is None or len(found[1]) > 10:
            return None
        return tuple(part for word in found[1] for part in self._known(word) or ())

    def _spelled_out(self, folded: str) -> dict[int, tuple[int, str]]:
        """Words written letter by letter ("d.i.e", "c u t"), by where they begin."""
        joined: dict[int, tuple[int, str]] = {}
        read_to = 0
        for match in _SPELLED_LINE.finditer(folded):
            letters = _BETWEEN_LETTERS.sub("", match[0])
            words = None if letters.isdigit() else self._run_together(letters)
            if words:
                joined[match.start()] = (match.end(), "".join(f"{word} " for word in words))
        for match in _SPELLED_OUT.finditer(folded):
            if match.start() in joined:
                read_to = joined[match.start()][0]
            if match.start() < read_to:
                continue
            letters = match[0].replace(match[2], "")
            if len(letters) > 60 or letters.isdigit():
                continue
            # "i d i e": the first letter may be a word of its own.
            for skipped in (0, 1) if letters[0] in "ia" else (0,):
                words = self._spelled_word(letters[skipped:])
                if words:
                    start = match.start() + skipped * (1 + len(match[2]))
                    joined[start] = (match.end(), "".join(f"{word} " for word in words))
                    break
        return joined

    def _broken(self, folded: str) -> dict[int, tuple[int, str]]:
        """Words that matter, broken by blanks ("su1 c1dal"), by where they begin."""
        plain = folded.translate(_PLAIN_DIGITS)
        close = plain.replace(" ", "")
        joined: dict[int, tuple[int, str]] = {}
        for word in _BROKEN:
            if close.count(word) == plain.count(word):
                continue
            for match in _BROKEN[word].finditer(plain):
                start, end = match.span()
                words = self._spelled_word(folded[start:end].replace(" ", ""))
                if " " in match[0] and words:
                    joined[start] = (end, "".join(f"{word} " for word in words))
        return joined

    def _spelled_word(self, letters: str) -> tuple[str, ...] | None:
        if len(letters) < 3:
            return None
        for candidate in self._candidates(letters):
            known = self._known(candidate)
            if known:
                return known
        return self._run_together(letters)


@dataclass(slots=True)
class _SlowReading:
    """What the odd spellings of one text have cost so far."""

    left: int = SLOW_WORDS_AT_MOST
    gave_up: bool = False
    # For a text with more new words than the common memory takes.
    read: dict[str, str] = field(default_factory=dict)


# Letters are taken apart only where one of these may be hidden in them.
_TELLING = re.compile(
    "suicid|kill|myself|harm|life|die|dead|death|unaliv|hurt|cutting|endit|overdos|abuse"
)
_SHORT_WORDS = frozenset(
    [
        "i",
        "a",
        "u",
        "me",
        "my",
        "to",
        "do",
        "of",
        "it",
        "in",
        "on",
        "up",
        "go",
        "no",
        "so",
        "am",
        "is",
        "be",
        "we",
        "us",
        "he",
        "at",
    ]
)


def _deletions(words: Iterable[str]) -> dict[str, list[str]]:
    """Each word under itself and under itself less one letter: finds single slips in one look."""
    index: dict[str, list[str]] = {}
    for word in sorted(set(words)):
        for shorter in {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}:
            index.setdefault(shorter, []).append(word)
    return index


def one_slip_apart(one: str, other: str) -> bool:
    """Whether one letter added, lost, changed or swapped with its neighbour makes one the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    if len(one) == len(other):
        differing = [i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        if len(differing) <= 1:
            return True
        if len(differing) != 2:
            return False
        first, second = differing
        return second == first + 1 and one[first] == other[second] and one[second] == other[first]
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))
