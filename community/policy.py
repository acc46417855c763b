"""
What becomes of writing that the screening reads so or so, until a guide has looked.

Each commissioner decides by class: it stays, is folded under a note, or is held back. Applied by
looking for what was screened and not yet decided, so that it hangs on no other process: Celery's
beat looks, and so does the sentinel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import Administrator, Member, WallGuide
from audit.operations import record
from commissioning.models import Commissioner
from community.desk_enums import RiskClass, Treatment
from community.enums import ContentNote, HeldBecause
from community.models import Act, PolicyStep, Post, Reply, WallPolicy
from community.operations import hold_back, name_of
from live.pokes import poke_localities
from notifications.enums import Kind
from notifications.operations import tell
from risk.enums import Category, ScreeningState, Urgency
from risk.models import Screening
from risk.operations import (
    has_contact_details,
    speaks_of_a_method,
    text_speaks_of_a_method,
)

# What is older than this was on the wall before anybody could have decided otherwise.
LOOKS_BACK = timedelta(days=1)
BATCH = 100

# The house's own, where a commissioner has decided nothing: publish at once, but for what spreads
# and what leads to a person.
DEFAULT: Mapping[RiskClass, Treatment] = {
    RiskClass.METHOD_DETAIL: Treatment.HOLD,
    RiskClass.CONTACT_DETAILS: Treatment.HOLD,
    RiskClass.CRISIS: Treatment.PUBLISH,
    RiskClass.RED: Treatment.PUBLISH,
    RiskClass.HOSTILITY: Treatment.PUBLISH,
    RiskClass.AMBER: Treatment.PUBLISH,
}
_WEIGHT = {Treatment.PUBLISH: 0, Treatment.FOLD: 1, Treatment.HOLD: 2}
_HELD_BECAUSE = {
    RiskClass.METHOD_DETAIL: HeldBecause.METHOD_DETAIL,
    RiskClass.CONTACT_DETAILS: HeldBecause.CONTACT_DETAILS,
}
_NOTES = {
    Category.SUICIDE: ContentNote.SUICIDE,
    Category.SELF_HARM: ContentNote.SELF_HARM,
    Category.HARM_TO_OTHERS: ContentNote.VIOLENCE,
    Category.ABUSE_SAFEGUARDING: ContentNote.ABUSE,
    Category.EATING_DISORDER: ContentNote.EATING,
    Category.SUBSTANCE: ContentNote.ALCOHOL_DRUGS,
}


class ChangedMeanwhile(Exception):
    """Another administrator has set a version since this one was shown."""


@dataclass(frozen=True)
class Policy:
    """What one commissioner has decided; version 0 is the house's own."""

    version: int
    treatments: Mapping[RiskClass, Treatment]

    def rows(self) -> list[tuple[RiskClass, Treatment]]:
        return [(each, self.treatments[each]) for each in RiskClass]

    def of(self, classes: set[RiskClass]) -> tuple[RiskClass, Treatment] | None:
        """The heaviest treatment that these classes ask for, and for which; None: it stays."""
        asked = [(each, self.treatments[each]) for each in RiskClass if each in classes]
        heaviest = max(asked, key=lambda pair: _WEIGHT[pair[1]], default=None)
        return heaviest if heaviest and heaviest[1] != Treatment.PUBLISH else None


def policy_of(commissioner_id: int) -> Policy:
    """What is in force for a commissioner's people."""
    newest = WallPolicy.objects.filter(commissioner=commissioner_id).order_by("-version").first()
    return Policy(0, DEFAULT) if newest is None else as_policy(newest)


def versions_of(commissioner_id: int) -> list[WallPolicy]:
    """Every policy they have had, newest first, each with who set it."""
    newest_first = WallPolicy.objects.filter(commissioner_id=commissioner_id).order_by("-version")
    return list(newest_first.select_related("set_by"))


def as_policy(row: WallPolicy) -> Policy:
    return Policy(row.version, {each: Treatment(getattr(row, each.value)) for each in RiskClass})


@transaction.atomic
def set_policy(
    *, commissioner: Commissioner, treatments: Mapping[RiskClass, Treatment], note: str,
    by: Administrator, expected_version: int, at: datetime,
) -> WallPolicy:  # fmt: skip
    """
    A new version for a commissioner's people. It is for what is written from now on.

    :raises ChangedMeanwhile: if ``expected_version`` is not the one in force any more
    """
    Commissioner.objects.select_for_update().get(pk=commissioner.pk)
    before = policy_of(commissioner.pk)
    if before.version != expected_version:
        raise ChangedMeanwhile
    kept = WallPolicy.objects.create(
        commissioner=commissioner, version=before.version + 1, note=note, set_by=by, set_at=at,
        **{each.value: treatments[each] for each in RiskClass},
    )  # fmt: skip
    record(
        actor=f"admin:{by.pk}", verb="set wall policy", subject=f"commissioner:{commissioner.pk}",
        at=at, detail={"version": kept.version},
    )  # fmt: skip
    return kept


