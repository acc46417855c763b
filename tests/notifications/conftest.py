from __future__ import annotations

import pytest

from vault import post


@pytest.fixture(autouse=True)
def the_mail_server_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One test's mail server that was away is not the next one's."""
    monkeypatch.setattr(post, "_left_alone_until", 0.0)
