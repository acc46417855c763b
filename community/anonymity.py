"""
What a text gives away about who somebody is, or how to reach them, before it is posted.

`look` finds it and says why in plain words; it decides nothing. Contact details are never posted
openly: whoever sends them all the same is read by a guide first (S57). It finds what it can and
promises nothing: the screening looks again, and so do people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import phonenumbers
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from phonenumbers import NumberParseException, PhoneNumberType

from commissioning.enums import Country
from risk.operations import details_in


class Kind(models.TextChoices):
    NAME = "name", _("A name")
    PHONE = "phone", _("A phone number")
    EMAIL = "email", _("An e-mail address")
    HANDLE = "handle", _("A name on another site")
    INVITATION = "invitation", _("Talking somewhere else")
    LINK = "link", _("A link")
    ADDRESS = "address", _("An address")
    STUDIES = "studies", _("A place people know you from")
    WORK = "work", _("Where somebody works")
    NUMBER = "number", _("A number that is only yours")


# How somebody can be reached outside. Never posted openly.
CONTACT = frozenset({Kind.PHONE, Kind.EMAIL, Kind.HANDLE, Kind.INVITATION})

_NOBODY_WATCHES = _("Away from here nobody keeps watch, and it can be used to find you.")
# Why it is shown, and what could stand there instead.
WORDS: dict[Kind, tuple[Promise, Promise]] = {
    Kind.NAME: (
        _("A name can tell others who you are, or who somebody else is."),
        _("Try “my friend”, “my sister” or “somebody I know”."),
    ),
    Kind.PHONE: (_NOBODY_WATCHES, _("Leave the number out. People can answer you here.")),
    Kind.EMAIL: (_NOBODY_WATCHES, _("Leave the address out. People can answer you here.")),
    Kind.HANDLE: (_NOBODY_WATCHES, _("Leave it out. People can answer you here.")),
    Kind.INVITATION: (
        _NOBODY_WATCHES,
        _("Try “I am here if you want to write more”."),
    ),
    Kind.LINK: (
        _("A link can lead to who you are, or to a page that is not safe."),
        _("Say in your own words what is there."),
    ),
    Kind.ADDRESS: (
        _("It tells others where you are, or where somebody lives."),
        _("Try “where I live” or “a town near me”."),
    ),
    Kind.STUDIES: (
        _("People who go there too may know that it is you."),
        _("Try “my school”, “my uni” or “the ward”."),
    ),
    Kind.WORK: (
        _("People who work there too may know that it is you."),
        _("Try “a shop”, “an office” or “where I work”."),
    ),
    Kind.NUMBER: (
        _("It belongs to one person, so it can tell who that is."),
        _("Leave the number out."),
    ),
}


class Found(NamedTuple):
    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a text, from ``start`` to ``end``, that gives somebody away."""

    kind: Kind
    start: int
    end: int
    words: str

    @property
    def is_contact(self) -> bool:
        return self.kind in CONTACT

    @property
    def why(self) -> Promise:
        return WORDS[self.kind][0]

    @property
    def instead(self) -> Promise:
        return WORDS[self.kind][1]


def look(text: str, *, alias: str = "") -> list[Finding]:
    """
    What gives somebody away, in the order of the text; nothing overlaps.

    :param alias: what the writer is called here, which gives nothing away
    """
    found = [
        *_shaped(text),
        *_phones(text),
        *_links(text),
        *_names(text),
        *_invitations(text),
        *_workplaces(text),
    ]
    kept: list[Found] = []
    # What leads out of here first, then what is longest: one mark a place.
    for each in sorted(found, key=lambda one: (one.kind not in CONTACT, one.start - one.end)):
        said = text[each.start : each.end].strip().lower()
        if said == alias.lower() or any(
            each.start < other.end and other.start < each.end for other in kept
        ):
            continue
        kept.append(each)
        if len(kept) == FINDINGS_AT_MOST:
            break
    return [
        Finding(*each, words=text[each.start : each.end])
        for each in sorted(kept, key=lambda one: one.start)
    ]


def by_kind(findings: list[Finding]) -> list[tuple[Finding, list[str]]]:
    """One finding of each kind, which says why, with the words of all that are of it."""
    words: dict[Kind, list[str]] = {}
    for each in findings:
        of_kind = words.setdefault(each.kind, [])
        if each.words not in of_kind:
            of_kind.append(each.words)
    first = {each.kind: each for each in reversed(findings)}
    return [(first[kind], said) for kind, said in words.items()]


