"""The name a member goes by: offered, checked, and theirs alone (S28)."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from accounts import alias
from accounts.confusables import skeleton
from accounts.models import Member
from accounts.operations import enrol_member
from accounts.profile import rename
from risk import classifier
from risk.enums import Urgency
from tests.factories.accounts import MemberFactory, WallGuideFactory
from tests.factories.commissioning import LocalityFactory
from tests.races import at_once


def refused(name: str, /, **known: str) -> str:
    """The code of the refusal; "" where the name is taken as it is."""
    try:
        alias.check(name, **known)  # type: ignore[arg-type]
    except ValidationError as error:
        return error.code if len(error.messages) == 1 else "more than a sentence"
    return ""


# -- offering ---------------------------------------------------------------------------------


def test_there_are_tens_of_thousands_to_offer():
    words = alias.words()

    assert len(words["first"]) * len(words["second"]) > 50_000
    assert len(set(words["first"])) == len(words["first"])


@pytest.mark.django_db
def test_every_word_that_may_be_offered_passes_the_check_itself():
    first, second = alias.words()["first"], alias.words()["second"]
    longest = max(len(first), len(second))
    found = {
        name: code
        for number in range(longest)
        if (name := f"{first[number % len(first)]} {second[number % len(second)]}")
        and (code := refused(name))
    }

    assert found == {}


def test_no_word_that_is_offered_would_make_the_screening_stop():
    reader = classifier.shipped()
    worrying = [
        name
        for name in (*alias.words()["first"], *alias.words()["second"])
        if reader.classify(name).urgency > Urgency.GREEN
    ]

    assert worrying == []


@pytest.mark.django_db
def test_what_is_offered_is_short_enough_and_differs_each_time():
    offered = [alias.offer() for _ in range(40)]

    assert max(map(len, offered)) <= alias.MAX_LENGTH
    assert len(set(offered)) > 35


@pytest.mark.django_db
def test_what_is_taken_is_not_offered_and_a_full_house_offers_three_words(monkeypatch):
    monkeypatch.setattr(alias, "words", lambda: {"first": ("Mossy", "Dewy"), "second": ("Teapot",)})
    MemberFactory(alias="mossy  TEAP0T")

    assert {alias.offer() for _ in range(20)} <= {
        "Dewy Teapot", "Mossy Dewy Teapot", "Dewy Mossy Teapot"
    }  # fmt: skip
    MemberFactory(alias="Dewy Teapot")
    assert len(alias.offer().split()) == 3


@pytest.mark.django_db
def test_another_name_keeps_all_else_that_was_typed():
    data = QueryDict("alias=Mine&email=a%40b.example&alias_again=1")

    changed = alias.with_another(data)

    assert changed is not None
    assert changed["alias"] != "Mine"
    assert changed["email"] == "a@b.example"
    assert alias.with_another(QueryDict("alias=Mine")) is None


# -- what gives somebody away -----------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Samwise", "samwise@example.org"),
        ("Sam Thistle", "sam.green@example.org"),
        ("Mossy Green", "sam.green84@example.org"),
        ("S a m w i s e", "samwise@example.org"),
        ("Ѕаmwіѕе", "samwise@example.org"),
        ("5amw1se", "samwise@example.org"),
        ("Thistle84", "84thistle@example.org"),
        ("Thistle", "mistythistleworth@example.org"),
        ("SAMWISE the Brave", "samwise+wall@example.org"),
    ],
)
def test_s28_a_part_of_the_address_is_refused(name: str, email: str):
    assert refused(name, email=email) == "own"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("alias_", "name"),
    [
        ("Bartholomew", "Bartholomew Quill"),
        ("Tiny Quill", "Bartholomew Quill"),
        ("Li", "Li Wren"),
        ("Big Jo", "Jo"),
        ("Zoë", "Zoe"),
        ("Renee Moss", "Renée"),
    ],
)
def test_s28_a_real_name_that_was_given_is_refused(alias_: str, name: str):
    assert refused(alias_, name=name) == "own"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    ["Wren 12345", "07 700 9", "1a2b3c4d5e", "Wren ١٢٣٤٥", "Wren １２３４５", "call 07700 900123",
     "+1 212 555 0100", "１１６ 1٢3", "Wren O2 345 6"],
)  # fmt: skip
def test_s28_five_digits_in_all_are_refused(name: str):
    assert refused(name) == "digits"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    ["@wren", "wren@home", "wren.example.org", "www wren", "http://wren", "#wren", "wren_moss",
     "wren . com", "t/wren"],
)  # fmt: skip
def test_s28_a_handle_or_an_address_is_refused(name: str):
    assert refused(name) == "address"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Wall Guide", "staff"), ("wallguide Wren", "staff"), ("Admin", "staff"),
        ("Adm1n Moss", "staff"), ("The Moderator", "staff"), ("Мoderator", "staff"),
        ("Dr Wren", "staff"), ("Suicidal Wren", "clinical"), ("5uicide", "clinical"),
        ("Want to die", "clinical"), ("My Anorexia", "clinical"), ("Snap me", "elsewhere"),
        ("Wren on Discord", "elsewhere"), ("Kys", "clinical"), ("", "empty"), ("  ​ ", "empty"),
        ("W", "short"), ("1 2", "short"), ("W" * 31, "long"), ("Wren 🪺", "letters"),
        ("Wren <b>", "letters"), ("W̷̧̛̲͖r̶̢̛e̵̡n̷̡̛", "letters"),
    ],
)  # fmt: skip
def test_s28_what_misleads_or_hurts_is_refused(name: str, code: str):
    assert refused(name) == code


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    ["Mossy Teapot", "Łąka", "Zażółć", "Môr a Mynydd", "Wren 7", "O’Wren", "Moss-Wren", "木漏れ日",
     "Scunthorpe Lark", "Hello Sunshine", "Diesel Lark", "Wren 1234"],
)  # fmt: skip
def test_names_that_harm_nobody_are_taken_as_they_are(name: str):
    assert refused(name, email="quillfeather@example.org", name="Bartholomew Ash") == ""


# -- and is nobody else's ---------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lookalike",
    ["Mossy Clown", "mossy clown", "MossyClown", "Mossy-Clown", "Моssу Сlоwn",
     "Ｍｏｓｓｙ Ｃｌｏｗｎ", "M0ssy C1own", "Mössý Clôwn", "Mossy Clovvn", "Mossy Dovvn",
     "Μοssy Clοwn", "𝐌𝐨𝐬𝐬𝐲 𝐂𝐥𝐨𝐰𝐧",
     "M​ossy Clown", "Mossy CIown"],
)  # fmt: skip
def test_s28_what_looks_like_anothers_name_is_refused_wherever_they_are(lookalike: str):
    taken = MemberFactory(alias="Mossy Clown", locality=LocalityFactory())

    assert refused(lookalike) == "taken"
    alias.check(lookalike if lookalike.isascii() else "Mossy Clown", member=taken)


@pytest.mark.django_db
def test_s28_a_wall_guides_name_is_nobody_elses():
    WallGuideFactory(name="Rowan Ashdown")

    assert refused("R0wan  Ashdown") == "taken"


@pytest.mark.django_db(transaction=True)
def test_s28_of_two_who_pick_look_alikes_at_once_one_gets_the_name():
    home = LocalityFactory()

    def enrol(name: str, number: int):
        from django.utils import timezone

        return lambda: enrol_member(
            email=f"p{number}@example.invalid", password="quiet lamp and river", alias=name,
            locality=home, at=timezone.now(),
        )  # fmt: skip

    came = at_once([enrol("Mossy Teapot", 1), enrol("Mоssy Tеapot", 2), enrol("M0ssyteapot", 3)])

    assert sum(isinstance(one, Member) for one in came) == 1, came
    lost = [one for one in came if not isinstance(one, Member)]
    assert [one.code for one in lost] == ["taken", "taken"]
    assert not any("eapot" in str(one) for one in lost)


@pytest.mark.django_db
def test_s28_changing_to_a_taken_name_is_refused_in_the_same_words():
    from django.utils import timezone

    MemberFactory(alias="Mossy Teapot")
    member = MemberFactory(alias="Dewy Lark")

    with pytest.raises(ValidationError) as refusal:
        rename(member=member, alias="M0ssy Teapot", at=timezone.now())
    assert refusal.value.messages == [str(alias.TAKEN)]
    rename(member=member, alias=" Dewy  Larks ", at=timezone.now())
    assert Member.objects.get(pk=member.pk).alias == "Dewy Larks"


# -- skeletons --------------------------------------------------------------------------------


@given(st.text(max_size=40))
def test_a_skeleton_is_its_own_skeleton(name: str):
    assert skeleton(skeleton(name)) == skeleton(name)


@given(st.text(st.characters(max_codepoint=0x7F), max_size=40), st.text(" -.'​̈", max_size=3))
def test_case_spaces_marks_and_signs_change_no_skeleton(name: str, signs: str):
    assert skeleton(name.swapcase()) == skeleton(name)
    assert skeleton(signs + name + signs) == skeleton(name)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_two_numbers_never_look_alike(one: int, other: int):
    assert (skeleton(f"Wren {one}") == skeleton(f"Wren {other}")) == (one == other)


@given(st.text(max_size=60), st.emails())
def test_s28_whatever_is_typed_is_answered_in_one_sentence_or_holds_nothing(name: str, email: str):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alias, "is_taken", lambda *_args, **_more: False)
        code = refused(name, email=email)
    if not code:
        kept = alias.tidy(name)
        assert 2 <= len(kept) <= 30
        assert sum(letter.isdigit() for letter in kept) < 5
        local = email.partition("@")[0]
        assert len(local) < 3 or local.casefold() not in kept.casefold()
