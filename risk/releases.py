"""
Which model reads for the desk, and how another one comes to.

A challenger is trained from the corpus and from labels whose texts members have lent, reads in
the shadow, passes the gate, is signed for by two people, and then is the champion. Going back
is one act. The shipped model needs none of this: it reads where no release is champion.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from zlib import crc32

from django.db import IntegrityError, transaction

from accounts.models import User
from audit.operations import record
from risk import calibration, classifier, current, detectors, gate, lexicon, wording
from risk import model as model_files
from risk.champion import champion, load
from risk.corpus import Example, corpus
from risk.enums import ReleaseState, ScreeningState, Urgency
from risk.model import Model, ModelUnusable
from risk.models import (
    Label,
    LabelQuerySet,
    ModelRelease,
    ReleaseSignature,
    Screening,
    ShadowReading,
)

logger = logging.getLogger(__name__)

SHIPPED = "shipped"
# A gate report older than this is asked for again: the wall has gone on.
REPORT_LASTS = timedelta(days=7)
SIGNATURES_NEEDED = 2
# One member in so many is kept for judging, and one for calibrating; the rest are learnt from.
FOLDS = 4
JUDGES, CALIBRATES = 0, 1
# Our own texts that a challenger loses are learnt from again, so often and so many times over.
REHEARSALS = 2
REHEARSED_TIMES = 3
# By how many of the latest texts a challenger's alert load is looked at, and most of the growth
# that the gate allows: other texts will come.
LATEST = 800
LOAD_MAY_GROW = gate.ALERTS_MAY_GROW * 0.8
# What stands for a name or a number that was taken out.
_TAKEN_OUT = {"full name": "someone"}


class Refused(Exception):
    """It cannot be done, and the sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


# --- who reads ------------------------------------------------------------------------------


def lexicon_in_use() -> lexicon.Lexicon:
    """
    The word list that challengers are trained and judged with: the one that reads for the desk.

    :raises ModelUnusable: if it cannot be used
    """
    try:
        return current.lexicon()
    except lexicon.LexiconError as error:
        raise ModelUnusable(str(error)) from error


# --- training -------------------------------------------------------------------------------


def fold_of(member_id: int) -> int:
    """What a member's texts are for; it never changes, so that no judge is learnt from later."""
    return crc32(f"held-out:{member_id}".encode()) % FOLDS


def scrubbed(text: str, *, everyday: frozenset[str]) -> str:
    """A text without what would tell who or where somebody is."""
    kept, place = [], 0
    found = sorted(detectors.find_details(text, everyday=everyday), key=lambda each: each.start)
    for detail in found:
        if detail.end <= place:
            continue
        kept += [text[place : max(detail.start, place)], _TAKEN_OUT.get(detail.kind, "…")]
        place = detail.end
    return "".join([*kept, text[place:]])


def lent_examples(*, everyday: frozenset[str]) -> tuple[list[Example], dict[str, int]]:
    """
    What people said about texts that members have lent, as examples, and counts of them.

    Of several answers about one text, the example holds the lowest and the highest.
    """
    champion = ModelRelease.objects.champion().without_content().first()
    newest_before = champion.label_counts.get("newest", 0) if champion else 0
    by_text: dict[int, list[Label]] = {}
    labels = Label.objects.sure().lent().select_related("screening__subject_type").order_by("pk")
    for label in labels:
        if fold_of(label.screening.author_id) not in (JUDGES, CALIBRATES):
            by_text.setdefault(label.screening_id, []).append(label)
    examples = []
    counts = {"all": 0, "positive": 0, "new_positive": 0, "newest": newest_before}
    for given in by_text.values():
        screening = given[0].screening
        levels = [Urgency(label.level or 0) for label in given]
        counts["all"] += 1
        counts["positive"] += max(levels) >= Urgency.AMBER
        counts["new_positive"] += (
            max(levels) >= Urgency.AMBER and max(label.pk for label in given) > newest_before
        )
        counts["newest"] = max(counts["newest"], *(label.pk for label in given))
        examples.append(
            Example(
                text=scrubbed(screening.text, everyday=everyday),
                lowest=min(levels),
                highest=max(levels),
                categories=frozenset(wording.categories_of(given)),
                phenomenon="label",
                is_reply=wording.is_reply(screening),
                # Apart from every number of the corpus: those are not negative.
                group=-screening.author_id,
            )
        )
    return examples, counts


