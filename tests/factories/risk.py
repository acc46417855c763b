from __future__ import annotations

from datetime import timedelta
from typing import Any

import factory
from django.db import transaction
from django.utils import timezone

from risk.alerts import raise_alerts
from risk.enums import Urgency
from risk.models import Alert, AuditDraw, AuditReading, Screening
from tests.factories.community import PostFactory


class AlertFactory(factory.django.DjangoModelFactory[Alert]):
    """An open alert about a post: ``author=``, ``urgency=`` and ``at=`` say which and when."""

    class Meta:
        model = Alert

    @classmethod
    def _create(cls, model_class: type[Alert], *args: Any, **kwargs: Any) -> Alert:
        at = kwargs.pop("at", None) or timezone.now()
        urgency = kwargs.pop("urgency", Urgency.RED)
        state = kwargs.pop("state", "screened")
        post = kwargs.pop("post", None) or PostFactory(at=at, **kwargs)
        screening = Screening.objects.get(subject_id=post.pk, subject_type__model="post")
        Screening.objects.filter(pk=screening.pk).update(
            state=state, screened_at=at, urgency=urgency, probability=0.5,
            categories=["suicide"], reasons=["A reason in words."],
        )  # fmt: skip
        screening.refresh_from_db()
        with transaction.atomic():
            raise_alerts([screening], at=at)
        return Alert.objects.get(screening=screening)


def screened(*, at: Any = None, urgency: Urgency = Urgency.GREEN, **kwargs: Any) -> Screening:
    """A post's screening as the machine leaves it, without an alert: ``probability=`` and more."""
    at = at or timezone.now()
    fields = {name: kwargs.pop(name) for name in ("probability", "spans") if name in kwargs}
    post = kwargs.pop("post", None) or PostFactory(at=at, **kwargs)
    screening = Screening.objects.get(subject_id=post.pk, subject_type__model="post")
    Screening.objects.filter(pk=screening.pk).update(
        state="screened", screened_at=at, urgency=urgency,
        **{"probability": 0.1, "lexicon_version": "l1", "model_version": "m1", **fields},
    )  # fmt: skip
    screening.refresh_from_db()
    return screening


class AuditReadingFactory(factory.django.DjangoModelFactory[AuditReading]):
    """A text drawn for a blind reading: ``author=`` and ``wants_second=`` as wanted."""

    class Meta:
        model = AuditReading

    @classmethod
    def _create(cls, model_class: type[AuditReading], *args: Any, **kwargs: Any) -> AuditReading:
        at = kwargs.pop("at", None) or timezone.now()
        fields = {
            "stratum": "random", "inclusion_probability": 0.02, "wants_second": False, **{
                name: kwargs.pop(name)
                for name in ("stratum", "inclusion_probability", "wants_second")
                if name in kwargs
            },
        }  # fmt: skip
        draw, _ = AuditDraw.objects.get_or_create(
            until_at=at,
            defaults={
                "from_at": at - timedelta(hours=1), "population": 50, "near_population": 5,
                "random_rate": 0.02, "near_rate": 0.02,
            },
        )  # fmt: skip
        return AuditReading.objects.create(
            screening=screened(at=at, **kwargs), draw=draw, drawn_at=at, **fields
        )
