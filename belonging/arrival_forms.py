from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import Reason
from measures.models import GOAL_MAX_LENGTH, GOALS_AT_MOST, HIGHEST, LOWEST


class ReasonsForm(forms.Form):
    reasons = forms.MultipleChoiceField(
        choices=Reason.choices,
        required=False,
        error_messages={"invalid_choice": _("Choose from the list.")},
    )


class WaitingForm(forms.Form):
    """Yes, no, or rather not say."""

    waiting = forms.TypedChoiceField(
        choices=[("yes", _("Yes")), ("no", _("No")), ("", _("I would rather not say"))],
        coerce=lambda answer: answer == "yes",
        empty_value=None,
        required=False,
        error_messages={"invalid_choice": _("Choose one from the list.")},
    )


class GoalForm(forms.Form):
    """One goal. Empty words for one that is held let go of it."""

    goal = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    words = forms.CharField(
        required=False,
        max_length=GOAL_MAX_LENGTH,
        error_messages={"max_length": _("That is a bit long. Keep it to 200 letters.")},
    )
    score = forms.TypedChoiceField(
        choices=[("", _("I will say later")), *((n, n) for n in range(LOWEST, HIGHEST + 1))],
        coerce=int,
        empty_value=None,
        required=False,
        error_messages={"invalid_choice": _("Choose a number from 0 to 10.")},
    )

    def clean_words(self) -> str:
        words: str = self.cleaned_data["words"]
        return " ".join(words.split())


class BaseGoals(forms.BaseFormSet):  # type: ignore[type-arg]
    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        # Changed or not, each row is read: an emptied one means something.
        return {**super().get_form_kwargs(index), "empty_permitted": False}


GoalFormSet = forms.formset_factory(
    GoalForm, formset=BaseGoals, extra=0, min_num=GOALS_AT_MOST, max_num=GOALS_AT_MOST,
    absolute_max=GOALS_AT_MOST,
)  # fmt: skip
