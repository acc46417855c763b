"""The edge of the world: a reader that breaks, sleeps or counts, in place of the one in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace

import pytest

from risk import current
from risk.classifier import Classification


def read_by(monkeypatch: pytest.MonkeyPatch, classify: Callable[[str], Classification]) -> None:
    """Have every waiting text screened by this."""

    def read(text: str, *, reply_to: str | None = None) -> Classification:
        return classify(text)

    def read_many(texts: Sequence[tuple[str, str | None]]) -> list[Classification]:
        return [read(text, reply_to=answered) for text, answered in texts]

    reader = SimpleNamespace(classify=read, classify_many=read_many)
    monkeypatch.setattr(current, "reader", lambda: reader)
