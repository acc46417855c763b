"""What a guide fills in at the desk. Every long text field is called ``body``."""

from __future__ import annotations

from django import forms

from accounts.enums import HouseRule
from community.forms import SubmissionKey
from community.models import BODY_MAX_LENGTH
from escalation.enums import CaseOutcome, StepOutcome
from risk.enums import AlertOutcome, Category, Helped, Urgency
from risk.operations import Judgement

# What a guide may choose; the rest are set by what they do.
CLOSING_OUTCOMES = [
    (outcome.value, outcome.label)
    for outcome in AlertOutcome
    if outcome not in (AlertOutcome.CASE_OPENED, AlertOutcome.CANARY)
]


UNSURE = "unsure"
# In words of time, because that is what is asked: how soon, and not how bad.
LEVELS = [
    (Urgency.CRISIS.slug, "Within minutes (crisis)"),
    (Urgency.RED.slug, "Within a quarter of an hour (red)"),
    (Urgency.AMBER.slug, "Within hours, the same day (amber)"),
    (Urgency.GREEN.slug, "In its turn, like anything else (green)"),
    (UNSURE, "I can’t say"),
]
SOONER = [level for level in LEVELS if level[0] not in (Urgency.GREEN.slug, UNSURE)]


class JudgementForm(forms.Form):
    """How soon a person should have read a text. Nothing is filled in beforehand."""

    level = forms.ChoiceField(
        choices=LEVELS,
        widget=forms.RadioSelect,
        error_messages={"required": "Say how soon a person should have read this."},
    )
    categories = forms.MultipleChoiceField(
        choices=Category.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    @property
    def judgement(self) -> Judgement | None:
        """What was said, or None where the question was left out."""
        said = self.cleaned_data.get("level")
        if not said:
            return None
        return Judgement(
            level=None if said == UNSURE else Urgency[said.upper()],
            categories=[Category(slug) for slug in self.cleaned_data["categories"]],
            helped=Helped(self.cleaned_data.get("helped") or Helped.UNSAID),
        )


class BlindForm(JudgementForm):
    """A blind answer. The machine's view was not shown, so nobody is asked about it."""

    shown = forms.CharField(required=False, widget=forms.HiddenInput)


class SoonerForm(JudgementForm):
    """A text that the screening let lie."""

    level = forms.ChoiceField(
        choices=SOONER,
        widget=forms.RadioSelect,
        error_messages={"required": "Say how soon somebody should read it."},
    )


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
    rule = forms.ChoiceField(
        choices=[("", "Choose the rule"), *HouseRule.choices],
        error_messages={"required": "Choose the rule it rests on."},
    )
    body = forms.CharField(
        max_length=300,
        error_messages={
            "required": "Say why, in words the author will read.",
            "max_length": "Keep the reason under %(limit_value)d characters.",
        },
        widget=forms.Textarea,
    )


class ClosureForm(VersionedForm, JudgementForm):
    outcome = forms.ChoiceField(
        choices=CLOSING_OUTCOMES, error_messages={"required": "Choose what came of it."}
    )
    helped = forms.ChoiceField(choices=Helped.choices, required=False, widget=forms.RadioSelect)
    body = forms.CharField(
        max_length=4000,
        error_messages={"required": "Write a note: what you saw, and why you close this."},
        widget=forms.Textarea,
    )


class CaseForm(VersionedForm, JudgementForm):
    # Nobody who opens a case is held up by a question.
    level = forms.ChoiceField(choices=LEVELS, required=False, widget=forms.RadioSelect)
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
