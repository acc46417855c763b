"""
Who helps when words are heavy: two or three lines, with their hours, for where a member lives.

The countries' own lines are those of the crisis page; an operator's clinician checks both. What a
locality has of its own comes first (`commissioning.Signpost`).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from commissioning.enums import Country
from commissioning.models import Signpost
from community.models import Post, Reply
from risk.enums import Category, Urgency
from risk.operations import reading_of

AT_MOST = 3
# Of these a person should know whom to call, however softly they are said.
HEAVY = frozenset({Category.SUICIDE, Category.SELF_HARM, Category.ABUSE_SAFEGUARDING})


@dataclass(frozen=True)
class Line:
    """Somebody to call or write to: what the link says, where it leads, who answers, and when."""

    call: Promise | str
    href: str
    who: Promise | str
    hours: Promise | str


_ANY_TIME = _("Open day and night.")
_SAMARITANS = Line(_("Call 116 123"), "tel:116123", _("Samaritans. Free."), _ANY_TIME)
_LIFELINE = (
    Line(_("Call 988"), "tel:988", _("Lifeline. Free."), _ANY_TIME),
    Line(_("Text 988"), "sms:988", _("Lifeline, by text. Free."), _ANY_TIME),
)
OF_COUNTRY: dict[str, tuple[Line, ...]] = {
    Country.GB: (
        _SAMARITANS,
        Line(_("Text SHOUT to 85258"), "sms:85258?&body=SHOUT", _("Shout. Free."), _ANY_TIME),
        Line(_("Call 111, choose option 2"), "tel:111", _("NHS mental health help."), _ANY_TIME),
    ),
    Country.IE: (
        _SAMARITANS,
        Line(_("Text HELLO to 50808"), "sms:50808?&body=HELLO", _("Free."), _ANY_TIME),
    ),
    Country.US: _LIFELINE,
    Country.CA: _LIFELINE,
    Country.AU: (Line(_("Call 13 11 14"), "tel:131114", _("Lifeline."), _ANY_TIME),),
    Country.NZ: (
        Line(_("Call 1737"), "tel:1737", _("Free."), _ANY_TIME),
        Line(_("Text 1737"), "sms:1737", _("Free, by text."), _ANY_TIME),
    ),
}


def signposts_for(member: Member) -> list[Line]:
    """At most three, and always one of them a line that answers day and night."""
    everywhere = OF_COUNTRY[member.locality.country]
    of_here = [
        Line(
            _("Call %(number)s") % {"number": each.phone}, f"tel:{each.dialled}", each.name,
            each.hours,
        )
        for each in Signpost.objects.filter(locality_id=member.locality_id)[: AT_MOST - 1]
    ]  # fmt: skip
    return [*of_here, *everywhere][: max(AT_MOST, len(of_here) + 1)]


def is_heavy(writing: Post | Reply) -> bool:
    """Whether its writer should meet help first. It changes nothing about what they wrote."""
    urgency, categories = reading_of(subject=writing, revision=writing.revision, text=writing.body)
    return urgency >= Urgency.RED or (urgency >= Urgency.AMBER and bool(HEAVY & categories))
