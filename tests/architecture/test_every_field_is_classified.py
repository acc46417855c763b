"""Each field of ours is identifying, clinical or operational: nothing is kept without a reason."""

from __future__ import annotations

from collections import Counter

import pytest
from django.apps import apps
from django.db import models

OURS = (
    "commissioning", "audit", "accounts", "live", "risk", "community", "escalation", "reporting",
    "belonging", "measures", "peersupport", "conversations", "notifications",
)  # fmt: skip
KINDS = ("identifying", "clinical", "operational")


def our_models() -> list[type[models.Model]]:
    return [model for label in OURS for model in apps.get_app_config(label).get_models()]


def sorted_fields(model: type[models.Model]) -> list[str]:
    privacy = getattr(model, "Privacy", None)
    return [name for kind in KINDS for name in getattr(privacy, kind, ())]


def own_fields(model: type[models.Model]) -> set[str]:
    return {
        field.name
        for field in [*model._meta.fields, *model._meta.many_to_many, *model._meta.private_fields]
        # A generic key is its two columns, which are sorted themselves.
        if type(field).__name__ != "GenericForeignKey"
    }


def test_there_are_models_to_look_at():
    assert len(our_models()) >= 16


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_every_field_is_sorted_exactly_once(model: type[models.Model]):
    counted = Counter(sorted_fields(model))

    assert [name for name, times in counted.items() if times > 1] == []
    assert own_fields(model) - set(counted) == set(), "sort these into Privacy"
    assert set(counted) - own_fields(model) == set(), "these are no fields any more"


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_privacy_names_no_kind_of_its_own(model: type[models.Model]):
    kinds = {name for name in vars(model.Privacy) if not name.startswith("__")}

    assert kinds <= set(KINDS)


def test_an_unsorted_field_would_be_found():
    class Diary(models.Model):
        words = models.TextField()

        class Meta:
            app_label = "tests"

        class Privacy:
            operational = ("id",)

    assert own_fields(Diary) - set(sorted_fields(Diary)) == {"words"}


def test_what_members_write_and_what_is_made_of_it_is_clinical():
    for label, names in {
        "community.Post": {"body", "body_html"},
        "community.Reply": {"body", "body_html"},
        "risk.Screening": {"text", "urgency", "probability", "categories", "spans", "reasons"},
        "risk.Alert": {"urgency", "closing_note", "senior_question", "senior_answer", "outcome"},
        "risk.Label": {"level", "is_unsure", "categories", "machine_level"},
        "risk.ShadowReading": {"urgency", "probability"},
        "escalation.Case": {"outcome", "closing_note"},
        "escalation.CaseStep": {"outcome", "note"},
        "accounts.Member": {"suspended_reason", "reasons", "on_waiting_list"},
        "measures.Goal": {"words"},
        "measures.GoalRating": {"score"},
    }.items():
        assert names <= set(apps.get_model(label).Privacy.clinical), label


def test_only_the_rooms_of_people_hold_what_identifies_them():
    """Anonymity is a shape: no other room has a field that says who somebody is."""
    holding = {
        model._meta.label for model in our_models() if getattr(model.Privacy, "identifying", ())
    }

    assert holding <= {
        "accounts.Session",
        "accounts.Tally",
        "accounts.User",
        "accounts.Member",
        "accounts.WallGuide",
        "accounts.CommissioningLead",
        "accounts.Administrator",
        # Somebody who works here, before and between their sign-ins.
        "accounts.Invitation",
        "accounts.SecondFactorReset",
    }


# Who agreed to a protocol, changed a term or signed for a model is a matter of record: leads,
# administrators and guides sign with their sign-in, which is no member's.
SIGNED_BY = {"escalation.Protocol", "risk.ReleaseSignature", "risk.TermChange"}


def test_nothing_that_members_write_points_at_a_sign_in():
    sign_in = apps.get_model("accounts.User")
    pointing = {
        model._meta.label
        for model in our_models()
        for field in model._meta.fields
        if field.related_model is sign_in
    }

    assert pointing - SIGNED_BY == {
        "accounts.Invitation",
        "accounts.SecondFactorReset",
        "accounts.Session",
        "accounts.Member",
        "accounts.WallGuide",
        "accounts.CommissioningLead",
        "accounts.Administrator",
    }
