from __future__ import annotations

from django import forms


class AgreementForm(forms.Form):
    """A commissioner's lead says that they agree, to the very words they have read."""

    agrees = forms.BooleanField(
        error_messages={"required": "Tick the box if you agree. Nothing is agreed yet."}
    )
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
