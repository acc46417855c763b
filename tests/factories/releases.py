from __future__ import annotations

import hashlib
from datetime import datetime
from io import BytesIO
from typing import Any

import numpy as np
from django.utils import timezone

from risk import model as model_files
from risk import releases
from risk.models import ModelRelease


def altered_model(number: float = 1.0, *, weights: float = 1.0) -> tuple[bytes, dict[str, Any]]:
    """The shipped model with its intercepts or weights changed: bytes and manifest."""
    manifest, content = model_files.read()
    with np.load(BytesIO(content), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    for name in ("weights", "families"):
        arrays[name] = (arrays[name] * weights).astype(np.float32)
    # So that no two are the very same bytes.
    arrays["weights"][0, 0] += np.float32(number / 1e6)
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
