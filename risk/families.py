"""The lexicon families in a text, as the model knows them: in training and in use alike."""

from collections.abc import Sequence

from risk.rules import Finding, Scene


def families_found(findings: Sequence[Finding], scene: Scene) -> list[tuple[str, int]]:
    """Each family at the level its context left it, and each cue, with its sentence's number."""
    found = [
        (f"{finding.hit.term.family}:{finding.level.name}", finding.hit.sentence)
        for finding in findings
    ]
    found += [
        (f"cue:{tag}", hit.sentence)
        for tag, hits in scene.cues.items()
        for hit in hits
        if hit.term.category is None
    ]
    return found
