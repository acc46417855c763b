"""
Which words people are shown, and by which files: for the catalogue and for the tests of it.

A template is the staff's when it stands in the desk, or is named below, or is a part that only
the staff's templates use. Everything else is for members, so that a new page must be
translatable unless somebody says why not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation.template import templatize

TEMPLATES = settings.BASE_DIR / "templates"
CATALOGUE = settings.BASE_DIR / "locale/{locale}/LC_MESSAGES/django.po"
SOURCE_LOCALE = "en_GB"

# Where what is shown is for staff, commissioners and administrators: beneath these paths, and in
# every template that extends one of the frames.
STAFF_FRAMES = ("desk_base.html",)
STAFF_TEMPLATES = (
    "bench/", "demo/", "design/", "escalation/", "letters/invitation.txt", "letters/set_back.txt",
    "reporting/", "risk/",
)  # fmt: skip
STAFF_CODE = (
    "accounts/checks.py", "accounts/invitations.py", "accounts/management/",
    "accounts/ways_in_forms.py", "audit/", "bench/", "community/acts.py", "community/appeals.py",
    "community/desk_enums.py", "community/group_forms.py", "community/reports.py",
    "community/views/group_desk.py", "live/", "reporting/", "risk/",
    "scripts/",
    "vault/",
)  # fmt: skip
# … and what there is for members all the same. (In the code of escalation only their words are
# marked: hours, steps, and why somebody looked who they are.)
FOR_MEMBERS = ("escalation/what_happens.html",)
# Words of ours are in these rooms; the rest of the tree is tests, tools and data.
ROOMS = (
    "accounts", "audit", "belonging", "commissioning", "community", "escalation", "live",
    "measures", "notifications", "peersupport", "reporting", "risk", "vault",
)  # fmt: skip

STAFF_ONLY = "Staff only: no member reads this."

KEYWORDS: dict[str, Any] = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip

_PARENT = re.compile(r"{%\s*(?:extends|include)\s+[\"']([^\"']+)[\"']")
_EXTENDS = re.compile(r"{%\s*extends\s+[\"']([^\"']+)[\"']")


class Words(NamedTuple):
    """One entry of the catalogue: one sentence, or one in the singular and the plural."""

    context: str | None
    said: str | tuple[str, str]


class Found(NamedTuple):
    places: frozenset[str]
    comments: tuple[str, ...]


def every_template() -> dict[str, str]:
    """Each template of ours by its name, with its source."""
    return {
        path.relative_to(TEMPLATES).as_posix(): path.read_text()
        for path in sorted(TEMPLATES.rglob("*"))
        if path.suffix in (".html", ".txt")
    }


def staff_templates(templates: dict[str, str]) -> set[str]:
    """The names of those that no member is shown."""
    used_by: dict[str, set[str]] = defaultdict(set)
    extends: dict[str, str] = {}
    for name, source in templates.items():
        for used in _PARENT.findall(source):
            used_by[used].add(name)
        if parent := _EXTENDS.search(source):
            extends[name] = parent[1]

    staff = {
        name
        for name in templates
        if name in STAFF_FRAMES or (name.startswith(STAFF_TEMPLATES) and name not in FOR_MEMBERS)
    }
    while True:
        more = {name for name, parent in extends.items() if parent in staff}
        # A part follows its users, wherever it lies: staff's if all of them are.
        more |= {name for name in templates if used_by[name] and used_by[name] <= staff}
        members = {
            name
            for name in staff
            if name not in STAFF_FRAMES
            and extends.get(name) not in staff
            and used_by[name] - staff
            and Path(name).name.startswith("_")
        }
        grown = (staff | more) - members
        if grown == staff:
            return staff
        staff = grown


def member_templates() -> dict[str, str]:
    """The templates that members, or people on their way in, are shown."""
    templates = every_template()
    staff = staff_templates(templates)
    return {name: source for name, source in templates.items() if name not in staff}


def is_staff_code(path: str) -> bool:
    """Whether the words in a Python file, named from the top of the tree, are for staff."""
    return path.startswith(STAFF_CODE)


def gather() -> dict[Words, Found]:
    """Every sentence marked for translation, with the files it stands in."""
    templates = every_template()
    staff = {f"templates/{name}" for name in staff_templates(templates)}
    places: dict[Words, set[str]] = defaultdict(set)
    comments: dict[Words, list[str]] = defaultdict(list)
    sources = {f"templates/{name}": _as_python(source) for name, source in templates.items()}
    sources |= {
        path.relative_to(settings.BASE_DIR).as_posix(): path.read_text()
        for room in ROOMS
        for path in sorted((settings.BASE_DIR / room).rglob("*.py"))
        if "migrations" not in path.parts
    }
    for place, source in sources.items():
        for words, said_about in _marked(source):
            places[words].add(place)
            comments[words] += [comment for comment in said_about if comment]
    return {
        words: Found(
            frozenset(where),
            tuple(dict.fromkeys(comments[words]))
            + ((STAFF_ONLY,) if all(_is_staff(place, staff) for place in where) else ()),
        )
        for words, where in places.items()
    }


def _is_staff(place: str, staff_templates: set[str]) -> bool:
    return place in staff_templates or is_staff_code(place)


def _as_python(template: str) -> str:
    """A template as calls of gettext, which a reader of Python understands."""
    # Within brackets its indentation means nothing.
    lines = templatize(template).splitlines()
    return "\n".join(line.strip() for line in lines)


def _marked(source: str) -> Iterator[tuple[Words, list[str]]]:
    # Only the tools need it: a running house reads compiled catalogues.
    from io import BytesIO

    from babel.messages.extract import extract

    found = extract(
        "python", BytesIO(source.encode()), keywords=KEYWORDS, comment_tags=("Translators:",),
        options={"encoding": "utf-8"}, strip_comment_tags=True,
    )  # fmt: skip
    for _line, said, said_about, context in found:
        yield Words(context, said), list(said_about)
