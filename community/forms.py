from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.enums import ContentNote, ReportReason
from community.models import BODY_MAX_LENGTH, QUOTE_MAX_LENGTH, Topic
from community.plain_text import tidy
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


class WordsField(forms.CharField):
    """What somebody typed, as its readers will see it (community.plain_text)."""

    def to_python(self, value: Any) -> str:
        return super().to_python(tidy(value) if isinstance(value, str) else value) or ""


class NoteField(forms.ChoiceField):
    """A plain label, or none. One that a page has mangled is none: no reason to refuse words."""

    def __init__(self) -> None:
        super().__init__(choices=[("", _("No note")), *ContentNote.choices], required=False)

    def clean(self, value: Any) -> str:
        return value if value in ContentNote.values else ""


class WritingForm(forms.Form):
    """Words for the wall, with the key that makes sending them twice harmless."""

    body = WordsField(
        max_length=BODY_MAX_LENGTH,
        widget=forms.Textarea,
        error_messages={
            "required": _("There are no words here yet. Write something first."),
            "max_length": TOO_LONG,
        },
    )
    content_note = NoteField()
    key = SubmissionKey()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # A field that counts line ends as the browser does, so that the shown count is true.
        if args and args[0] is not None and "body" in args[0]:
            data = args[0].copy()
            data["body"] = data["body"].replace("\r\n", "\n")
            args = (data, *args[1:])
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4


class DraftForm(WritingForm):
    """What stands in a box and is not sent: anything but too much, with a topic or without."""

    topic = forms.ModelChoiceField(Topic.objects.all(), to_field_name="slug", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].required = False


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


class ReplyForm(WritingForm):
    """An answer; under which other answer, and which words of it are quoted, if any."""

    under = forms.CharField(max_length=16, required=False)
    quoted = forms.CharField(max_length=16, required=False)
    quote = WordsField(
        max_length=QUOTE_MAX_LENGTH,
        required=False,
        error_messages={
            "max_length": _(
                "That is a lot to quote. Cut it to %(limit_value)d characters. "
                "Your own words are still here."
            )
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
