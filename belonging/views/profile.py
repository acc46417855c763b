"""How others see a member."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import avatars
from accounts.audience import MemberRequest, members_only
from accounts.profile import choose_avatar, may_be_renamed_from, rename
from belonging.forms import AliasForm

UNPROCESSABLE = 422


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
    return _page(request, form)


@members_only
@require_POST
def avatar_update(request: MemberRequest) -> HttpResponse:
    """One of the twelve that were shown."""
    if avatars.asks_for_others(request.POST):
        return _page(request, AliasForm(initial={"alias": request.member.alias}))
    seed = avatars.picked(request.POST)
    choose_avatar(member=request.member, seed=seed)
    messages.success(request, _("This is how others see you now."))
    return redirect("belonging:profile")


def _page(request: MemberRequest, form: AliasForm) -> HttpResponse:
    again = may_be_renamed_from(request.member)
    context = {
        "here": "me",
        "form": form,
        "member": request.member,
        "may_rename": again is None or again <= timezone.now(),
        "avatars": avatars.choice(
            request.POST if avatars.OFFER in request.POST else None,
            current=request.member.avatar_seed,
        ),
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "belonging/profile.html", context, status=status)
