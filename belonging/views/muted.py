"""Words and people that a member does not want to meet."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import preferences
from accounts.audience import MemberRequest, members_only
from belonging.forms import MutedWordForm
from community.models import MutedMember
from community.operations import unmute_member

UNPROCESSABLE = 422


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def muted(request: MemberRequest) -> HttpResponse:
    form = MutedWordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        word = form.cleaned_data["word"]
        if preferences.mute_word(member=request.member, word=word):
            messages.success(request, _("“%(word)s” is muted.") % {"word": word})
            return redirect("belonging:muted")
        form.add_error("word", _("That is a lot of words. Unmute one first."))
    people = MutedMember.objects.filter(member=request.member).select_related("muted")
    context = {
        "here": "me",
        "form": form,
        "words": sorted(preferences.preferences_of(request.member).muted_words, key=str.casefold),
        "people": people.order_by("-muted_at", "-pk"),
    }
    return render(
        request, "belonging/muted.html", context, status=UNPROCESSABLE if form.is_bound else 200
    )


@members_only
@require_POST
def word_delete(request: MemberRequest) -> HttpResponse:
    word = request.POST.get("word", "")
    preferences.unmute_word(member=request.member, word=word)
    messages.success(request, _("“%(word)s” is no longer muted.") % {"word": word[:40]})
    return redirect("belonging:muted")


@members_only
@require_POST
def person_delete(request: MemberRequest) -> HttpResponse:
    mine = MutedMember.objects.filter(member=request.member).select_related("muted")
    found = get_object_or_404(mine, muted__public_id=request.POST.get("person", ""))
    unmute_member(muted=found.muted, by=request.member)
    messages.success(request, _("%(alias)s is no longer muted.") % {"alias": found.muted.alias})
    return redirect("belonging:muted")
