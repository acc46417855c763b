"""What a guide's pages about conversations show: reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import BooleanField, ExpressionWrapper, F, OuterRef, Q, Subquery

from accounts.models import WallGuide
from conversations.models import (
    LINES_PER_PAGE,
    Conversation,
    ConversationQuerySet,
    Line,
    LineQuerySet,
)
from escalation.highlight import Piece, pieces_of
from risk.enums import Urgency
from risk.models import Alert, Screening

ROWS = 50
# How much of a conversation an alert's page shows before its line.
BEFORE = 6


@dataclass(frozen=True)
class Groups:
    """A guide's conversations, in the order in which to look at them."""

    waiting: list[Conversation]
    mine: list[Conversation]
    others: list[Conversation]
    quiet: list[Conversation]


@dataclass(frozen=True)
class Turn:
    """One line as a guide reads it: with what the screening stopped at, and the alert about it."""

    line: Line
    screening: Screening | None
    pieces: list[Piece]
    urgency: Urgency | None
    alert: Alert | None


def conversations_of(guide: WallGuide, *, now: datetime) -> Groups:
    """Whoever waits first: by how soon a person should read their newest words, then by age."""
    covered = Conversation.objects.for_guide(guide)
    # Whoever waits or is in somebody's hands is few; the rest is everybody who ever talked.
    pressing = Q(waiting_since__isnull=False) | Q(claim_expires_at__gt=now)
    quiet = _with_words(covered.exclude(pressing)).order_by("-last_line_at", "-pk")
    groups = Groups([], [], [], list(quiet[:ROWS]))
    for row in _with_urgency(covered.filter(pressing)):
        if row.is_claimed_by(guide, now=now):
            groups.mine.append(row)
        elif row.is_claimed(now=now):
            groups.others.append(row)
        else:
            groups.waiting.append(row)
    return groups


def passed_up_of(guide: WallGuide) -> list[Conversation]:
    return list(_with_urgency(Conversation.objects.for_guide(guide).passed_up()))


def turns_of(
    conversation: Conversation, *, before: Line | None = None
) -> tuple[list[Turn], Line | None]:
    """A page of lines, oldest first, and the line before which there is more, if there is."""
    said: LineQuerySet = conversation.lines.all()
    if before is not None:
        said = said.older_than(before)
    page = list(said.newest_first().select_related("guide")[: LINES_PER_PAGE + 1])
    shown = page[LINES_PER_PAGE - 1 :: -1]
    of_lines: dict[str, Any] = {
        "subject_type": ContentType.objects.get_for_model(Line),
        "subject_id__in": [line.pk for line in shown if line.author_id],
    }
    screenings = {each.subject_id: each for each in Screening.objects.filter(**of_lines)}
    alerts = {each.subject_id: each for each in Alert.objects.filter(**of_lines).order_by("pk")}
    turns = [_turn(line, screenings.get(line.pk), alerts.get(line.pk)) for line in shown]
    return turns, shown[0] if len(page) > LINES_PER_PAGE else None


def turns_around(line: Line) -> list[Turn]:
    """An alert's line where it was said: what came shortly before it, and all that came after."""
    before = line.conversation.lines.older_than(line).newest_first()[:BEFORE]
    first = min((each.pk for each in before), default=line.pk)
    said = line.conversation.lines.filter(pk__gte=first).order_by("pk").select_related("guide")
    return [_turn(each, None, None) for each in said[:LINES_PER_PAGE]]


def _turn(line: Line, screening: Screening | None, alert: Alert | None) -> Turn:
    if screening is None:
        return Turn(line, None, [], None, None)
    urgency = Urgency(screening.urgency or Urgency.GREEN)
    return Turn(
        line,
        screening,
        pieces_of(screening.text, screening.spans),
        urgency if urgency > Urgency.GREEN else None,
        alert,
    )


def _with_urgency(conversations: ConversationQuerySet) -> ConversationQuerySet:
    """
    With ``urgency``, the highest of what nobody has answered yet, and ``newest_words``.

    Whoever waits stands first, the most urgent of them, then those who have waited longest.
    """
    unanswered = Line.objects.of_members().filter(
        conversation=OuterRef(OuterRef("pk")), sent_at__gte=OuterRef(OuterRef("waiting_since"))
    )
    readings = Screening.objects.filter(
        subject_type=ContentType.objects.get_for_model(Line),
        subject_id__in=unanswered.values("pk"),
    ).order_by(F("urgency").desc(nulls_last=True))
    waits = ExpressionWrapper(Q(waiting_since__isnull=False), output_field=BooleanField())
    return (
        _with_words(conversations)
        .annotate(urgency=Subquery(readings.values("urgency")[:1]), waits=waits)
        .order_by(
            "-waits", F("urgency").desc(nulls_last=True), "waiting_since", "-last_line_at", "-pk"
        )
    )


def _with_words(conversations: ConversationQuerySet) -> ConversationQuerySet:
    """With ``newest_words``: what the member wrote last."""
    newest = Line.objects.of_members().filter(conversation=OuterRef("pk")).newest_first()
    return conversations.annotate(newest_words=Subquery(newest.values("body")[:1])).select_related(
        "member", "locality", "claimed_by"
    )
