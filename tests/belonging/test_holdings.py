"""No room of the house can hold something about a member that the way out does not know of."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.apps import apps
from django.db import models

from accounts.models import Member, User
from belonging.holdings import HOLDINGS, OF_OTHERS, OF_STAFF, Holding

Model = type[models.Model]
HELD = {holding.model for holding in HOLDINGS}
# A post, a screening and a case lead to somebody through more than one link, so rows are found by
# one; what else points there is others' own, and named for itself.
FROM = (Member,)


def pointing_at(targets: set[Model], also: Iterable[Model] = ()) -> set[Model]:
    return {
        model
        for model in [*apps.get_models(include_auto_created=True), *also]
        for field in model._meta.get_fields()
        if getattr(field, "related_model", None) in targets
        and not field.auto_created
        and isinstance(field, models.ForeignKey)
    }


def with_a_path_to(targets: Iterable[Model], also: Iterable[Model] = ()) -> set[Model]:
    """Every model from whose rows links lead to one of these, however many links it takes."""
    found = set(targets)
    while more := pointing_at(found, also) - found:
        found |= more
    return found


def labels(found: set[Model]) -> set[str]:
    """By name; a table that only links two others is the one that declares the link."""
    return {model._meta.label for model in found if not model._meta.auto_created}


def test_s62_s63_everything_with_a_path_to_a_member_is_named():
    assert labels(with_a_path_to(FROM)) - HELD == set(), "name these in belonging.holdings"


def test_s62_s63_everything_on_a_sign_in_is_named():
    assert labels(pointing_at({User})) - HELD - set(OF_STAFF) - set(OF_OTHERS) == set()


def test_nothing_is_named_that_is_not_there():
    known = labels(with_a_path_to(FROM)) | labels(with_a_path_to([User]))

    assert known >= HELD | set(OF_STAFF) | set(OF_OTHERS) - {"accounts.User"}


def test_a_new_notebook_would_be_found():
    class Notebook(models.Model):
        writer = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

        class Meta:
            app_label = "tests"

    class Page(models.Model):
        diary = models.ForeignKey(Notebook, on_delete=models.PROTECT, related_name="+")

        class Meta:
            app_label = "tests"

    found = labels(with_a_path_to(FROM, also=[Notebook, Page]))
    assert found - HELD == {"tests.Notebook", "tests.Page"}


@pytest.mark.parametrize("holding", HOLDINGS, ids=lambda each: each.model)
def test_s63_each_field_is_shown_or_kept_back_with_a_reason(holding: Holding):
    assert set(holding.withheld) <= holding.sorted, "these are no fields any more"
    assert set(holding.instead) <= set(holding.shown)
    assert holding.left_out or holding.title
    if not holding.left_out:
        assert set(holding.shown) | set(holding.withheld) == holding.sorted
        assert all(str(why) for why in holding.withheld.values())
        for name in holding.shown:
            field = holding.model_class._meta.get_field(name)
            assert not field.is_relation or name in holding.instead, (
                f"{name} is a number of ours: say what of it is shown"
            )


def test_rows_go_before_what_they_point_at():
    """The order of the list is the order of the erasure."""
    # The one ring: an answer stands under a post, and may stand first in it. Both go at once.
    ring = {"community.Post before community.Reply"}
    place = {holding.model: at for at, holding in enumerate(HOLDINGS)}
    early = {
        f"{model._meta.label} before {target._meta.label}"
        for model in with_a_path_to(FROM)
        for field in model._meta.fields
        if (target := field.related_model) is not None
        and model is not target
        and not isinstance(target, str)
        and {model._meta.label, target._meta.label} <= set(place)
        and place[model._meta.label] > place[target._meta.label]
    }

    assert early == ring
