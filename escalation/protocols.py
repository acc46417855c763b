"""
Writing a protocol down, and agreeing it.

A draft is the operator's. Offered, it rests until the commissioner's lead agrees, and
then it is in force for good: who wants something else starts the next version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Administrator, CommissioningLead
from audit.operations import record
from commissioning.models import Commissioner, Locality
from escalation.enums import When
from escalation.hours import DAYS_IN_FULL, WeekHours, stretches
from escalation.models import Protocol, ProtocolStep

# The commissioner and the locality; without either, everywhere.
Place = tuple[int | None, int | None]


class StepFields(TypedDict):
    """What an administrator writes of a step; its position is its place in the list."""

    when: str
    hours: str
    contact: str
    contact_details: str
    action: str
    plain_words: str
    minutes_to_next: int


class Refused(Exception):
    """The protocol is not as whoever acted believed; the sentence says how it is."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotADraft(Refused):
    def __init__(self, protocol: Protocol) -> None:
        how = "agreed, and agreed versions never change" if protocol.is_agreed else "offered"
        super().__init__(f"Version {protocol.version} is {how}.")


class NotOffered(Refused):
    def __init__(self, protocol: Protocol) -> None:
        how = "agreed already" if protocol.is_agreed else "a draft: it is not offered"
        super().__init__(f"Version {protocol.version} is {how}.")


class ChangedMeanwhile(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Somebody has changed this version since you opened it. Read it again first."
        )


class UnderWay(Refused):
    """There is a version that is not agreed yet; two at once would be confusing."""

    def __init__(self, protocol: Protocol) -> None:
        super().__init__(f"Version {protocol.version} is under way already. Here it is.")
        self.protocol = protocol


def start_draft(
    *,
    commissioner: Commissioner | None,
    locality: Locality | None,
    by: Administrator,
    at: datetime,
) -> Protocol:
    """
    Begin the next version for a place, as a copy of what is in force there now.

    Without a locality it is for every locality of the commissioner; without either, it
    is the operator's own, for everywhere that has agreed on nothing else.

    :raises UnderWay: carrying the version that is not agreed yet
    """
    if locality is not None and locality.commissioner_id != (commissioner and commissioner.pk):
        raise ValidationError("This locality belongs to another commissioner.")
    newest = Protocol.objects.of_place(commissioner, locality).first()
    if newest is not None and not newest.is_agreed:
        raise UnderWay(newest)
    model = newest or _in_force_around(commissioner, locality)
    try:
        with transaction.atomic():
            draft = Protocol.objects.create(
                commissioner=commissioner,
                locality=locality,
                version=newest.version + 1 if newest else 1,
                introduction=model.introduction if model else "",
                office_hours=model.office_hours if model else "",
                created_at=at,
            )
            _write_steps(draft, [_fields_of(step) for step in model.steps.all()] if model else [])
            _record(draft, by=f"admin:{by.pk}", verb="start protocol", at=at)
    except IntegrityError:
        # Somebody else started the same version in the same instant.
        raise UnderWay(Protocol.objects.of_place(commissioner, locality)[0]) from None
    return draft


def save_draft(
    *,
    protocol: Protocol,
    introduction: str,
    office_hours: str,
    steps: Sequence[StepFields],
    seen: str | None = None,
    by: Administrator,
    at: datetime,
) -> Protocol:
    """
    Put a draft's words and steps in place of what it had.

    ``seen`` is the mark (`mark_of`) of what was on the page when the writing began.

    :raises NotADraft: once it is offered or agreed
    :raises ChangedMeanwhile: if somebody else has saved it since ``seen``
    """
    with transaction.atomic():
        draft = _taken_draft(protocol)
        if seen is not None and seen != mark_of(draft):
            raise ChangedMeanwhile
        draft.introduction, draft.office_hours = introduction, office_hours
        draft.save(update_fields=["introduction", "office_hours"])
        draft.steps.all().delete()
        _write_steps(draft, steps)
        _record(draft, by=f"admin:{by.pk}", verb="save protocol", at=at)
    return draft


