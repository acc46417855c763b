"""Whether what was accepted was kept, read and brought before a person."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.contenttypes.models import ContentType

from community.models import Post
from peersupport.replay.journal import Accepted, fingerprint
from risk.enums import ScreeningState, Urgency
from risk.models import Alert, Screening


@dataclass(frozen=True)
class Kept:
    """What the database has of one post, read as an operator's console would."""

    key: str
    sha256: str
    screened: bool
    worrying: bool
    alerts: int


@dataclass
class Findings:
    """Journal, database and desk beside one another. Lists hold public ids."""

    accepted: int = 0
    saved: int = 0
    screened: int = 0
    alerts: int = 0
    alerts_seen: int = 0
    not_saved: list[str] = field(default_factory=list)
    saved_otherwise: list[str] = field(default_factory=list)
    saved_twice: list[str] = field(default_factory=list)
    not_screened: list[str] = field(default_factory=list)
    worrying_without_one_alert: list[str] = field(default_factory=list)
    alerts_not_seen: list[str] = field(default_factory=list)

    @property
    def missing(self) -> dict[str, list[str]]:
        """Whatever broke the promise that nothing is lost, by how; empty when all is well."""
        found = {
            "not_saved": self.not_saved,
            "saved_otherwise": self.saved_otherwise,
            "saved_twice": self.saved_twice,
            "not_screened": self.not_screened,
            "worrying_without_one_alert": self.worrying_without_one_alert,
            "alerts_not_seen": self.alerts_not_seen,
        }
        return {how: public_ids for how, public_ids in found.items() if public_ids}


def compare(
    journal: Iterable[Accepted],
    kept: Mapping[str, Kept],
    seen: Collection[str],
    surplus: Iterable[str] = (),
) -> Findings:
    """
    Look for every accepted post in the database, and for every alert on the desk.

    :param kept: what the database has, by public id
    :param seen: public ids that the desk has shown
    :param surplus: posts with our words that no submission of ours accounts for
    """
    findings = Findings(saved_twice=list(surplus))
    for accepted in journal:
        findings.accepted += 1
        public_id = accepted.public_id
        found = kept.get(public_id)
        if found is None:
            findings.not_saved.append(public_id)
            continue
        findings.saved += 1
        if found.sha256 != accepted.sha256 or found.key != accepted.key:
            findings.saved_otherwise.append(public_id)
        if not found.screened:
            findings.not_screened.append(public_id)
            continue
        findings.screened += 1
        if found.alerts != int(found.worrying):
            findings.worrying_without_one_alert.append(public_id)
        if found.alerts:
            findings.alerts += 1
            if public_id in seen:
                findings.alerts_seen += 1
            else:
                findings.alerts_not_seen.append(public_id)
    return findings


def read_database(public_ids: Collection[str]) -> dict[str, Kept]:
    """Look past every page, straight into the tables."""
    posts = {
        pk: (public_id, str(key), fingerprint(body))
        for pk, public_id, key, body in Post.objects.filter(public_id__in=public_ids).values_list(
            "pk", "public_id", "idempotency_key", "body"
        )
    }
    of_posts = {
        "subject_type": ContentType.objects.get_for_model(Post),
        "subject_id__in": posts,
    }
    readings = {
        pk: (state, urgency)
        for pk, state, urgency in Screening.objects.filter(**of_posts).values_list(
            "subject_id", "state", "urgency"
        )
    }
    alerts: dict[int, int] = {}
    for pk in Alert.objects.filter(**of_posts).values_list("subject_id", flat=True):
        alerts[pk] = alerts.get(pk, 0) + 1
    kept = {}
    for pk, (public_id, key, sha256) in posts.items():
        state, urgency = readings.get(pk, (None, None))
        screened = state in (ScreeningState.SCREENED, ScreeningState.LEFT_TO_A_PERSON)
        left = state == ScreeningState.LEFT_TO_A_PERSON
        kept[public_id] = Kept(
            key=key,
            sha256=sha256,
            screened=screened,
            worrying=left or (urgency or Urgency.GREEN) > Urgency.GREEN,
            alerts=alerts.get(pk, 0),
        )
    return kept


def read_surplus(*, keys: Collection[str], texts: Collection[str], since: datetime) -> list[str]:
    """Posts that carry one of these texts and none of these keys: a retry became a second post."""
    return [
        public_id
        for public_id, key, body in Post.objects.filter(published_at__gte=since)
        .values_list("public_id", "idempotency_key", "body")
        .iterator()
        if str(key) not in keys and fingerprint(body) in texts
    ]


def percentiles(seconds: Collection[float]) -> dict[str, float | None]:
    """Nearest-rank, so that each figure is one that was measured."""
    ordered = sorted(seconds)

    def at(share: float) -> float | None:
        if not ordered:
            return None
        return round(ordered[max(math.ceil(share * len(ordered)), 1) - 1], 3)

    return {"p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1.0)}