def train_challenger(*, at: datetime) -> ModelRelease:
    """
    Train a challenger from the corpus and the labels that were lent, and begin its shadow.

    Needs scikit-learn. :raises Refused: if there are too few new labels, or nothing new in it
    """
    words = lexicon_in_use()
    examples, counts = lent_examples(everyday=words.everyday)
    if counts["new_positive"] < gate.POSITIVES_AT_LEAST:
        raise Refused(
            f"There are {counts['new_positive']} new labels of AMBER or above that may be learnt "
            f"from, and {gate.POSITIVES_AT_LEAST} are needed. Nothing was trained."
        )
    # Here and not above: nothing that serves people may bring the training library with it.
    training = import_module("risk.training")
    now_reads = classifier.Reader(words, champion())
    rehearsed: list[Example] = []
    for _ in range(REHEARSALS + 1):
        trained = training.train([*corpus(), *examples, *rehearsed], lexicon=words)
        manifest = _within_the_load(
            trained.content,
            _calibrated(trained.content, trained.manifest, words=words),
            now_reads=now_reads,
            words=words,
        )
        loaded = model_files.load_bytes(trained.content, manifest)
        lost = _lost(examples, now_reads, classifier.Reader(words, loaded))
        if not lost:
            break
        rehearsed += lost * REHEARSED_TIMES
    return register_challenger(
        content=trained.content, manifest=manifest, label_counts=counts, at=at
    )


def _lost(
    lent: Sequence[Example], champion: classifier.Reader, challenger: classifier.Reader
) -> list[Example]:
    """What was learnt from and the gate would still call newly missed: it is learnt from harder."""
    own = _own_must_catch(corpus(), champion, challenger, steps=1)
    confirmed = _own_must_catch(lent, champion, challenger, steps=0)
    return [example for example, text in (*own, *confirmed) if gate.is_newly_missed(text)]


def _within_the_load(
    content: bytes,
    manifest: dict[str, Any],
    *,
    now_reads: classifier.Reader,
    words: lexicon.Lexicon,
) -> dict[str, Any]:
    """
    The manifest with its threshold for RED raised, if it would ask for far more than is asked now.

    By the wall's latest texts; left as it is where they are too few to say. AMBER stays: what
    a person reads within hours is not taken from them to save work.
    """
    latest = Screening.objects.filter(
        state=ScreeningState.SCREENED, locality__is_hidden=False
    ).select_related("in_reply_to")
    texts = [(row.text, wording.replied_to(row)) for row in latest.order_by("-pk")[:LATEST]]

    def asked(reader: classifier.Reader) -> int:
        return sum(
            reader.classify(text, reply_to=answered).urgency >= Urgency.RED
            for text, answered in texts
        )

    def with_red_from(threshold: float) -> dict[str, Any]:
        thresholds = manifest["thresholds"]
        with_term = thresholds["red_with_term"] + threshold - thresholds["red"]
        raised = {
            "red": threshold,
            "red_in_long": max(threshold, thresholds["red_in_long"]),
            "red_with_term": with_term,
            "red_with_term_in_long": max(with_term, thresholds["red_with_term_in_long"]),
        }
        return {**manifest, "thresholds": {**thresholds, **raised}}

    budget = asked(now_reads) * (1 + LOAD_MAY_GROW)
    low, high = float(manifest["thresholds"]["red"]), 1.0
    for tries in range(10):
        threshold = low if tries == 0 else (low + high) / 2
        model = model_files.load_bytes(content, with_red_from(threshold))
        fits = asked(classifier.Reader(words, model)) <= budget
        if tries == 0 and (fits or len(texts) < gate.SHADOW_READINGS_AT_LEAST):
            return manifest
        low, high = (low, threshold) if fits else (threshold, high)
    return with_red_from(round(high, 4))


