"""What the lexicon found in a text, as the model knows it: in training and in use alike."""

from collections.abc import Sequence

from risk.rules import Finding, Scene


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
    return found
