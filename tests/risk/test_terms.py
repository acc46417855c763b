"""Terms are data: who may change what, and that nothing weakens by one person's hand."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.models import Entry as AuditEntry
from risk import classifier, current, screening, term_rules, term_trials, terms
from risk.corpus import corpus
from risk.enums import TermKind, TermState, Urgency
from risk.models import Alert, Screening, TermChange, TermTrouble
from risk.term_trials import MustCatch
from tests.factories.accounts import AdministratorFactory, SeniorGuideFactory
from tests.factories.commissioning import LocalityFactory
from tests.factories.community import PostFactory
from tests.factories.terms import an_entry, keeper, propose
from tests.races import at_once

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
# What neither the shipped terms nor the model think anything of.
FLUMPING = "The bus was late again so we went flumping in town with my cousin."


@pytest.fixture(autouse=True)
def nothing_kept():
    yield
    current.forget()


@pytest.fixture(autouse=True)
def a_small_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own corpus takes seconds; every test but those of the gate can do with less."""
    few = (
        (
            MustCatch("I want to kill myself tonight.", Urgency.CRISIS),
            MustCatch("I want to die.", Urgency.RED),
        ),
        ("I went for a walk and the sun came out.", "Anyone watching the football?"),
    )
    monkeypatch.setattr(term_trials, "_corpus", lambda: few)


@pytest.fixture
def admin():
    return AdministratorFactory()


@pytest.fixture
def senior():
    return SeniorGuideFactory(covers=[LocalityFactory()])


@pytest.fixture
def another_senior():
    return SeniorGuideFactory()


def level_of(text: str) -> Urgency:
    return Urgency(current.reader().classify(text).urgency)


def screened(text: str) -> Screening:
    post = PostFactory(body=text)
    screening.drain(now=timezone.now)
    return Screening.objects.get(subject_id=post.pk, subject_type__model="post")


# --- what takes force at once -----------------------------------------------------------------


def test_a_clinicians_new_term_is_in_force_at_once_and_the_next_batch_is_read_by_it(senior):
    assert screened(FLUMPING).urgency == Urgency.GREEN

    change = propose(senior, an_entry(level="red"), at=AT, seen=False)

    assert (change.state, change.kind) == (TermState.IN_FORCE, TermKind.STRENGTHENING)
    read = screened(FLUMPING)
    assert read.urgency == Urgency.RED
    assert [span["rule"] for span in read.spans] == ["flumping"]
    assert read.lexicon_version != classifier.shipped().lexicon.version
    assert Alert.objects.get().screening == read


def test_an_administrators_new_term_is_too_unless_it_asks_for_crisis(admin, senior):
    assert propose(admin, an_entry(level="red"), at=AT).is_in_force

    crisis = propose(
        admin, an_entry("flumping-now", level="crisis", patterns=["flumping now"]), at=AT
    )

    assert (crisis.state, crisis.kind) == (TermState.PROPOSED, TermKind.STRENGTHENING)
    assert level_of("I am flumping now") < Urgency.CRISIS
    terms.sign(change=crisis, by=keeper(senior), at=AT)
    assert level_of("I am flumping now") == Urgency.CRISIS


def test_a_clinicians_crisis_term_needs_nobody_else(senior):
    assert propose(senior, an_entry(level="crisis"), at=AT).is_in_force


def test_an_administrator_does_not_sign_another_administrators_crisis_term(admin):
    crisis = propose(admin, an_entry(level="crisis"), at=AT)

    with pytest.raises(terms.NotTheirs, match="senior wall guide"):
        terms.sign(change=crisis, by=keeper(AdministratorFactory()), at=AT)
    assert TermChange.objects.get().is_waiting


def test_a_family_that_leads_to_crisis_takes_a_clinician_too(admin):
    change = propose(admin, an_entry(level="red", tags="intent", category="suicide"), at=AT)

    assert change.asks_for_crisis
    assert change.is_waiting


def test_a_shipped_term_can_be_raised_and_given_more_words(senior):
    entry = terms.entry_in_force("want-to-die")
    assert entry is not None
    more = {**entry, "patterns": [*entry["patterns"], "long for the flumping"]}

    change = propose(senior, more, at=AT, seen=False)

    assert (change.act, change.kind, change.number) == ("changed", "strengthening", 1)
    found = current.reader().classify("I long for the flumping").spans
    assert "want-to-die" in [span.rule for span in found]
    assert level_of("I want to die") >= Urgency.RED


