"""The picture a member goes by: picked from twelve, and derived from nothing about them (S20)."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import avatars
from accounts.operations import enrol_member
from accounts.templatetags.avatars import avatar, avatar_in_words
from tests.factories.commissioning import LocalityFactory


def sent(**fields: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update(fields)
    return data


def test_twelve_are_offered_and_each_is_called_something_else():
    seeds = avatars.twelve()

    assert len(seeds) == len({avatar(seed) for seed in seeds}) == 12
    assert len({avatar_in_words(seed) for seed in seeds}) == 12


def test_a_picture_has_one_name_for_ever():
    assert avatar_in_words("wren") == avatar_in_words("wren")
    assert avatar_in_words("wren").startswith(("mostly ", "all "))


@pytest.mark.django_db
def test_s20_two_sign_ups_with_the_same_address_differ():
    home = LocalityFactory()
    faces = []
    for number in range(12):
        member = enrol_member(
            email="wren@example.org", password="quiet lamp and river", alias=f"Lark {number}",
            locality=home, at=timezone.now(),
        )  # fmt: skip
        faces.append((member.avatar_seed, member.public_id))
        member.user.address_seal = f"gone {number}"
        member.user.save()

    assert len({seed for seed, _ in faces}) == len({public_id for _, public_id in faces}) == 12


def test_s20_what_is_offered_is_drawn_anew_each_time():
    offered = [seed for _ in range(20) for seed in avatars.twelve()]

    assert len(set(offered)) == len(offered)


def test_what_was_picked_of_those_offered_is_kept():
    seeds = avatars.twelve()

    assert avatars.picked(sent(avatar=seeds[7], avatar_offer=avatars.signed(seeds))) == seeds[7]


@pytest.mark.parametrize("seed", ["wren@example.org", "", "<svg onload=1>", "0" * 400])
def test_s20_a_seed_of_ones_own_making_is_not_taken(seed: str):
    seeds = avatars.twelve()

    taken = avatars.picked(sent(avatar=seed, avatar_offer=avatars.signed(seeds)))

    assert taken != seed
    assert len(taken) == 8
    forged = sent(avatar=seed, avatar_offer=f'["{seed}"]:made:up')
    assert avatars.picked(forged) != seed


def test_twelve_others_are_others_and_the_same_twelve_come_back_with_what_was_picked():
    seeds = avatars.twelve()
    again = avatars.choice(sent(avatar=seeds[3], avatar_offer=avatars.signed(seeds)))
    others = avatars.choice(
        sent(avatar=seeds[3], avatar_offer=avatars.signed(seeds), avatar_again="1")
    )

    assert again["seeds"] == seeds
    assert again["picked"] == seeds[3]
    assert not set(others["seeds"]) & set(seeds)
    assert avatars.choice(current="wren")["seeds"][0] == "wren"


def test_each_picture_is_named_for_those_who_do_not_see_it():
    page = render_to_string("accounts/_avatar_choice.html", {"avatars": avatars.choice()})

    assert page.count('type="radio"') == page.count("mostly") == page.count("<svg") == 12
    assert page.count(" checked") == 1
