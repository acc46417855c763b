"""Nothing of anybody's goes because something else went, unless it says here why it may."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from tests.architecture.test_every_field_is_classified import our_models

# Each with its reason. Whoever adds one has to find a reason as good.
CASCADES = {
    "community.Searchable.post": "the database keeps it as an index of the words, no longer",
    "community.Searchable.reply": "the database keeps it as an index of the words, no longer",
    "accounts.Session.user": "whoever's sign-in is erased is signed in nowhere",
    "escalation.ProtocolStep.protocol": "a draft's steps go with the draft; an agreed one stays",
}
SET_NULL: dict[str, str] = {}


def relations() -> dict[str, models.ForeignKey]:
    return {
        f"{model._meta.label}.{field.name}": field
        for model in our_models()
        for field in model._meta.fields
        if isinstance(field, models.ForeignKey)
    }


def those_that(on_delete: object) -> set[str]:
    return {
        name for name, field in relations().items() if field.remote_field.on_delete is on_delete
    }


def test_there_are_relations_to_look_at():
    assert len(relations()) >= 30


def test_what_goes_with_something_else_is_on_the_list():
    assert those_that(models.CASCADE) == set(CASCADES)


def test_what_loses_its_link_is_on_the_list():
    assert those_that(models.SET_NULL) == set(SET_NULL)


def test_everything_else_stands_in_the_way_of_the_deletion():
    assert those_that(models.PROTECT) == set(relations()) - set(CASCADES) - set(SET_NULL)


def test_many_to_many_links_go_with_either_end_and_nothing_else_does():
    """A link is not a record: what is worth keeping about it is in the audit log."""
    links = {
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        for field in model._meta.many_to_many
    }

    assert links == {
        "accounts.Invitation.covers",
        "accounts.WallGuide.covers",
        "community.Group.guides",
        "escalation.Case.alerts",
    }


def test_no_table_of_others_hangs_on_ours_unseen():
    """Django's and allauth's own tables may follow a sign-in; nothing else of ours."""
    ours = set(our_models())
    followers = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model not in ours
        for field in model._meta.fields
        if field.related_model in ours
    }

    assert followers == {
        "account.EmailAddress.user",
        "mfa.Authenticator.user",
        "socialaccount.SocialAccount.user",
    }