# --- what weakens -------------------------------------------------------------------------------


@pytest.fixture
def flumping(senior):
    return propose(
        senior, an_entry(level="red", patterns=["went flumping", "more flumping"]), at=AT
    )


def weaker(**fields):
    return an_entry(**{"level": "red", "patterns": ["went flumping", "more flumping"], **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"level": "amber"},
        {"patterns": ["went flumping"]},
        {"needs": "when"},
        {"blockers": "laughing"},
        {"category": "substance"},
        {"category": None, "level": "green", "tags": "idiom"},
        {"tags": "recovery"},
        {"context": "none"},
    ],
    ids=lambda fields: " ".join(fields),
)
def test_code_says_what_weakens_and_it_waits(flumping, senior, fields):
    change = propose(senior, weaker(**fields), at=AT)

    assert (change.kind, change.state) == (TermKind.WEAKENING, TermState.PROPOSED)
    assert change.kind_because
    assert level_of(FLUMPING) == Urgency.RED


@pytest.mark.parametrize(
    "fields",
    [{"level": "crisis"}, {"patterns": ["went flumping", "more flumping", "flump me"]},
     {"note": "Heard twice."}, {"tags": "firm"}],
    ids=lambda fields: " ".join(fields),
)  # fmt: skip
def test_code_says_what_strengthens_and_it_is_in_force(flumping, senior, fields):
    assert propose(senior, weaker(**fields), at=AT, seen=False).is_in_force


def test_dropping_a_need_or_a_blocker_strengthens(senior):
    propose(senior, an_entry(needs="when", blockers="laughing"), at=AT, seen=False)

    assert propose(senior, an_entry(), at=AT, seen=False).kind == TermKind.STRENGTHENING


def test_a_new_term_that_explains_others_weakens_even_though_it_is_new(senior):
    cue = an_entry(category=None, level="green", tags="idiom")

    assert propose(senior, cue, at=AT).is_weakening


def test_nothing_weakens_whose_dry_run_was_not_seen(flumping, senior):
    with pytest.raises(terms.UnseenDryRun):
        propose(senior, weaker(level="amber"), at=AT, seen=False)


def test_a_dry_run_of_something_else_or_of_somebody_else_does_not_count(flumping, senior, admin):
    milder = terms.try_change(term="flumping", entry=weaker(blockers="laughing"), at=AT)
    weakest = terms.try_change(term="flumping", entry=None, at=AT)
    _, seen = terms.dry_run(trial=milder, by=keeper(senior), at=AT)
    assert seen

    for trial, by in ((weakest, senior), (milder, admin)):
        with pytest.raises(terms.UnseenDryRun):
            terms.propose(trial=trial, reason="No.", seen=seen, by=keeper(by), at=AT)


def test_two_people_weaken_and_one_of_them_is_a_clinician(flumping, admin, senior):
    change = propose(admin, None, term="flumping", at=AT)

    with pytest.raises(terms.NotTheirs, match="Somebody else"):
        terms.sign(change=change, by=keeper(admin), at=AT)
    with pytest.raises(terms.NotTheirs, match="senior wall guide"):
        terms.sign(change=change, by=keeper(AdministratorFactory()), at=AT)
    assert level_of(FLUMPING) == Urgency.RED

    terms.sign(change=change, by=keeper(senior), at=AT)

    assert level_of(FLUMPING) == Urgency.GREEN
    assert terms.entry_in_force("flumping") is None


def test_an_administrator_may_be_the_second(flumping, admin, senior):
    change = propose(senior, weaker(level="amber"), at=AT)

    terms.sign(change=change, by=keeper(admin), at=AT)

    assert level_of(FLUMPING) == Urgency.AMBER


def test_a_retired_term_comes_back_as_its_next_version(flumping, senior, another_senior):
    retired = propose(senior, None, term="flumping", at=AT)
    terms.sign(change=retired, by=keeper(another_senior), at=AT)

    back = propose(another_senior, weaker(), at=AT)

    assert (back.number, back.act, back.kind) == (3, "added", "strengthening")
    assert level_of(FLUMPING) == Urgency.RED


