"""
What members report. One open matter a writing, one report a member in it.

Reporting hides nothing by itself, and tells nobody who reported but the wall guides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q

from accounts import brakes
from accounts.models import Member, WallGuide
from audit.operations import record
from community.desk_enums import Severity
from community.enums import MatterOutcome, ReportReason
from community.models import MATTER_CLAIM_LASTS, GuideNote, Matter, Post, Reply, Report
from community.operations import name_of
from live.pokes import poke_localities, poke_seniors
from notifications.enums import Kind
from notifications.operations import tell
from risk.operations import raise_reported, request_screening

# Danger can be new where the words are old: after this, the same words may be reported so again.
DANGER_AGAIN_AFTER = timedelta(hours=1)
# Of the last ten decided, so many that came to nothing make a member's reports go slower.
LOOKS_AT_LAST, OFTEN_WRONG = 10, 8


class NotNow(Exception):
    """The matter could not be acted on, and the message says why in words for a guide."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@transaction.atomic
def report(
    *, writing: Post | Reply, by: Member, reason: ReportReason, body: str, at: datetime
) -> Report:
    """
    Take down what a member says is wrong with a piece of writing.

    Saying the same twice changes nothing. Other words are added to what they said before, and
    a graver reason counts from now on. What was read already, unchanged, is not asked again.
    """
    before = _answered(writing, by=by)
    if before is not None and not _is_danger_again(before, reason, at=at):
        _add_words(before, body, at=at)
        return before
    matter = _open_matter(writing, reporter=by, severity=reason.severity, at=at)
    kept, is_new = Report.objects.get_or_create(
        matter=matter,
        author=by,
        defaults={"reason": reason, "revision_seen": writing.revision, "reported_at": at},
    )
    is_graver = reason.severity > ReportReason(kept.reason).severity
    if is_graver:
        Report.objects.filter(pk=kept.pk).update(reason=reason)
    _add_words(kept, body, at=at)
    if is_new or is_graver:
        _press(matter, reason.severity, at=at)
        record(
            actor=f"member:{by.pk}", verb="report", subject=name_of(writing), at=at,
            detail={"matter": matter.pk},
        )  # fmt: skip
        if reason == ReportReason.DANGER and writing.author_id is not None:
            raise_reported(screening=writing.screenings.order_by("-revision")[0], at=at)
        poke_localities([matter.locality_id])
    kept.refresh_from_db()
    return kept


def report_of(writing: Post | Reply, *, by: Member) -> Report | None:
    """What this member has said of this writing, where a guide still reads it or has answered."""
    mine = Report.objects.filter(author=by, **_about(writing, "matter__"))
    open_or_as_it_stands = Q(matter__closed_at=None) | Q(revision_seen=writing.revision)
    found: Report | None = (
        mine.filter(open_or_as_it_stands).select_related("matter").order_by("-reported_at").first()
    )
    return found


def slow_down(member: Member, reason: ReportReason, *, at: datetime) -> datetime | None:
    """Until when this member should wait before they report more; None if they need not."""
    if reason == ReportReason.DANGER:
        return brakes.REPORTS_OF_DANGER.press(str(member.pk), at=at)
    brake = brakes.REPORTS_SLOWED if is_often_wrong(member) else brakes.REPORTS
    return brake.press(str(member.pk), at=at)


def is_often_wrong(member: Member) -> bool:
    """Whether most of what they last reported came to nothing."""
    decided = Report.objects.filter(author=member, matter__closed_at__isnull=False)
    last = list(
        decided.order_by("-reported_at").values_list("matter__outcome", flat=True)[:LOOKS_AT_LAST]
    )
    return last.count(MatterOutcome.LEFT) >= OFTEN_WRONG


@dataclass(frozen=True)
class Standing:
    """How a member's reports of before have turned out, for the guide who reads another."""

    decided: int
    acted_on: int

    @property
    def in_words(self) -> str:
        if not self.decided:
            return "first report that we decide"
        return f"{self.acted_on} of {self.decided} earlier reports were acted on"


def standings(members: Iterable[int]) -> dict[int, Standing]:
    """By member, in one query."""
    counted = (
        Report.objects.filter(author__in=set(members), matter__closed_at__isnull=False)
        .values("author")
        .annotate(n=Count("pk"), good=Count("pk", filter=~Q(matter__outcome=MatterOutcome.LEFT)))
    )
    return {row["author"]: Standing(row["n"], row["good"]) for row in counted}


# -- what guides do with a matter --------------------------------------------------------------


def claim(*, matter: Matter, by: WallGuide, at: datetime) -> None:
    """
    Take a matter in hand. One conditional UPDATE decides who has it.

    :raises NotNow: naming who has it, or who closed it
    """
    free = Matter.objects.open().unclaimed(now=at) | Matter.objects.open().filter(claimed_by=by)
    won = free.filter(pk=matter.pk).update(
        claimed_by=by, claim_expires_at=at + MATTER_CLAIM_LASTS, version=F("version") + 1
    )
    matter.refresh_from_db()
    if won:
        record(actor=f"guide:{by.pk}", verb="claim", subject=f"matter:{matter.pk}", at=at)
        poke_localities([matter.locality_id])
        return
    _raise_if_closed(matter)
    assert matter.claimed_by is not None  # noqa: S101 -- not free, so somebody has it
    raise NotNow(f"{matter.claimed_by.name} has this in hand.")


def let_go(*, matter: Matter, by: WallGuide, at: datetime) -> None:
    """Put a matter back for another guide."""
    changed = Matter.objects.open().filter(pk=matter.pk, claimed_by=by)
    if changed.update(claimed_by=None, claim_expires_at=None, version=F("version") + 1):
        record(actor=f"guide:{by.pk}", verb="release", subject=f"matter:{matter.pk}", at=at)
        poke_localities([matter.locality_id])