def _calibrated(
    content: bytes, manifest: dict[str, Any], *, words: lexicon.Lexicon
) -> dict[str, Any]:
    """The manifest with its probability fitted to this wall, where there are labels enough."""
    reader = classifier.Reader(words, model_files.load_bytes(content, manifest))
    labels = [
        label
        for label in _one_each(Label.objects.lent())
        if fold_of(label.screening.author_id) == CALIBRATES
    ]
    fitted = calibration.platt(
        [
            reader.classify(
                label.screening.text, reply_to=wording.replied_to(label.screening)
            ).urgent
            for label in labels
        ],
        [(label.level or 0) >= Urgency.RED for label in labels],
        [_weight(label) for label in labels],
    )
    return calibration.recalibrated(manifest, fitted) if fitted else manifest


def _one_each(labels: LabelQuerySet) -> Iterator[Label]:
    """One sure label of each text: of several answers the most urgent counts."""
    seen: set[int] = set()
    every = labels.sure().select_related(
        "audit_reading", "screening__author", "screening__locality", "screening__in_reply_to",
        "screening__subject_type",
    )  # fmt: skip
    for label in every.order_by("screening_id", "-level", "pk"):
        if label.screening_id not in seen:
            seen.add(label.screening_id)
            yield label


def _weight(label: Label) -> float:
    """How many texts one stands for: one over its chance of having come before a person."""
    return 1 / label.audit_reading.inclusion_probability if label.audit_reading else 1.0


def register_challenger(
    *, content: bytes, manifest: dict[str, Any], label_counts: dict[str, int], at: datetime
) -> ModelRelease:
    """
    Keep a trained model as a challenger. It reads in the shadow from now on.

    :raises Refused: if the very same model is kept already
    :raises ModelUnusable: if it cannot be read back as it is
    """
    model_files.load_bytes(content, manifest)
    try:
        with transaction.atomic():
            release = ModelRelease.objects.create(
                content=content, manifest=manifest, sha256=manifest["sha256"],
                trained_at=at, shadow_since=at, label_counts=label_counts,
            )  # fmt: skip
            _record(release, "train challenger", by=None, at=at)
    except IntegrityError as error:
        raise Refused("The very same model was trained before; nothing is new in it.") from error
    return release


# --- the gate -------------------------------------------------------------------------------


def assess(release: ModelRelease, *, at: datetime) -> ModelRelease:
    """
    Put a challenger to the gate and keep the report. One that fails for good is refused.

    :raises Refused: if it is no challenger
    :raises ModelUnusable: if either model cannot be used
    """
    if release.state != ReleaseState.CHALLENGER:
        raise Refused(f"Release {release.pk} is no challenger.")
    words = lexicon_in_use()
    now_reads = champion()
    readers = (
        classifier.Reader(words, now_reads),
        classifier.Reader(words, load(release)),
    )
    answers = gate.report(
        gate.Evidence(
            must_catch=list(_must_catch(*readers)),
            held_out=list(_held_out(*readers)),
            shadow=_shadow(release, beside=now_reads),
            new_positives=release.label_counts.get("new_positive", 0),
            shadow_since=release.shadow_since,
            now=at,
        )
    )
    passed = all(answer.passed for answer in answers)
    failed = [answer for answer in answers if not answer.passed and not answer.waits]
    with transaction.atomic():
        held = ModelRelease.objects.select_for_update().get(pk=release.pk)
        if held.state != ReleaseState.CHALLENGER:
            raise Refused(f"Release {release.pk} is no challenger any more.")
        held.gate_report = {"against": now_reads.version, "answers": gate.as_json(answers)}
        held.gate_passed, held.gated_at = passed, at
        if failed:
            held.state, held.ended_at = ReleaseState.REFUSED, at
        held.save(update_fields=["gate_report", "gate_passed", "gated_at", "state", "ended_at"])
        _record(
            held, "refuse challenger" if failed else "assess challenger", by=None, at=at,
            detail={"passed": passed, "failed": [answer.name for answer in failed]},
        )  # fmt: skip
    return held