def test_what_is_refused_or_withdrawn_changes_nothing_and_stays_on_record(
    flumping, senior, another_senior
):
    refused = propose(senior, weaker(level="amber"), at=AT)
    with pytest.raises(terms.NotTheirs):
        terms.refuse(change=refused, because="No.", by=keeper(senior), at=AT)
    terms.refuse(change=refused, because="It still hurts.", by=keeper(another_senior), at=AT)
    withdrawn = propose(senior, weaker(level="amber"), at=AT)
    with pytest.raises(terms.NotTheirs):
        terms.withdraw(change=withdrawn, by=keeper(another_senior), at=AT)
    terms.withdraw(change=withdrawn, by=keeper(senior), at=AT)

    for change in (refused, withdrawn):
        with pytest.raises(terms.ChangedMeanwhile):
            terms.sign(change=change, by=keeper(another_senior), at=AT)
    assert level_of(FLUMPING) == Urgency.RED
    assert TermChange.objects.get(pk=refused.pk).ended_because == "It still hurts."


def test_one_change_of_a_term_waits_at_a_time_and_a_strengthening_need_not_wait_for_it(
    flumping, senior, another_senior
):
    waiting = propose(senior, weaker(level="amber"), at=AT)
    with pytest.raises(terms.UnderWay):
        propose(another_senior, weaker(blockers="laughing"), at=AT)

    stronger = propose(another_senior, weaker(level="crisis"), at=AT)

    assert stronger.is_in_force
    with pytest.raises(terms.ChangedMeanwhile):
        terms.sign(change=waiting, by=keeper(another_senior), at=AT)


def test_a_signature_asks_the_gate_again_where_something_else_has_changed(
    flumping, senior, another_senior, monkeypatch
):
    change = propose(senior, weaker(level="amber"), at=AT)
    propose(senior, an_entry("plimming", patterns=["went plimming"]), at=AT)
    only_flumping_catches_this = (MustCatch(FLUMPING, Urgency.RED),)
    monkeypatch.setattr(term_trials, "_corpus", lambda: (only_flumping_catches_this, ()))

    with pytest.raises(terms.StoppedAtTheGate):
        terms.sign(change=change, by=keeper(another_senior), at=AT)

    assert level_of(FLUMPING) == Urgency.RED


# --- the gate -----------------------------------------------------------------------------------


def test_nothing_passes_that_lets_a_text_fall_that_must_be_caught(senior):
    with pytest.raises(terms.StoppedAtTheGate, match="read as less urgent") as stopped:
        propose(senior, None, term="want-to-die", at=AT)

    fallen = {(fall.text, fall.after < Urgency.RED) for fall in stopped.value.gate.falls}
    assert ("I want to die.", True) in fallen
    assert not TermChange.objects.exists()


def test_a_text_that_must_be_read_at_all_may_not_become_green(senior, another_senior, monkeypatch):
    propose(senior, an_entry(level="amber"), at=AT)
    must = (MustCatch(FLUMPING, Urgency.AMBER),)
    monkeypatch.setattr(term_trials, "_corpus", lambda: (must, ()))

    with pytest.raises(terms.StoppedAtTheGate):
        propose(another_senior, None, term="flumping", at=AT)


class Reads:
    """A reader that reads everything as one level; without its model as another."""

    def __init__(self, lexicon: dict[str, Urgency], model: str | None) -> None:
        self.lexicon, self.model = lexicon, model

    def classify(self, text: str, *, reply_to: str | None = None) -> SimpleNamespace:
        level = self.lexicon["whole" if self.model else "rules"]
        return SimpleNamespace(urgency=level, complete=True, spans=())


def test_the_model_does_not_hide_that_a_rule_no_longer_catches_a_text(monkeypatch):
    """It has learnt our own texts, and knows nothing of what a member will write."""
    monkeypatch.setattr(term_trials, "Reader", Reads)
    monkeypatch.setattr(term_trials, "differing", lambda *_, **__: lambda *_: True)
    before = Reads({"whole": Urgency.RED, "rules": Urgency.RED}, "model")
    after = Reads({"whole": Urgency.RED, "rules": Urgency.GREEN}, "model")

    gate = term_trials.check_must_catch(before=before, after=after, term="flumping", mark=0)

    assert {fall.by for fall in gate.falls} == {"the rules alone"}
    assert not gate.passed


