"""What other rooms ask of this one: a screening for what was written, a label for what was read."""

from __future__ import annotations

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction

from accounts.models import Member
from accounts.prepared import insert, rows_of
from risk import alerts, current, doorbell, lexicon
from risk.current import current_overlay
from risk.details import Detail, details_in
from risk.enums import AlertReason, Category, Urgency
from risk.labels import (
    AlreadyRead,
    Judgement,
    answer_reading,
    label_closed_alert,
    raise_missed,
)
from risk.method_detail import (
    has_contact_details,
    speaks_of_a_method,
    text_speaks_of_a_method,
)
from risk.models import Alert, Screening

__all__ = [
    "AlreadyRead",
    "Detail",
    "Judgement",
    "answer_reading",
    "details_in",
    "families_of_terms",
    "has_contact_details",
    "label_closed_alert",
    "raise_missed",
    "raise_reported",
    "reading_of",
    "request_screening",
    "speaks_of_a_method",
    "text_speaks_of_a_method",
]


@transaction.atomic
def raise_reported(*, screening: Screening, at: datetime) -> Alert:
    """A member says that a life may be in danger: a wall guide reads it as soon as a red one."""
    return alerts.raise_for_guide(
        screening, urgency=Urgency.RED, at=at, reason=AlertReason.REPORTED
    )


_NEWEST = """
    SELECT id FROM risk_screening WHERE subject_type_id = %(kind)s AND subject_id = %(subject)s
    ORDER BY revision DESC LIMIT 1"""


def request_screening(
    *,
    subject: models.Model,
    revision: int,
    text: str,
    author: Member,
    at: datetime,
    in_reply_to: models.Model | None = None,
) -> Screening:
    """
    Ask for a member's writing to be screened.

    Call inside the transaction that saves the writing. The two commit together, so
    nothing a member publishes can exist without a screening beside it.

    :param in_reply_to: the writing that this one answers, whose words say what a short reply means
    :raises TransactionManagementError: outside a transaction
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "request_screening belongs inside the transaction that saves the writing"
        )
    answered = None
    if in_reply_to is not None:
        kind = ContentType.objects.get_for_model(in_reply_to).pk
        answered = next(iter(rows_of(_NEWEST, kind=kind, subject=in_reply_to.pk)), (None,))[0]
    screening = Screening(
        in_reply_to_id=answered,
        subject_type=ContentType.objects.get_for_model(subject),
        subject_id=subject.pk,
        revision=revision,
        text=text,
        author=author,
        locality_id=author.locality_id,
        requested_at=at,
    )
    insert(screening)
    # robust: with the broker down, the member's post must still succeed. The pending row
    # is the real queue. (A lambda, because Django 5.2 cannot log a partial, #36487.)
    transaction.on_commit(lambda: doorbell.ring(), robust=True)
    return screening


def families_of_terms() -> dict[str, str]:
    """Of which family of the lexicon each term is, by its id; the operator's own are of one."""
    shipped = {term.id: term.family for term in lexicon.load().terms}
    return shipped | {str(each["id"]): "operator" for each in current_overlay().extra}


def reading_of(
    *, subject: models.Model, revision: int, text: str
) -> tuple[Urgency, frozenset[Category]]:
    """
    How soon a person should read these words, and what they seem to be about, known at once.

    The screening's own reading where it is there already, which it mostly is a moment after
    publishing; otherwise the words are read here. It stores nothing and asks nobody: the
    screening stays the one that counts.
    """
    screened = (
        Screening.objects.filter(
            subject_type=ContentType.objects.get_for_model(subject),
            subject_id=subject.pk,
            revision=revision,
            urgency__isnull=False,
        )
        .values_list("urgency", "categories")
        .first()
    )
    if screened is not None and screened[0] is not None:
        return Urgency(screened[0]), frozenset(Category(each) for each in screened[1])
    read = current.reader().classify(text)
    return read.urgency, frozenset(read.categories)
