"""The pages of the terms: what is typed stays, and who may not read a text does not."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Administrator
from risk import current, term_trials
from risk.enums import Urgency
from risk.models import TermChange
from risk.term_trials import MustCatch
from tests.cast import Cast
from tests.factories.community import PostFactory
from tests.factories.terms import WaitingTermFactory, an_entry, propose

pytestmark = pytest.mark.django_db

FLUMPING = "The bus was late again so we went flumping in town with my cousin."
NEW = reverse("risk:term-new")


@pytest.fixture(autouse=True)
def a_small_corpus(monkeypatch: pytest.MonkeyPatch):
    few = ((MustCatch("I want to die.", Urgency.RED),), ("I went for a walk.",))
    monkeypatch.setattr(term_trials, "_corpus", lambda: few)
    yield
    current.forget()


def typed(**fields: str) -> dict[str, str]:
    return {
        "term": "flumping", "category": "self_harm", "level": "red", "patterns": "went flumping",
        "reason": "Heard on the wall.", "do": "propose", **fields,
    }  # fmt: skip


def seen_on(page: str) -> str:
    return page.split('name="seen" value="', 1)[1].split('"', 1)[0]


def based_on(page: str) -> str:
    return page.split('name="based_on" value="', 1)[1].split('"', 1)[0]


def test_a_senior_adds_a_term_and_it_is_in_force(cast: Cast):
    client = cast.client("senior")

    answer = client.post(NEW, typed())

    assert answer.url == reverse("risk:term", args=["flumping"])
    assert current.reader().classify(FLUMPING).urgency == Urgency.RED
    page = client.get(answer.url).text
    assert "went flumping" in page
    assert cast.senior.name in page
    assert "flumping" in client.get(reverse("risk:term-list"), {"state": "ours"}).text


def test_a_pattern_that_cannot_be_read_comes_back_in_plain_words_with_all_that_was_typed(
    cast: Cast,
):
    answer = cast.client("admin").post(NEW, typed(patterns="(open", note="A note of mine."))

    assert answer.status_code == 422
    assert "a bracket is not closed" in answer.text
    for kept in ("(open", "A note of mine.", "Heard on the wall."):
        assert kept in answer.text
    assert not TermChange.objects.exists()


def test_a_reason_is_asked_for_before_anything_is_proposed_and_not_before(cast: Cast):
    client = cast.client("senior")

    tried = client.post(NEW, typed(reason="", do="dry_run"))
    assert tried.status_code == 200
    assert "Please look at this again" not in tried.text
    assert client.post(NEW, typed(reason="")).status_code == 422
    assert not TermChange.objects.exists()


def test_a_sentence_is_tried_and_kept_nowhere(cast: Cast, caplog):
    answer = cast.client("admin").post(NEW, typed(do="try", sentence="We went flumping twice."))

    assert answer.status_code == 200
    assert "Your sentence" in answer.text
    assert "“went flumping”: Self-harm" in answer.text
    assert not TermChange.objects.exists()
    assert "twice" not in caplog.text


def test_a_weakening_shows_its_dry_run_first_and_is_proposed_by_the_second_press(cast: Cast):
    propose(cast.senior, an_entry(level="red"), at=timezone.now())
    PostFactory(author=cast.member, body=FLUMPING)
    client = cast.client("senior")
    address = reverse("risk:term-edit", args=["flumping"])
    milder = typed(level="amber", based_on=based_on(client.get(address).text))

    first = client.post(address, milder)
    assert first.status_code == 409
    assert "This weakens the screening" in first.text
    assert "Would be less urgent" in first.text
    second = client.post(address, {**milder, "seen": seen_on(first.text)})

    change = TermChange.objects.waiting().get()
    assert second.url == reverse("risk:term-change", args=[change.pk])
    assert change.dry_run["lower"] == 1
    assert "Somebody else signs or refuses it" in client.get(second.url).text

    signed = cast.client("admin").post(reverse("risk:term-sign", args=[change.pk]))
    assert signed.status_code == 302
    assert current.reader().classify(FLUMPING).urgency == Urgency.AMBER


def test_a_member_of_a_locality_that_is_covered_is_quoted_to_the_senior_alone(cast: Cast):
    PostFactory(author=cast.member, body=FLUMPING)
    PostFactory(author__locality=cast.derby, body="In Derby we went flumping.")

    to_senior = cast.client("senior").post(NEW, typed(do="dry_run")).text
    to_admin = cast.client("admin").post(NEW, typed(do="dry_run")).text

    assert FLUMPING in to_senior
    assert "In Derby" not in to_senior
    assert cast.member.alias not in to_senior
    assert "my cousin" not in to_admin
    assert "In Derby" not in to_admin
    assert cast.derby.name in to_admin


def test_what_falls_at_the_gate_is_listed_and_nothing_is_proposed(cast: Cast):
    client = cast.client("senior")
    address = reverse("risk:term-retire", args=["want-to-die"])
    page = client.get(address).text

    answer = client.post(
        address, {"reason": "Too many.", "do": "propose", "based_on": based_on(page)}
    )

    assert answer.status_code == 409
    assert "I want to die." in answer.text
    assert not TermChange.objects.exists()


def test_two_who_edit_one_term_do_not_overwrite_one_another(cast: Cast):
    propose(cast.senior, an_entry(level="red"), at=timezone.now())
    client = cast.client("admin")
    address = reverse("risk:term-edit", args=["flumping"])
    opened = based_on(client.get(address).text)
    propose(cast.senior, an_entry(level="red", note="Meanwhile."), at=timezone.now())

    answer = client.post(address, typed(based_on=opened, note="Mine."))

    assert answer.status_code == 409
    assert "Mine." in answer.text
    assert based_on(answer.text) != opened


def test_the_list_is_searched_and_filtered(cast: Cast):
    client = cast.client("admin")
    address = reverse("risk:term-list")

    assert "want-to-die" in client.get(address, {"q": "want-to-d"}).text
    assert "want-to-die" not in client.get(address, {"q": "want-to-d", "level": "green"}).text
    assert "want-to-die" not in client.get(address, {"category": "substance"}).text
    assert "No term is like that" in client.get(address, {"state": "retired"}).text
    assert client.get(address, {"level": "<b>", "page": "x"}).status_code == 200


def test_a_term_says_how_often_it_was_found_where_the_viewer_may_look(cast: Cast):
    from risk import screening

    propose(cast.senior, an_entry(), at=timezone.now())
    PostFactory(author=cast.member, body=FLUMPING)
    PostFactory(author__locality=cast.derby, body=FLUMPING)
    old = PostFactory(author=cast.member, body=FLUMPING, at=timezone.now() - timedelta(days=40))
    assert old.pk
    screening.drain(now=timezone.now)
    address = reverse("risk:term", args=["flumping"])

    assert "<strong>1</strong> text of" in cast.client("senior").get(address).text
    assert "<strong>2</strong> texts of" in cast.client("admin").get(address).text


def test_a_refusal_needs_a_reason_and_the_proposer_reads_it(cast: Cast):
    change = WaitingTermFactory(proposed_by=cast.admin.user)
    address = reverse("risk:term-refuse", args=[change.pk])
    senior = cast.client("senior")

    assert senior.post(address, {"because": ""}).status_code == 422
    assert senior.post(address, {"because": "Too wide."}).status_code == 302

    page = cast.client("admin").get(reverse("risk:term-change", args=[change.pk])).text
    assert "Too wide." in page
    assert "Sign it" not in page


def test_somebody_who_is_both_acts_as_the_clinician(cast: Cast):
    Administrator.objects.create(user=cast.senior.user, name="Both")

    cast.client("senior").post(NEW, typed(level="crisis"))

    assert TermChange.objects.get().proposed_by_senior


def test_what_is_typed_is_shown_as_text(cast: Cast):
    answer = cast.client("admin").post(NEW, typed(patterns="<script>x", note="<b>y</b>"))

    assert "<script>x" not in answer.text
    assert "<b>y</b>" not in answer.text


def test_the_pages_are_served_without_the_training_library():
    """A dry run reads the corpus in the web process, which must never learn from it."""
    done = subprocess.run(
        [
            sys.executable, "-c",
            "import django; django.setup()\n"
            "import sys; from django.urls import reverse; reverse('risk:term-list')\n"
            "from risk import term_trials; term_trials._corpus()\n"
            "print([name for name in ('sklearn', 'scipy') if name in sys.modules])",
        ],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "peersupport.settings"},
        cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.stdout.strip() == "[]", done.stderr
