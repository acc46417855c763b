"""What a guide fills in about a group; forms validate and never save."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import Member, WallGuide
from community.models import Topic


class GroupForm(forms.Form):
    name = forms.CharField(
        label="Name of the group",
        max_length=60,
        help_text="Its members read it. Say what it is for, and nothing that names anybody.",
        error_messages={"required": "Give the group a name."},
    )
    blurb = forms.CharField(
        label="What it is for, in a sentence",
        max_length=200,
        error_messages={"required": "Say in a sentence what the group is for."},
    )
    topic = forms.ModelChoiceField(
        Topic.objects.all(),
        label="Topic",
        to_field_name="slug",
        error_messages={"required": "Choose the topic it belongs to."},
    )


class InviteForm(forms.Form):
    """A member by alias; cleaned to the member."""

    alias = forms.CharField(
        label="Alias of a member",
        max_length=30,
        error_messages={"required": "Write the alias of the member to ask in."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, may_be_asked: QuerySet[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_be_asked = may_be_asked

    def clean_alias(self) -> Member:
        member = self.may_be_asked.filter(alias__iexact=self.cleaned_data["alias"]).first()
        if member is None:
            raise forms.ValidationError(
                "No member of the localities you cover has this alias just now."
            )
        return member


class CoGuideForm(forms.Form):
    guide = forms.ModelChoiceField(
        WallGuide.objects.none(),
        label="Another guide",
        empty_label=None,
        error_messages={
            "required": "Choose a guide.",
            "invalid_choice": "Choose a guide from the list.",
        },
    )

    def __init__(self, *args: Any, could_run: QuerySet[WallGuide], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["guide"].queryset = could_run  # type: ignore[attr-defined]


class EndPlaceForm(forms.Form):
    body = forms.CharField(
        max_length=300,
        error_messages={
            "required": "Say why, in words the member will read.",
            "max_length": "Keep the reason under %(limit_value)d characters.",
        },
        widget=forms.Textarea,
    )
