"""What an administrator writes of a protocol: its words, and its steps in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory

from commissioning.models import Commissioner, Locality
from escalation.enums import When
from escalation.hours import validate_hours
from escalation.models import Protocol, ProtocolStep
from escalation.protocols import StepFields

MOST_STEPS = 30
LONGEST_WAIT_MINUTES = 7 * 24 * 60
EVERYWHERE = "everywhere"


def _longest(model: type[Protocol] | type[ProtocolStep], field: str) -> int:
    length: int | None = getattr(model._meta.get_field(field), "max_length", None)
    assert length is not None  # noqa: S101 -- every text of a protocol has a limit
    return length


def _words(
    field: str, label: str, *, required: str = "", help_text: str = "", rows: int = 0
) -> forms.CharField:
    """A text of a step, as long as its column allows."""
    longest = _longest(ProtocolStep, field)
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=longest,
        required=bool(required),
        widget=forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput,
        error_messages={
            "required": required,
            "max_length": f"That is longer than {longest} characters. Make it shorter.",
        },
    )


class PlaceForm(forms.Form):
    """Where a new version is for."""

    place = forms.ChoiceField(
        label="Where is it for?",
        error_messages={
            "required": "Choose where the protocol is for.",
            "invalid_choice": "Choose a place from the list.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = [
            ("", "Choose a place"),
            (EVERYWHERE, "Everywhere without a protocol of its own"),
        ]
        for commissioner in Commissioner.objects.filter(is_hidden=False).order_by("name"):
            places = [(f"c{commissioner.pk}", f"{commissioner.name}: every locality")]
            places += [
                (f"l{locality.pk}", f"{commissioner.name}: {locality.name}")
                for locality in commissioner.localities.shown().order_by("name")
            ]
            choices.append((commissioner.name, places))
        self.fields["place"].choices = choices  # type: ignore[attr-defined]

    @property
    def chosen(self) -> tuple[Commissioner | None, Locality | None]:
        place: str = self.cleaned_data["place"]
        if place == EVERYWHERE:
            return None, None
        if place.startswith("c"):
            return Commissioner.objects.get(pk=int(place[1:])), None
        locality = Locality.objects.select_related("commissioner").get(pk=int(place[1:]))
        return locality.commissioner, locality


class DraftForm(forms.Form):
    """The words of a draft that stand above its steps."""

    introduction = forms.CharField(
        label="What this protocol is for",
        help_text="The first thing that members read. Warm, plain words and short sentences.",
        max_length=_longest(Protocol, "introduction"),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": "Say in plain words what this protocol is for. Members read this.",
            "max_length": "That is longer than 1000 characters. Make it shorter.",
        },
    )
    office_hours = forms.CharField(
        label="Which hours are in hours",
        help_text="On the clock there. Such as Mon-Fri 09:00-17:00; Sat 10:00-12:00.",
        max_length=_longest(Protocol, "office_hours"),
        validators=[validate_hours],
        error_messages={
            "required": "Say which hours count as in hours, such as Mon-Fri 09:00-17:00.",
            "max_length": "That is longer than 200 characters. Make it shorter.",
        },
    )

    def clean_introduction(self) -> str:
        return _one_kind_of_line_end(self.cleaned_data["introduction"])


class StepForm(forms.Form):
    """One step. Its place in the list is its position."""

    contact = _words(
        "contact",
        "Who is turned to",
        required="Say who is turned to, such as Duty line.",
        help_text="A service or a role, such as Duty line. Members read this.",
    )
    contact_details = _words(
        "contact_details",
        "How to reach them",
        help_text="A telephone number or the like. Members do not see it.",
    )
    when = forms.ChoiceField(
        label="When this step is taken",
        help_text="In hours is as you wrote above.",
        choices=When,
        error_messages={
            "required": "Choose when this step is taken.",
            "invalid_choice": "Choose when this step is taken from the list.",
        },
    )
    # Checked only where they count, so that an hour typed and given up stops nobody.
    hours = forms.CharField(
        label="Its own hours",
        required=False,
        help_text="Only for a step at hours of its own. Such as Sat-Sun 09:00-12:00.",
    )
    action = _words(
        "action",
        "What the wall guide does",
        required="Say what the wall guide does.",
        help_text="What to do and say, so that anyone on shift can follow it.",
        rows=3,
    )
    plain_words = _words(
        "plain_words",
        "What the member reads",
        required="Tell the member what happens, in plain words.",
        help_text="The same step in warm, plain words. Short sentences.",
        rows=3,
    )
    minutes_to_next = forms.IntegerField(
        label="Minutes until the next step",
        min_value=1,
        max_value=LONGEST_WAIT_MINUTES,
        error_messages={
            "required": "Say how many minutes there are until the next step.",
            "invalid": "Write the minutes as a whole number, such as 15.",
            "min_value": "There is at least one minute until the next step.",
            "max_value": "That is longer than a week. Write fewer minutes.",
        },
    )

    def clean_action(self) -> str:
        return _one_kind_of_line_end(self.cleaned_data["action"])

    def clean_plain_words(self) -> str:
        return _one_kind_of_line_end(self.cleaned_data["plain_words"])

    def clean(self) -> None:
        hours: str = self.cleaned_data.get("hours", "")
        if self.cleaned_data.get("when") != When.AT_THESE_HOURS:
            self.cleaned_data["hours"] = ""
        elif not hours:
            self.add_error("hours", "Say at which hours, such as Sat-Sun 09:00-12:00.")
        elif len(hours) > (longest := _longest(ProtocolStep, "hours")):
            self.add_error("hours", f"That is longer than {longest} characters. Make it shorter.")
        else:
            try:
                validate_hours(hours)
            except ValidationError as error:
                self.add_error("hours", error)


if TYPE_CHECKING:
    _Steps = BaseFormSet[StepForm]
else:
    _Steps = BaseFormSet  # which cannot be subscripted at run time


class StepFormSet(_Steps):
    """The steps of a draft, in order."""

    @property
    def steps(self) -> list[StepFields]:
        """What was written, once it is valid."""
        return [
            {
                "when": form.cleaned_data["when"],
                "hours": form.cleaned_data["hours"],
                "contact": form.cleaned_data["contact"],
                "contact_details": form.cleaned_data["contact_details"],
                "action": form.cleaned_data["action"],
                "plain_words": form.cleaned_data["plain_words"],
                "minutes_to_next": form.cleaned_data["minutes_to_next"],
            }
            for form in self.forms
        ]

    @property
    def as_typed(self) -> list[dict[str, str]]:
        """What was typed, right or wrong, to be shown again in another order."""
        return [{name: form[name].value() or "" for name in form.fields} for form in self.forms]


_StepFormSet: type[StepFormSet] = formset_factory(
    StepForm,
    formset=StepFormSet,
    extra=0,
    max_num=MOST_STEPS,
    absolute_max=MOST_STEPS + 10,
    validate_max=True,
)  # type: ignore[assignment]


def step_formset(data: Any = None, *, typed: list[Any] | None = None) -> StepFormSet:
    """The formset, bound to what was sent or showing what was typed."""
    errors = {"too_many_forms": f"A protocol has at most {MOST_STEPS} steps."}
    # A blank step is a step with nothing in it, and is told so: none is passed over.
    return _StepFormSet(
        data,
        initial=typed,
        prefix="steps",
        error_messages=errors,
        form_kwargs={"empty_permitted": False, "use_required_attribute": False},
    )


def rearranged(rows: list[Any], do: str) -> tuple[list[Any], int] | None:
    """
    The rows after ``add``, ``up:2``, ``down:2`` or ``remove:2`` (counted from 0), and
    which row to show; None if ``do`` is none of these.
    """
    verb, _, number = do.partition(":")
    rows = list(rows)
    if verb == "add":
        return [*rows, {"when": When.ANY_TIME}], len(rows)
    if not number.isdecimal() or int(number) >= len(rows):
        return None
    place = int(number)
    row = rows.pop(place)
    if verb == "remove":
        return rows, max(0, place - 1)
    if verb not in ("up", "down"):
        return None
    place = max(0, place - 1) if verb == "up" else place + 1
    rows.insert(place, row)
    return rows, min(place, len(rows) - 1)


def _one_kind_of_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
