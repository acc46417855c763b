from __future__ import annotations

import json
from typing import Any

from django import template

register = template.Library()


@register.filter
def as_json(options: dict[str, Any]) -> str:
    """What a passkey's ceremony needs, for a data attribute; static/js/passkey.js reads it."""
    return json.dumps(options, separators=(",", ":"))
