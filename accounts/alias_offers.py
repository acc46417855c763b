"""The alias and the avatars that the account page offers."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.joining_forms import AccountForm
from accounts.models import Member, new_avatar_seed

OFFERED = "joining_avatars"


def offer() -> str:
    return f"Wren {secrets.randbelow(9000) + 1000}"


def is_fine(form: AccountForm) -> bool:
    if Member.objects.filter(alias__iexact=form.cleaned_data["alias"]).exists():
        form.add_error("alias", ValidationError(_("Somebody here has that name. Try another one.")))
        return False
    return True


def avatar_choice(request: HttpRequest, form: AccountForm) -> dict[str, Any]:
    seeds = request.session.get(OFFERED) or [new_avatar_seed() for _each in range(12)]
    request.session[OFFERED] = seeds
    chosen = form["avatar"].value()
    return {"seeds": seeds, "chosen_seed": chosen if chosen in seeds else seeds[0]}


def chosen_avatar(request: HttpRequest, seed: str) -> str:
    seeds = request.session.get(OFFERED) or []
    return seed if seed in seeds else new_avatar_seed()
