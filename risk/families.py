"""What the lexicon found in a text, as the model knows it: in training and in use alike."""

from collections.abc import Sequence

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
        term, sentence = finding.hit.term, finding.hit.sentence
        found.append((f"{term.family}:{finding.level.name}", sentence))
        found.append((f"{term.id}:{finding.level.name}", sentence))
    found += [
        (f"cue:{tag}", hit.sentence)
        for tag, hits in scene.cues.items()
        for hit in hits
        if hit.term.category is None
    ]
    return found + [(f"shape:{name}", WHOLE) for name in shape_of(scene.view)]


def shape_of(view: View) -> list[str]:
    """How long a text is, and whether it speaks of oneself or to another, in a few steps."""
    words = view.words
    length = max(len(words), 1)
    shape = [f"long{sum(length > step for step in (8, 16, 32, 64, 128))}"]
    mine = sum(map(_FIRST.__contains__, words)) / length
    yours = sum(map(_SECOND.__contains__, words)) / length
    shape.append(f"mine{sum(mine > step for step in (0, 0.05, 0.1, 0.16))}")
    shape.append(f"yours{sum(yours > step for step in (0, 0.03, 0.07, 0.12))}")
    if yours > mine:
        shape.append(f"to-another-{shape[0]}")
    return shape
