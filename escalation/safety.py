"""How the house is, in seconds: what /safety, the desk's strip and the sentinel's audit say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, Min, OuterRef, Q

from community.models import Appeal, HandOver, Post, Reply, Report
from conversations.models import Conversation, Line
from escalation.models import Case, Heartbeat
from measures.models import Goal
from risk.enums import ScreeningState, Urgency
from risk.models import Alert, ModelRelease, Screening, TermTrouble

# A person is told when a figure passes these. Beat only sweeps what the sentinel would
# find anyway (F18), so its age is reported and breaks no promise.
UNSCREENED_LIMIT = timedelta(seconds=60)
# One canary a minute, each seen within half of the next: two minutes without one means that
# somebody must be told (F22).
CANARY_LIMIT = timedelta(seconds=120)
SENTINEL_LIMIT = timedelta(seconds=20)
# How late a next action may be: the sentinel looks every 5 s, and moves it within 15.
ACTION_GRACE = timedelta(seconds=15)
TERMS_LEFT_OUT = "Our own terms cannot be used: posts are read with the shipped ones alone."
MODEL_IS_DAMAGED = "The champion model is damaged: the shipped one reads instead."


@dataclass(frozen=True)
class SafetyFigures:
    """Ages in seconds; None where there is nothing to have an age."""

    oldest_unscreened: float | None
    oldest_unacknowledged: float | None
    unacknowledged_is_late: bool
    canary: float | None
    sentinel: float | None
    beat: float | None
    terms_in_use: bool = True
    model_is_damaged: bool = False

    @property
    def problems(self) -> list[str]:
        """What is wrong, one plain sentence each; empty when all is well."""
        sentences = []
        if _over(self.oldest_unscreened, UNSCREENED_LIMIT):
            sentences.append("Screening is behind: something waits unread by the machine.")
        if self.unacknowledged_is_late:
            sentences.append("An alert is past its time and nobody has taken it up.")
        if self.sentinel is None or _over(self.sentinel, SENTINEL_LIMIT):
            sentences.append("The sentinel is silent: late alerts do not move up by themselves.")
        if self.canary is None or _over(self.canary, CANARY_LIMIT):
            sentences.append("The test post has not come through: posts may not be screened.")
        if not self.terms_in_use:
            sentences.append(TERMS_LEFT_OUT)
        if self.model_is_damaged:
            sentences.append(MODEL_IS_DAMAGED)
        return sentences

    @property
    def all_well(self) -> bool:
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        return {
            "all_well": self.all_well,
            "problems": self.problems,
            "oldest_unscreened_seconds": self.oldest_unscreened,
            "oldest_unacknowledged_seconds": self.oldest_unacknowledged,
            "canary_age_seconds": self.canary,
            "sentinel_age_seconds": self.sentinel,
            "beat_age_seconds": self.beat,
            "terms_in_use": self.terms_in_use,
        }


def safety_figures(*, now: datetime) -> SafetyFigures:
    beats = dict(Heartbeat.objects.values_list("name", "at"))
    unacknowledged = Alert.objects.unacknowledged().filter(locality__is_hidden=False)
    alerts = unacknowledged.aggregate(raised=Min("raised_at"), due=Min("due_at"))
    return SafetyFigures(
        oldest_unscreened=_age(oldest_unscreened(), now),
        oldest_unacknowledged=_age(alerts["raised"], now),
        unacknowledged_is_late=alerts["due"] is not None and alerts["due"] <= now,
        canary=_age(beats.get("canary"), now),
        sentinel=_age(beats.get("sentinel"), now),
        beat=_age(beats.get("beat"), now),
        terms_in_use=terms_in_use(),
        model_is_damaged=ModelRelease.objects.damaged_in_use().exists(),
    )


def terms_in_use() -> bool:
    """Whether no worker has had to leave the operator's own terms out, as they are now."""
    return not TermTrouble.objects.current().exists()


def oldest_unscreened() -> datetime | None:
    oldest: datetime | None = Screening.objects.pending().aggregate(at=Min("requested_at"))["at"]
    return oldest


def beat(name: str, *, at: datetime) -> None:
    """Say that a part of the house is alive: "sentinel", "beat" or "canary"."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at})


def unaudited(*, now: datetime) -> list[str]:
    """
    Whatever breaks a promise, one sentence each. Empty is what "clean" means.

    No window and no age limit: something forgotten is not less forgotten for being old.
    """
    found = []
    for model in (Post, Reply, Goal, Line, HandOver, Report, Appeal):
        if count := unscreened_writing(model).count():
            found.append(f"{count} {model._meta.verbose_name_plural} without a screening.")
    if count := worrying_without_alert().count():
        found.append(f"{count} worrying screenings that never became an alert.")
    overdue = Alert.objects.due_for_action(now=now - ACTION_GRACE)
    if count := overdue.filter(locality__is_hidden=False).count():
        found.append(f"{count} alerts whose next action did not happen.")
    waiting = Conversation.objects.due_for_action(now=now - ACTION_GRACE)
    if count := waiting.count():
        found.append(f"{count} conversations whose next action did not happen.")
    if count := Case.objects.late(now=now - ACTION_GRACE).count():
        found.append(f"{count} cases whose late step did not move up.")
    if count := Screening.objects.waiting_since(now - 2 * UNSCREENED_LIMIT).count():
        found.append(f"{count} screenings that neither a machine nor a person has got.")
    return found


def unscreened_writing(
    model: type[Post]
    | type[Reply]
    | type[Goal]
    | type[Line]
    | type[HandOver]
    | type[Report]
    | type[Appeal],
) -> models.QuerySet[Any]:
    """Accepted writing of members, any revision of which nobody was asked to screen."""
    asked = Screening.objects.filter(
        subject_type=ContentType.objects.get_for_model(model),
        subject_id=OuterRef("pk"),
        # Lines stand as they were sent.
        revision=1 if model is Line else OuterRef("revision"),
    )
    written: models.QuerySet[Any] = model._default_manager.filter(
        ~Exists(asked), Q(author__isnull=False)
    )
    # A thread may be handed over without a word, and a report made: nothing to screen then.
    return written.exclude(revision=0) if model in (HandOver, Report) else written


def worrying_without_alert() -> models.QuerySet[Screening]:
    """Readings that should have asked a person, about a subject nobody was ever asked about."""
    asked = Alert.objects.filter(
        subject_type=OuterRef("subject_type"), subject_id=OuterRef("subject_id")
    )
    worrying = Q(urgency__gt=Urgency.GREEN) | Q(state=ScreeningState.LEFT_TO_A_PERSON)
    return Screening.objects.filter(worrying, ~Exists(asked))


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else round((now - moment).total_seconds(), 1)


def _over(age: float | None, limit: timedelta) -> bool:
    return age is not None and age > limit.total_seconds()
