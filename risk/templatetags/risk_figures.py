from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def percent(share: float | None) -> str:
    """A share in per cent, with as many places as say something; a dash where there is none."""
    if share is None:
        return "–"
    value = share * 100
    if 0 < value < 0.1:
        return f"{value:.2f} %"
    return f"{value:.1f} %" if value < 10 else f"{value:.0f} %"


@register.filter
def stands(answer: dict[str, object]) -> str:
    """How one answer of the gate stands, in a word."""
    if answer["passed"]:
        return "Yes"
    return "Not yet" if answer["waits"] else "No"
