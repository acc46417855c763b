"""What people are asked on the way in. Each form says kindly what is wrong, and keeps nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import alias as aliases
from accounts.eligibility import is_believable
from accounts.forms import AddressField, NewPasswordField
from accounts.joining import Joining
from commissioning.enums import Country
from commissioning.models import WayIn
from commissioning.postcodes import is_in, outward_code

COUNTRIES: dict[str, Promise] = {
    Country.GB: _("United Kingdom"),
    Country.IE: _("Ireland"),
    Country.US: _("United States"),
    Country.CA: _("Canada"),
    Country.AU: _("Australia"),
    Country.NZ: _("New Zealand"),
}
ELSEWHERE = "elsewhere"


def normal_code(typed: str) -> str:
    """An access code as it is kept: capitals, without spaces and dashes."""
    return "".join(each for each in typed.upper() if each.isalnum())


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Your access code"),
        max_length=80,
        error_messages={
            "required": _("Type the code from your poster, card or letter."),
            "max_length": _("That is longer than any code of ours. Please look again."),
        },
    )

    def clean_code(self) -> str:
        return normal_code(self.cleaned_data["code"])


class AddressForm(forms.Form):
    """An e-mail address that an organisation has given somebody."""

    email = forms.EmailField(
        label=_("Your e-mail there"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Type the e-mail address that they gave you."),
            "invalid": _("That is not a whole e-mail address. It looks like name@place.org."),
        },
    )

    def __init__(self, *args: Any, way_in: WayIn, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.domains = way_in.domains

    def clean_email(self) -> str:
        address: str = self.cleaned_data["email"]
        if address.rpartition("@")[2].casefold() not in self.domains:
            raise ValidationError(
                _("This way in is for addresses that end in %(domains)s."),
                params={"domains": ", ".join(f"@{domain}" for domain in self.domains)},
            )
        return address


class DigitsForm(forms.Form):
    digits = forms.CharField(
        label=_("The six digits"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={
            "required": _("Type the six digits from the letter."),
            "max_length": _("That is more than six digits. Please look again."),
        },
    )


class AreaForm(forms.Form):
    """Where somebody lives, as roughly as will do. Only looked at, never kept."""

    postcode = forms.CharField(
        label=_("The first half of your postcode"),
        help_text=_("Such as LS6. The first half is enough. We only look at it."),
        required=False,
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"max_length": _("That is longer than a postcode. Please look again.")},
    )
    country = forms.ChoiceField(label=_("Or your country, outside the UK"), required=False)

    def __init__(self, *args: Any, way_in: WayIn, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.way_in = way_in
        abroad = [code for code in COUNTRIES if code != Country.GB]
        self.fields["country"].choices = [  # type: ignore[attr-defined]
            ("", _("I live in the UK")),
            *((code, COUNTRIES[code]) for code in abroad),
            (ELSEWHERE, _("Another country")),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("country") or "postcode" in self.errors:
            return cleaned
        cleaned["outward"] = outward_code(cleaned.get("postcode", ""))
        if not cleaned["outward"]:
            self.add_error(
                "postcode",
                _("Type the first half of a UK postcode, such as LS6. Or choose your country."),
            )
        return cleaned

    @property
    def is_within(self) -> bool:
        """Whether the way in is for this place."""
        if country := self.cleaned_data.get("country"):
            return country in self.way_in.countries
        return Country.GB in self.way_in.countries or is_in(
            self.cleaned_data["outward"], self.way_in.outward_codes
        )

    @property
    def lives_in(self) -> str:
        chosen: str = self.cleaned_data.get("country") or Country.GB
        return chosen


class PlaceForm(forms.Form):
    """Which locality somebody belongs to and, where it matters, in which country they live."""

    locality = forms.ChoiceField(
        label=_("Which of these is yours?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose the one that is nearest to you."),
            "invalid_choice": _("Choose one from the list."),
        },
    )
    country = forms.ChoiceField(
        label=_("Which country do you live in?"),
        error_messages={
            "required": _("Choose the country that you live in."),
            "invalid_choice": _("Choose one from the list."),
        },
    )

    def __init__(self, *args: Any, joining: Joining, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {str(place.pk): place for place in joining.localities}
        self.settled = joining.locality
        if joining.locality is not None:
            del self.fields["locality"]
        else:
            self.fields["locality"].choices = [  # type: ignore[attr-defined]
                (key, place.name) for key, place in self.places.items()
            ]
        if not joining.asks_country:
            del self.fields["country"]
        else:
            self.fields["country"].choices = [  # type: ignore[attr-defined]
                ("", _("Choose a country")),
                *COUNTRIES.items(),
                (ELSEWHERE, _("Another country")),
            ]


class AccountForm(forms.Form):
    """All that is asked of a member: an alias, an avatar, and how to sign in; and how old."""

    alias = forms.CharField(
        label=_("Your name on the wall"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("Choose a name for the wall. It should not be your own."),
            "max_length": _("That is longer than 30 letters. Make it a little shorter."),
        },
    )
    email = AddressField()
    password = NewPasswordField(label=_("Password"))
    born_day = forms.IntegerField(label=_("Day"), required=False)
    born_month = forms.IntegerField(label=_("Month"), required=False)
    born_year = forms.IntegerField(label=_("Year"), required=False)

    def __init__(self, *args: Any, joining: Joining, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        if joining.by_sign_on:
            del self.fields["email"], self.fields["password"]
        for part, most in (("day", 2), ("month", 2), ("year", 4)):
            self.fields[f"born_{part}"].widget = forms.TextInput(
                attrs={"inputmode": "numeric", "maxlength": most, "autocomplete": f"bday-{part}"}
            )

    def clean_alias(self) -> str:
        alias: str = aliases.tidy(self.cleaned_data["alias"])
        aliases.check(alias, email=self.data.get("email", ""))
        return alias

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        parts = [cleaned.get(f"born_{part}") for part in ("year", "month", "day")]
        try:
            born_on = date(*(part or 0 for part in parts))
        except (ValueError, OverflowError):
            born_on = None
        if born_on is None or not is_believable(born_on, today=self.today):
            for part in ("day", "month", "year"):
                self.errors.pop(f"born_{part}", None)
            self.add_error(
                "born_day", _("Type the day, month and year you were born, such as 27 3 1990.")
            )
        cleaned["born_on"] = born_on
        return cleaned