def offer_protocol(*, protocol: Protocol, by: Administrator, at: datetime) -> Protocol:
    """
    Agree to a draft for the operator, and offer it to the commissioner.

    The operator's own protocol, which has no commissioner, is in force from here on.

    :raises ValidationError: unless at every hour of the week there is a step to take
    :raises NotADraft: once it is offered or agreed
    """
    with transaction.atomic():
        draft = _taken_draft(protocol)
        check_every_hour(draft)
        draft.operator_agreed_by, draft.operator_agreed_at = by.user, at
        if draft.commissioner_id is None:
            draft.agreed_at = at
        draft.save(update_fields=["operator_agreed_by", "operator_agreed_at", "agreed_at"])
        _record(draft, by=f"admin:{by.pk}", verb="offer protocol", at=at)
    return draft


def agree_protocol(
    *, protocol: Protocol, by: CommissioningLead, seen: str | None = None, at: datetime
) -> Protocol:
    """
    Agree to an offered version for the commissioner: it is in force from here on.

    ``seen`` is the mark of what the lead has read, so that nobody agrees to other words.

    :raises Protocol.DoesNotExist: if it is not this lead's to agree
    :raises NotOffered: if it was withdrawn, or agreed before
    :raises ChangedMeanwhile: if it was withdrawn, changed and offered anew since ``seen``
    """
    with transaction.atomic():
        offered = _taken(protocol)
        if offered.commissioner_id != by.commissioner_id:
            raise Protocol.DoesNotExist
        if not offered.is_offered:
            raise NotOffered(offered)
        if seen is not None and seen != mark_of(offered):
            raise ChangedMeanwhile
        offered.commissioner_agreed_by, offered.commissioner_agreed_at = by.user, at
        offered.agreed_at = at
        offered.save(
            update_fields=["commissioner_agreed_by", "commissioner_agreed_at", "agreed_at"]
        )
        _record(offered, by=f"lead:{by.pk}", verb="agree protocol", at=at)
    return offered


def withdraw_offer(*, protocol: Protocol, by: Administrator, at: datetime) -> Protocol:
    """
    Take back an offer that is not agreed yet. The version is a draft again.

    :raises NotOffered: if there is no offer, or the commissioner has agreed to it
    """
    with transaction.atomic():
        offered = _taken(protocol)
        if not offered.is_offered:
            raise NotOffered(offered)
        offered.operator_agreed_by = offered.operator_agreed_at = None
        offered.save(update_fields=["operator_agreed_by", "operator_agreed_at"])
        _record(offered, by=f"admin:{by.pk}", verb="withdraw protocol", at=at)
    return offered


def check_every_hour(protocol: Protocol) -> None:
    """:raises ValidationError: naming the first hour of the week without a step to take"""
    steps = list(protocol.steps.all())
    if not steps:
        raise ValidationError("There is no step yet. Write down at least one.", code="no_step")
    if not protocol.introduction.strip():
        raise ValidationError("Say first, in plain words, what this is for.", code="no_words")
    gap = next(
        (
            moment
            for moment, in_hours in _week_of(protocol, steps)
            if not any(step.applies(moment, in_hours=in_hours) for step in steps)
        ),
        None,
    )
    if gap is not None:
        hour = f"{DAYS_IN_FULL[gap.weekday()]} {gap:%H:%M}"
        raise ValidationError(
            f"Nobody is named from {hour} on. Every hour of the week needs at least one step.",
            code="gap",
        )


def newest_agreed(protocols: Iterable[Protocol]) -> dict[Place, Protocol]:
    """For each place that has one of its own, the version that is in force there."""
    agreed = sorted((each for each in protocols if each.is_agreed), key=lambda each: each.version)
    return {(each.commissioner_id, each.locality_id): each for each in agreed}


