from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.models import BODY_MAX_LENGTH, Topic
from community.search import QUERY_MAX_LENGTH, has_a_word

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


class SearchForm(forms.Form):
    q = forms.CharField(
        label=_("Words to look for"),
        max_length=QUERY_MAX_LENGTH,
        error_messages={
            "required": _("Write a word or two to look for."),
            "max_length": _("That is too long to look for. A few words are enough."),
        },
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "autocapitalize": "none",
                "enterkeyhint": "search",
            }
        ),
    )

    def clean_q(self) -> str:
        query = " ".join(str(self.cleaned_data["q"]).split())
        if not has_a_word(query):
            raise forms.ValidationError(
                _("There is no word to look for in this yet. Write one word at least.")
            )
        return query
