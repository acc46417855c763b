"""Words as their readers see them (S38), and links that never lead straight out (S39)."""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote

import pytest

from community.forms import WritingForm
from community.paragraphs import as_paragraphs, away, where_to
from community.plain_text import MARKS_AT_MOST, tidy
from risk.classifier import classify
from risk.enums import Urgency
from tests.community.test_forms import sent

KEPT = "Dw i'n drist 😔 · smutny · أنا حزين · می‌خواهم · क्‍ष · 👩‍👧 · 🏴󠁧󠁢󠁷󠁬󠁳󠁿 · 🏳️‍🌈 · Tiếng Việt · ❤️"


def test_s38_every_script_and_every_family_of_emoji_stays_as_it_was():
    assert tidy(KEPT) == unicodedata.normalize("NFC", KEPT)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("safe \u202eyvaeh\u202c words", "safe yvaeh words"),
        ("a\u2066b\u2069c\u200e\u200fd\u061ce", "abcde"),
        ("ki\u200bll my\u200cse\u200dlf\ufeff", "kill myself"),
        ("so\u00adft\u2060ly", "softly"),
        ("hid\U000e0068\U000e0069den", "hidden"),
        ("One\r\nTwo\rThree\u2028Four\u0085Five", "One\nTwo\nThree\nFour\nFive"),
        ("\x07be\x1bll\x00", "bell"),
        ("\u3164\uffa0", ""),
    ],
)
def test_s38_what_cannot_be_seen_and_misleads_is_left_out(typed: str, kept: str):
    assert tidy(typed) == kept


def test_s38_ten_thousand_marks_on_a_letter_are_a_few():
    form = WritingForm(sent(body="a" + "\u0301\u0489" * 5_000 + " quiet day"))

    assert form.is_valid()
    body = form.cleaned_data["body"]
    assert body.endswith(" quiet day")
    assert len(body) <= len("a quiet day") + MARKS_AT_MOST + 1


@pytest.mark.parametrize(
    "typed",
    [
        "I want to k\u2011i\u2011l\u2011l m y s e l f",
        "I want to k\u200bi\u200bl\u200bl my\u00adself",
        "I want to kill\u202e\u202c myself",
        "I want to ki\u0336ll\u0336 my\u0301self",
    ],
)
def test_s38_the_lexicon_still_hits(typed: str):
    assert classify(tidy(typed)).urgency >= Urgency.RED


@pytest.mark.parametrize(
    "typed",
    [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "JaVaScRiPt://example.org/%0aalert(1)",
        "vbscript:x file:///etc/passwd ftp://example.org",
        "http:// https://",
        "xhttps://example.org",
    ],
)
def test_s39_only_an_outside_web_address_is_ever_a_link(typed: str):
    assert "<a " not in as_paragraphs(typed)


def test_s39_an_outside_address_leads_to_the_warning_and_not_there():
    shown = as_paragraphs('See (https://example.org/a?b=1&c=2). Or "http://b.example.org"!')

    assert 'href="https://' not in shown
    assert shown.count('href="/away/?to=') == 2
    assert ">https://example.org/a?b=1&amp;c=2</a>). Or &quot;" in shown
    assert ">http://b.example.org</a>&quot;!" in shown
    assert shown.count("noreferrer noopener") == 2


def test_s39_nothing_breaks_out_of_the_address():
    for evil in ('https://a"onmouseover=alert(1)', "https://a'><img src=x>", "https://a`b\\c{d}"):
        shown = as_paragraphs(evil)
        assert "<img" not in shown
        assert 'onmouseover=alert(1)"' not in shown
        assert shown.count("<a ") == 1


@pytest.mark.django_db
def test_s39_the_warning_names_the_address_and_tells_it_nothing(client):
    page = client.get(away("https://example.org/a?b=1&c=<2>"))

    assert page.status_code == 200
    assert "You are leaving the wall" in page.text
    assert 'href="https://example.org/a?b=1&amp;c=&lt;2&gt;" rel="noreferrer noopener' in page.text


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "https://example.org", "https://example.org:forged", "\x00"])
def test_s39_the_warning_is_no_way_to_lead_people_anywhere(client, token: str):
    assert client.get("/away/", {"to": token}).status_code == 404


def test_s39_an_address_that_was_made_here_is_known_again():
    token = unquote(away("https://example.org/?a=1&b=2").partition("to=")[2])

    assert where_to(token) == "https://example.org/?a=1&b=2"
    assert where_to(token.replace("a=1", "a=2")) is None
