"""What an administrator fills in about those who work here."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.enums import Work
from accounts.forms import AddressField
from accounts.models import WallGuide
from commissioning.models import Commissioner, Locality


class PlacesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def __init__(self, **kwargs: Any) -> None:
        places = Locality.objects.shown().select_related("commissioner")
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple)
        super().__init__(places.order_by("commissioner__name", "name"), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.commissioner.name}, {obj.name}"


class InvitationForm(forms.Form):
    """Whom to invite, and as what."""

    name = forms.CharField(
        max_length=60, label="Name", help_text="As colleagues, and members in danger, will read it."
    )
    email = AddressField(label="Work e-mail", help_text="One that they use for nothing else here.")
    work = forms.ChoiceField(choices=Work.choices, label="As", widget=forms.RadioSelect)
    covers = PlacesField(required=False, label="Keeps watch over (wall guides)")
    commissioner = forms.ModelChoiceField(
        Commissioner.objects.order_by("name"), required=False, label="For (commissioning leads)",
        empty_label="Nobody",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        guides = given.get("work") in (Work.GUIDE, Work.SENIOR)
        if guides and "covers" in given and not given["covers"]:
            self.add_error("covers", "Choose at least one place for a wall guide.")
        if given.get("work") == Work.LEAD and not given.get("commissioner"):
            self.add_error("commissioner", "Choose the commissioner whom they lead for.")
        if not guides:
            given["covers"] = []
        if given.get("work") != Work.LEAD:
            given["commissioner"] = None
        return given


class CoverageForm(forms.Form):
    """What a wall guide covers, and whether they are a senior."""

    covers = PlacesField(required=False, label="Keeps watch over")
    is_senior = forms.BooleanField(required=False, label="Senior wall guide")

    @classmethod
    def of(cls, guide: WallGuide) -> CoverageForm:
        return cls(initial={"covers": guide.covers.all(), "is_senior": guide.is_senior})


class ResetForm(forms.Form):
    """Why a second factor must be set back."""

    reason = forms.CharField(
        max_length=300, label="How you know that it is them",
        help_text="Such as: I spoke to them on the phone number in their contract.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
