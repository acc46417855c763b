"""What members read is in the catalogue: nothing stands outside a translate tag or gettext."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template.base import Lexer, Token, TokenType

from accounts.language import SCRIPT_WORDS
from peersupport.words import ROOMS, every_template, gather, is_staff_code, member_templates

SPOKEN_ATTRIBUTES = ("aria-label", "aria-description", "title", "placeholder", "alt", "content")
# Where a tag or a variable was; what it prints is translated by itself.
HOLE = "\N{OBJECT REPLACEMENT CHARACTER}"
LETTER = re.compile(r"[^\W\d_]")
LITERAL = re.compile(r"""(_\()?("[^"]*"|'[^']*')""")
# Names of things, not words: what these filters are given is never shown as it stands.
# A block that fills an attribute of a frame: class names or an address, never words.
ATTRIBUTE_BLOCK = re.compile(r"_(class|attrs|at)$")
NAMING_FILTERS = re.compile(r"\|(date|time|add|cut|get_digit|stringformat):$")


def test_the_catalogue_is_up_to_date():
    call_command("gather_words", check=True, stdout=StringIO())


def test_no_words_of_a_members_page_stand_outside_a_translate_tag():
    said = [
        f"{name}: {words}"
        for name, source in member_templates().items()
        for words in untranslated(name, source)
    ]

    assert not said, "Wrap these in translate tags:\n" + "\n".join(said)


def test_which_templates_are_for_members():
    members = set(member_templates())

    assert members >= {
        "base.html", "home.html", "help_now.html", "500.html", "community/thread.html",
        "account/login.html", "escalation/what_happens.html", "escalation/_steps_for_member.html",
        "_components/bar.html", "errors/plain.html",
    }  # fmt: skip
    assert not members & {
        "desk_base.html", "escalation/alert.html", "escalation/_queue.html",
        "_components/state_strip.html", "risk/screening.html", "design/design_system.html",
    }  # fmt: skip
    assert members < set(every_template())


@pytest.mark.parametrize(
    "template",
    [
        "<p>You can just read.</p>",
        '<p>{% translate "Wall" %} and more</p>',
        '<a aria-label="Leave">{{ link }}</a>',
        '<input placeholder="Your words">',
        '{% include "x.html" with label="Write a reply" %}',
        '{{ heading|default:"If you need someone" }}',
        '{{ count }} {{ count|pluralize:"reply,replies" }}',
        "{% if x %}Yes{% endif %}",
        "{% block title %}The wall{% endblock %}",
        "{{ body }} · changed",
    ],
)
def test_the_linter_finds(template: str):
    assert list(untranslated("a.html", template))


@pytest.mark.parametrize(
    "template",
    [
        '<p>{% translate "You can just read." %} · 12</p>',
        "{% blocktranslate trimmed %}Up to {{ n }} letters{% endblocktranslate %}",
        "{% comment %}What it is for{% endcomment %}{# why #}",
        '{% include "a.html" with label=_("Words") draft="reply" rows=5 %}',
        '<p class="a {% if b %}c{% endif %}" data-draft="post">{{ day|date:"j F" }}</p>',
        '<svg viewBox="0 0 1 1"><path d="M1 0h46"/></svg>{% url "home" %}',
        '{% if here == "wall" %}{{ words }}{% endif %}',
    ],
)
def test_the_linter_lets_pass(template: str):
    assert not list(untranslated("a.html", template))


def test_no_sentence_for_members_stands_outside_a_gettext_call():
    said = [
        f"{path}:{line}: {words}"
        for path, source in members_code()
        for line, words in sentences_outside_gettext(source)
    ]

    assert not said, "Wrap these in gettext:\n" + "\n".join(said)


def test_a_bare_sentence_in_code_is_found():
    assert list(sentences_outside_gettext('def f():\n    messages.info(r, "You did it well.")'))
    assert not list(sentences_outside_gettext('messages.info(r, _("You did it well."))'))
    for_guides = '@wall_guides_only\ndef f():\n    messages.info(r, "You did it well.")'
    assert not list(sentences_outside_gettext(for_guides))
    assert not list(sentences_outside_gettext('"""What this does for you."""'))


def test_every_sentence_that_scripts_say_is_in_the_catalogue():
    scripts = (settings.BASE_DIR / "static/js").glob("*.js")
    said = {
        words
        for script in scripts
        for words in re.findall(r'\bsay\(\s*"([^"]+)"', script.read_text())
    }

    assert said == set(SCRIPT_WORDS)
    assert said <= {words.said for words in gather()}


OF_THE_DESK = {"alarm.js", "desk.js", "live.js", "signed-out.js", "strip.js"}


@pytest.mark.parametrize(
    "script",
    sorted({path.name for path in settings.BASE_DIR.glob("static/js/*.js")} - OF_THE_DESK),
)
def test_scripts_that_members_have_say_nothing_else(script: str):
    source = (settings.BASE_DIR / "static/js" / script).read_text()
    code = re.sub(r"^\s*//.*$", "", source, flags=re.MULTILINE)

    shown = re.findall(r"textContent = [\"'`]([^\"'`]+)", code)
    sentences = re.findall(r"(?<!say\()(?<!say\(\n)[\"`]([A-Z][^\"`]* [^\"`]*[.!?])[\"`]", code)

    assert not shown
    assert set(sentences) <= set(SCRIPT_WORDS)


