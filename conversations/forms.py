from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conversations.models import LINE_MAX_LENGTH

TOO_LONG = _(
    "That is longer than %(limit_value)d characters. Your words are still here: "
    "make them shorter, or send them in two parts."
)


class LineForm(forms.Form):
    """A member's next words to the guides, with the key that makes sending them twice harmless."""

    body = forms.CharField(
        max_length=LINE_MAX_LENGTH,
        widget=forms.Textarea,
        error_messages={
            "required": _("There are no words here yet. A few are enough."),
            "max_length": TOO_LONG,
        },
    )
    key = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Line ends as the browser counts them, so that the shown count is true.
        if args and args[0] is not None and "body" in args[0]:
            data = args[0].copy()
            data["body"] = data["body"].replace("\r\n", "\n").replace("\r", "\n")
            args = (data, *args[1:])
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4

    def clean_key(self) -> uuid.UUID:
        """A key that a page has mangled or left out is no reason to refuse somebody's words."""
        try:
            return uuid.UUID(self.cleaned_data["key"])
        except ValueError:
            return uuid.uuid4()
