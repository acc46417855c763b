"""Words, topics and people that a member does not want to meet."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import preferences
from accounts.audience import MemberRequest, members_only
from belonging.forms import MutedKindsForm, MutedWordForm
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
    return _page(request, form=form)


@members_only
@require_POST
def kinds_update(request: MemberRequest) -> HttpResponse:
    """What is ticked is muted, and what is not is muted no longer."""
    kinds = MutedKindsForm(request.POST)
    if not kinds.is_valid():
        return _page(request, kinds=kinds)
    preferences.choose(member=request.member, **kinds.cleaned_data)
    messages.success(request, _("Your choice is kept."))
    return redirect("belonging:muted")


def _page(
    request: MemberRequest,
    *,
    form: MutedWordForm | None = None,
    kinds: MutedKindsForm | None = None,
) -> HttpResponse:
    chosen = preferences.preferences_of(request.member)
    as_it_is = {"muted_notes": chosen.muted_notes, "muted_topics": chosen.muted_topics}
    people = MutedMember.objects.filter(member=request.member).select_related("muted")
    context = {
        "here": "me",
        "form": form or MutedWordForm(),
        "kinds": kinds or MutedKindsForm(initial=as_it_is),
        "words": sorted(chosen.muted_words, key=str.casefold),
        "people": people.order_by("-muted_at", "-pk"),
    }
    is_refused = (form is not None and form.is_bound) or kinds is not None
    return render(
        request, "belonging/muted.html", context, status=UNPROCESSABLE if is_refused else 200
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