def classes_of(screening: Screening) -> set[RiskClass]:
    """What a reading found, as commissioners decide about it."""
    found = set()
    urgency = Urgency(screening.urgency or Urgency.GREEN)
    if urgency != Urgency.GREEN:
        found.add(RiskClass[urgency.name])
    if speaks_of_a_method(screening):
        found.add(RiskClass.METHOD_DETAIL)
    if has_contact_details(screening):
        found.add(RiskClass.CONTACT_DETAILS)
    if Category.HOSTILITY_BULLYING.value in screening.categories:
        found.add(RiskClass.HOSTILITY)
    return found


def hold_for(*, author: Member, body: str) -> HeldBecause | None:
    """
    Whether these words should wait for a guide before anybody reads them, known at once.

    Only what spreads is looked for here; the rest is decided once the words are screened, a
    moment later. It costs no query where nothing of it stands in them.
    """
    if not text_speaks_of_a_method(body):
        return None
    policy = policy_of(author.locality.commissioner_id)
    if policy.treatments[RiskClass.METHOD_DETAIL] != Treatment.HOLD:
        return None
    return HeldBecause.METHOD_DETAIL


def apply_due(*, now: datetime) -> int:
    """
    Fold or hold what was screened and asks for it, and say how much. Safe to run at any time.

    What a guide has decided since it was written is left as they decided.
    """
    changed = 0
    with transaction.atomic():
        for screening in _due(now=now):
            writing = screening.subject
            if isinstance(writing, Post | Reply):
                changed += _apply(screening, writing, now=now)
    return changed


def unseen(guide: WallGuide) -> list[PolicyStep]:
    """What the house folded by itself and no guide has looked at, oldest first."""
    waiting = PolicyStep.objects.filter(
        treatment=Treatment.FOLD, looked_at=None, author__locality__in=guide.covers.all()
    )
    return list(waiting.select_related("post", "reply__post", "author", "screening").order_by("at"))


def _due(*, now: datetime) -> list[Screening]:
    applied = PolicyStep.objects.filter(screening=OuterRef("pk"))
    on_the_wall = ContentType.objects.get_for_models(Post, Reply).values()
    due = Screening.objects.filter(
        ~Exists(applied),
        state=ScreeningState.SCREENED,
        screened_at__gt=now - LOOKS_BACK,
        urgency__gt=Urgency.GREEN,
        subject_type__in=on_the_wall,
        locality__is_hidden=False,
    ).select_related("locality", "author")
    # Two who look at once share the work.
    rows = due.order_by("screened_at").select_for_update(of=("self",), skip_locked=True)
    return list(rows[:BATCH])


def _apply(screening: Screening, writing: Post | Reply, *, now: datetime) -> bool:
    """Whether something was folded or held. That there was nothing to do is written down too."""
    # An older version's reading says nothing of the words as they are; the newest has its own.
    is_newest = screening.revision == writing.revision
    policy = policy_of(screening.locality.commissioner_id)
    asked = policy.of(classes_of(screening)) if is_newest else None
    place = {type(writing).__name__.lower(): writing}
    decided = Act.objects.filter(**place, at__gte=screening.requested_at).exists()
    did = Treatment.PUBLISH
    because = asked[0] if asked else RiskClass[Urgency(screening.urgency or 1).name]
    if asked and not decided:
        if asked[1] == Treatment.HOLD and writing.is_visible:
            held_because = _HELD_BECAUSE.get(because, HeldBecause.POLICY)
            if hold_back(writing=writing, because=held_because, at=now):
                did = Treatment.HOLD
        elif asked[1] == Treatment.FOLD and writing.is_visible and not writing.content_note:
            _fold(screening, writing, now=now)
            did = Treatment.FOLD
    _step, is_new = PolicyStep.objects.get_or_create(
        screening=screening,
        defaults={
            **place, "author": screening.author, "because": because, "treatment": did,
            "policy_version": policy.version, "at": now,
        },
    )  # fmt: skip
    if did == Treatment.PUBLISH or not is_new:
        return False
    thread = writing.post if isinstance(writing, Reply) else writing
    tell(
        member=screening.author, kind=Kind.DECISION, at=now, url_name="community:thread",
        args=[thread.public_id], about=f"step:{screening.pk}",
    )  # fmt: skip
    poke_localities([screening.locality_id])
    return True


def _fold(screening: Screening, writing: Post | Reply, *, now: datetime) -> None:
    about = [_NOTES[each] for each in map(Category, screening.categories) if each in _NOTES]
    note = about[0] if about else ContentNote.OTHER
    type(writing).objects.filter(pk=writing.pk, content_note="").update(content_note=note)
    record(actor="house", verb="fold", subject=name_of(writing), at=now)
