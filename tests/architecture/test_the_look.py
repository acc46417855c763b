"""Colour, weight and plainness: what can be held without a browser."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from accounts.templatetags.avatars import avatar

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
TOKENS = (STATIC / "css/tokens.css").read_text()

LIGHT, DARK, DARK_BY_SYSTEM = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", TOKENS.split(start, 1)[1].split("}", 1)[0]))
    for start in (
        '[data-theme="light"] {',
        '\n  [data-theme="dark"] {',
        ':root:not([data-theme="light"]) {',
    )
)
# What the calm theme puts in place of which token: it goes with light and with dark.
CALM = dict(
    re.findall(
        r"--([\w-]+): var\(--([\w-]+)\);",
        TOKENS.split('[data-theme="calm"] {', 1)[1].split("}", 1)[0],
    )
)
TINTS = ("clay", "sand", "moss", "mist", "heather", "rose")
GROUNDS = ("paper", "surface", *TINTS)
# Text needs 4.5 to 1 (WCAG 1.4.3); the edge of a control 3 to 1 (1.4.11). Ink promises more.
PAIRS = [
    *(("ink", ground, 10.0) for ground in GROUNDS),
    *((text, ground, 4.5) for text in ("ink-2", "pine", "brick", "help") for ground in GROUNDS),
    *(("line", ground, 3.0) for ground in GROUNDS),
    ("on-pine", "pine", 4.5),
    ("on-pine", "pine-hover", 4.5),
    ("on-help", "help", 4.5),
    ("on-danger", "danger", 4.5),
    ("on-rail", "rail", 4.5),
    ("danger", "surface", 4.5),
    ("danger", "danger-bg", 4.5),
    ("amber", "amber-bg", 4.5),
    ("ink", "amber-bg", 4.5),
    ("ink-2", "mortar", 4.5),
]


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def calm(theme: dict[str, str]) -> dict[str, str]:
    return theme | {name: theme[other] for name, other in CALM.items()}


@pytest.mark.parametrize(
    "theme",
    [LIGHT, DARK, calm(LIGHT), calm(DARK)],
    ids=["light", "dark", "calm light", "calm dark"],
)
def test_u27_every_pair_of_tokens_can_be_read(theme: dict[str, str]) -> None:
    weak = {
        (text, ground): round(contrast(theme[text], theme[ground]), 1)
        for text, ground, least in PAIRS
        if contrast(theme[text], theme[ground]) < least
    }
    assert weak == {}


def test_u27_dark_is_the_same_whether_the_system_or_the_reader_chose_it() -> None:
    assert DARK == DARK_BY_SYSTEM
    assert DARK.keys() == LIGHT.keys()


def test_calm_is_one_tone_and_says_nothing_by_colour_alone() -> None:
    assert CALM.keys() == {"brick", *TINTS, *(f"{tint}-deep" for tint in TINTS)}
    for theme in (LIGHT, DARK):
        assert {calm(theme)[tint] for tint in TINTS} == {theme["surface"]}
        assert calm(theme)["brick"] == theme["ink"]


def test_no_colour_is_named_outside_the_tokens() -> None:
    literal = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch|lab)a?\(")
    # The crisis page's one stylesheet stands alone; the next test holds it to the tokens.
    sheets = set((STATIC / "css").rglob("*.css")) - {
        STATIC / "css/tokens.css",
        STATIC / "css/help.css",
    }
    assert len(sheets) >= 8
    assert {sheet.name: literal.findall(sheet.read_text()) for sheet in sheets} == {
        sheet.name: [] for sheet in sheets
    }


def test_the_crisis_pages_colours_are_the_tokens() -> None:
    light, dark = (STATIC / "css/help.css").read_text().split("prefers-color-scheme: dark", 1)
    for css, theme in ((light, LIGHT), (dark, DARK)):
        named = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css))
        assert named
        assert named.items() <= theme.items()


def test_u10_styles_scripts_and_fonts_keep_their_weight() -> None:
    def weight(pattern: str) -> int:
        return sum(len(gzip.compress(f.read_bytes())) for f in STATIC.glob(pattern))

    assert weight("css/**/*.css") <= 15 * 1024
    assert weight("js/*.js") <= 20 * 1024
    assert sum(f.stat().st_size for f in (STATIC / "fonts").glob("*.woff2")) <= 20 * 1024
    assert all(f.stat().st_size < 6 * 1024 for f in (STATIC / "js").glob("*.js"))


def test_u19_the_crisis_page_weighs_no_more_than_8_kb_with_all_it_brings() -> None:
    page = render_to_string("help_now.html")
    brought = re.findall(r'(?:src|href)="/static/([^"]+)"', page)
    assert brought
    weight = len(page.encode()) + sum((STATIC / path).stat().st_size for path in brought)
    assert weight <= 8 * 1024


def test_u19_the_crisis_page_has_a_line_for_every_country_we_serve() -> None:
    page = render_to_string("help_now.html")
    for number in ("tel:999", "tel:116123", "tel:111", "sms:85258", "tel:988", "tel:131114"):
        assert f'href="{number}' in page
    for country in ("uk", "ie", "us", "ca", "au", "nz"):
        assert f'<section id="{country}">' in page


def test_u19_help_is_in_the_same_place_on_every_frame() -> None:
    for frame in ("base.html", "errors/plain.html"):
        source = (TEMPLATES / frame).read_text()
        leave = source.index("_components/leave.html")
        assert leave < source.index('class="help-link"') < leave + 200


def test_s32_nothing_is_inline_in_any_template() -> None:
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=\"|javascript:")
    found = {
        str(path.relative_to(TEMPLATES)): inline.findall(path.read_text())
        for path in TEMPLATES.rglob("*.html")
    }
    assert len(found) > 20
    assert {path: hits for path, hits in found.items() if hits} == {}


def test_pages_that_must_stand_when_the_house_has_fallen_ask_nothing_of_it() -> None:
    for name in ("400.html", "403.html", "404.html", "500.html", "503.html", "help_now.html"):
        assert name == "help_now.html" or "/help-now/" in render_to_string(name)
    kept = render_to_string("503.html", {"body": "Words </textarea><b>of mine"})
    assert "Words &lt;/textarea&gt;&lt;b&gt;of mine" in kept


def test_borrowed_files_are_what_they_say_they_are() -> None:
    vendored = json.loads((STATIC / "fonts/vendor.json").read_text())
    assert {entry["file"] for entry in vendored} == {
        font.name for font in (STATIC / "fonts").glob("*.woff2")
    }
    for entry in vendored:
        for name, digest in ((entry["file"], "sha256"), (entry["licence_file"], "licence_sha256")):
            contents = (STATIC / "fonts" / name).read_bytes()
            assert hashlib.sha256(contents).hexdigest() == entry[digest]


def test_an_avatar_is_the_same_for_ever_and_says_nothing_of_its_seed() -> None:
    drawn = avatar("<b>wren</b>")
    assert drawn == avatar("<b>wren</b>") != avatar("heron")
    assert "wren" not in drawn
    assert "style" not in drawn
    # Fourteen bricks make four courses in running bond.
    assert drawn.count("M") == 14
