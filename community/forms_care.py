from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from community.enums import LoadAnswer
from community.models import HAND_OVER_MAX_LENGTH, Topic


class HelpOfferForm(forms.Form):
    """Whether somebody would like to be asked when another waits, and about what."""

    asks = forms.BooleanField(
        label=_("I would like to be asked when somebody waits"), required=False
    )
    topics = forms.MultipleChoiceField(
        label=_("About what? Tick none, and we ask about anything."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("One of these topics is not here any more.")},
    )

    def __init__(self, *args: Any, topics: Iterable[Topic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(topic.slug, _(topic.name)) for topic in topics]
        self.fields["topics"].choices = choices  # type: ignore[attr-defined]


class HandOverForm(forms.Form):
    """Words beside a thread that was handed over."""

    body = forms.CharField(
        label=_("What was too much?"),
        max_length=HAND_OVER_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": _("There are no words here. You can leave it like this: we have it."),
            "max_length": _("That is longer than %(limit_value)d characters. Make it shorter."),
        },
    )


class LoadAnswerForm(forms.Form):
    """How it is for somebody who answers a lot."""

    answer = forms.ChoiceField(
        choices=LoadAnswer.choices,
        error_messages={
            "required": _("Choose one of these, or leave the page."),
            "invalid_choice": _("Choose one of these, or leave the page."),
        },
    )