def test_whatever_lets_a_text_fall_weakens_even_where_its_shape_strengthens(senior):
    trial = terms.try_change(term="flumping", entry=an_entry(), at=AT)

    verdict = term_rules.judge(
        act="added", before=None, after=trial.entry, known=trial.before.lexicon, falls=["rules"]
    )

    assert trial.verdict.kind == TermKind.STRENGTHENING
    assert verdict.kind == TermKind.WEAKENING


def test_what_a_guide_has_confirmed_must_be_caught_and_is_never_shown(
    flumping, senior, monkeypatch
):
    labelled = [MustCatch(FLUMPING, Urgency.RED, is_members=True)]
    monkeypatch.setattr(term_trials, "confirmed_texts", lambda: labelled)

    with pytest.raises(terms.StoppedAtTheGate) as stopped:
        propose(senior, weaker(level="amber"), at=AT)

    assert [fall.text for fall in stopped.value.gate.falls] == [""]


def test_a_term_found_in_ordinary_posts_is_stopped(senior, monkeypatch):
    ordinary = tuple(f"I went for walk {number} today." for number in range(40))
    monkeypatch.setattr(term_trials, "_corpus", lambda: ((), ordinary))

    with pytest.raises(terms.StoppedAtTheGate, match="too wide"):
        propose(senior, an_entry(patterns=["i went for"]), at=AT)


def test_the_whole_corpus_goes_through_the_gate(senior, monkeypatch):
    monkeypatch.undo()
    trial = terms.try_change(term="flumping", entry=an_entry(), at=AT)

    assert trial.gate.passed
    assert trial.gate.texts > 500


# --- patterns -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(open", "bracket is not closed"),
        ("close)", "closing bracket too many"),
        ("went {flump", "cannot stand"),
        ("~9 ~9", "found everywhere"),
        ("#", "found everywhere"),
        ("(a)? (b)?", "found everywhere"),
        (" ".join(["(a)?"] * 30) + " b", "too much open"),
        ("~9 a ~9 b ~9 c", "too much open"),
        ("a" * 201, "longer than 200"),
        ("went {nosuchset}", "no set of words called"),
    ],
)
def test_s37_a_hostile_or_broken_pattern_is_refused_in_plain_words(pattern, said, senior):
    with pytest.raises(terms.TermRefused) as refused:
        terms.try_change(term="flumping", entry=an_entry(patterns=[pattern]), at=AT)

    assert any(said in each for each in refused.value.problems["patterns"])


def test_no_term_has_more_than_fifty_patterns(senior):
    many = [f"flump number{'x' * number}" for number in range(51)]

    with pytest.raises(terms.TermRefused, match="at most 50"):
        terms.try_change(term="flumping", entry=an_entry(patterns=many), at=AT)