def pieces_of(text: str, findings: list[Finding]) -> list[tuple[str, Finding | None]]:
    """The text cut where a finding begins and ends, each piece with the finding it is."""
    pieces: list[tuple[str, Finding | None]] = []
    at = 0
    for each in findings:
        pieces += [(text[at : each.start], None), (text[each.start : each.end], each)]
        at = each.end
    return [piece for piece in [*pieces, (text[at:], None)] if piece[0]]


# Enough to show somebody; whoever fills a page with numbers is held by the first.
FINDINGS_AT_MOST = 40

_OF_DETAILS = {
    "full name": Kind.NAME,
    "e-mail address": Kind.EMAIL,
    "link": Kind.HANDLE,
    "handle": Kind.HANDLE,
    "address": Kind.ADDRESS,
    "postcode": Kind.ADDRESS,
    "Eircode": Kind.ADDRESS,
    "national insurance number": Kind.NUMBER,
    "number plate": Kind.NUMBER,
    "place": Kind.STUDIES,
    "phone number": Kind.PHONE,
}
# What has the shape and is none. The screening may err on the side of a person who reads; a page
# that errs tells somebody at their worst hour that they did wrong.
_NONE = {
    # "b4 2am"
    "postcode": re.compile(r"\d ?[ap]m$", re.IGNORECASE),
    # "52 and never used street", "a 3 hour drive"
    "address": re.compile(
        r"\b(?:and|the|of|in|on|to|at|or|an?|my|is|was|hours?|mins?|minutes?|days?|weeks?|months?|"
        r"years?|miles?|away|down|used|small|guys|people|other|more|big|long|short|this|each)\b",
        re.IGNORECASE,
    ),
    # "your tag is busted", "sent her a message on Facebook"
    "handle": re.compile(
        r"^(?!.*\bmy\b)(?:.*\b(?:is|are) [a-z]+\.?$|\w+ (?:as|is|under)[a-z]+$|"
        r"(?!.*\b(?:me|us)\b)(?:message|text|look|search|dm)\b)",
        re.IGNORECASE,
    ),
    "place": re.compile(
        r"^(?:(?:High|Primary|Elementary|Grammar|Infants|Juniors|School|College|Academy|University|"
        r"Uni|Hospital|Surgery|General|Ward)\b ?)+$"
    ),
}


def _shaped(text: str) -> Iterator[Found]:
    """What the screening's own detectors find, but for what only has the shape of it."""
    for detail in details_in(text):
        said = text[detail.start : detail.end]
        none = _NONE.get(detail.kind)
        if none is not None and none.search(said):
            continue
        # Digits are asked about below; only numbers said in words are taken from here.
        if detail.kind == "phone number" and said[-1].isdigit() and not _is_long_enough(said):
            continue
        yield Found(_OF_DETAILS[detail.kind], detail.start, detail.end)


# A digit more than any year, score or order; and what a whole country may call.
_HELPLINE = re.compile(r"(?:44)?0?(?:80[08]|3[034]\d|116|1?800|1300)")


def _is_long_enough(written: str) -> bool:
    digits = "".join(each for each in written if each.isdigit())
    if _HELPLINE.match(digits):
        return False
    return len(digits) >= 10 or (len(digits) == 9 and digits.startswith("0"))


_DIGITS = re.compile(r"\+?\(?\d[\d\s()./\-]{5,24}\d")
# Lines that a whole country may call are help, and belong to nobody.
_ONES_OWN = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.VOIP,
        PhoneNumberType.PAGER,
    }
)
_CANDIDATES_AT_MOST = 20


def _phones(text: str) -> Iterator[Found]:
    for number, candidate in enumerate(_DIGITS.finditer(text)):
        if number == _CANDIDATES_AT_MOST:
            return
        if _is_long_enough(candidate[0]) and any(
            _is_ones_own(candidate[0], country) for country in Country.values
        ):
            yield Found(Kind.PHONE, candidate.start(), candidate.end())


