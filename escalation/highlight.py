"""Showing which words the screening stopped at."""

from __future__ import annotations

from typing import Any, NamedTuple


class Piece(NamedTuple):
    """A stretch of a member's text; with a span, why the screening stopped there."""

    text: str
    span: dict[str, Any] | None
    # Counts the marked stretches from 1, for the note below the text.
    number: int = 0


def pieces_of(text: str, spans: list[dict[str, Any]]) -> list[Piece]:
    """
    Cut a text at its spans, in order, leaving every character in place once.

    Where spans overlap the earlier keeps its words and the later what is left of its own.
    """
    pieces: list[Piece] = []
    reached = number = 0
    for span in sorted(spans, key=lambda span: (span["start"], -span["end"])):
        start, end = max(span["start"], reached), min(span["end"], len(text))
        if start >= end:
            continue
        if start > reached:
            pieces.append(Piece(text[reached:start], None))
        number += 1
        pieces.append(Piece(text[start:end], span, number))
        reached = end
    if reached < len(text):
        pieces.append(Piece(text[reached:], None))
    return pieces