# --- templates ---------------------------------------------------------------------------


def untranslated(name: str, source: str) -> Iterator[str]:
    """Words in a template that no translate tag holds."""
    parts = []
    skipping_until: tuple[str, ...] = ()
    for token in Lexer(source).tokenize():
        if skipping_until:
            if token.token_type is TokenType.BLOCK and token.contents in skipping_until:
                skipping_until = ()
                parts.append(HOLE)
            continue
        if token.token_type is TokenType.TEXT:
            parts.append(token.contents)
            continue
        if token.token_type is TokenType.COMMENT:
            continue
        yield from spoken_literals(token)
        tag = token.contents.split()[0] if token.token_type is TokenType.BLOCK else ""
        if tag in ("comment", "blocktranslate", "blocktrans"):
            skipping_until = (f"end{tag}",)
        elif tag == "block" and ATTRIBUTE_BLOCK.search(token.contents):
            skipping_until = ("endblock", f"endblock {token.contents.split()[1]}")
        # Tags stand between words as often as within them: they separate.
        parts.append(HOLE)
    # allauth's button is an element whose name a tag decides.
    text = re.sub(f"(</?){HOLE}", r"\1x-", "".join(parts))
    if name.endswith(".txt"):
        yield from (line for line in text.splitlines() if LETTER.search(line))
        return
    reader = Reader()
    reader.feed(text)
    reader.close()
    yield from reader.words


def spoken_literals(token: Token) -> Iterator[str]:
    """Literals given to a variable's filters or an include that would be shown as they stand."""
    contents = token.contents
    if token.token_type is TokenType.BLOCK:
        tag, _, contents = contents.partition(" ")
        if tag != "include":
            return
        contents = contents.partition(" with ")[2]
    for found in LITERAL.finditer(contents):
        words = found[2][1:-1]
        if found[1] or NAMING_FILTERS.search(contents[: found.start()]):
            continue
        in_filter = token.token_type is TokenType.VAR
        if LETTER.search(words) and (in_filter or " " in words or words[:1].isupper()):
            yield found[2]


class Reader(HTMLParser):
    """Collects what a person would read or hear."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        for attribute, value in attrs:
            spoken = attribute in SPOKEN_ATTRIBUTES and tag != "meta"
            spoken |= (
                tag == "input"
                and attribute == "value"
                and named.get("type") in ("submit", "button")
            )
            if spoken and LETTER.search(value or ""):
                self.words.append(f'{attribute}="{value}"')

    def handle_data(self, data: str) -> None:
        if LETTER.search(data):
            self.words.append(" ".join(data.replace(HOLE, "…").split()))


# --- code --------------------------------------------------------------------------------

GETTEXT = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext",
           "pgettext_lazy", "npgettext", "npgettext_lazy", "say", "gettext_"}  # fmt: skip
# Calls whose words are for the house itself: logs, refusals to start, the audit, SQL.
FOR_OURSELVES = re.compile(
    r"^(logger\.|logging\.|ImproperlyConfigured$|ValueError$|TypeError$|RuntimeError$|LookupError$"
    r"|AssertionError$|OAuth2Error$|CommandError$|LetterNotOurs$|warnings\.|RunSQL$|record$)"
)
STAFF_AUDIENCES = {
    "wall_guides_only", "senior_guides_only", "commissioners_only", "admins_only",
    "admins_and_seniors_only", "staff_only", "monitors_only",
}  # fmt: skip
SENTENCE = re.compile(r"^[A-Z“][^\n]* [^\n]*[.?!”]$|^[A-Z][a-z’']+( [a-z’']+){2,}[^\n]*$")
OUR_OWN = ("management", "migrations", "demo_words", "replay")


def members_code() -> Iterator[tuple[str, str]]:
    """The Python files whose sentences a member may be shown, by their names."""
    for room in ROOMS:
        for path in sorted((settings.BASE_DIR / room).rglob("*.py")):
            name = path.relative_to(settings.BASE_DIR).as_posix()
            if is_staff_code(name) or name.startswith("escalation/"):
                continue
            if room == "peersupport" and name != "peersupport/views.py":
                continue
            if not set(OUR_OWN) & set(Path(name).parts):
                yield name, path.read_text()


def is_for_staff(node: ast.AST) -> bool:
    """A view whose audience are others than members says nothing to members."""
    return isinstance(node, ast.FunctionDef) and any(
        ast.unparse(decorator) in STAFF_AUDIENCES for decorator in node.decorator_list
    )


def sentences_outside_gettext(source: str) -> Iterator[tuple[int, str]]:
    tree = ast.parse(source)
    quiet: set[ast.AST] = set()
    for node in ast.walk(tree):
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if (
            docstring
            or is_for_staff(node)
            or isinstance(node, ast.Assert)
            or called in GETTEXT
            or FOR_OURSELVES.match(called)
        ):
            quiet.update(ast.walk(node))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in quiet
            and SENTENCE.match(node.value.strip())
        ):
            yield node.lineno, node.value
