"""What a guide fills in at the door to who a member is. Every long text field is ``body``."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError

from commissioning.models import Locality
from escalation.enums import Why

AT_LEAST = 10
LONGEST_DELAY = timedelta(days=30)
WRITE_WHY = "Write why, in a sentence. Without a reason it stays shut."


class Reason(forms.CharField):
    """A sentence that somebody else will read and judge."""

    def __init__(self, *, required_words: str, max_length: int = 1000) -> None:
        super().__init__(
            max_length=max_length,
            min_length=AT_LEAST,
            widget=forms.Textarea,
            error_messages={"required": required_words, "min_length": required_words},
        )


class AskForm(forms.Form):
    why = forms.ChoiceField(
        choices=Why.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the member will read."},
    )
    body = Reason(required_words=WRITE_WHY)


class AtOnceForm(AskForm):
    """Released without a second person."""

    sure = forms.BooleanField(
        error_messages={"required": "Tick this, or ask a second person instead."}
    )


class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(
        choices=[("yes", "Yes, open it for thirty minutes"), ("no", "No, keep it shut")],
        error_messages={"required": "Say yes or no."},
    )
    body = forms.CharField(max_length=1000, required=False, widget=forms.Textarea)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if cleaned.get("outcome") == "no" and not cleaned.get("body"):
            self.add_error("body", "Write what the guide should do instead.")
        return cleaned


class ReviewForm(forms.Form):
    body = Reason(required_words="Write what you found, in a sentence.", max_length=2000)


class DelayForm(forms.Form):
    until = forms.DateField(
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={
            "required": "Say until which day.",
            "invalid": "Write the day as 2026-12-31.",
        },
    )
    body = Reason(required_words="Write why the member should see it later, in a sentence.")

    def __init__(self, *args: object, locality: Locality, now: datetime, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.locality, self.now = locality, now

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if not self.now < self.moment(until) <= self.now + LONGEST_DELAY:
            raise ValidationError("Choose a day to come, at most thirty days from now.")
        return until

    def moment(self, until: date) -> datetime:
        """When that day begins where the member lives: it is shown from then on."""
        return datetime.combine(until, time(0), tzinfo=self.locality.zone)
