"""`manage.py screen_texts`: JSON lines in, what the classifier makes of each out."""

import json
import sys
from typing import Any, TextIO

from django.core.management.base import BaseCommand

from risk.classifier import Classification, classify


class Command(BaseCommand):
    """Screens JSON lines from standard input. Needs no database and no Redis."""

    help = 'Screen JSON lines {"id", "text"} from standard input; write one JSON line for each.'
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer every line in order; a bad one is answered too, and the exit status says so."""
        # Bytes, because one line that is no UTF-8 must not cost the others their answer.
        source = getattr(options.get("stdin") or sys.stdin, "buffer", None) or sys.stdin
        if not screen_lines(source, self.stdout):
            sys.exit(1)


def screen_lines(source: Any, target: TextIO | Any) -> bool:
    """Screen each line of `source` to `target`; whether all of them could be read."""
    all_good = True
    for number, line in enumerate(source, start=1):
        raw = line.strip()
        if not raw:
            continue
        try:
            identity, text = _parse(raw)
        except ValueError as error:
            all_good = False
            answer: dict[str, Any] = {"id": None, "error": str(error), "line": number}
        else:
            answer = as_json(identity, classify(text))
        target.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return all_good


def _parse(raw: bytes | str) -> tuple[Any, str]:
    """
    The id and the text of a line.

    :raises ValueError: with a plain sentence, if the line is not what it should be
    """
    try:
        row = json.loads(raw.decode() if isinstance(raw, bytes) else raw)
    except UnicodeDecodeError:
        raise ValueError("The line is not UTF-8.") from None
    except (json.JSONDecodeError, RecursionError):
        raise ValueError("The line is not JSON.") from None
    if not isinstance(row, dict) or "id" not in row or not isinstance(row.get("text"), str):
        raise ValueError('The line is not an object with an "id" and a "text".')
    # Lone surrogates can be written in JSON but not in UTF-8.
    return row["id"], row["text"].encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def as_json(identity: Any, found: Classification) -> dict[str, Any]:
    """A classification as the line that is written."""
    return {
        "id": identity,
        "level": found.urgency.name.lower(),
        "probability": found.probability,
        "categories": [category.value for category in found.categories],
        "spans": [
            {
                "start": span.start,
                "end": span.end,
                "term": span.term,
                "category": span.category.value,
            }
            for span in found.spans
        ],
        "lexicon_version": found.lexicon_version,
        "model_version": found.model_version,
    }
