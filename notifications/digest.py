"""What a weekly letter can lead to: a plain sentence that names nothing, and where it leads."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """One line of a weekly letter."""

    words: str
    address: str
