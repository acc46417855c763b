"""What an administrator writes of a way in."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings as house
from django.core.exceptions import ValidationError

from accounts.joining_forms import normal_code
from accounts.ways_in import Provider, Settings, new_code
from commissioning.enums import Country, WayInKind
from commissioning.models import OLDEST, YOUNGEST, Campaign, Commissioner, Locality, WayIn
from commissioning.postcodes import area_or_outward_code

SHORTEST_CODE = 6
_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")
# Addresses there belong to nobody's people in particular.
EVERYBODYS = {
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk", "live.com",
    "yahoo.com", "yahoo.co.uk", "icloud.com", "me.com", "aol.com", "gmx.com", "proton.me",
    "protonmail.com", "btinternet.com", "sky.com", "ac.uk", "co.uk", "org.uk", "gov.uk", "nhs.uk",
    "sch.uk",
}  # fmt: skip


class NewWayInForm(forms.Form):
    """For whom, and what kind: the rest depends on it."""

    commissioner = forms.ModelChoiceField(
        Commissioner.objects.filter(is_hidden=False).order_by("name"),
        to_field_name="slug",
        label="Whose people?",
        empty_label="Choose a commissioner",
        error_messages={
            "required": "Choose whose people it is for.",
            "invalid_choice": "Choose a commissioner from the list.",
        },
    )
    kind = forms.ChoiceField(
        label="What kind?",
        choices=WayInKind.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose a kind.",
            "invalid_choice": "Choose a kind from the list.",
        },
    )


class WayInForm(forms.Form):
    """Everything that can be set of a way in of one kind."""

    name = forms.CharField(
        label="What you call it",
        help_text="Only staff read this, such as Posters in the library.",
        max_length=80,
        error_messages={"required": "Give it a name that you will know it by."},
    )
    locality = forms.ModelChoiceField(
        Locality.objects.none(),
        label="For one locality only",
        required=False,
        empty_label="All: people choose theirs",
    )
    campaign = forms.ModelChoiceField(
        Campaign.objects.none(), label="Campaign", required=False, empty_label="None"
    )
    code = forms.CharField(
        label="The code",
        help_text=(
            f"At least {SHORTEST_CODE} letters and digits. Case, spaces and dashes do not count. "
            "The one offered cannot be guessed; a word that people know can."
        ),
        max_length=40,
        error_messages={"required": "Give it a code."},
    )
    domains = forms.CharField(
        label="What their addresses end in",
        help_text="One a line, such as students.example.ac.uk. Each counts exactly as written.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        error_messages={"required": "Write at least one domain."},
    )
    outward_codes = forms.CharField(
        label="First halves of UK postcodes",
        help_text="With spaces between, such as LS6 LS7. LS alone stands for all that begin so.",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    countries = forms.MultipleChoiceField(
        label="Only for people who live in (none chosen: anywhere)",
        required=False,
        choices=Country.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    use_limit = forms.IntegerField(
        label="How many may come in by this link",
        min_value=1,
        max_value=100_000,
        error_messages={"required": "Say how many may use it: 1 for one person."},
    )
    server_url = forms.URLField(
        label="Address of the sign-on server",
        help_text="Where /.well-known/openid-configuration stands. It begins with https.",
        max_length=300,
        assume_scheme="https",
        error_messages={"required": "Write the address of the server."},
    )
    client_id = forms.CharField(
        label="Client id", max_length=190, error_messages={"required": "Write the client id."}
    )
    secret = forms.CharField(
        label="Client secret",
        max_length=400,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Write the client secret."},
    )
    min_age = forms.IntegerField(
        label="Youngest age",
        min_value=YOUNGEST,
        max_value=OLDEST,
        initial=YOUNGEST,
        error_messages={"min_value": f"Nobody under {YOUNGEST} is taken in."},
    )
    max_age = forms.IntegerField(
        label="Oldest age", min_value=YOUNGEST, max_value=OLDEST, required=False
    )
    opens_at = forms.DateTimeField(
        label="Opens",
        help_text="UTC. Empty means now.",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    closes_at = forms.DateTimeField(
        label="Closes",
        help_text="UTC. Empty means that it stays open.",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    OF_ONE_KIND = {
        "code": WayInKind.ACCESS_CODE,
        "domains": WayInKind.EMAIL_DOMAIN,
        "outward_codes": WayInKind.AREA,
        "use_limit": WayInKind.REFERRAL,
        "server_url": WayInKind.SINGLE_SIGN_ON,
        "client_id": WayInKind.SINGLE_SIGN_ON,
        "secret": WayInKind.SINGLE_SIGN_ON,
    }

    def __init__(
        self,
        *args: Any,
        commissioner: Commissioner,
        kind: WayInKind,
        way_in: WayIn | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.way_in = kind, way_in
        self.fields["locality"].queryset = (  # type: ignore[attr-defined]
            commissioner.localities.shown().order_by("name")
        )
        self.fields["campaign"].queryset = (  # type: ignore[attr-defined]
            Campaign.objects.filter(commissioner=commissioner).order_by("name")
        )
        for name, its_kind in self.OF_ONE_KIND.items():
            if its_kind != kind:
                del self.fields[name]
        if kind == WayInKind.AREA:
            self.fields["countries"].label = "And everybody who lives in, besides those postcodes"
        if kind == WayInKind.SINGLE_SIGN_ON and way_in is not None:
            self.fields["secret"].required = False
            self.fields["secret"].help_text = "Empty leaves the one that is there."
        if way_in is None:
            self.initial.setdefault("code", new_code())
        else:
            self.initial.update(_as_typed(way_in))

    def clean_code(self) -> str:
        code = normal_code(self.cleaned_data["code"])
        if len(code) < SHORTEST_CODE:
            raise ValidationError(f"A code has at least {SHORTEST_CODE} letters and digits.")
        if not code.isascii():
            raise ValidationError("Use plain letters and digits: every keyboard must have them.")
        others = WayIn.objects.filter(code=code)
        if self.way_in is not None:
            others = others.exclude(pk=self.way_in.pk)
        if others.exists():
            raise ValidationError("Another way in has this code. Choose another.")
        return code

    def clean_domains(self) -> tuple[str, ...]:
        typed = self.cleaned_data["domains"].replace(",", " ").split()
        domains = tuple(dict.fromkeys(each.lstrip("@").casefold() for each in typed))
        for domain in domains:
            if not _DOMAIN.fullmatch(domain) or len(domain) > 253:
                raise ValidationError(f"“{domain}” is not a domain such as students.example.ac.uk.")
            if domain in EVERYBODYS:
                raise ValidationError(f"Anybody can have an address at {domain}.")
        return domains

    def clean_outward_codes(self) -> tuple[str, ...]:
        typed = self.cleaned_data["outward_codes"].replace(",", " ").split()
        codes: list[str] = []
        for each in typed:
            code = area_or_outward_code(each)
            if code is None:
                raise ValidationError(f"“{each}” is not the first half of a UK postcode.")
            codes.append(code)
        return tuple(dict.fromkeys(codes))

    def clean_server_url(self) -> str:
        url: str = self.cleaned_data["server_url"].rstrip("/")
        loopback = urlsplit(url).hostname in ("127.0.0.1", "localhost")
        may_be_plain = loopback and (house.DEMO or house.DEBUG or house.TESTING)
        if urlsplit(url).scheme != "https" and not may_be_plain:
            raise ValidationError("It must begin with https: who signs in there is told over it.")
        return url

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        youngest, oldest = said.get("min_age"), said.get("max_age")
        if youngest and oldest and oldest < youngest:
            self.add_error("max_age", "The oldest age is below the youngest.")
        opens, closes = said.get("opens_at"), said.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", "It would close before it opens.")
        none = self.kind == WayInKind.AREA and not (
            said.get("outward_codes") or said.get("countries") or self.errors
        )
        if none:
            self.add_error("outward_codes", "Write at least one postcode, or choose a country.")
        return said

    @property
    def settings(self) -> Settings:
        said = self.cleaned_data
        provider = None
        if self.kind == WayInKind.SINGLE_SIGN_ON:
            provider = Provider(said["server_url"], said["client_id"], said["secret"])
        return Settings(
            name=said["name"],
            locality=said["locality"],
            campaign=said["campaign"],
            opens_at=said["opens_at"],
            closes_at=said["closes_at"],
            min_age=said["min_age"],
            max_age=said["max_age"],
            countries=tuple(said["countries"]),
            code=said.get("code", ""),
            domains=said.get("domains", ()),
            outward_codes=said.get("outward_codes", ()),
            use_limit=said.get("use_limit"),
            provider=provider,
        )


class CampaignForm(forms.Form):
    commissioner = NewWayInForm.base_fields["commissioner"]
    name = forms.CharField(
        label="What you call it",
        max_length=80,
        error_messages={"required": "Give the campaign a name."},
    )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if (
            "name" in said
            and "commissioner" in said
            and Campaign.objects.filter(
                commissioner=said["commissioner"], name=said["name"]
            ).exists()
        ):
            self.add_error("name", "They have a campaign of this name already.")
        return said


class TermsForm(forms.Form):
    """What holds for a whole commissioner."""

    episode_retention_months = forms.IntegerField(
        label="Months that risk episodes are kept after a member has gone",
        help_text=(
            "Members are told this number before they join and before they leave. Agree it with "
            "the commissioner's data-protection officer."
        ),
        min_value=1,
        max_value=1200,
        error_messages={"required": "Say how many months."},
    )
    elsewhere = forms.CharField(
        label="Where people can go for whom their ways in are not",
        help_text="One or two plain sentences. Shown to who is too young, or lives elsewhere.",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _as_typed(way_in: WayIn) -> dict[str, Any]:
    typed: dict[str, Any] = {
        name: getattr(way_in, name)
        for name in (
            "name", "locality", "campaign", "code", "countries", "use_limit", "min_age", "max_age",
            "opens_at", "closes_at",
        )
    }  # fmt: skip
    typed["domains"] = "\n".join(way_in.domains)
    typed["outward_codes"] = " ".join(way_in.outward_codes)
    if way_in.kind == WayInKind.SINGLE_SIGN_ON:
        typed |= {
            "server_url": way_in.provider.server_url,
            "client_id": way_in.provider.client_id,
        }
    return typed