def nearest(in_force: dict[Place, Protocol], locality: Locality) -> Protocol | None:
    """As `in_force_for`, of what was read already: for pages that show many localities."""
    places: list[Place] = [
        (locality.commissioner_id, locality.pk),
        (locality.commissioner_id, None),
        (None, None),
    ]
    return next((in_force[place] for place in places if place in in_force), None)


def steps_by_hours(protocol: Protocol) -> tuple[list[ProtocolStep], list[ProtocolStep]]:
    """The steps that are ever taken in hours, and those ever taken out of hours, in order."""
    steps = list(protocol.steps.all())
    in_hours: set[int] = set()
    out_of_hours: set[int] = set()
    for moment, is_in_hours in _week_of(protocol, steps):
        applied = (step.pk for step in steps if step.applies(moment, in_hours=is_in_hours))
        (in_hours if is_in_hours else out_of_hours).update(applied)
    return (
        [step for step in steps if step.pk in in_hours],
        [step for step in steps if step.pk in out_of_hours],
    )


def readings(protocol: Protocol) -> dict[str, Any]:
    """A protocol as its pages show it: what is done in hours, and what out of hours."""
    in_hours, out_of_hours = steps_by_hours(protocol)
    return {
        "in_hours": in_hours,
        "out_of_hours": out_of_hours,
        "the_same_at_any_hour": in_hours == out_of_hours,
        "office_hours_in_words": WeekHours.parse(protocol.office_hours).in_words(),
    }


def mark_of(protocol: Protocol) -> str:
    """A short mark of every word of a version: another mark, another text."""
    words = [protocol.introduction, protocol.office_hours]
    words += [json.dumps(_fields_of(step), sort_keys=True) for step in protocol.steps.all()]
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:16]


def _week_of(protocol: Protocol, steps: Iterable[ProtocolStep]) -> Iterable[tuple[datetime, bool]]:
    """Each stretch of the week in which the same steps are taken, and whether in hours."""
    office = WeekHours.parse(protocol.office_hours)
    own = [WeekHours.parse(step.hours) for step in steps if step.when == When.AT_THESE_HOURS]
    return [(moment, office.include(moment)) for moment in stretches(office, *own)]


def _in_force_around(
    commissioner: Commissioner | None, locality: Locality | None
) -> Protocol | None:
    """What holds for a place that has no protocol of its own yet."""
    if locality is not None:
        return Protocol.objects.in_force_for(locality)
    return Protocol.objects.agreed().of_place(None, None).first() if commissioner else None


def _taken(protocol: Protocol) -> Protocol:
    """The protocol as it is now, its row taken until the transaction ends."""
    return Protocol.objects.select_for_update().get(pk=protocol.pk)


def _taken_draft(protocol: Protocol) -> Protocol:
    draft = _taken(protocol)
    if draft.is_agreed or draft.is_offered:
        raise NotADraft(draft)
    return draft


def _fields_of(step: ProtocolStep) -> StepFields:
    return {
        "when": step.when,
        "hours": step.hours,
        "contact": step.contact,
        "contact_details": step.contact_details,
        "action": step.action,
        "plain_words": step.plain_words,
        "minutes_to_next": step.minutes_to_next,
    }


def _write_steps(draft: Protocol, steps: Iterable[StepFields]) -> None:
    ProtocolStep.objects.bulk_create(
        ProtocolStep(protocol=draft, position=position, **fields)
        for position, fields in enumerate(steps, start=1)
    )


def _record(protocol: Protocol, *, by: str, verb: str, at: datetime) -> None:
    # The mark ties the entry to the very words that were saved, offered or agreed.
    record(
        actor=by, verb=verb, subject=f"protocol:{protocol.pk}", at=at,
        detail={"version": protocol.version, "mark": mark_of(protocol)},
    )  # fmt: skip
