"""
Finds what would tell others who a member is, or where: numbers, addresses, handles, names.

These have a shape rather than a wording, so they are found in the text as it was written.
Helplines are numbers that everyone should see and are left alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_DIGIT_WORDS = (
    "zero|oh|o|nought|naught|one|two|three|four|five|six|seven|eight|nine|"
    "double|triple|treble|won|fore|ate"
)
_SITES = "gmail|googlemail|hotmail|outlook|yahoo|icloud|protonmail|btinternet|ymail"
_PLATFORMS = (
    r"insta(?:gram)?|ig|snap(?:chat)?|sc|discord|telegram|tg|tik ?tok|twitter|facebook|fb|kik|psn|"
    r"xbox|steam|skype|whats ?app|signal|wechat|viber|threads|bluesky|reddit|tumblr|roblox|gamertag"
)
_STREETS = (
    "road|rd|street|st|avenue|ave|lane|ln|close|drive|dr|crescent|cres|terrace|court|ct|gardens|way|"
    "grove|place|pl|square|walk|mews|row|hill|park|rise|view|boulevard|blvd|parade|quay|wharf|green|"
    "heights|house|flats|estate|highway|hwy|circuit|esplanade|vale|croft|fold|gate"
)
_INSTITUTIONS = (
    "Academy|Primary|School|High|Elementary|College|Comp|Comprehensive|Grammar|Nursery|Infants|"
    "Juniors|University|Uni|Infirmary|Hospital|General|Lodge|Surgery|Practice|Barbers|Salon|Rovers|"
    "Barracks|Prison|Primary School|High School|care home|Care Home|ward|Ward|wing|Arms|Inn|"
    "estate|Estate|Terrace|Road|Street|Lane|Avenue|Rise|Row|Approach|Crescent|CC|RFC|FC|comp|"
    "primary|academy|infirmary|Marina|Cottages|Bakery|Farm"
)
_DOORS = (
    "Bank|Approach|Cottages|Villas|Yard|Meadows?|Hollow|Common|Mount|Towers|Point|Buildings|"
    "Mansions|Side|Brow|Fields?|Wood|Gate|Orchard|Paddocks?|Glebe|Loan|Wynd|Brae"
)
_HELPLINES = re.compile(
    r"^(?:\+?44)?(?:116 ?123|116 ?111|999|112|111|000|911|988|101|105|1737|741741|"
    r"85258|50808|131114|"
    r"0?8[0-9]{8,9}|1?80[0-9]{7,8}|1300\d{6}|0?3[04]\d{8}|0508\d{6}|1850\d{6}|1890\d{6}|686868|45645)$"
)

# What stands in a part of the text between two blanks, each a bit. Every expression below names
# the bits without which it cannot match, and the parts of most texts have none at all.
(
    _AT, _HASH, _SITE, _DOT, _LINK, _USER, _PLATFORM, _STREET, _DIGIT, _CODE, _SPELLED, _NAMED,
    _INSTITUTE, _SAINTLY, _DOOR, _ONLY,
) = (1 << place for place in range(16))  # fmt: skip
# Above the bits: how many digits stand there, and how many digits that are written as words.
_DIGITS, _SAID = 16, 40
_BITS = (1 << _DIGITS) - 1

_HAS_DIGIT = re.compile(r"\d")
_LETTER_THEN_DIGIT = re.compile(r"[a-z]\d", re.I)
_BEGINS = (
    (_STREET, re.compile(rf" (?:{_STREETS})\b", re.I)),
    # "care home" begins with "care".
    (_INSTITUTE, re.compile(rf" (?:{'|'.join(re.findall(r'[A-Za-z]+', _INSTITUTIONS))})\b")),
    (_SAINTLY, re.compile(r" (?:St|Saint)\b")),
    (_DOOR, re.compile(rf" (?:{_DOORS})\b")),
    (_ONLY, re.compile(r" only ")),
)
_DIGIT_SAID = re.compile(rf"\b(?:{_DIGIT_WORDS})\b|\d", re.I)
_TOLD_BY: tuple[tuple[int, tuple[str, ...]], ...] = (
    (_AT, ("@",)),
    (_HASH, ("#",)),
    (_SITE, tuple(_SITES.split("|"))),
    (_DOT, ("dot", "punto")),
    (_LINK, (".gg", ".me", ".com", "linktr")),
    (_USER, ("user", "handle", "tag", "discord")),
    (_PLATFORM, (
        "insta", " ig", "snap", " sc ", " sc:", "discord", "telegram", " tg", " tik", "twitter",
        "facebook", " fb", "kik", "psn", "xbox", "steam", "skype", "whats", "signal", "wechat",
        "viber", "threads", "bluesky", "reddit", "tumblr", "roblox", "gamertag",
    )),
    (_SPELLED, ("underscore", "full")),
    (_NAMED, ("name",)),
)  # fmt: skip


class _Telling(dict[str, int]):
    """What each part of a text tells, worked out once for each of the commonest."""

    LIMIT = 20_000
    # Past this many letters a text is looked at as a whole: it may hold new words without end.
    LONG = 2_000

    def __missing__(self, part: str) -> int:
        told = _told_by(part)
        if len(self) < self.LIMIT:
            self[part] = told
        return told

    def of(self, text: str) -> int:
        """The bits of all parts together, with the counts of digits above them."""
        if len(text) > self.LONG:
            return _told_by(text)
        bits = counts = 0
        for each in filter(None, map(self.__getitem__, text.split(" "))):
            bits |= each & _BITS
            counts += each >> _DIGITS
        return bits | counts << _DIGITS


def _told_by(text: str) -> int:
    padded = f" {text} "
    lowered = padded.lower()
    bits = sum(bit for bit, telling in _TOLD_BY if any(map(lowered.__contains__, telling)))
    bits |= sum(bit for bit, opening in _BEGINS if opening.search(padded))
    digits = len(_HAS_DIGIT.findall(text))
    if digits:
        bits |= _DIGIT
        if _LETTER_THEN_DIGIT.search(text):
            bits |= _CODE
    return bits | digits << _DIGITS | len(_DIGIT_SAID.findall(text)) << _SAID


_telling = _Telling()
_PATTERNS: tuple[tuple[str, int, re.Pattern[str]], ...] = (
    ("e-mail address", _AT, re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,3}")),
    (
        "e-mail address",
        _SITE,
        re.compile(
            rf"\b[\w.+-]{{2,40}} ?[\[({{]? ?(?:at|@|\(a\)) ?[\])}}]? ?(?:{_SITES})\b"
            r"(?: ?[\[({]? ?(?:dot|\.|punto) ?[\])}]? ?(?:com|co|net|org|uk|ie|au|nz|ca))?",
            re.I,
        ),
    ),
    (
        "e-mail address",
        _DOT,
        re.compile(
            r"\b[\w.+-]{2,40} ?[\[({]? ?(?:at|@) ?[\])}]? ?[\w-]{2,40} ?"
            r"[\[({]? ?(?:dot|punto) ?[\])}]? ?(?:com|co|net|org|uk|ie|me|au|nz|ca)\b",
            re.I,
        ),
    ),
    (
        "link",
        _LINK,
        re.compile(
            r"\b(?:discord\.gg|wa\.me|t\.me|m\.me|snapchat\.com/add|instagram\.com|facebook\.com|fb\.com|"
            r"tiktok\.com/@|chat\.whatsapp\.com|linktr\.ee|onlyfans\.com)/?[\w./@-]{0,80}",
            re.I,
        ),
    ),
    ("handle", _AT, re.compile(r"(?<![\w@.])@[A-Za-z][\w.]{2,30}")),
    (
        "handle",
        _PLATFORM,
        re.compile(
            rf"\b(?:my )?(?:{_PLATFORMS})(?:'s| name| handle| username| user| id| tag)? ?"
            r"(?:is|:|=|-|—|@|as|under) ?@?[\w.]{3,30}",
            re.I,
        ),
    ),
    (
        "handle",
        _PLATFORM,
        re.compile(
            rf"\b(?:add|find|follow|message|dm|text|search|look)(?: for)?(?: me| us)?(?: up)?"
            rf"(?: at| on| under)? (?:on )?(?:{_PLATFORMS})\b[ ,:;—-]{{0,3}}"
            rf"(?:(?:i'?m|it'?s|is|at|as|under|my|the|user ?name|name|handle) ){{0,3}}"
            r"@?[\w.]{0,30}",
            re.I,
        ),
    ),
    (
        "handle",
        _USER,
        re.compile(
            r"\b(?:user ?name|handle|gamer ?tag|discord|tag)\b(?: is|'s|:| =)+ ?@?[\w.#]{3,32}",
            re.I,
        ),
    ),
    ("handle", _HASH | _DIGIT, re.compile(r"\b[A-Za-z]\w{2,31}#\d{4}\b")),
    (
        "address",
        _DIGIT | _STREET,
        re.compile(
            r"\b(?:flat |unit |apartment |apt |no\.? ?|number )?\d{1,4}[a-z]?,? "
            rf"(?:[A-Z][\w']+ ){{1,3}}(?:{_STREETS})\b(?!\w)",
            re.I,
        ),
    ),
    ("postcode", _CODE, re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", re.I)),
    ("Eircode", _CODE, re.compile(r"\b[AC-FHKNPRTV-Y]\d[0-9W] [0-9AC-FHKNPRTV-Y]{4}\b")),
    ("postcode", _CODE, re.compile(r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d\b")),
    (
        "national insurance number",
        _DIGIT,
        re.compile(r"\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"),
    ),
)
# Written with capitals, as names are; so these read the text as it stands.
_ROLES = (
    "ex|boss|teacher|bully|abuser|manager|husband|wife|partner|boyfriend|girlfriend|fiance|fiancee|"
    "uncle|aunt|auntie|stepdad|stepmum|neighbour|doctor|therapist|counsellor|consultant|landlord|"
    "coach|tutor|cousin|mate|friend|daughter|son|boy|lad|girl|twin|sister|brother|mum|dad|nan|"
    "grandad|kid|baby|supervisor|social worker|flatmate|housemate|colleague|nurse|psychiatrist|GP"
)
_GIVEN = r"[A-Z][a-z'\u00c0-\u017f]{1,20}(?:-[A-Z][a-z]{1,15})?"
_FAMILY = (
    r"(?:Mac|Mc|O'|de |van )?[A-Z][a-z'\u00c0-\u017f]{2,20}(?:-[A-Z][a-z\u00c0-\u017f]{2,20})?"
)
_TITLED = re.compile(
    rf"\b(?:Dr|Mr|Mrs|Ms|Miss|Rev|Reverend|Father|Fr|Councillor|Cllr|Sgt|Sergeant|PC|Judge|Prof|"
    rf"Professor|Pastor|Nurse|Imam|Rabbi|Constable|Inspector)\.? ({_GIVEN} {_FAMILY})\b"
)
_KIN_NAMED = re.compile(
    rf"\b(?:[Mm]y|[Oo]ur|[Hh]is|[Hh]er|[Tt]he) (?:\w+ )?(?:{_ROLES})"
    rf"(?:'s|,| is| was| called| named|'s name is|:){{0,2}} ?(?:is |called |name is |named )?"
    rf"({_GIVEN} {_FAMILY})\b"
)
_POINTED_OUT = re.compile(
    rf"\b(?:[Gg]oogle|[Ll]ook for|[Ll]ook up|[Aa]sk for|[Cc]alled|[Nn]amed|[Ii]t's me,?|[Uu]nder|"
    rf"[Ii]t was|[Aa]gainst|[Tt]ell|[Mm]um of|[Dd]ad of|[Bb]rother of|[Ss]ister of|[Nn]ame is|"
    rf"[Hh]e's|[Ss]he's|[Ww]rote to|[Ss]igned,?) ({_GIVEN} {_FAMILY})\b"
)
_PLACE = re.compile(
    r"\b(?:at|to|in|for|from|on|outside|of|off|near|opposite|behind|above|run|coach|drive|is) "
    r"(?:the )?"
    rf"((?:St\.? )?[A-Z][a-z'\u00c0-\u017f-]{{2,20}}(?: [A-Z][a-z'-]{{2,20}}){{0,2}} "
    rf"(?:{_INSTITUTIONS}))\b"
)
_SAINT = re.compile(
    r"\b(?:at|to|in|for|from|outside|of) ((?:St|Saint)\.? [A-Z][a-z]{2,15}(?:'s|s)?)\b"
)
# Who would be known by it: the writer or theirs, in the same sentence.
_OF_US = re.compile(
    r"\b(?:I|I'm|[Ii]|we|We|[Mm]y|[Oo]ur|she|he|She|He|his|her|kids?|us|me|[Aa]nyone|you)\b"
)
_CAPITAL_ADDRESS = re.compile(rf"\b\d{{1,4}}[a-z]?,? (?:[A-Z][a-z']{{2,20}} ){{1,2}}(?:{_DOORS})\b")
_PLATE = re.compile(r"\b[A-Z]{2}\d{2} ?[A-Z]{3}\b")
_ONLY_ONE = re.compile(
    r"\b[Tt]he only (?:[\w-]+ ){1,4}(?:in|at|on) (?:the )?([A-Z][a-z\u00c0-\u017f]{3,20}"
    r"(?: [A-Z][a-z]{2,20})?)\b"
)
_SPELLED_MAIL = re.compile(
    r"\b(?:[\w.-]{2,30} (?:underscore|full stop|dot|hyphen|dash) )+[\w.-]{0,30} ?"
    r"(?:at|@|then the at)\b[^.!?\n]{0,40}\b(?:com|co|net|org|uk|ie)\b",
    re.I,
)
_PHONE = re.compile(r"(?<![\w£$€.])\+?\(?\d(?:[ .\-()/]{0,3}\d){6,14}(?![\w%])")
_SPOKEN = re.compile(
    rf"\b(?:{_DIGIT_WORDS})(?:[ ,.\-]{{1,3}}(?:{_DIGIT_WORDS}|\d)){{5,20}}\b", re.I
)
_NAME = re.compile(
    r"\b(?:I'?m|I am|my name is|my name'?s|name'?s|my full name is|my real name is|this is|"
    r"call me|it'?s)[ ,:]{1,2}"
    r"([A-Z][a-z'\u00c0-\u017f]{1,20}(?: [A-Z][a-z]?\.?)? "
    r"(?:Mac|Mc|O'|de |van )?[A-Z][a-z'\u00c0-\u017f-]{2,20})\b"
)
_NAME_OF_ANOTHER = re.compile(
    r"\b[Mm]y (?:ex|boss|teacher|bully|abuser|manager|husband|wife|partner|boyfriend|girlfriend|"
    r"uncle|stepdad|stepmum|neighbour|doctor|therapist|landlord|coach|tutor|cousin|mate|friend)"
    r"(?:,| is| called|'s name is|:)? ?(?:is |called )?"
    r"([A-Z][a-z'\u00c0-\u017f]{1,20} (?:Mac|Mc|O'|de |van )?[A-Z][a-z'\u00c0-\u017f-]{2,20})\b"
)
_NAME_LOWER = re.compile(
    r"\b(?:my full name is|my real name is|my name is|full name'?s) ([a-z']{2,20} [a-z'-]{3,20})\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Detail:
    """Something identifying, at `start` to `end` of the original text."""

    start: int
    end: int
    kind: str


def find_details(text: str, *, everyday: frozenset[str]) -> Iterator[Detail]:
    """Whatever in the text would tell others who or where a member is."""
    told = _telling.of(text)
    if told:
        yield from _shaped(text, told)
    if _TWO_NAMES.search(text):
        for match in (*_NAME.finditer(text), *_NAME_OF_ANOTHER.finditer(text)):
            parts = match[1].lower().replace("'", "").split()
            if not any(part in everyday for part in parts):
                yield Detail(match.start(1), match.end(1), "full name")
        for match in (
            *_TITLED.finditer(text),
            *_KIN_NAMED.finditer(text),
            *_POINTED_OUT.finditer(text),
        ):
            if everyday.isdisjoint(match[1].lower().replace("'", "").replace("-", " ").split()):
                yield Detail(match.start(1), match.end(1), "full name")
    if told & _OF_A_PLACE and _CAPITAL.search(text):
        yield from _places(text, told)
    if told & (_SPELLED | _DOT) and any(map(f" {text.lower()} ".__contains__, _SPELLED_OUT)):
        for match in _SPELLED_MAIL.finditer(text):
            yield Detail(match.start(), match.end(), "e-mail address")
    if told & _NAMED:
        for match in _NAME_LOWER.finditer(text):
            if not everyday.intersection(match[1].lower().split()):
                yield Detail(match.start(1), match.end(1), "full name")


def _shaped(text: str, told: int) -> Iterator[Detail]:
    """What has a shape, and a part without which it cannot be."""
    for kind, needed, pattern in _PATTERNS:
        if told & needed == needed:
            for match in pattern.finditer(text):
                if _is_detail(kind, match[0]):
                    yield Detail(match.start(), match.end(), kind)
    if told >> _DIGITS & 0xFFFFFF >= _DIGITS_OF_A_PHONE:
        for match in _PHONE.finditer(text):
            if _is_phone(match[0]):
                yield Detail(match.start(), match.end(), "phone number")
    # Six digits spoken one by one hold one of these, or are "one, two, one, two ...".
    if told >> _SAID >= _DIGITS_SAID and any(map(f" {text.lower()} ".__contains__, _SPOKEN_OFTEN)):
        for match in _SPOKEN.finditer(text):
            if len(set(match[0].lower().split())) > 2:
                yield Detail(match.start(), match.end(), "phone number")


def _places(text: str, told: int) -> Iterator[Detail]:
    """Schools, wards, workplaces and doors that somebody in the text belongs to."""
    for needed, expression in ((_INSTITUTE, _PLACE), (_SAINTLY, _SAINT)):
        for match in expression.finditer(text) if told & needed else ():
            before = re.split(r"[.!?\n]", text[: match.start()])[-1]
            if _OF_US.search(before):
                yield Detail(match.start(1), match.end(1), "place")
    if told & _DOOR and told & _DIGIT:
        for match in _CAPITAL_ADDRESS.finditer(text):
            yield Detail(match.start(), match.end(), "address")
    if told & _CODE:
        for match in _PLATE.finditer(text):
            yield Detail(match.start(), match.end(), "number plate")
    if told & _ONLY:
        for match in _ONLY_ONE.finditer(text):
            yield Detail(match.start(), match.end(), "place")


_OF_A_PLACE = _INSTITUTE | _SAINTLY | _DOOR | _CODE | _ONLY
_CAPITAL = re.compile(r"[A-Z][A-Za-z]")
# A first name and a family name, an initial perhaps between them.
_TWO_NAMES = re.compile(
    r"[A-Z][a-z'\u00c0-\u017f]+(?:-[A-Z][a-z]+)?(?: [A-Z][a-z]?\.?)? "
    r"(?:Mac|Mc|O'|de |van )?[A-Z][a-z'\u00c0-\u017f-]{2}"
)
_SPELLED_OUT = ("underscore", "full stop", " dot ")
_SPOKEN_OFTEN = (
    "zero", "three", "four", "five", "six", "seven", "eight", "nine", "double", "triple", "treble",
    "nought", "naught", "one two", "two one", "one, two", "oh one", "oh two",
)  # fmt: skip
_DIGITS_OF_A_PHONE = 7
# A spoken number begins with a word, and has five more that are words or digits.
_DIGITS_SAID = 6


def _is_phone(written: str) -> bool:
    digits = re.sub(r"\D", "", written)
    if not 7 <= len(digits) <= 15 or _HELPLINES.match(digits):
        return False
    if re.fullmatch(r"(?:19|20)\d\d[ .\-/]+(?:19|20)\d\d", written.strip("() ")):
        return False  # a pair of years
    if re.fullmatch(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}", written) or len(set(digits)) < 3:
        return False  # a date, or a row of noughts
    separated = re.split(r"\D+", written.strip("+() "))
    if len(digits) < 9 and not (len(separated) >= 2 and len(digits) >= 7):
        return False
    # "1, 2, 3 4 5 6 7" and scores are single digits; telephone numbers come in groups.
    return not (
        len(separated) > 4 and all(len(group) <= 1 for group in separated[:-1]) and len(digits) < 10
    )


def _is_detail(kind: str, found: str) -> bool:
    if kind == "postcode" or kind == "Eircode":
        compact = found.replace(" ", "").upper()
        # A bare "a1 2bc" is too short to tell from chatter.
        return len(compact) >= 5 and not compact.startswith(("GCSE", "PHQ", "GAD"))
    if kind == "handle":
        last = re.split(r"[\s:=@]+", found.strip())[-1].lower()
        return last not in {
            "is",
            "the",
            "a",
            "my",
            "as",
            "so",
            "not",
            "and",
            "full",
            "down",
            "toxic",
            "making",
            "ruining",
            "bad",
            "really",
            "just",
            "always",
            "all",
            "where",
            "what",
            "awful",
            "depressing",
            "fun",
            "great",
        }
    return True
