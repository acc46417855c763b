"""Consent that was understood: versioned, asked again, counted by nobody's name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import consent
from accounts.models import ConsentGiven, ConsentTerms, Member, TeachBackCount
from audit.models import Entry
from community.models import Post
from tests.cast import Cast
from tests.factories.commissioning import LocalityFactory
from tests.factories.community import PostFactory, TopicFactory
from tests.factories.escalation import AgreedProtocolFactory
from tests.factories.ways_in import WayInFactory
from tests.races import at_once

RIGHT = {f"answer-{question.slug}": question.right for question in consent.QUESTIONS}
WRONG = {"answer-who": "members", "answer-when": "danger"}
JUNE = datetime(2026, 6, 17, 3, 12, tzinfo=UTC)


def words_of(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


@pytest.fixture
def behind(cast: Cast) -> Client:
    """Somebody who agreed to an older version."""
    Member.objects.filter(pk=cast.member.pk).update(consented_version=0)
    return cast.client("member")


# -- the words --------------------------------------------------------------------------------


def test_other_words_need_another_version():
    assert consent.words_hash() == consent.HASHES[consent.VERSION], (
        "The words that members agree to have changed. Raise accounts.consent.VERSION and "
        "write the new hash beside it, so that each member is asked again."
    )


@pytest.mark.parametrize("what", ["a rule", "an answer"])
def test_a_changed_word_would_be_found(what: str, monkeypatch: pytest.MonkeyPatch):
    if what == "a rule":
        monkeypatch.setattr(consent, "HOUSE_RULES", (*consent.HOUSE_RULES[:5], "Be quiet."))
    else:
        changed = [*consent.QUESTIONS[:2], consent.Question("payer", "?", (), "", "")]
        monkeypatch.setattr(consent, "QUESTIONS", tuple(changed))

    assert consent.words_hash() != consent.HASHES[consent.VERSION]


def test_a_changed_word_of_the_page_would_be_found(settings: Any, tmp_path: Any):
    page = "templates/accounts/_who_can_learn.html"
    (tmp_path / "templates/accounts").mkdir(parents=True)
    text = (settings.BASE_DIR / page).read_text()
    (tmp_path / page).write_text(text)
    settings.BASE_DIR = tmp_path
    assert consent.words_hash() == consent.HASHES[consent.VERSION]

    (tmp_path / page).write_text(text.replace("After 30 minutes", "After 60 minutes"))
    assert consent.words_hash() != consent.HASHES[consent.VERSION]


def test_the_house_rules_are_six_sentences():
    assert len(consent.HOUSE_RULES) == 6
    for rule in consent.HOUSE_RULES:
        assert re.fullmatch(r"[^.!?]+\.", str(rule)), rule


def test_each_question_has_one_right_answer_and_they_do_not_all_stand_in_one_place():
    places = []
    for question in consent.QUESTIONS:
        slugs = [option.slug for option in question.options]
        assert slugs.count(question.right) == 1
        places.append(slugs.index(question.right))

    assert len(consent.QUESTIONS) == len(set(places)) == 3


def test_it_says_what_holds_for_their_place(cast: Cast):
    AgreedProtocolFactory(
        locality=cast.leeds, steps=[{"contact": "Campus duty team"}, {"contact": "Ambulance"}]
    )

    page = words_of(cast.client("member").get(reverse("consent")))

    for words in (
        "Campus duty team", "Ambulance", cast.leeds.name, cast.leeds.commissioner.name,
        "A second person agrees.", "After 30 minutes it locks again.",
        "If a life may be at risk right now", "Each time someone looks, it is shown to you",
        "A senior wall guide can hold that back", "They get numbers", "You have 21 days",
        "its notes are kept for",
    ):  # fmt: skip
        assert words in page, words


def test_the_term_is_said_in_years_where_it_is_whole_years():
    one = consent.WhoCanLearn("A", "B", retention_months=240)

    assert one.retention_years == 20
    assert consent.WhoCanLearn("A", "B", retention_months=18).retention_years is None


# -- being asked again ------------------------------------------------------------------------


def test_an_older_consent_leads_to_the_words_and_back(behind: Client, cast: Cast):
    post = PostFactory()
    thread = reverse("community:thread", args=[post.public_id])

    first = behind.get(thread + "?sent")
    assert first.status_code == 302
    page = behind.get(first.url)
    assert "Some of our words have changed" not in page.text  # they have agreed to none yet
    back = behind.post(first.url, {"agree": "1", "next": f"{thread}?sent", **RIGHT})

    assert back.status_code == 302
    assert back.url == f"{thread}?sent"
    assert behind.get(back.url).status_code == 200
    given = ConsentGiven.objects.get()
    assert (given.member, given.terms.version) == (cast.member, consent.VERSION)
    assert Entry.objects.filter(verb="consent").count() == 1


def test_a_new_version_asks_everyone_again(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    client = cast.client("member")
    assert client.get(reverse("community:feed")).status_code == 200

    monkeypatch.setattr(consent, "VERSION", consent.VERSION + 1)
    page = client.get(reverse("community:feed"), follow=True)

    assert "Some of our words have changed" in page.text


def test_nothing_that_was_being_sent_is_lost(behind: Client, cast: Cast):
    topic = TopicFactory()
    sending = {"body": "It has been a long <night>.", "topic": topic.slug, "key": "k"}

    first = behind.post(reverse("community:post-new"), sending)
    assert first.status_code == 409
    assert "It has been a long &lt;night&gt;." in first.text
    assert not Post.objects.exists()
    hidden = {
        "kept_to": first.context["kept"]["to"],
        "kept_fields": first.context["kept"]["fields"],
    }

    words = behind.post(reverse("consent"), hidden)
    assert "long &lt;night&gt;" in words.text
    thanks = behind.post(reverse("consent"), {"agree": "1", **hidden, **RIGHT})
    assert f'action="{reverse("community:post-new")}"' in thanks.text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', thanks.text))
    assert fields["topic"] == topic.slug

    assert behind.post(thanks.context["kept"].to, sending).status_code == 302
    assert Post.objects.get().body == sending["body"]


def test_wrong_answers_keep_what_was_being_sent_too(behind: Client):
    hidden = {"kept_to": "/wall/new/", "kept_fields": '[["body", "A long night."]]'}

    explained = behind.post(reverse("consent"), {"agree": "1", **hidden, **WRONG})

    assert "A long night." in explained.text
    assert 'name="kept_fields"' in explained.text


@pytest.mark.parametrize("to", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_nothing_leads_away_from_here(behind: Client, to: str):
    hidden = {"kept_to": to, "kept_fields": '[["body", "x"]]', "next": to}

    answer = behind.post(reverse("consent"), {"agree": "1", **hidden, **RIGHT})

    assert answer.status_code == 302
    assert answer.url == reverse("community:feed")


def test_a_page_of_before_agrees_to_nothing(behind: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(consent, "VERSION", consent.VERSION + 1)

    answer = behind.post(reverse("consent"), {"agree": "1", "explained": "1", **RIGHT})

    assert answer.status_code == 200
    assert not ConsentGiven.objects.exists()


def test_help_and_the_way_out_stand_without_consent(behind: Client):
    assert behind.get(reverse("help-now")).status_code == 200
    assert behind.get(reverse("escalation:what-happens")).status_code == 200
    assert behind.get(reverse("account_logout")).status_code == 200
    assert behind.post(reverse("exit")).status_code == 303


def test_agreeing_twice_is_agreeing_once(cast: Cast):
    for _ in range(2):
        consent.give_consent(member=cast.member, version=consent.VERSION, at=timezone.now())

    assert ConsentGiven.objects.count() == ConsentTerms.objects.count() == 1
    assert ConsentTerms.objects.get().words_hash == consent.words_hash()


# -- three questions --------------------------------------------------------------------------


def test_a_wrong_answer_is_explained_and_never_in_the_way(behind: Client, cast: Cast):
    explained = behind.post(reverse("consent"), {"agree": "1", **WRONG})

    assert explained.status_code == 200
    for question in consent.QUESTIONS:
        shown = str(question.why) in explained.text
        assert shown == (question.slug != "when"), question.slug
    assert not ConsentGiven.objects.exists()

    on = behind.post(reverse("consent"), {"agree": "1", "explained": "1", **WRONG})
    assert on.status_code == 302
    assert ConsentGiven.objects.get().member == cast.member


def test_answers_are_counted_when_first_given_and_by_nobodys_name(behind: Client):
    behind.post(reverse("consent"), {"agree": "1", **WRONG, "answer-payer": "made up"})
    behind.post(reverse("consent"), {"agree": "1", "explained": "1", **RIGHT})

    counted = {(row.question, row.option): row.times for row in TeachBackCount.objects.all()}
    assert counted == {("who", "members"): 1, ("when", "danger"): 1, ("payer", ""): 1}
    names = {field.name for field in TeachBackCount._meta.fields}
    assert names == {"id", "version", "question", "option", "month", "times"}
    assert {row.month.day for row in TeachBackCount.objects.all()} == {1}


@pytest.mark.django_db(transaction=True)
def test_answers_given_at_once_are_all_counted():
    answers = {question.slug: question.right for question in consent.QUESTIONS}

    at_once([lambda: consent.count_answers(answers, at=JUNE)] * 6)

    assert [row.times for row in TeachBackCount.objects.all()] == [6, 6, 6]


def test_staff_read_counts_and_none_below_five(cast: Cast):
    for _ in range(4):
        consent.count_answers({"who": "members"}, at=JUNE)
    few = cast.client("admin").get(reverse("operator-consent"))
    assert "right of" not in words_of(few)

    consent.count_answers({"who": "nobody"}, at=JUNE)
    enough = words_of(cast.client("senior").get(reverse("operator-consent")))
    assert "20 % right of 5" in enough
    assert "signed by your clinician and your DPO" in enough


# -- before an account ------------------------------------------------------------------------


def test_somebody_who_joins_reads_about_their_own_place(client: Client, db: None):
    place = LocalityFactory(name="Lindenbrook campus")
    way_in = WayInFactory(commissioner=place.commissioner)
    session = client.session
    session["joining"] = {"way_in": way_in.pk, "locality": place.pk}
    session.save()

    page = client.get(reverse("join-consent"))
    assert "Lindenbrook campus" in page.text
    assert place.commissioner.name in page.text
    explained = client.post(reverse("join-consent"), {"agree": "1", **WRONG})
    assert explained.status_code == 200
    on = client.post(reverse("join-consent"), {"agree": "1", "explained": "1", **WRONG})

    assert on.url == reverse("join-account")
    assert client.session["joining"]["consent"] == str(consent.VERSION)
    assert client.session["joining"]["way_in"] == way_in.pk


def test_counts_of_one_month_lie_together(db: None):
    consent.count_answers({"who": "nobody"}, at=JUNE)
    consent.count_answers({"who": "nobody"}, at=JUNE + timedelta(days=20))

    assert TeachBackCount.objects.filter(question="who").count() == 2