def _own_must_catch(
    examples: Iterable[Example],
    champion: classifier.Reader,
    challenger: classifier.Reader,
    *,
    steps: int,
) -> Iterator[tuple[Example, gate.MustCatch]]:
    for example in examples:
        if example.lowest < Urgency.RED:
            continue
        bar = Urgency(example.lowest - steps)
        now = challenger.classify(example.text).urgency
        # Thousands of texts: the champion is asked only about those that the challenger misses.
        before = champion.classify(example.text).urgency if now < bar else now
        yield example, gate.MustCatch(f"corpus:{example.group}", bar, before, now)


def _must_catch(
    champion: classifier.Reader, challenger: classifier.Reader
) -> Iterator[gate.MustCatch]:
    """
    Every text of which a person said RED or above, and our own texts that ask for it.

    Our own were learnt from, and near the threshold any training moves a few of them by a step.
    So one of those counts as missed where it falls two steps, that is, out of sight.
    """
    for _, own in _own_must_catch(corpus(), champion, challenger, steps=1):
        yield own
    for label in _one_each(Label.objects.confirmed(at_least=Urgency.RED)):
        text, reply_to = label.screening.text, wording.replied_to(label.screening)
        yield gate.MustCatch(
            f"screening:{label.screening_id}",
            Urgency(label.level or 0),
            champion.classify(text, reply_to=reply_to).urgency,
            challenger.classify(text, reply_to=reply_to).urgency,
        )


def _held_out(champion: classifier.Reader, challenger: classifier.Reader) -> Iterator[gate.HeldOut]:
    """What people said of texts that no model learns from: not lent, or kept for judging."""
    for label in _one_each(Label.objects.all()):
        screening, level = label.screening, Urgency(label.level or Urgency.GREEN)
        if screening.author.lends_words and fold_of(screening.author_id) != JUDGES:
            continue
        reply_to = wording.replied_to(screening)
        one, other = (
            reader.classify(screening.text, reply_to=reply_to) for reader in (champion, challenger)
        )
        yield gate.HeldOut(
            member=screening.author_id,
            level=level,
            champion=gate.Verdict(one.urgency, one.urgent),
            challenger=gate.Verdict(other.urgency, other.urgent),
            weight=_weight(label),
            subgroups=wording.subgroups_of(screening),
        )


def _shadow(release: ModelRelease, *, beside: Model) -> list[gate.Shadow]:
    """Its shadow readings beside those of the model that reads now, and of no earlier one."""
    readings = ShadowReading.objects.filter(
        release=release, screening__urgency__isnull=False, screening__model_version=beside.version
    ).values_list("screening__urgency_of_words", "screening__urgency", "urgency")
    return [
        gate.Shadow(Urgency((read if of_words is None else of_words) or 0), Urgency(shadow))
        for of_words, read, shadow in readings
    ]


# --- signing, promoting, going back ---------------------------------------------------------


@transaction.atomic
def sign(*, release: ModelRelease, by: User, at: datetime) -> ReleaseSignature:
    """
    Stand for a challenger's gate report.

    :raises Refused: if the person may not, has signed this report, or it is not passed
    """
    held = ModelRelease.objects.select_for_update().get(pk=release.pk)
    guide, administrator = getattr(by, "wall_guide", None), getattr(by, "administrator", None)
    if not (guide and guide.is_senior) and not administrator:
        raise Refused("Only a senior wall guide or an administrator signs.")
    _refuse_unless_passed(held, at=at)
    assert held.gated_at is not None  # noqa: S101 -- passed, says the line above
    try:
        with transaction.atomic():
            signature = ReleaseSignature.objects.create(
                release=held, signed_by=by, as_senior_guide=bool(guide and guide.is_senior),
                signed_at=at, gated_at=held.gated_at,
            )  # fmt: skip
    except IntegrityError as error:
        raise Refused("You have signed this report already.") from error
    _record(held, "sign challenger", by=by, at=at)
    return signature