def close(
    *,
    matter: Matter,
    by: WallGuide,
    outcome: MatterOutcome,
    words: str,
    version: int | None,
    at: datetime,
) -> None:
    """
    Say what came of a matter. Everybody who reported it is told so, and no more than that.

    :raises NotNow: if another guide has it, has closed it, or it has changed since it was shown
    """
    with transaction.atomic():
        held = Matter.objects.select_for_update().get(pk=matter.pk)
        _raise_if_closed(held)
        if held.is_claimed(now=at) and held.claimed_by_id != by.pk:
            assert held.claimed_by is not None  # noqa: S101 -- claimed, says the line above
            raise NotNow(f"{held.claimed_by.name} has this in hand.")
        if version is not None and version != held.version:
            raise NotNow("This has changed since you opened it. Look at it again first.")
        Matter.objects.filter(pk=held.pk).update(
            closed_by=by, closed_at=at, outcome=outcome, words_for_reporters=words,
            claimed_by=None, claim_expires_at=None, version=F("version") + 1,
        )  # fmt: skip
        record(
            actor=f"guide:{by.pk}", verb="close", subject=f"matter:{held.pk}", at=at,
            detail={"outcome": outcome},
        )  # fmt: skip
        for each in held.reports.select_related("author"):
            tell(
                member=each.author, kind=Kind.REPORT_OUTCOME, at=at,
                url_name="community:decisions", about=f"report:{each.pk}",
            )  # fmt: skip
        poke_localities([held.locality_id])


def note(
    *, matter: Matter | None, member: Member | None, by: WallGuide, words: str, days: int,
    asks_to_leave: bool, at: datetime,
) -> GuideNote:  # fmt: skip
    """Add a note for the other guides. It takes nobody else's place, and ends by itself."""
    kept = GuideNote.objects.create(
        matter=matter, member=member, by=by, at=at, words=words, asks_to_leave=asks_to_leave,
        ends_on=(at + timedelta(days=days)).date(),
    )  # fmt: skip
    about = f"matter:{matter.pk}" if matter else f"member:{member.pk if member else 0}"
    record(actor=f"guide:{by.pk}", verb="note", subject=about, at=at)
    return kept


def touch(matter: Matter | None, *, by: WallGuide, at: datetime) -> None:
    """
    Something comes of a matter: its version grows, and the guide's claim on it lives on.

    Done first, so that everybody takes these rows in one order: the matter, an alert, the words.
    """
    if matter is None:
        return
    Matter.objects.open().filter(pk=matter.pk).update(version=F("version") + 1)
    Matter.objects.open().filter(pk=matter.pk, claimed_by=by).update(
        claim_expires_at=at + MATTER_CLAIM_LASTS
    )
    poke_localities([matter.locality_id])


def _open_matter(
    writing: Post | Reply, *, reporter: Member, severity: Severity, at: datetime
) -> Matter:
    """The open matter about this writing, its row taken; a new one if there is none."""
    while True:
        held = Matter.objects.open().select_for_update().filter(**_about(writing)).first()
        if held is not None:
            return held
        try:
            with transaction.atomic():
                author = writing.author
                if author is None:
                    poke_seniors()
                return Matter.objects.create(
                    **_about(writing),
                    member=author,
                    locality_id=(author or reporter).locality_id,
                    severity=severity,
                    raised_at=at,
                    due_at=at + severity.read_within,
                )
        except IntegrityError:
            continue  # somebody reported it in the same moment; that one then


def _press(matter: Matter, severity: Severity, *, at: datetime) -> None:
    """One more report: it is read no later than this one asks for, and never later than before."""
    Matter.objects.filter(pk=matter.pk).update(
        severity=max(Severity(matter.severity), severity),
        due_at=min(matter.due_at, at + severity.read_within),
        version=F("version") + 1,
    )


def _answered(writing: Post | Reply, *, by: Member) -> Report | None:
    """This member's own report of these very words, where a guide has decided it."""
    if Matter.objects.open().filter(**_about(writing)).exists():
        return None
    found: Report | None = (
        Report.objects.filter(
            author=by,
            revision_seen=writing.revision,
            matter__closed_at__isnull=False,
            **_about(writing, "matter__"),
        )
        .select_related("matter")
        .order_by("-reported_at")
        .first()
    )
    return found


def _is_danger_again(before: Report, reason: ReportReason, *, at: datetime) -> bool:
    closed_at = before.matter.closed_at
    return (
        reason == ReportReason.DANGER
        and closed_at is not None
        and at - closed_at >= DANGER_AGAIN_AFTER
    )


def _add_words(kept: Report, body: str, *, at: datetime) -> None:
    """Add words to a report, and have them screened like all writing. The same words add none."""
    held = Report.objects.select_for_update().get(pk=kept.pk)
    if not body or body in held.body:
        return
    whole = f"{held.body}\n\n{body}" if held.body else body
    Report.objects.filter(pk=held.pk).update(body=whole, revision=held.revision + 1)
    request_screening(
        subject=held, revision=held.revision + 1, text=whole, author=held.author, at=at
    )


def _about(writing: Post | Reply, prefix: str = "") -> dict[str, int]:
    return {f"{prefix}{type(writing).__name__.lower()}_id": writing.pk}


def _raise_if_closed(matter: Matter) -> None:
    if matter.closed_at is not None:
        who = matter.closed_by.name if matter.closed_by else "Someone"
        raise NotNow(f"{who} has closed this.")
