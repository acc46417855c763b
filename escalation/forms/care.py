"""What a guide fills in about threads and those who answer in them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms

from community.cooling import HOURS_TO_CHOOSE, MINUTES_TO_CHOOSE
from community.enums import PeerAct
from community.forms import SubmissionKey
from community.models import BODY_MAX_LENGTH, NOTE_MAX_LENGTH

_REASON = {
    "required": "Say why. The other guides read it.",
    "max_length": "That is longer than %(limit_value)d characters. Make it shorter.",
}


class UntilForm(forms.Form):
    """For how long, and why."""

    hours = forms.TypedChoiceField(
        label="For how long?",
        coerce=int,
        choices=[(each, f"{each} hour{'s' * (each > 1)}") for each in HOURS_TO_CHOOSE],
        error_messages={"required": "Choose for how long."},
    )
    reason = forms.CharField(
        label="Why? The other guides read it.", max_length=NOTE_MAX_LENGTH, error_messages=_REASON
    )

    def until(self, *, now: datetime) -> datetime:
        return now + timedelta(hours=self.cleaned_data["hours"])


class SlowForm(UntilForm):
    minutes = forms.TypedChoiceField(
        label="Minutes between two answers of one member",
        coerce=int,
        choices=[(each, str(each)) for each in MINUTES_TO_CHOOSE],
        error_messages={"required": "Choose how many minutes."},
    )


class PinForm(forms.Form):
    """Words of a guide to everybody in a thread."""

    body = forms.CharField(
        label="Your words, first in the thread",
        max_length=BODY_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "There are no words here yet."},
    )
    key = SubmissionKey()


class PeerForm(forms.Form):
    act = forms.ChoiceField(
        label="What did you do?",
        choices=PeerAct.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say what you did."},
    )
    note = forms.CharField(
        label="Your note (you can leave it out)",
        max_length=NOTE_MAX_LENGTH,
        required=False,
        error_messages={"max_length": _REASON["max_length"]},
    )
