"""What the lexicon found in a text, as the model knows it: in training and in use alike."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from risk.enums import Urgency
from risk.lexicon import Term
from risk.normalisation import View
from risk.rules import Finding, Scene

# The sentence of what is true of the whole text.
WHOLE = -1
_FIRST = frozenset(["i", "me", "my", "myself", "mine", "we", "us", "our"])
_SECOND = frozenset(["you", "your", "yourself", "yours"])


def families_found(findings: Sequence[Finding], scene: Scene) -> list[tuple[str, int]]:
    """Each term and family at the level its context left it, and each cue; with its sentence."""
    found = []
    for finding in findings:
        sentence = finding.hit.sentence
        found += [(name, sentence) for name in _names(finding.hit.term, finding.level)]
    for tag, hits in scene.cues.items():
        name = f"cue:{tag}"
        found += [(name, hit.sentence) for hit in hits if hit.term.category is None]
    return found + [(f"shape:{name}", WHOLE) for name in shape_of(scene.view)]


@lru_cache(maxsize=4096)
def _names(term: Term, level: Urgency) -> tuple[str, str]:
    return f"{term.family}:{level.name}", f"{term.id}:{level.name}"


def shape_of(view: View) -> list[str]:
    """How long a text is, and whether it speaks of oneself or to another, in a few steps."""
    words = view.words
    length = max(len(words), 1)
    shape = [f"long{bisect_left((8, 16, 32, 64, 128), length)}"]
    mine = sum(map(_FIRST.__contains__, words)) / length
    yours = sum(map(_SECOND.__contains__, words)) / length
    # How many of these steps it is past.
    shape.append(f"mine{bisect_left((0, 0.05, 0.1, 0.16), mine)}")
    shape.append(f"yours{bisect_left((0, 0.03, 0.07, 0.12), yours)}")
    if yours > mine:
        shape.append(f"to-another-{shape[0]}")
    return shape
