"""What a guide fills in about members' words. Every reason is one that the member reads."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.enums import HouseRule
from community.desk_enums import RiskClass, Treatment
from community.enums import ContentNote, MatterOutcome, TakenOut
from community.models import GUIDE_NOTE_MAX_LENGTH, REASON_MAX_LENGTH

CHOOSE = [("", "Choose the rule")]


def _reason(label: str, *, required: bool = True, rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=REASON_MAX_LENGTH,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={
            "required": "Say why, in words the member will read.",
            "max_length": "Keep it under %(limit_value)d characters.",
        },
    )


class ActForm(forms.Form):
    """An act on words: carries what was shown, and the matter that it comes of."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    matter = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, do: str, initial: dict[str, Any] | None = None) -> None:
        # Several stand on one page, and each label needs a box of its own.
        super().__init__(data, initial=initial, auto_id=f"{do}-%s")


class UndoForm(ActForm):
    """Putting something back needs no rule."""

    body = _reason("A line for the member", required=False, rows=2)


class GroundForm(ActForm):
    """The rule and the reason, without which nothing weighs on anybody."""

    rule = forms.ChoiceField(
        label="Which rule?",
        choices=CHOOSE + list(HouseRule.choices),
        error_messages={"required": "Choose the rule it rests on."},
    )
    body = _reason("Why? The member reads this.")


class FoldForm(GroundForm):
    content_note = forms.ChoiceField(
        label="What does the note say?",
        choices=ContentNote.choices,
        error_messages={"required": "Choose what the note says."},
    )
    field_order = ("content_note", "rule", "body")


class TakeOutForm(GroundForm):
    words = forms.CharField(
        label="Which words? Copy them exactly.",
        max_length=500,
        error_messages={"required": "Copy here the words that go."},
    )
    what = forms.ChoiceField(
        label="What do others read in their place?",
        choices=TakenOut.choices,
        error_messages={"required": "Choose what stands in their place."},
    )
    field_order = ("words", "what", "rule", "body")


class WordForm(ActForm):
    body = _reason("What do you want to say to them?", rows=4)


class PauseForm(GroundForm):
    days = forms.IntegerField(
        label="For how many days?",
        min_value=1,
        max_value=90,
        error_messages={
            "required": "Say for how many days.",
            "min_value": "One day at least.",
            "max_value": "Ninety days at most. It can be given again.",
        },
    )
    field_order = ("days", "rule", "body")


class NoteForm(ActForm):
    """For the other guides; nobody else reads it."""

    body = forms.CharField(
        label="What should other guides know?",
        max_length=GUIDE_NOTE_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write what the others should know."},
    )
    days = forms.TypedChoiceField(
        label="Until when?",
        coerce=int,
        choices=[(1, "Tomorrow"), (3, "Three days"), (7, "A week"), (30, "A month")],
        initial=7,
    )
    asks_to_leave = forms.BooleanField(
        label="Leave this one to me: I am talking to them.", required=False
    )


class MatterClosureForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    outcome = forms.ChoiceField(
        label="What came of it?",
        choices=MatterOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what came of it."},
    )
    body = forms.CharField(
        label="A line for those who reported. Nothing about who wrote it.",
        max_length=GUIDE_NOTE_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("outcome") == MatterOutcome.LEFT and not cleaned.get("body"):
            self.add_error("body", "Say why you left it: they read “Here is why”.")
        return cleaned


class AppealAnswerForm(forms.Form):
    decision = forms.ChoiceField(
        label="What do you decide?",
        choices=[("uphold", "It stays as it is"), ("overturn", "It is undone, at once")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether it stays."},
    )
    body = forms.CharField(
        label="Why? The member reads this.",
        max_length=GUIDE_NOTE_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why, in words the member will read."},
    )


class PolicyForm(forms.Form):
    """One commissioner's choice for each class."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        label="Why, and agreed with whom?",
        max_length=300,
        error_messages={"required": "Say why, and with whom this is agreed."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in RiskClass:
            self.fields[each.value] = forms.ChoiceField(label=each.label, choices=Treatment.choices)
        self.order_fields([*(each.value for each in RiskClass), "note"])

    @property
    def treatments(self) -> dict[RiskClass, Treatment]:
        return {each: Treatment(self.cleaned_data[each.value]) for each in RiskClass}
