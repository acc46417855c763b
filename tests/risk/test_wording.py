"""The groups of texts that the gate compares, and the words that the drift charts count."""

from __future__ import annotations

import pytest

from commissioning.enums import Country
from risk import releases, wording
from tests.factories.accounts import MemberFactory
from tests.factories.community import ReplyFactory
from tests.factories.risk import screened

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("body", "language", "length"),
    [
        ("The sun came out today and I went for a walk with my sister.", "English", "short"),
        ("Dw i ddim yn gwybod beth i wneud nawr, mae popeth yn anodd.", "not English", "short"),
        ("Je ne sais plus quoi faire, tout est trop difficile.", "not English", "short"),
        ("Not today.", "too short to say", "short"),
        ("I went for a walk. " * 10, "English", "middling"),
        ("I went for a walk. " * 40, "English", "long"),
    ],
)  # fmt: skip
def test_a_texts_groups_are_said(body: str, language: str, length: str):
    groups = wording.subgroups_of(
        screened(author=MemberFactory(locality__country=Country.IE), body=body)
    )

    assert groups == {"language": language, "length": length, "place": "opener", "region": "IE"}


def test_a_reply_is_one_even_where_what_it_answers_is_not_on_file():
    reply = ReplyFactory()

    assert wording.is_reply(reply.screenings.get())
    assert not wording.is_reply(reply.post.screenings.get())


def test_made_up_words_are_unknown_and_numbers_are_none():
    words = wording.words_of("I feel zzyvq and wlmqx, 24 times. Don’t ask.")

    assert "24" not in words
    assert "don't" in words
    known = wording.known_words(words, lexicon=releases.lexicon_in_use())
    assert len(words) - known == 2
