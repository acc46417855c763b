"""How letters look: the wall's own colours, written into each tag as mail programs ask."""

from __future__ import annotations

import functools
import re
from typing import Any

import css_inline
from django.conf import settings
from django.template.loader import render_to_string

TOKENS = settings.BASE_DIR / "static/css/tokens.css"
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def dressed(template: str, context: dict[str, Any]) -> str:
    """
    A letter's HTML: its style in each tag, and what only some programs know in its head.

    The style has a file of its own, as on our pages: no template holds any.
    """
    light, dark = _colours()
    style = render_to_string(f"{template}.css", {"light": light, "dark": dark})
    page = render_to_string(f"{template}.html", context)
    return _INLINER.inline(page.replace("</head>", f"<style>{style}</style></head>", 1))


@functools.cache
def _colours() -> tuple[dict[str, str], dict[str, str]]:
    """The light and the dark colours by name, from the one file that may name any."""
    text = TOKENS.read_text()
    light, dark = (
        {
            name.replace("-", "_"): colour
            for name, colour in re.findall(
                r"--([\w-]+): (#[0-9a-f]{6});", text.split(start, 1)[1].split("}", 1)[0]
            )
        }
        for start in ('[data-theme="light"] {', '\n  [data-theme="dark"] {')
    )
    return light, dark
