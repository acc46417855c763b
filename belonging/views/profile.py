"""How others see a member."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audience import MemberRequest, members_only
from accounts.avatars import twelve
from accounts.profile import choose_avatar, may_be_renamed_from, rename
from belonging.forms import AliasForm

UNPROCESSABLE = 422
OFFERS = Signer(salt="belonging.avatars")


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: MemberRequest) -> HttpResponse:
    """The name others see, and the avatars to choose from."""
    member, now = request.member, timezone.now()
    form = AliasForm(request.POST if request.method == "POST" else None)
    form.initial = {"alias": member.alias}
    if form.is_valid():
        if form.cleaned_data["alias"] == member.alias:
            return redirect("belonging:profile")
        try:
            rename(member=member, alias=form.cleaned_data["alias"], at=now)
        except ValidationError as refusal:
            form.add_error("alias", refusal)
        else:
            messages.success(request, _("This is your name on the wall now."))
            return redirect("belonging:profile")
    again = may_be_renamed_from(member)
    context = {
        "here": "me",
        "form": form,
        "member": member,
        "may_rename": again is None or again <= now,
        "seeds": _twelve(),
    }
    return render(
        request, "belonging/profile.html", context, status=UNPROCESSABLE if form.is_bound else 200
    )


@members_only
@require_POST
def avatar_update(request: MemberRequest) -> HttpResponse:
    """One of the twelve that were shown."""
    try:
        seed = OFFERS.unsign(request.POST.get("seed", ""))
    except BadSignature:
        messages.warning(request, _("Choose one of these."))
        return redirect("belonging:profile")
    choose_avatar(member=request.member, seed=seed)
    messages.success(request, _("This is how others see you now."))
    return redirect("belonging:profile")


def _twelve() -> list[tuple[str, str]]:
    """Twelve drawn at random, each with what its button sends: only what was offered is taken."""
    return [(seed, OFFERS.sign(seed)) for seed in twelve()]
