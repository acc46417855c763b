from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.enums import ReportReason
from community.models import BODY_MAX_LENGTH, Topic

TOO_LONG = _(
    "That is longer than %(limit_value)d characters. Your words are still here: "
    "make them shorter, or split them into two posts."
)


class SubmissionKey(forms.Field):
    """
    What makes sending the same form twice harmless.

    A key that a page has mangled or left out is no reason to refuse somebody's words.
    """

    widget = forms.HiddenInput

    def clean(self, value: Any) -> uuid.UUID:
        try:
            return uuid.UUID(value)
        except (AttributeError, TypeError, ValueError):
            return uuid.uuid4()


class WritingForm(forms.Form):
    """Words for the wall, with the key that makes sending them twice harmless."""

    body = forms.CharField(
        max_length=BODY_MAX_LENGTH,
        widget=forms.Textarea,
        error_messages={
            "required": _("There are no words here yet. Write something first."),
            "max_length": TOO_LONG,
        },
    )
    key = SubmissionKey()

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        return body.replace("\r\n", "\n").replace("\r", "\n")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # A field that counts line ends as the browser does, so that the shown count is true.
        if args and args[0] is not None and "body" in args[0]:
            data = args[0].copy()
            data["body"] = data["body"].replace("\r\n", "\n")
            args = (data, *args[1:])
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4


class PostForm(WritingForm):
    topic = forms.ModelChoiceField(
        Topic.objects.all(),
        to_field_name="slug",
        empty_label=None,
        error_messages={
            "required": _("Choose what this is about."),
            "invalid_choice": _("Choose what this is about from the list."),
        },
    )


class EditForm(WritingForm):
    revision = forms.IntegerField(widget=forms.HiddenInput)


class ReportForm(forms.Form):
    """What is wrong with somebody's words. The reason is enough; the words may stay out."""

    reason = forms.ChoiceField(
        label=_("What is it?"),
        choices=ReportReason.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what comes nearest. “Something else” is fine too."),
            "invalid_choice": _("Choose what comes nearest from the list."),
        },
    )
    body = forms.CharField(
        label=_("Do you want to say more?"),
        max_length=BODY_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"max_length": TOO_LONG},
    )

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        return body.replace("\r\n", "\n").replace("\r", "\n").strip()


class AppealForm(forms.Form):
    """What a member wants the second guide to know."""

    body = forms.CharField(
        label=_("What should the second guide know?"),
        max_length=BODY_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={
            "required": _("Write a line for the second guide. A few words are enough."),
            "max_length": TOO_LONG,
        },
    )

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        return body.replace("\r\n", "\n").replace("\r", "\n").strip()
