"""Writes the model card: what screening is, what it was measured to do, and what it misses."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from risk import evaluation
from risk.classifier import Reader
from risk.corpus import corpus
from risk.enums import Category, Urgency
from risk.evaluation import Checklist, Outcome, Row, checklist_of

# The label whose texts should rank above the others of the same file.
ASKS_FOR_A_PERSON: dict[str, Callable[[Row], bool]] = {
    "irf.csv": lambda row: row.label not in {"none", "0", ""},
    "dreaddit.csv": lambda row: row.label == "stress",
    "epitome_seeker_response.csv": lambda row: row.label == "seeker",
}

_WORDS = Path(__file__).parent / "model_card_words"


def write(reader: Reader, measured: dict[str, list[Outcome]]) -> str:
    """The card as Markdown, from what was measured by file name."""
    lines = [
        (_WORDS / "head.md")
        .read_text("utf-8")
        .format(
            lexicon=reader.lexicon.version if reader.lexicon else "none",
            model=reader.model.version if reader.model else "none",
            examples=f"{len(corpus()):,}",
        )
    ]
    checklists = {name: each for name, each in measured.items() if each[0].row.lowest is not None}
    others = {name: each for name, each in measured.items() if name not in checklists}
    if checklists:
        lines += _checklists(checklists)
        together = [outcome for each in checklists.values() for outcome in each]
        lines += _ablation(reader, together)
        lines += _by("phenomenon", together, lambda row: row.phenomenon)
        lines += _by("length", together, evaluation.length_of)
        lines += _by_category(together)
        lines += _curve(together)
    if others:
        lines += _loads(others)
    lines += _thresholds(reader)
    return "\n".join([*lines, (_WORDS / "tail.md").read_text("utf-8")])


def categories_named(outcomes: Sequence[Outcome]) -> list[tuple[str, float]]:
    """Each category that was named with its share of the texts, the commonest first."""
    named = Counter(category for each in outcomes for category in each.found.categories)
    return [(category.value, count / len(outcomes)) for category, count in named.most_common()]


def _checklists(checklists: dict[str, list[Outcome]]) -> Iterator[str]:
    yield "## Checklists\n"
    names = list(Checklist().shares())
    yield f"| file | texts | {' | '.join(names)} |"
    yield "|---|---" + "|---" * len(names) + "|"
    for name, outcomes in checklists.items():
        shares = checklist_of(outcomes).shares().values()
        yield f"| {name} | {len(outcomes)} | {' | '.join(map(str, shares))} |"
    yield ""


def _ablation(reader: Reader, outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "## Lexicon, model, both (all checklists together)\n"
    rows = [outcome.row for outcome in outcomes]
    names = list(Checklist().shares())
    yield f"| what reads | {' | '.join(names)} |"
    yield "|---" + "|---" * len(names) + "|"
    alone = (
        ("the lexicon alone", evaluation.measure(evaluation.lexicon_alone(reader), rows)),
        ("the model alone", evaluation.measure(evaluation.model_alone(reader), rows)),
        ("both", list(outcomes)),
    )
    for name, each in alone:
        yield f"| {name} | {' | '.join(map(str, checklist_of(each).shares().values()))} |"
    yield ""


def _by(what: str, outcomes: Sequence[Outcome], key: Callable[[Row], str]) -> Iterator[str]:
    yield f"## By {what}\n"
    asked = "RED+ found | AMBER+ found | must-be-green flagged | scored RED+ wrongly"
    yield f"| {what} | texts | {asked} |"
    yield "|---|---|---|---|---|---|"
    for name, each in evaluation.groups_of(outcomes, key).items():
        counts = checklist_of(each)
        yield (
            f"| {name} | {len(each)} | {counts.red_recall} | {counts.non_green_recall} "
            f"| {counts.green_flagged} | {counts.amber_at_most_red} |"
        )
    yield ""


def _by_category(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "## By category\n"
    yield "| category | texts that ask for it | found at AMBER+ | named | PPV of the name |"
    yield "|---|---|---|---|---|"
    for category in Category:
        asked = [each for each in outcomes if category in each.row.categories]
        named = [each for each in outcomes if category in each.found.categories]
        found = sum(each.found.urgency >= Urgency.AMBER for each in asked)
        right = sum(category in each.row.categories for each in named)
        said = sum(category in each.found.categories for each in asked)
        yield (
            f"| {category.label} | {len(asked)} | {_of(found, len(asked))} "
            f"| {_of(said, len(asked))} | {_of(right, len(named))} |"
        )
    yield (
        "\nThe name's PPV is a lower bound: a checklist lists the categories it requires, "
        "not all that are right.\n"
    )


def _curve(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "## Ordering\n"
    yield "| truth | AUROC | recall at 5 % | at 10 % | at 20 % of texts | calibration error |"
    yield "|---|---|---|---|---|---|"
    for level in (Urgency.AMBER, Urgency.RED):
        known = [
            each
            for each in outcomes
            if each.row.lowest is not None
            and each.row.highest is not None
            and (each.row.lowest >= level or each.row.highest < level)
        ]
        truths = [each.row.lowest is not None and each.row.lowest >= level for each in known]
        scores = [each.order for each in known]
        area = evaluation.auroc(
            [s for s, t in zip(scores, truths, strict=True) if t],
            [s for s, t in zip(scores, truths, strict=True) if not t],
        )
        recalls = [evaluation.recall_at(share, scores, truths) for share in (0.05, 0.1, 0.2)]
        error = evaluation.calibration_error([each.found.urgent for each in known], truths)
        said = f"{error:.3f}" if level == Urgency.RED else "(the probability is of RED)"
        figures = " | ".join(map(_figure, [area, *recalls]))
        yield f"| {level.name} or more | {figures} | {said} |"
    share = sum((each.row.lowest or Urgency.GREEN) >= Urgency.RED for each in outcomes)
    yield (
        f"\n{share / len(outcomes):.0%} of these texts are RED or more, which no wall is: "
        "the calibration of a checklist says little about a wall's.\n"
    )


def _loads(others: dict[str, list[Outcome]]) -> Iterator[str]:
    yield "## Alert load on other people's texts\n"
    yield "| file | label | texts | AMBER+ | RED+ | CRISIS | hostility named | AUROC of its label |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, outcomes in others.items():
        asks = ASKS_FOR_A_PERSON.get(name)
        area = None
        if asks is not None:
            area = evaluation.auroc(
                [each.order for each in outcomes if asks(each.row)],
                [each.order for each in outcomes if not asks(each.row)],
            )
        groups = evaluation.groups_of(outcomes, lambda row: row.label)
        shown = {"all": outcomes} | (groups if 1 < len(groups) <= 4 else {})
        for label, each in shown.items():
            loads = " | ".join(
                f"{evaluation.alert_load(each, level):.1%}"
                for level in (Urgency.AMBER, Urgency.RED, Urgency.CRISIS)
            )
            hostile = sum(Category.HOSTILITY_BULLYING in e.found.categories for e in each)
            yield (
                f"| {name} | {label} | {len(each)} | {loads} | {hostile / len(each):.1%} "
                f"| {_figure(area) if label == 'all' else ''} |"
            )
    yield ""


def _thresholds(reader: Reader) -> Iterator[str]:
    if reader.model is None:
        return
    thresholds = reader.model.thresholds
    yield "## Where the model raises\n"
    yield (
        f"To AMBER from {thresholds['amber']}, to RED from {thresholds['red']} of its calibrated "
        f"probability (rising from {thresholds['long_from']:.0f} words to "
        f"{thresholds['red_in_long']} at {thresholds['longest_from']:.0f}). Where a term stands "
        f"that does not raise by itself, AMBER from {thresholds['amber_with_term']} and RED from "
        f"{thresholds['red_with_term']} (rising to {thresholds['red_with_term_in_long']}). These "
        "were set by the alert load that guides can bear "
        "(RED+ at most 5 % of everyday comments and of peer replies, AMBER+ at most 15 % of "
        "everyday comments), not by what it was trained on.\n"
    )


def _of(right: int, of: int) -> str:
    return f"{right / of:.2f} ({right}/{of})" if of else "none"


def _figure(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
