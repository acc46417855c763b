"""What a guide fills in about a conversation. Every long text field is called ``body``."""

from __future__ import annotations

from typing import Any

from django import forms

from community.forms import SubmissionKey
from conversations.enums import Outcome, Situation
from conversations.models import LINE_MAX_LENGTH, NAME_MAX_LENGTH
from escalation.forms.desk import VersionedForm

TOO_LONG = "Keep it under %(limit_value)d characters, or send it in two parts. It is still here."


class TalkReplyForm(VersionedForm):
    body = forms.CharField(
        max_length=LINE_MAX_LENGTH,
        error_messages={"required": "There are no words here yet.", "max_length": TOO_LONG},
        widget=forms.Textarea,
    )
    key = SubmissionKey()


class HandOverForm(VersionedForm):
    body = forms.CharField(
        max_length=4000,
        error_messages={
            "required": "Write what the next guide must know. They see it first.",
        },
        widget=forms.Textarea,
    )


class TalkClosureForm(VersionedForm):
    outcome = forms.ChoiceField(
        choices=Outcome.choices, error_messages={"required": "Choose what came of it."}
    )
    goodbye = forms.BooleanField(required=False)
    body = forms.CharField(
        max_length=4000,
        error_messages={"required": "Write a note: how they are, and what was agreed."},
        widget=forms.Textarea,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        silent = cleaned.get("outcome") == Outcome.SILENT
        if not cleaned.get("goodbye") and not silent and cleaned.get("outcome"):
            self.add_error("goodbye", "Say goodbye first, and then say here that you have.")
        return cleaned


class TemplateForm(VersionedForm):
    name = forms.CharField(
        max_length=NAME_MAX_LENGTH, error_messages={"required": "Give it a short name."}
    )
    situation = forms.ChoiceField(
        choices=Situation.choices, error_messages={"required": "Choose when it is of use."}
    )
    body = forms.CharField(
        max_length=LINE_MAX_LENGTH,
        error_messages={"required": "Write the words.", "max_length": TOO_LONG},
        widget=forms.Textarea,
    )

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if any(mark in body for mark in ("{", "}", "[", "]", "<", ">")):
            raise forms.ValidationError(
                "Leave no gaps to fill in: a half-filled template must never reach a member."
            )
        return body