def signatures_on(release: ModelRelease) -> Sequence[ReleaseSignature]:
    """Who has signed the report as it stands."""
    if release.gated_at is None:
        return []
    return list(
        release.signatures.filter(gated_at=release.gated_at)
        .select_related("signed_by__wall_guide", "signed_by__administrator")
        .order_by("signed_at")
    )


def what_is_missing(release: ModelRelease, *, at: datetime) -> str:
    """Why a challenger cannot be promoted now, in a sentence; empty if it can."""
    try:
        _refuse_unless_passed(release, at=at)
    except Refused as refusal:
        return refusal.sentence
    signed = signatures_on(release)
    if len({each.signed_by_id for each in signed}) < SIGNATURES_NEEDED:
        return f"{len(signed)} of {SIGNATURES_NEEDED} people have signed."
    if not any(each.as_senior_guide for each in signed):
        return "One of the two who sign must be a senior wall guide."
    return ""


@transaction.atomic
def promote(*, release: ModelRelease, by: User | None, at: datetime) -> ModelRelease:
    """
    Let a challenger read for the desk.

    :raises Refused: unless it passed the gate lately, against what reads now, and two signed
    """
    before = ModelRelease.objects.champion().select_for_update().first()
    held = ModelRelease.objects.select_for_update().get(pk=release.pk)
    if missing := what_is_missing(held, at=at):
        raise Refused(missing)
    if before is not None:
        ModelRelease.objects.filter(pk=before.pk).update(state=ReleaseState.RETIRED, ended_at=at)
    held.state, held.promoted_at, held.replaced = ReleaseState.CHAMPION, at, before
    held.save(update_fields=["state", "promoted_at", "replaced"])
    _record(held, "promote", by=by, at=at, detail={"replaced": before.pk if before else SHIPPED})
    return held


@transaction.atomic
def roll_back(*, by: User | None, at: datetime) -> ModelRelease | None:
    """
    Go back to what read before the champion, and return it; None is the shipped model.

    :raises Refused: if the shipped model reads already
    """
    now_reads = ModelRelease.objects.champion().select_for_update().first()
    if now_reads is None:
        raise Refused("The shipped model reads already; there is nothing to go back to.")
    ModelRelease.objects.filter(pk=now_reads.pk).update(state=ReleaseState.RETIRED, ended_at=at)
    before = now_reads.replaced
    if before is not None:
        ModelRelease.objects.filter(pk=before.pk).update(state=ReleaseState.CHAMPION, ended_at=None)
        before.refresh_from_db()
    _record(now_reads, "roll back", by=by, at=at, detail={"to": before.pk if before else SHIPPED})
    return before


def newest_challenger() -> ModelRelease | None:
    """The challenger that reads in the shadow."""
    return ModelRelease.objects.challengers().first()


def newest_challenger_id() -> int | None:
    """Its id alone. One indexed query."""
    return ModelRelease.objects.challengers().values_list("pk", flat=True).first()


def _refuse_unless_passed(release: ModelRelease, *, at: datetime) -> None:
    if release.state != ReleaseState.CHALLENGER:
        raise Refused(f"Release {release.pk} is no challenger.")
    if release.gated_at is None or release.gate_report is None:
        raise Refused("It has not been put to the gate yet.")
    if not release.gate_passed:
        raise Refused("It has not passed the gate.")
    if at - release.gated_at > REPORT_LASTS:
        raise Refused("The gate report is more than a week old. Put it to the gate again.")
    if release.gate_report["against"] != _version_that_reads():
        raise Refused("Another model reads for the desk since. Put it to the gate again.")


def _version_that_reads() -> str:
    sha256 = ModelRelease.objects.champion().values_list("sha256", flat=True).first()
    return str(sha256 or model_files.read()[0]["sha256"])[:12]


def _record(
    release: ModelRelease, verb: str, *, by: User | None, at: datetime,
    detail: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    actor = "operator"
    if by is not None:
        guide = getattr(by, "wall_guide", None)
        actor = f"guide:{guide.pk}" if guide else f"admin:{by.administrator.pk}"
    record(actor=actor, verb=verb, subject=f"release:{release.pk}", at=at, detail=detail)
