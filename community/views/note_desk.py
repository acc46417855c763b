"""A guide says beforehand, for those who will read it, what somebody's writing is about."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.audience import GuideRequest, wall_guides_only
from accounts.ways_back import is_within
from community.enums import ContentNote
from community.notes import note_writing, of_covered

UNPROCESSABLE = 422


class NoteForm(forms.Form):
    note = forms.ChoiceField(
        label="What is it about?",
        choices=[("", "No note"), *ContentNote.choices],
        required=False,
        widget=forms.RadioSelect,
    )


@wall_guides_only
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: GuideRequest, public_id: str, kind: str) -> HttpResponse:
    found = of_covered(request.wall_guide, kind).select_related("author__locality")
    writing: Any = get_object_or_404(found, public_id=public_id)
    form = NoteForm(
        request.POST if request.method == "POST" else None, initial={"note": writing.content_note}
    )
    back = request.POST.get("next") or request.GET.get("next", "")
    back = back if is_within(back) else ""
    if form.is_valid():
        chosen = form.cleaned_data["note"]
        if note_writing(writing=writing, note=chosen, by=request.wall_guide, at=timezone.now()):
            messages.success(
                request,
                "The note is on it. Its writer is told, and why."
                if chosen
                else "There is no note on it any more.",
            )
        else:
            messages.info(request, "It stands as it was.")
        return redirect(back or "escalation:desk")
    context = {"form": form, "writing": writing, "next": back}
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "community/note.html", context, status=status)
