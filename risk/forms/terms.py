"""What is written of a term: checked for its shape here, and for what it does by the trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from risk.enums import Category, TermState, Urgency
from risk.models.terms import REASON_AT_MOST
from risk.term_rules import NOTE_AT_MOST, PATTERN_AT_MOST, PATTERNS_AT_MOST, Entry

NO_CATEGORY = "none"
SENTENCE_AT_MOST = 1000
# A shipped term is longer than the fifty patterns of 200 that an operator writes.
PATTERNS_TEXT_AT_MOST = 60_000
_FAMILIES = "Names of families, with spaces between them. Leave it as it is if you are not sure."
_TOO_LONG = "That is longer than %(limit_value)d characters. Make it shorter."


class FilterForm(forms.Form):
    """What of the list is looked at. Whatever cannot be understood is left out."""

    q = forms.CharField(label="Look for", required=False, max_length=80)
    category = forms.ChoiceField(
        label="Category",
        required=False,
        choices=[("", "Every category"), *Category.choices, (NO_CATEGORY, "None")],
    )
    level = forms.ChoiceField(
        label="Level",
        required=False,
        choices=[("", "Every level"), *((each.slug, each.label) for each in Urgency)],
    )
    state = forms.ChoiceField(
        label="Whose",
        required=False,
        choices=[
            ("", "All in use"),
            ("shipped", "As shipped"),
            ("ours", "Added or changed here"),
            ("waiting", TermState.PROPOSED.label),
            ("retired", "Retired"),
        ],
    )


class ReasonForm(forms.Form):
    """Why: to be read in a year, by somebody who was not there."""

    reason = forms.CharField(
        label="Why?",
        help_text="Do not quote a member or name anybody: this stays for good.",
        required=False,
        max_length=REASON_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _TOO_LONG},
    )
    sentence = forms.CharField(
        label="Try it on a sentence",
        help_text="Make one up. It is read before and after the change, and kept nowhere.",
        required=False,
        max_length=SENTENCE_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": _TOO_LONG},
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    based_on = forms.CharField(required=False, widget=forms.HiddenInput)

    def say(self, problems: Mapping[str, Sequence[str]]) -> None:
        """Put what the trial found wrong beside the fields that it is about."""
        for name, sentences in problems.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)


class TermForm(ReasonForm):
    """A whole term, as it shall be from then on."""

    term = forms.CharField(
        label="Its name",
        help_text="Small letters, digits and dashes, such as new-word-for-pills. It never changes.",
        max_length=59,
        error_messages={"required": "Give the term a name.", "max_length": _TOO_LONG},
    )
    category = forms.ChoiceField(
        label="What it is about",
        help_text="A term without a category raises nothing: it explains other terms away.",
        choices=[
            ("", "Choose a category"),
            *Category.choices,
            (NO_CATEGORY, "None: it explains other terms"),
        ],
        error_messages={"required": "Choose what it is about."},
    )
    level = forms.ChoiceField(
        label="How soon a person should read it",
        choices=[("", "Choose a level"), *((each.slug, each.label) for each in Urgency)],
        error_messages={"required": "Choose how soon a person should read it."},
    )
    patterns = forms.CharField(
        label="What is looked for",
        help_text=(
            f"One pattern a line, at most {PATTERNS_AT_MOST}, each up to {PATTERN_AT_MOST} "
            "characters. How they are written is below."
        ),
        max_length=PATTERNS_TEXT_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        error_messages={"required": "Write at least one pattern.", "max_length": _TOO_LONG},
    )
    needs = forms.CharField(
        label="Counts only beside", help_text=_FAMILIES, required=False, max_length=300
    )
    blockers = forms.CharField(
        label="Does not count beside", help_text=_FAMILIES, required=False, max_length=300
    )
    tags = forms.CharField(
        label="Belongs to the families", help_text=_FAMILIES, required=False, max_length=300
    )
    note = forms.CharField(
        label="What a colleague should know of it",
        required=False,
        max_length=NOTE_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": _TOO_LONG},
    )

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_new:
            del self.fields["term"]
        # What it is comes first, why it changes after it.
        self.order_fields(
            ["term", "category", "level", "patterns", "needs", "blockers", "tags", "note"]
        )

    @staticmethod
    def initial_of(entry: Entry) -> dict[str, Any]:
        return {
            "category": entry["category"] or NO_CATEGORY,
            "level": entry["level"],
            "patterns": "\n".join(entry["patterns"]),
            "needs": entry["needs"],
            "blockers": entry["blockers"],
            "tags": entry["tags"],
            "note": entry["note"],
        }

    def entry_over(self, before: Entry | None, *, term: str) -> dict[str, Any]:
        """The whole entry, with what the form does not show as it was."""
        given = self.cleaned_data
        patterns = [line for line in given["patterns"].splitlines() if line.strip()]
        return {
            **(before or {}),
            "id": term,
            "category": None if given["category"] == NO_CATEGORY else given["category"],
            "level": given["level"],
            "patterns": list(dict.fromkeys(" ".join(line.lower().split()) for line in patterns)),
            "needs": given["needs"],
            "blockers": given["blockers"],
            "tags": given["tags"],
            "note": given["note"],
        }


class RefusalForm(forms.Form):
    because = forms.CharField(
        label="Why not?",
        help_text="Who proposed it reads this.",
        max_length=REASON_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why not.", "max_length": _TOO_LONG},
    )
