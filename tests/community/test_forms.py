"""What a form takes, gives back, and says."""

from __future__ import annotations

import uuid

import pytest
from django.http import QueryDict

from community.forms import EditForm, PostForm, WritingForm
from community.models import BODY_MAX_LENGTH
from tests.factories.community import TopicFactory


def sent(**fields: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update(fields)
    return data


@pytest.mark.parametrize("length", [1, BODY_MAX_LENGTH])
def test_words_up_to_the_limit_are_taken(length: int):
    assert WritingForm(sent(body="x" * length)).is_valid()


def test_one_character_more_is_not_and_the_limit_is_named():
    form = WritingForm(sent(body="x" * (BODY_MAX_LENGTH + 1)))

    assert not form.is_valid()
    assert str(BODY_MAX_LENGTH) in form.errors["body"][0]
    assert "Your words are still here" in form.errors["body"][0]


@pytest.mark.parametrize("body", ["", " ", "\r\n\t ", "\u00a0"])
def test_no_words_are_asked_for_kindly(body: str):
    form = WritingForm(sent(body=body))

    assert form.errors["body"] == ["There are no words here yet. Write something first."]


@pytest.mark.parametrize("typed", ["One.\r\nTwo.", "One.\rTwo.", "One.\nTwo."])
def test_a_line_end_is_one_character_whichever_browser_sent_it(typed: str):
    form = WritingForm(sent(body=typed))

    assert form.is_valid()
    assert form.cleaned_data["body"] == "One.\nTwo."


def test_a_character_that_the_database_cannot_hold_is_left_out_and_nothing_else_is():
    form = WritingForm(sent(body="One\x00two"))

    assert form.is_valid()
    assert form.cleaned_data["body"] == "Onetwo"


def test_every_language_and_every_sign_is_taken():
    body = "Dw i'n drist 😔 · Jestem smutny · أنا حزين · 𝓈𝒶𝒹"
    form = WritingForm(sent(body=body))

    assert form.is_valid()
    assert form.cleaned_data["body"] == body


def test_f32_the_forms_key_is_taken_as_it_is():
    key = uuid.uuid4()
    form = WritingForm(sent(body="Words.", key=str(key)))

    assert form.is_valid()
    assert form.cleaned_data["key"] == key


@pytest.mark.parametrize("key", [None, "", "not-a-key", "x" * 10_000])
def test_f32_a_key_that_is_none_is_replaced_and_never_an_error(key: str | None):
    fields = {"body": "Words."} if key is None else {"body": "Words.", "key": key}
    forms = [WritingForm(sent(**fields)) for _ in range(2)]

    assert all(form.is_valid() for form in forms)
    first, second = (form.cleaned_data["key"] for form in forms)
    assert isinstance(first, uuid.UUID)
    assert first != second


def test_f32_a_fresh_form_has_one_key_however_often_it_is_asked():
    form = WritingForm()

    assert form["key"].value() == form["key"].value()
    assert form["key"].value() != WritingForm()["key"].value()


def test_the_given_data_is_not_changed_under_its_owners_hands():
    data = sent(body="One.\r\nTwo.")
    data._mutable = False

    WritingForm(data).is_valid()

    assert data["body"] == "One.\r\nTwo."


@pytest.mark.django_db
def test_a_topic_is_named_by_its_words_and_must_be_one_of_ours():
    topic = TopicFactory(slug="stress")

    assert PostForm(sent(body="Words.", topic="stress")).is_valid()
    assert not PostForm(sent(body="Words.", topic=str(topic.pk))).is_valid()
    assert "from the list" in PostForm(sent(body="Words.", topic="made-up")).errors["topic"][0]


@pytest.mark.parametrize("revision", ["", "two", "1.5"])
def test_an_edit_says_which_version_it_changes(revision: str):
    assert not EditForm(sent(body="Words.", revision=revision)).is_valid()
    assert EditForm(sent(body="Words.", revision="1")).is_valid()