def _is_ones_own(written: str, country: str) -> bool:
    try:
        parsed = phonenumbers.parse(written, country)
    except NumberParseException:
        return False
    return phonenumbers.number_type(parsed) in _ONES_OWN


_LINK = re.compile(r"\b(?:https?://|www\.)[^\s<>\"']{3,300}", re.IGNORECASE)
_HOST = re.compile(r"(?:https?://)?(?:[^\s/@]*@)?([^\s/:?#]+)", re.IGNORECASE)
# Where people meet under a name: a link there is an invitation.
_SOCIAL = (
    "instagram.com", "facebook.com", "fb.com", "fb.me", "tiktok.com", "twitter.com", "x.com",
    "snapchat.com", "discord.gg", "discord.com", "t.me", "telegram.me", "wa.me", "whatsapp.com",
    "linktr.ee", "onlyfans.com", "reddit.com", "tumblr.com", "threads.net", "bsky.app",
    "linkedin.com", "signal.me", "signal.group", "m.me", "kik.me", "twitch.tv", "vk.com",
)  # fmt: skip
# Public services, whose pages lead to nobody.
_PUBLIC = ("nhs.uk", "gov.uk", "samaritans.org", "findahelpline.com", "hse.ie")


def _links(text: str) -> Iterator[Found]:
    for link in _LINK.finditer(text):
        host = _HOST.match(link[0])
        where = host[1].lower().rstrip(".,") if host else ""
        if _is_of(where, _PUBLIC):
            continue
        yield Found(
            Kind.HANDLE if _is_of(where, _SOCIAL) else Kind.LINK,
            link.start(),
            link.start() + len(link[0].rstrip(".,;:!?)")),
        )


def _is_of(host: str, sites: tuple[str, ...]) -> bool:
    return any(host == site or host.endswith(f".{site}") for site in sites)


_FIRST_NAMES = frozenset(
    (Path(__file__).parent / "first_names.txt").read_text(encoding="utf-8").split()
)
_GIVEN = r"([A-Z][a-zà-öø-ÿ'’]{1,20}(?: [A-Z][a-zA-Zà-öø-ÿ'’-]{1,20})?)"
# After these a capital is a name, whatever the name.
_SAID_TO_BE = re.compile(
    r"\b(?:[Mm]y|[Hh]is|[Hh]er|[Tt]heir)(?: real| first| full| actual)? name(?:['’]s| is| was)"
    rf"[ :]{{1,2}}{_GIVEN}"
)
# After these it is one if it is a name that many have.
_MAY_BE = re.compile(
    r"\b(?:I['’]?m|I am|[Tt]his is|[Cc]all me|[Ss]igned,?|[Ll]ove from|"
    r"[Mm]y (?:\w{1,12} ){0,2}?"
    r"(?:friend|mate|bestie|boyfriend|girlfriend|bf|gf|husband|wife|partner|ex|fianc[eé]e?|son|"
    r"daughter|brother|sister|cousin|uncle|aunt|auntie|boss|manager|colleague|teacher|tutor|"
    r"therapist|counsellor|doctor|nurse|flatmate|housemate|roommate|neighbour|neighbor|baby|"
    r"stepdad|stepmum|twin|nan|gran|dog walker|social worker),?(?: called| named| is)?),? "
    rf"{_GIVEN}"
)


def _names(text: str) -> Iterator[Found]:
    for said in _SAID_TO_BE.finditer(text):
        yield Found(Kind.NAME, said.start(1), said.end(1))
    for said in _MAY_BE.finditer(text):
        first, _blank, last = said[1].partition(" ")
        plain = first.replace("’", "'").removesuffix("'s").removesuffix("'")
        if plain not in _FIRST_NAMES:
            continue
        # "My friend Anna I met" ends at Anna.
        is_whole = last and last not in {"I", "And", "But", "So"}
        end = said.end(1) if is_whole else said.start(1) + len(plain)
        yield Found(Kind.NAME, said.start(1), end)


