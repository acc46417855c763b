"""What members fill in in their own room; forms validate and never save."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import AppFace, TextSize, Theme
from accounts.models import MUTED_WORD_MAX_LENGTH
from belonging.enums import Reason
from community.enums import ContentNote
from community.models import Topic
from notifications.enums import Part

BREAK_AT_MOST = timedelta(days=366)


class AppearanceForm(forms.Form):
    theme = forms.ChoiceField(
        label=_("Colours"), choices=Theme.choices, required=False, widget=forms.RadioSelect
    )
    text_size = forms.ChoiceField(
        label=_("Size of the words"),
        choices=TextSize.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    app_face = forms.ChoiceField(
        label=_("Its name and picture on your phone"),
        help_text=_(
            "If you put it on your phone as an app. To change it later, put it there anew."
        ),
        choices=AppFace.choices,
        required=False,
        widget=forms.RadioSelect,
    )

    def clean_app_face(self) -> str:
        return self.cleaned_data["app_face"] or AppFace.WALL


class LettersForm(forms.Form):
    """What a member is told of, where, and when not."""

    weekly_letter = forms.BooleanField(
        label=_("Once a week: what is new on the wall"), required=False
    )
    letter_of_replies = forms.BooleanField(
        label=_("At most once a day: that somebody has replied to me"), required=False
    )
    push_replies = forms.BooleanField(label=Part.REPLIES.label, required=False)
    push_help = forms.BooleanField(label=Part.HELP.label, required=False)
    push_guides = forms.BooleanField(label=Part.GUIDES.label, required=False)
    quiet_from = forms.TimeField(
        label=_("Nothing from"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=_("Until"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )


def languages() -> list[tuple[str, Any]]:
    """The languages whose words are there and are offered; nothing to choose with only one."""
    offered = getattr(settings, "LANGUAGES_OFFERED", [settings.LANGUAGE_CODE])
    names = dict(settings.LANGUAGES)
    return [(code, _(names[code])) for code in offered if code in names]


class LanguageForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language"), required=False, widget=forms.RadioSelect, choices=[]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("As my phone or computer asks")), *languages()]
        self.fields["language"].choices = choices  # type: ignore[attr-defined]


class BreakForm(forms.Form):
    """Until when. ``today`` is the member's own day."""

    OWN_DAY = "own"
    length = forms.ChoiceField(
        label=_("For how long?"),
        choices=[
            ("7", _("A week")),
            ("14", _("Two weeks")),
            ("30", _("A month")),
            (OWN_DAY, _("Until a day that I choose")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how long your break should be.")},
    )
    until = forms.DateField(
        label=_("The day I come back"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the day like this: 2027-03-31.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        length, until = cleaned.get("length"), cleaned.get("until")
        if length and length != self.OWN_DAY:
            cleaned["until"] = self.today + timedelta(days=int(length))
        elif length and "until" not in self.errors:
            if until is None:
                self.add_error("until", _("Choose the day you come back."))
            elif until <= self.today:
                self.add_error("until", _("That day has begun. Choose a later one."))
            elif until > self.today + BREAK_AT_MOST:
                self.add_error("until", _("A break can be a year long. Choose an earlier day."))
        return cleaned


class MutedWordForm(forms.Form):
    word = forms.CharField(
        label=_("A word or a few words"),
        max_length=MUTED_WORD_MAX_LENGTH,
        error_messages={
            "required": _("Write the word that you want to mute."),
            "max_length": _("That is too long. Use one word, or a few."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )

    def clean_word(self) -> str:
        word = " ".join(str(self.cleaned_data["word"]).split())
        if not any(letter.isalnum() for letter in word):
            raise forms.ValidationError(_("There is no word in this yet."))
        return word


class MutedKindsForm(forms.Form):
    """Topics, and what content notes may say: ticked is muted."""

    muted_notes = forms.MultipleChoiceField(
        label=_("Things it may be about"),
        choices=ContentNote.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    muted_topics = forms.MultipleChoiceField(
        label=_("Topics"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The names are in English in the database, and in the catalogue.
        topics = [(each.slug, gettext(each.name)) for each in Topic.objects.all()]
        self.fields["muted_topics"].choices = topics  # type: ignore[attr-defined]


class LeavingForm(forms.Form):
    reasons = forms.MultipleChoiceField(
        label=_("Why do you leave? You do not have to say."),
        choices=Reason.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    sure = forms.BooleanField(
        label=_("I have read this, and I want to leave"),
        error_messages={"required": _("Tick the box if you want to leave.")},
    )


class AliasForm(forms.Form):
    alias = forms.CharField(
        label=_("The name that others see"),
        min_length=2,
        max_length=30,
        error_messages={
            "required": _("Write the name that others should see."),
            "min_length": _("A name has two letters at least."),
            "max_length": _("That is too long. A name has thirty letters at most."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class NameForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Write your name, or go back.")},
    )


def _phone(number: str) -> str:
    """:raises ValidationError: unless it could be a telephone number anywhere"""
    if not 6 <= sum(each.isdigit() for each in number) <= 15:
        raise forms.ValidationError(_("This does not look like a phone number. Check the digits."))
    return number


class PhoneForm(forms.Form):
    phone = forms.CharField(
        label=_("Your phone number"),
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        error_messages={"required": _("Write your phone number, or go back.")},
    )

    def clean_phone(self) -> str:
        return _phone(str(self.cleaned_data["phone"]))


class PostcodeForm(forms.Form):
    postcode = forms.CharField(
        label=_("Your postcode"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
        error_messages={"required": _("Write your postcode, or go back.")},
    )


class EmergencyForm(forms.Form):
    emergency_name = forms.CharField(
        label=_("Their name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Write the name of the person we may call.")},
    )
    emergency_phone = forms.CharField(
        label=_("Their phone number"),
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        error_messages={"required": _("Write the number we may call.")},
    )

    def clean_emergency_phone(self) -> str:
        return _phone(str(self.cleaned_data["emergency_phone"]))


DETAIL_FORMS: dict[str, type[forms.Form]] = {
    "name": NameForm,
    "phone": PhoneForm,
    "postcode": PostcodeForm,
    "emergency-contact": EmergencyForm,
}
