"""What a guide fills in at the desk. Every long text field is called ``body``."""

from __future__ import annotations

from django import forms

from community.forms import SubmissionKey
from community.models import BODY_MAX_LENGTH
from escalation.enums import CaseOutcome, StepOutcome
from risk.enums import AlertOutcome

# What a guide may choose; the rest are set by what they do.
CLOSING_OUTCOMES = [
    (outcome.value, outcome.label)
    for outcome in AlertOutcome
    if outcome not in (AlertOutcome.CASE_OPENED, AlertOutcome.CANARY)
]


class VersionedForm(forms.Form):
    """Carries the version of what was shown, so that acting on something older is noticed."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @property
    def version_seen(self) -> int | None:
        version: int | None = self.cleaned_data.get("version")
        return version


class GuideReplyForm(VersionedForm):
    body = forms.CharField(
        max_length=BODY_MAX_LENGTH,
        error_messages={"required": "There are no words here yet."},
        widget=forms.Textarea,
    )
    key = SubmissionKey()


class QuestionForm(VersionedForm):
    body = forms.CharField(
        max_length=2000,
        error_messages={"required": "Say in a sentence what you are not sure of."},
        widget=forms.Textarea,
    )


class AnswerForm(VersionedForm):
    body = forms.CharField(
        max_length=2000,
        error_messages={"required": "Write what you would do, and why."},
        widget=forms.Textarea,
    )


class HideForm(VersionedForm):
    body = forms.CharField(
        max_length=300,
        error_messages={
            "required": "Say why, in words the author will read.",
            "max_length": "Keep the reason under %(limit_value)d characters.",
        },
        widget=forms.Textarea,
    )


class ClosureForm(VersionedForm):
    outcome = forms.ChoiceField(
        choices=CLOSING_OUTCOMES, error_messages={"required": "Choose what came of it."}
    )
    body = forms.CharField(
        max_length=4000,
        error_messages={"required": "Write a note: what you saw, and why you close this."},
        widget=forms.Textarea,
    )


class CaseForm(VersionedForm):
    body = forms.CharField(
        max_length=4000,
        error_messages={"required": "Write a note: what worries you."},
        widget=forms.Textarea,
    )


class StepForm(forms.Form):
    outcome = forms.ChoiceField(
        choices=StepOutcome.choices, error_messages={"required": "Choose what came of it."}
    )
    body = forms.CharField(max_length=4000, required=False, widget=forms.Textarea)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if cleaned.get("outcome") == StepOutcome.NOT_NEEDED and not cleaned.get("body"):
            self.add_error("body", "Write why this step is not needed.")
        return cleaned


class CaseClosureForm(VersionedForm):
    outcome = forms.ChoiceField(
        choices=CaseOutcome.choices, error_messages={"required": "Choose what came of it."}
    )
    body = forms.CharField(
        max_length=4000,
        error_messages={"required": "Write a note: how the member is, and who has them now."},
        widget=forms.Textarea,
    )
