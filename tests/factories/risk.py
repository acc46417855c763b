from __future__ import annotations

from typing import Any

import factory
from django.db import transaction
from django.utils import timezone

from risk.alerts import raise_alerts
from risk.enums import Urgency
from risk.models import Alert, Screening
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
