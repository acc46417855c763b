"""Says in words why a text was not put higher, for the wall guide who reads it."""

from collections.abc import Mapping

from risk.enums import Urgency

_MISSING = {
    Urgency.GREEN: "Not AMBER: no term of the word list stands here in its risky sense",
    Urgency.AMBER: "Not RED: nothing here says, of now, a wish to die, harm done or a danger",
    Urgency.RED: "Not CRISIS: nothing says when, with what means, or that it is under way",
}


def why_not_higher(
    urgency: Urgency, *, probability: float, thresholds: Mapping[str, float], lowered: bool
) -> str:
    """
    One or two sentences; empty for CRISIS, above which there is nothing.

    :param probability: what the model makes of RED or more, from 0 to 1
    :param thresholds: from where on the model raises; empty where there was no model
    :param lowered: whether context explained some term away
    """
    if urgency == Urgency.CRISIS:
        return ""
    sentence = _MISSING[urgency]
    if urgency < Urgency.RED and thresholds:
        raises = f"it raises from {thresholds['red']:.0%}"
        sentence += f", and the model puts RED at {probability:.0%} ({raises})"
    sentence += "."
    if lowered:
        sentence += " Some terms were lowered by their context: see above."
    return sentence
