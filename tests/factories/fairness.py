"""Reports, acts and appeals, made as people make them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.enums import HouseRule
from accounts.models import Member, WallGuide
from community import acts, appeals
from community.acts import Ground
from community.enums import ContentNote, ReportReason
from community.models import Act, Appeal, Post, Reply, Report
from community.reports import report
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory

BECAUSE = Ground(HouseRule.UNKNOWN, "There is a name in it.")


def a_report(
    *, of: Post | Reply | None = None, by: Member | None = None,
    reason: ReportReason = ReportReason.UNKIND, body: str = "", at: datetime | None = None,
) -> Report:  # fmt: skip
    return report(
        writing=of or PostFactory(), by=by or MemberFactory(), reason=reason, body=body,
        at=at or timezone.now(),
    )  # fmt: skip


def hidden_by(guide: WallGuide, *, of: Post | Reply, **more: Any) -> Act:
    return acts.hide(
        writing=of, by=guide, ground=more.pop("ground", BECAUSE), at=timezone.now(), **more
    )


def noted_by(
    guide: WallGuide,
    *,
    of: Post | Reply,
    note: ContentNote = ContentNote.DEATH,
    at: datetime | None = None,
) -> Act:
    return acts.fold(
        writing=of, content_note=note, by=guide, ground=BECAUSE, at=at or timezone.now()
    )


def an_appeal(*, about: Act, body: str = "It is no name.", at: datetime | None = None) -> Appeal:
    return appeals.ask(act=about, by=about.member, body=body, at=at or timezone.now())
