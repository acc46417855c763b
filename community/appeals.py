"""A member asks a second guide to look. Never the one who acted."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import Member, WallGuide
from audit.operations import record
from community import acts
from community.enums import GRAVE_ACTS
from community.models import APPEAL_ANSWERED_WITHIN, Act, Appeal
from community.models.moderation import AppealQuerySet
from live.pokes import poke_localities, poke_seniors
from notifications.enums import Kind
from notifications.operations import tell
from risk.operations import request_screening


class CannotDecide(Exception):
    """The guide may not decide this, or somebody has; the message says which, in words."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def can_be_asked(act: Act) -> bool:
    """Whether a second guide can be asked to look: it weighs, stands, and nobody asked before."""
    return (
        act.kind in GRAVE_ACTS
        and not Act.objects.filter(undoes=act).exists()
        and not Appeal.objects.filter(act=act).exists()
    )


def ask(*, act: Act, by: Member, body: str, at: datetime) -> Appeal:
    """
    Ask for a second look. Asked twice, it is asked once; the words are screened like all writing.

    :raises ValueError: if it is not about this member, or cannot be looked at again
    """
    if act.member_id != by.pk or act.kind not in GRAVE_ACTS:
        raise ValueError("Only the member whom an act weighs on can ask for a second look.")
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(
                act=act, author=by, locality_id=by.locality_id, body=body, asked_at=at,
                due_at=at + APPEAL_ANSWERED_WITHIN,
            )  # fmt: skip
            request_screening(subject=appeal, revision=1, text=body, author=by, at=at)
            record(actor=f"member:{by.pk}", verb="appeal", subject=f"act:{act.pk}", at=at)
            poke_localities([by.locality_id])
            poke_seniors()
            return appeal
    except IntegrityError:
        return Appeal.objects.get(act=act)


def waiting_for(guide: WallGuide) -> AppealQuerySet:
    """
    What this guide may decide: of the localities they cover, and nothing that they did themselves.

    Where nobody else covers a locality, its appeals are every senior's.
    """
    others = WallGuide.covers.through.objects.filter(
        locality=OuterRef("locality"), wallguide__user__is_active=True
    ).exclude(wallguide=OuterRef("act__by"))
    mine = Q(locality__in=guide.covers.all())
    if guide.is_senior:
        mine = mine | Q(~Exists(others))
    return Appeal.objects.waiting().filter(mine).exclude(act__by=guide)


def decide(*, appeal: Appeal, by: WallGuide, is_upheld: bool, answer: str, at: datetime) -> None:
    """
    A second guide lets it stand or overturns it, with a reason. Overturning undoes it at once.

    :raises CannotDecide: for the guide who acted, or if another was quicker
    """
    if appeal.act.by_id == by.pk:
        raise CannotDecide("You decided this yourself. Another guide has to look.")
    with transaction.atomic():
        # One conditional UPDATE decides between two guides who answer at once.
        won = Appeal.objects.waiting().filter(pk=appeal.pk).update(
            decided_by=by, decided_at=at, is_upheld=is_upheld, answer=answer
        )  # fmt: skip
        appeal.refresh_from_db()
        if not won:
            who = appeal.decided_by.name if appeal.decided_by else "Someone"
            raise CannotDecide(f"{who} has answered this. What you typed is below.")
        if not is_upheld:
            acts.undo(act=appeal.act, by=by, reason=answer, at=at)
        record(
            actor=f"guide:{by.pk}", verb="uphold" if is_upheld else "overturn",
            subject=f"act:{appeal.act_id}", at=at,
        )  # fmt: skip
        tell(
            member=appeal.author, kind=Kind.APPEAL_ANSWERED, at=at,
            url_name="community:decisions", about=f"appeal:{appeal.pk}",
        )  # fmt: skip
        poke_localities([appeal.locality_id])
