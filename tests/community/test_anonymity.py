"""What words give away: found, said kindly, and never posted openly where it leads out of here."""

from __future__ import annotations

import time

import pytest

from community.anonymity import Kind, look, pieces_of


def kinds(text: str, **more: str) -> list[str]:
    return [each.kind.value for each in look(text, **more)]


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("My name is Anna Keller.", Kind.NAME, "Anna Keller"),
        ("Hi, I'm Anna and I am new.", Kind.NAME, "Anna"),
        ("My name is Xanthippe.", Kind.NAME, "Xanthippe"),
        ("My sister Sarah I miss most.", Kind.NAME, "Sarah"),
        ("My friend called Liam went home.", Kind.NAME, "Liam"),
        ("Ring 07911 123456 tonight.", Kind.PHONE, "07911 123456"),
        ("It is +353 85 012 3456.", Kind.PHONE, "+353 85 012 3456"),
        ("Text me: (416) 555-0123 please", Kind.PHONE, "(416) 555-0123"),
        ("oh seven nine one one, one two three four five six", Kind.PHONE, "oh seven nine one one"),
        ("I am at a.b@post.example.org", Kind.EMAIL, "a.b@post.example.org"),
        ("I am sunny dot day at gmail dot com", Kind.EMAIL, "at gmail dot com"),
        ("@sunny.day.88 is me", Kind.HANDLE, "@sunny.day.88"),
        ("add me on snap", Kind.HANDLE, "add me on snap"),
        ("my insta is sunny_day88", Kind.HANDLE, "insta is sunny_day88"),
        ("It is at https://www.instagram.com/sunny", Kind.HANDLE, "instagram.com/sunny"),
        ("Anyone can DM me.", Kind.INVITATION, "DM me"),
        ("let's talk on whatsapp instead", Kind.INVITATION, "let's talk on whatsapp"),
        ("do you have snap?", Kind.INVITATION, "do you have snap"),
        ("Shall we meet up?", Kind.INVITATION, "Shall we meet up"),
        ("It is at https://my-diary.example.org/1.", Kind.LINK, "my-diary.example.org/1"),
        ("I live at 12 Acacia Avenue", Kind.ADDRESS, "12 Acacia Avenue"),
        ("My postcode is LS6 2AB", Kind.ADDRESS, "LS6 2AB"),
        ("I go to Leeds Grammar School", Kind.STUDIES, "Leeds Grammar School"),
        ("I work at Tesco", Kind.WORK, "Tesco"),
        ("i work at tesco", Kind.WORK, "tesco"),
        ("My boss at Copperleaf Deliveries shouts", Kind.WORK, "Copperleaf Deliveries"),
    ],
)  # fmt: skip
def test_it_finds_what_gives_somebody_away(text: str, kind: Kind, words: str):
    (found,) = [each for each in look(text) if each.kind == kind]

    assert words in found.words
    assert text[found.start : found.end] == found.words
    assert str(found.why)
    assert str(found.instead)


@pytest.mark.parametrize(
    "text",
    [
        "Samaritans are on 116 123, Childline on 0800 1111, the NHS on 111.",
        "Their line is 0300 123 3393, and it is free.",
        "I woke b4 2am again, at 3:15, on 2024-11-03.",
        "I scored 21 on the PHQ and had 1000/800 left.",
        "There is help at https://www.nhs.uk/mental-health and www.samaritans.org.",
        "I'm OK. I'm Bipolar. I'm British, and I'm so tired.",
        "I work at night. I work for the NHS. I work in London.",
        "My medication works for Christmas at best.",
        "I went to High School like everybody.",
        "It is a 3 hour drive, and I never used that street.",
        "I talked to my mum on Facebook, and she sent me a message on Instagram asking how I am.",
        "Your tag is busted.",
        "I want to meet people who understand.",
        "I cannot handle this any more.",
        "Call me names if you like. I may be wrong. Will it end? I hope so.",
    ],
)
def test_it_leaves_ordinary_words_alone(text: str):
    assert look(text) == []


def test_the_writers_own_alias_gives_nothing_away():
    assert kinds("I'm Robin, hello.") == ["name"]
    assert kinds("I'm Robin, hello.", alias="Robin") == []


def test_what_leads_out_of_here_is_contact_and_a_name_is_not():
    found = look("I'm Anna, call 07911 123456 or dm me, or a@b.example.org. I work at Tesco.")

    assert {each.kind for each in found if each.is_contact} == {
        Kind.PHONE, Kind.INVITATION, Kind.EMAIL,
    }  # fmt: skip
    assert {each.kind for each in found if not each.is_contact} == {Kind.NAME, Kind.WORK}


def test_the_pieces_are_the_text_and_nothing_else():
    text = "I'm Anna <b> & I work at Tesco."

    pieces = pieces_of(text, look(text))

    assert "".join(words for words, _ in pieces) == text
    assert [words for words, found in pieces if found] == ["Anna", "Tesco"]


HOSTILE = [
    "0" * 100_000, "07911 123456 " * 8_000, "a@" * 50_000, "@a" * 50_000, "I work at A" * 9_000,
    "my name is " * 9_000, "http://" * 14_000, "My friend " * 10_000, "A " * 50_000,
    "Aa Bb " * 17_000, "wanna talk " * 9_000, "1 2 3 4 5 " * 10_000, "+(1" * 33_000,
    "a.b" * 33_000, "AA1 1AA " * 12_500, "one two " * 12_500, "work for A & " * 8_000,
    "let's " * 16_000, "x" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_s37_hostile_text_costs_no_more_for_being_hostile(text: str):
    """Ten times the text is about ten times the work: nothing backtracks."""

    def took(words: str) -> float:
        begun = time.process_time()
        look(words)
        return time.process_time() - begun

    look(text[:10_000])
    short = min(took(text[:10_000]) for _ in range(3))
    assert min(took(text[:100_000]) for _ in range(2)) < 40 * short + 0.02


def test_s37_a_longest_post_of_numbers_shows_enough_and_no_more():
    assert len(look("07911 123456, " * 350)) <= 40