def test_s37_the_worst_term_that_is_let_in_reads_hostile_text_in_linear_time(senior, monkeypatch):
    """Fifty patterns with as much left open as may be, on text made to try them all."""
    worst = [f"(a)? (a)? ~3 (a)? ~1 flump{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(50)]
    trial = terms.try_change(term="flumping", entry=an_entry(patterns=worst), at=AT)

    def took(size: int) -> float:
        hostile = ("a " * 40 + "flumpaa flumpba ") * (size // 96)
        begun = time.perf_counter()
        trial.after.classify(hostile)
        return time.perf_counter() - begun

    took(10_000)
    small, large = took(10_000), took(100_000)
    assert large < small * 40, (small, large)
    assert large < 5, large


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id": "Not A Name"}, "term"),
        ({"id": "changes"}, "term"),
        ({"category": None, "level": "red", "tags": "idiom"}, "level"),
        ({"category": None, "level": "green"}, "tags"),
        ({"level": "green"}, "level"),
        ({"needs": "nosuchfamily"}, "needs"),
        ({"blockers": "nosuchfamily"}, "blockers"),
        ({"patterns": []}, "patterns"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(fields, field):
    entry = an_entry(**fields)

    with pytest.raises(terms.TermRefused) as refused:
        terms.try_change(term=entry["id"], entry=entry, at=AT)

    assert field in refused.value.problems


# --- races and the database's own word ----------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_who_sign_in_the_same_instant_one_does():
    proposer, *signers = [SeniorGuideFactory() for _ in range(3)]
    propose(proposer, an_entry(level="red"), at=AT)
    change = propose(proposer, an_entry(), at=AT)

    came_of_it = at_once(
        [lambda by=by: terms.sign(change=change, by=keeper(by), at=AT) for by in signers]
    )

    won = [each for each in came_of_it if isinstance(each, TermChange)]
    lost = [each for each in came_of_it if isinstance(each, terms.ChangedMeanwhile)]
    assert (len(won), len(lost)) == (1, 1), came_of_it
    assert AuditEntry.objects.filter(verb="sign term").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_change_a_term_in_the_same_instant_one_does():
    people = [SeniorGuideFactory() for _ in range(2)]
    trials = [
        terms.try_change(term="flumping", entry=an_entry(level=level), at=AT)
        for level in ("amber", "red")
    ]

    came_of_it = at_once(
        [
            lambda by=by, trial=trial: terms.propose(
                trial=trial, reason="Now.", by=keeper(by), at=AT
            )
            for by, trial in zip(people, trials, strict=True)
        ]
    )

    assert sum(isinstance(each, TermChange) for each in came_of_it) == 1, came_of_it
    assert sum(isinstance(each, terms.ChangedMeanwhile) for each in came_of_it) == 1


def test_the_database_lets_nothing_in_force_change_or_go(flumping):
    for statement in (
        "UPDATE risk_termchange SET reason = 'x'",
        "UPDATE risk_termchange SET entry = '{}'",
        "DELETE FROM risk_termchange",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_database_lets_nobody_sign_their_own_or_weaken_alone(flumping, senior, admin):
    waiting = propose(admin, weaker(level="amber"), at=AT)
    in_force = {"state": "in_force", "in_force_at": AT, "force_order": 99}
    for fields in (
        {**in_force, "signed_by": admin.user, "signed_at": AT},
        in_force,
        {**in_force, "signed_by": AdministratorFactory().user, "signed_at": AT},
        {**in_force, "signed_by": senior.user, "signed_at": AT, "signed_by_senior": True,
         "gate": {"passed": False}},
        {"reason": "Another."},
        {"proposed_by": senior.user},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            TermChange.objects.filter(pk=waiting.pk).update(**fields)


# --- audit ----------------------------------------------------------------------------------------


def test_every_act_is_in_the_log_without_a_word_of_the_term(flumping, admin, senior):
    change = propose(admin, weaker(level="amber"), at=AT)
    terms.sign(change=change, by=keeper(senior), at=AT)

    entries = list(AuditEntry.objects.filter(subject="term:flumping").order_by("seq"))

    assert [(each.verb, each.actor) for each in entries] == [
        ("dry-run term", f"guide:{senior.pk}"),
        ("put term in force", f"guide:{senior.pk}"),
        ("dry-run term", f"admin:{admin.pk}"),
        ("propose term", f"admin:{admin.pk}"),
        ("sign term", f"guide:{senior.pk}"),
    ]
    assert "went" not in str([each.detail for each in entries])
    assert {"number", "act", "kind", "mark", "change"} <= set(entries[-1].detail)


# --- the reader in force ------------------------------------------------------------------------


def test_without_a_change_it_is_the_shipped_one_and_costs_two_queries(django_assert_num_queries):
    # One for the terms and one for the champion.
    with django_assert_num_queries(2):
        reader = current.reader()

    assert reader.lexicon.version == classifier.shipped().lexicon.version


def test_it_is_built_once_for_each_state(flumping, django_assert_num_queries):
    first = current.reader()

    with django_assert_num_queries(2):
        assert current.reader() is first


def test_terms_that_cannot_be_used_stop_nothing_and_are_told(flumping, monkeypatch, caplog):
    from escalation import queue, safety

    current.forget()
    monkeypatch.setattr(current, "build", lambda overlay: 1 / 0)

    read = screened("I want to die. I went flumping.")

    assert read.urgency >= Urgency.RED
    assert read.lexicon_version == classifier.shipped().lexicon.version
    trouble = TermTrouble.objects.get()
    assert (trouble.mark, trouble.error) == (flumping.pk, "ZeroDivisionError")
    assert "flumping" not in caplog.text
    now = timezone.now()
    assert safety.TERMS_LEFT_OUT in safety.safety_figures(now=now).problems
    assert safety.TERMS_LEFT_OUT in queue.what_is_wrong(now=now)

    monkeypatch.undo()
    monkeypatch.setattr(current, "TRY_AGAIN_AFTER", 0.0)
    current.reader()
    assert safety.TERMS_LEFT_OUT not in safety.safety_figures(now=now).problems


# --- the dry run ------------------------------------------------------------------------------


def test_the_dry_run_counts_what_would_have_been_read_otherwise(senior):
    [leeds] = senior.covers.all()
    now = timezone.now()
    for text, days in ((FLUMPING, 1), (FLUMPING, 31), ("A quiet day.", 2)):
        PostFactory(author__locality=leeds, body=text, at=now - timedelta(days=days))
    PostFactory(body=FLUMPING, at=now)  # elsewhere

    trial = terms.try_change(term="flumping", entry=an_entry(level="red"), at=now)
    run, _ = terms.dry_run(trial=trial, by=keeper(senior), at=now)

    assert run.counts.as_dict() == {
        "read": 2, "finds": 0, "would_find": 1, "newly": 1, "no_longer": 0, "higher": 1,
        "lower": 0,
    }  # fmt: skip
    assert list(run.by_locality) == [f"{leeds.commissioner.name}: {leeds.name}"]
    assert [(each.text, each.after) for each in run.examples] == [(FLUMPING, Urgency.RED)]


def test_an_administrator_is_given_counts_of_everywhere_and_no_text(admin):
    now = timezone.now()
    for _ in range(2):
        PostFactory(body=FLUMPING, at=now)

    trial = terms.try_change(term="flumping", entry=an_entry(), at=now)
    run, seen = terms.dry_run(trial=trial, by=keeper(admin), at=now)

    assert (run.counts.newly, len(run.by_locality), run.examples) == (2, 2, [])
    assert "flumping" not in seen


def test_a_dry_run_that_stops_early_says_so(senior, monkeypatch):
    [leeds] = senior.covers.all()
    now = timezone.now()
    for _ in range(3):
        PostFactory(author__locality=leeds, body=FLUMPING, at=now)
    monkeypatch.setattr(term_trials, "DRY_RUN_AT_MOST", 2)

    trial = terms.try_change(term="flumping", entry=an_entry(), at=now)
    run, _ = terms.dry_run(trial=trial, by=keeper(senior), at=now)

    assert run.counts.read == 2
    assert "newest 2 texts" in run.stopped


def test_the_canarys_posts_are_in_no_dry_run(admin):
    PostFactory(author__locality=LocalityFactory(is_hidden=True), body=FLUMPING)

    trial = terms.try_change(term="flumping", entry=an_entry(), at=timezone.now())
    run, _ = terms.dry_run(trial=trial, by=keeper(admin), at=timezone.now())

    assert run.counts.read == 0


@pytest.mark.parametrize(
    "entry",
    [
        an_entry(level="red"),
        an_entry(patterns=["goodbye everyone"], level="crisis", category="suicide"),
        an_entry(category=None, level="green", tags="laughing media", patterns=["today"]),
        an_entry(category=None, level="green", tags="recovery long_ago", patterns=["at school"]),
    ],
    ids=["new words", "known words", "a cue", "another cue"],
)
def test_what_is_said_to_be_read_alike_is(entry):
    """Whoever is spared the whole reading would not have been read otherwise."""
    trial = terms.try_change(term="flumping", entry=entry, at=AT)
    may_differ = term_trials.differing(trial.before, trial.after, term="flumping")
    texts = [each.text for each in corpus()[::7]]
    spared = [text for text in texts if not may_differ(text, None)]

    assert len(spared) > len(texts) / 2
    for text in spared:
        was, will_be = trial.before.classify(text), trial.after.classify(text)
        assert (was.urgency, was.spans, was.probability) == (
            will_be.urgency, will_be.spans, will_be.probability
        ), text  # fmt: skip
