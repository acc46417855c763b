"""Those who work here, in words."""

from __future__ import annotations

from django import template

from accounts.models import User

register = template.Library()


@register.filter
def staff_name(user: User) -> str:
    """The name that somebody works under."""
    for role in ("administrator", "wall_guide", "commissioning_lead"):
        if person := getattr(user, role, None):
            return str(person.name)
    return ""


@register.filter
def staff_work(user: User) -> str:
    """What somebody works as; several things with a comma."""
    guide, lead = getattr(user, "wall_guide", None), getattr(user, "commissioning_lead", None)
    works = []
    if getattr(user, "administrator", None):
        works.append("Administrator")
    if guide is not None:
        works.append("Senior wall guide" if guide.is_senior else "Wall guide")
    if lead is not None:
        works.append(f"Commissioning lead, {lead.commissioner.name}")
    return ", ".join(works)
