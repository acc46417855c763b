from __future__ import annotations

import hashlib
import random
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np
from django.utils import timezone

from risk import gate, releases
from risk import model as model_files
from risk.enums import ReleaseState, Urgency
from risk.models import ModelRelease, ScreeningDay


def altered_model(number: float = 1.0, *, weights: float = 1.0) -> tuple[bytes, dict[str, Any]]:
    """The shipped model with its intercepts or weights changed: bytes and manifest."""
    manifest, content = model_files.read()
    with np.load(BytesIO(content), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    for name in ("weights", "families"):
        arrays[name] = (arrays[name] * weights).astype(arrays[name].dtype)
    # So that no two are the very same bytes.
    arrays["intercepts"] = arrays["intercepts"] + np.float32(number / 1e4)
    changed = BytesIO()
    np.savez_compressed(changed, **arrays)
    data = changed.getvalue()
    return data, {**manifest, "sha256": hashlib.sha256(data).hexdigest()}


def a_challenger(number: float = 1.0, *, weights: float = 1.0, at: datetime | None = None,
                 new_positive: int = 60) -> ModelRelease:  # fmt: skip
    """A challenger that is kept but was trained by nobody."""
    content, manifest = altered_model(number, weights=weights)
    return releases.register_challenger(
        content=content, manifest=manifest, at=at or timezone.now(),
        label_counts={"all": 100, "positive": 60, "new_positive": new_positive, "newest": 0},
    )  # fmt: skip


def passed(release: ModelRelease, *, at: datetime | None = None) -> ModelRelease:
    """As if the gate had passed it, against what reads now."""
    release.gate_report = {"against": releases._version_that_reads(), "answers": []}
    release.gate_passed, release.gated_at = True, at or timezone.now()
    release.save(update_fields=["gate_report", "gate_passed", "gated_at"])
    return release


def furnish_the_gate(release: ModelRelease, *, fails: bool) -> ModelRelease:
    """A report with every kind of answer in it, worked out by the gate itself."""
    reading = gate.Verdict(Urgency.RED, 0.97)
    worse = gate.Verdict(Urgency.GREEN, 0.1) if fails else reading
    held_out = [
        gate.HeldOut(
            member=number, level=Urgency.RED, champion=reading, challenger=worse,
            subgroups={"language": "English" if number else "not English", "place": "opener"},
        )
        for number in range(24)
    ]  # fmt: skip
    now = timezone.now()
    answers = gate.report(
        gate.Evidence(
            must_catch=[gate.MustCatch("corpus:12", Urgency.RED, Urgency.RED, worse.urgency)],
            held_out=held_out,
            shadow=[gate.Shadow(Urgency.GREEN, Urgency.GREEN)] * 250,
            new_positives=61,
            shadow_since=now - timedelta(days=4 if fails else 16),
            now=now,
        )
    )
    release.gate_report = {
        "against": releases._version_that_reads(), "answers": gate.as_json(answers),
    }  # fmt: skip
    release.gated_at = now
    if fails:
        release.state, release.ended_at = ReleaseState.REFUSED, now
    release.save(update_fields=["gate_report", "gated_at", "state", "ended_at"])
    return release


def days_of_screening(*, until: datetime) -> None:
    """Six weeks of counted days, the last of them worse than the rest."""
    dice = random.Random(5)
    for back in range(42, 0, -1):
        red = 30 if back <= 2 else dice.randint(6, 14)
        amber = dice.randint(30, 50)
        ScreeningDay.objects.create(
            day=(until - timedelta(days=back)).date(), counted_at=until, screened=400,
            levels={"green": 400 - red - amber, "amber": amber, "red": red},
            probabilities=[300, 40, 20, 10, 8, 6, 5, 4, 4, 3], rules={"a-rule": red},
            words=20_000, unknown_words=900 + dice.randint(0, 300),
            alarms=["RED came up 75 times in 1,000 texts this week, and 25 times before."]
            if back == 1 else [],
        )  # fmt: skip
