"""Writes the catalogue of words: what is marked for translation, in every language there is."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from peersupport.words import CATALOGUE, SOURCE_LOCALE, gather

A_DAY = datetime(2000, 1, 1, tzinfo=UTC)
NOISE = tuple(
    f'"{header}:'.encode()
    for header in (
        "Project-Id-Version", "Report-Msgid-Bugs-To", "POT-Creation-Date", "PO-Revision-Date",
        "Last-Translator", "Language-Team", "Generated-By",
    )
)  # fmt: skip


class Command(BaseCommand):
    help = "Write locale/*/LC_MESSAGES/django.po and .mo from what is marked in the code."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail if old")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        old = []
        for path, content in catalogues():
            if path.exists() and path.read_bytes() == content:
                continue
            old.append(path.relative_to(settings.BASE_DIR).as_posix())
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        if check and old:
            raise CommandError(f"Run `manage.py gather_words`: not up to date are {', '.join(old)}")
        self.stdout.write(f"Written: {', '.join(old)}" if old else "Up to date.")


def catalogues() -> list[tuple[Path, bytes]]:
    """
    Each catalogue as it should be, for people (.po) and for the running house (.mo).

    What has been translated is kept; what is gone from the code is gone from the catalogue.
    Nothing in them depends on the day or the machine.
    """
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po, write_po

    locales = {path.parts[-3] for path in settings.BASE_DIR.glob("locale/*/LC_MESSAGES/django.po")}
    written = []
    for locale in sorted(locales | {SOURCE_LOCALE}):
        path = Path(str(CATALOGUE).format(locale=locale))
        before = read_po(BytesIO(path.read_bytes()), locale=locale) if path.exists() else None
        catalogue = _catalogue(locale, before)
        po, mo = BytesIO(), BytesIO()
        write_po(po, catalogue, width=100, sort_output=True, include_lineno=False)
        write_mo(mo, catalogue)
        written += [(path, _without_noise(po.getvalue())), (path.with_suffix(".mo"), mo.getvalue())]
    return written


def _catalogue(locale: str, before: Any) -> Any:
    from babel.messages.catalog import Catalog

    catalogue = Catalog(
        locale=locale, fuzzy=False, creation_date=A_DAY, revision_date=A_DAY,
        header_comment="# The words of The Wall. Written by `manage.py gather_words`.",
    )  # fmt: skip
    for words, found in gather().items():
        kept = before.get(_id(words.said), words.context) if before else None
        catalogue.add(
            words.said,
            kept.string if kept and not kept.fuzzy else None,
            locations=[(place, None) for place in sorted(found.places)],
            auto_comments=found.comments,
            context=words.context,
        )
    return catalogue


def _id(said: str | tuple[str, str]) -> str:
    return said if isinstance(said, str) else said[0]


def _without_noise(po: bytes) -> bytes:
    """Only the headers that mean something, so that a catalogue differs when its words do."""
    return b"\n".join(line for line in po.split(b"\n") if not line.startswith(NOISE))