_ELSEWHERE = (
    r"(?:insta(?:gram)?|ig|snap(?:chat)?|discord|telegram|tiktok|twitter|facebook|fb|messenger|"
    r"kik|skype|whats ?app|signal|viber|wechat|zoom|face ?time)"
)
_INVITING = re.compile(
    r"\b(?:"
    rf"(?:dm|pm|d\.m\.|inbox|snap|whats ?app|face ?time|facebook|skype) me\b"
    rf"|(?:add|find|follow|text|call|ring|hit|hmu|message|msg) (?:me|us)(?: up)? "
    rf"(?:on|at|over|via) "
    rf"(?:my )?(?:{_ELSEWHERE}|phone|mobile|number|cell)\b"
    rf"|(?:what(?:['’]?s| is)|send(?: me)?|drop(?: me)?|give me|gimme|swap|share|pm me|dm me) "
    rf"(?:your|ur|yr|you)(?: \w{{1,8}})? ?(?:{_ELSEWHERE}|number|phone|mobile|e-?mail|socials?|"
    rf"user ?name|handle|@)\b"
    rf"|(?:swap|exchange|trade) (?:numbers|socials|e-?mails|instas?|snaps?|details)\b"
    rf"|(?:do|have|d) (?:you|u|ya) (?:have|got|use) (?:an? )?{_ELSEWHERE}\b"
    rf"|(?:let['’]?s|lets|can we|could we|we could|we can|shall we|wanna|want to|you can|u can) "
    rf"(?:\w{{1,10}} ){{0,2}}?(?:talk|chat|speak|message|text|call|move|carry on)"
    rf"(?: \w{{1,10}}){{0,3}}? (?:on|over|via|to) {_ELSEWHERE}\b"
    rf"|(?:let['’]?s|lets|can we|could we|we could|shall we|wanna|do you want to|d['’]?you wanna) "
    rf"(?:meet up|meet in person|meet irl|meet for real|meet face to face)\b"
    rf")",
    re.IGNORECASE,
)


def _invitations(text: str) -> Iterator[Found]:
    for said in _INVITING.finditer(text):
        yield Found(Kind.INVITATION, said.start(), said.end())


_EMPLOYER = r"((?:[A-Z][\w&'’]{1,20})(?: (?:&|and|of|[A-Z][\w&'’]{1,20})){0,3}(?<! and)(?<! of))"
_WORKING = re.compile(
    r"\b(?:(?:I|I['’]ve|I['’]m|we|she|he|been|am|still|started) (?:\w{1,10} )?"
    r"work(?:s|ed|ing)? (?:\w{2,10}[- ]time )?(?:at|for)|"
    r"(?:job|boss|manager|shifts?|colleagues?|interview|apprenticeship|placement) (?:at|from)|"
    r"(?:sacked|fired|employed|hired) by) (?:the )?"
    rf"{_EMPLOYER}"
)
_WELL_KNOWN = (
    "tesco|asda|sainsbury['’]?s|morrisons|aldi|lidl|waitrose|co-?op|greggs|boots|primark|ikea|"
    "costa|starbucks|mcdonald['’]?s|kfc|subway|wetherspoons?|spoons|royal mail|amazon|deliveroo|"
    "uber|b&q|screwfix|superdrug|wilko|poundland|argos|currys|dunnes|supervalu|walmart|costco|"
    "tim hortons|woolworths|coles|kmart|bunnings|countdown"
)
_WORKING_KNOWN = re.compile(
    rf"\b(?:work(?:s|ed|ing)? (?:\w{{2,10}}[- ]time )?(?:at|for|in)|(?:job|shifts?) (?:at|in)|"
    rf"(?:boss|manager) at) (?:the )?({_WELL_KNOWN})\b",
    re.IGNORECASE,
)
# So large, or so little of a place, that they give nobody away.
_NO_EMPLOYER = frozenset(
    [
        "NHS", "Army", "Navy", "RAF", "IT", "HR", "AI", "I", "A", "The", "My", "His", "Her",
        "Christmas", "Easter", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
        "Sunday", "January", "February", "March", "April", "May", "June", "July", "August",
        "September", "October", "November", "December", "ADHD", "OCD", "PTSD", "London", "Hell",
        "God", "Jesus", "Mum", "Dad", "GCSE", "GP",
    ]
)  # fmt: skip


def _workplaces(text: str) -> Iterator[Found]:
    for said in _WORKING.finditer(text):
        if said[1].split()[0] not in _NO_EMPLOYER:
            yield Found(Kind.WORK, said.start(1), said.end(1))
    for said in _WORKING_KNOWN.finditer(text):
        yield Found(Kind.WORK, said.start(1), said.end(1))
