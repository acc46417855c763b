"""The operator's own terms: read, tried, proposed and signed by those who keep them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import KeeperRequest, admins_and_seniors_only, role_of
from accounts.freshness import fresh
from accounts.models import User
from risk import current, term_rules, term_trials, terms
from risk.enums import TermAct, Urgency
from risk.forms.terms import NO_CATEGORY, FilterForm, ReasonForm, RefusalForm, TermForm
from risk.models import TermChange, TermTrouble
from risk.term_rules import Entry
from risk.terms import Keeper, Trial

UNPROCESSABLE = 422
CONFLICT = 409
A_PAGE = 40


@dataclass(frozen=True, slots=True)
class Row:
    """A term as the list shows it."""

    entry: Entry
    change: TermChange | None
    waits: bool

    @property
    def id(self) -> str:
        return str(self.entry["id"])

    @property
    def category(self) -> str:
        category = term_rules.category_of(self.entry)
        return str(category.label) if category else "None"

    @property
    def level(self) -> Urgency:
        return Urgency[self.entry["level"].upper()]

    @property
    def whose(self) -> str:
        if self.change is None:
            return "As shipped"
        act = TermAct(self.change.act).label
        return f"{act} here, version {self.change.number}"

    def has(self, words: str) -> bool:
        entry = self.entry
        said = " ".join([entry["id"], entry["note"], entry["tags"], *entry["patterns"]])
        return words.casefold() in said.casefold()


@admins_and_seniors_only
@require_safe
def term_list(request: KeeperRequest) -> HttpResponse:
    form = FilterForm(request.GET)
    form.is_valid()
    rows = _matching(_rows(), form.cleaned_data)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    waiting = list(_whole().waiting().order_by("proposed_at"))
    keeper = _keeper(request)
    context = {
        "here": "terms",
        "form": form,
        "page": page,
        "query": query.urlencode(),
        "waiting": [(each, _name(each.proposed_by), _may_sign(each, keeper)) for each in waiting],
        "trouble": TermTrouble.objects.current().first(),
    }
    return render(request, "risk/term_list.html", context)


@admins_and_seniors_only
@require_safe
def term(request: KeeperRequest, term: str) -> HttpResponse:
    """One term: what it says now, how often it was found, and every version of it."""
    entry = terms.entry_in_force(term)
    history = list(_whole().of_term(term))
    if entry is None and not history:
        raise Http404
    keeper = _keeper(request)
    newest = next((each for each in history if each.is_in_force), None)
    shown = entry or (newest or history[0]).entry
    context = {
        "here": "terms",
        "row": Row(shown, newest, any(each.is_waiting for each in history)),
        "entry": shown,
        "is_in_use": entry is not None,
        "is_shipped": term in current.shipped_lexicon().entries,
        "history": [(each, _name(each.proposed_by), _name(each.signed_by)) for each in history],
        "hits": term_trials.count_hits(term, localities=keeper.localities, now=timezone.now())
        if shown["category"]
        else None,
        "days": term_trials.DRY_RUN_DAYS,
        "keeper": keeper,
    }
    return render(request, "risk/term.html", context)


@admins_and_seniors_only
@require_http_methods(["GET", "HEAD", "POST"])
def term_new(request: KeeperRequest) -> HttpResponse:
    form = TermForm(request.POST or None, is_new=True, initial={"term": request.GET.get("term")})
    return _work_on(request, form, term=None, before=None)


@admins_and_seniors_only
@require_http_methods(["GET", "HEAD", "POST"])
def term_edit(request: KeeperRequest, term: str) -> HttpResponse:
    before = terms.entry_in_force(term)
    if before is None:
        # A retired term is brought back with the words that it had.
        last = TermChange.objects.in_force().of_term(term).first()
        if last is None:
            raise Http404
        start = last.entry
    else:
        start = before
    initial = {**TermForm.initial_of(start), "based_on": _mark(before)}
    form = TermForm(request.POST or None, is_new=False, initial=initial)
    return _work_on(request, form, term=term, before=before)


@admins_and_seniors_only
@require_http_methods(["GET", "HEAD", "POST"])
def term_retire(request: KeeperRequest, term: str) -> HttpResponse:
    before = terms.entry_in_force(term)
    if before is None:
        raise Http404
    form = ReasonForm(request.POST or None, initial={"based_on": _mark(before)})
    return _work_on(request, form, term=term, before=before)


@admins_and_seniors_only
@require_safe
def change(request: KeeperRequest, pk: int) -> HttpResponse:
    return _change_page(request, get_object_or_404(_whole(), pk=pk), RefusalForm())


@admins_and_seniors_only
@fresh
@require_POST
def signature_create(request: KeeperRequest, pk: int) -> HttpResponse:
    waiting = get_object_or_404(_whole(), pk=pk)
    try:
        signed = terms.sign(change=waiting, by=_keeper(request), at=timezone.now())
    except terms.StoppedAtTheGate as refusal:
        return _change_page(
            request, waiting, RefusalForm(), refusal=refusal.sentence, gate=refusal.gate,
            status=CONFLICT,
        )  # fmt: skip
    except (terms.Refused, terms.TermRefused) as refusal:
        said = refusal.sentence if isinstance(refusal, terms.Refused) else str(refusal)
        return _change_page(request, waiting, RefusalForm(), refusal=said, status=CONFLICT)
    messages.success(request, f"{signed.term}, version {signed.number}, is in force.")
    return redirect("risk:term", signed.term)


@admins_and_seniors_only
@require_POST
def refusal_create(request: KeeperRequest, pk: int) -> HttpResponse:
    waiting = get_object_or_404(_whole(), pk=pk)
    form = RefusalForm(request.POST)
    if not form.is_valid():
        return _change_page(request, waiting, form, status=UNPROCESSABLE)
    try:
        terms.refuse(
            change=waiting, because=form.cleaned_data["because"], by=_keeper(request),
            at=timezone.now(),
        )  # fmt: skip
    except terms.Refused as refusal:
        return _change_page(request, waiting, form, refusal=refusal.sentence, status=CONFLICT)
    messages.success(request, "The change is refused. Who proposed it can read why.")
    return redirect("risk:term-change", waiting.pk)


@admins_and_seniors_only
@require_POST
def withdrawal_create(request: KeeperRequest, pk: int) -> HttpResponse:
    waiting = get_object_or_404(_whole(), pk=pk)
    try:
        terms.withdraw(change=waiting, by=_keeper(request), at=timezone.now())
    except terms.Refused as refusal:
        return _change_page(
            request, waiting, RefusalForm(), refusal=refusal.sentence, status=CONFLICT
        )
    messages.success(request, "The change is withdrawn.")
    return redirect("risk:term-change", waiting.pk)


def _work_on(
    request: KeeperRequest, form: ReasonForm, *, term: str | None, before: Entry | None
) -> HttpResponse:
    """
    A term's form. Every button sends all of it, and only "propose" saves anything.

    What was typed comes back whatever happens, with what would change beside it.
    """
    page: dict[str, Any] = {
        "here": "terms",
        "form": form,
        "term": term,
        "before": before,
        "is_retirement": not isinstance(form, TermForm),
        "keeper": _keeper(request),
        "families": _families(),
    }
    if request.method != "POST":
        return _form_page(request, page)
    do = request.POST.get("do", "dry_run")
    if not form.is_valid():
        return _form_page(request, page, status=UNPROCESSABLE)
    if term is not None and form.cleaned_data["based_on"] != _mark(before):
        refusal = terms.ChangedMeanwhile().sentence
        # Shown once, what somebody else did may be replaced by sending it again.
        page["form"] = _with(form, based_on=_mark(before))
        return _form_page(request, page, refusal=refusal, status=CONFLICT)
    trial = _tried(form, term=term, before=before)
    if trial is None:
        return _form_page(request, page, status=UNPROCESSABLE)
    page["trial"] = trial
    if do == "try":
        page["sentence"] = term_trials.try_sentence(
            form.cleaned_data["sentence"], before=trial.before, after=trial.after
        )
        return _form_page(request, page)
    if do == "propose":
        return _propose(request, page, form, trial)
    return _form_page(request, _with_dry_run(page, form, trial))


def _tried(form: ReasonForm, *, term: str | None, before: Entry | None) -> Trial | None:
    """The trial of what was typed, or None with the form saying what is wrong."""
    entry: Entry | None = None
    name = term or str(form.cleaned_data["term"])
    if isinstance(form, TermForm):
        if term is None and terms.entry_in_force(name) is not None:
            form.add_error("term", "There is a term of this name. Change that one.")
            return None
        entry = form.entry_over(before, term=name)
        if before is not None and _is_the_same(term_rules.entry_of(entry), before):
            form.add_error(None, "Nothing is different from what is in force.")
            return None
    try:
        return terms.try_change(term=name, entry=entry, at=timezone.now())
    except terms.TermRefused as refused:
        form.say(refused.problems)
        return None


def _propose(
    request: KeeperRequest, page: dict[str, Any], form: ReasonForm, trial: Trial
) -> HttpResponse:
    reason = form.cleaned_data["reason"]
    if not reason:
        form.add_error("reason", "Say why: whoever reads this in a year was not there.")
        return _form_page(request, page, status=UNPROCESSABLE)
    try:
        proposed = terms.propose(
            trial=trial, reason=reason, seen=form.cleaned_data["seen"], by=page["keeper"],
            at=timezone.now(),
        )  # fmt: skip
    except terms.UnseenDryRun as refusal:
        page = _with_dry_run(page, form, trial)
        return _form_page(request, page, refusal=refusal.sentence, status=CONFLICT)
    except terms.Refused as refusal:
        return _form_page(request, page, refusal=refusal.sentence, status=CONFLICT)
    if proposed.is_in_force:
        messages.success(request, "It is in force. Workers read by it from their next batch on.")
        return redirect("risk:term", proposed.term)
    messages.success(request, "It is proposed, and waits for a second person to sign it.")
    return redirect("risk:term-change", proposed.pk)


def _with_dry_run(page: dict[str, Any], form: ReasonForm, trial: Trial) -> dict[str, Any]:
    run, seen = terms.dry_run(trial=trial, by=page["keeper"], at=timezone.now())
    return {**page, "run": run, "form": _with(form, seen=seen)}


def _with(form: ReasonForm, **hidden: str) -> ReasonForm:
    """The same form with what was typed, and something else in a hidden field."""
    data = {**{name: form[name].value() for name in form.fields}, **hidden}
    if isinstance(form, TermForm):
        again: ReasonForm = TermForm(data, is_new="term" in form.fields)
    else:
        again = ReasonForm(data)
    return again


def _form_page(
    request: KeeperRequest, page: dict[str, Any], *, refusal: str = "", status: int = 200
) -> HttpResponse:
    form = page["form"]
    # Judged by what was pressed, and shown as what it is: only trying does without a reason.
    form.is_valid()
    form.fields["reason"].required = True
    return render(request, "risk/term_form.html", {**page, "refusal": refusal}, status=status)


def _change_page(
    request: KeeperRequest,
    change: TermChange,
    form: RefusalForm,
    *,
    refusal: str = "",
    gate: Any = None,
    status: int = 200,
) -> HttpResponse:
    keeper = _keeper(request)
    before = _entry_before(change)
    context = {
        "here": "terms",
        "change": change,
        "form": form,
        "refusal": refusal,
        "gate": gate,
        "differences": _differences(before, change),
        "proposed_by": _name(change.proposed_by),
        "signed_by": _name(change.signed_by),
        "ended_by": _name(change.ended_by),
        "is_mine": change.proposed_by_id == keeper.user.pk,
        "may_sign": _may_sign(change, keeper),
        "me": _name(keeper.user),
    }
    return render(request, "risk/term_change.html", context, status=status)


def _entry_before(change: TermChange) -> Entry | None:
    """What was in force when a change was proposed."""
    if change.based_on:
        base = TermChange.objects.of_term(change.term).filter(number=change.based_on).get()
        return None if base.act == TermAct.RETIRED else dict(base.entry)
    raw = current.shipped_lexicon().entries.get(change.term)
    return term_rules.entry_of(raw) if raw is not None else None


_SHOWN = {
    "category": "What it is about",
    "level": "Level",
    "needs": "Counts only beside",
    "blockers": "Does not count beside",
    "tags": "Families",
    "context": "Rules of context",
    "note": "Note",
}


def _differences(
    before: Entry | None, change: TermChange
) -> list[tuple[str, list[str], list[str]]]:
    """What differs, as (field, what it was, what it would be)."""
    after: Entry | None = None if change.act == TermAct.RETIRED else change.entry
    found = []
    for name, label in _SHOWN.items():
        was, will_be = (_said(each, name) if each else "" for each in (before, after))
        if was != will_be:
            found.append((label, [was] if was else [], [will_be] if will_be else []))
    had, has = (list(each["patterns"]) if each else [] for each in (before, after))
    dropped = [each for each in had if each not in has]
    added = [each for each in has if each not in had]
    if dropped or added:
        found.append(("Patterns", dropped, added))
    return found


def _said(entry: Entry, name: str) -> str:
    if name == "category":
        category = term_rules.category_of(entry)
        return str(category.label) if category else "None: it explains other terms"
    if name == "level":
        return Urgency[entry["level"].upper()].label
    return str(entry[name])


def _rows() -> list[Row]:
    """Every term in use and every retired one, by name."""
    changes = {each.term: each for each in TermChange.objects.newest_of_each()}
    waiting = set(TermChange.objects.waiting().values_list("term", flat=True))
    entries = current.lexicon().entries
    rows = [
        Row(term_rules.entry_of(raw), changes.get(name), name in waiting)
        for name, raw in entries.items()
    ]
    rows += [
        Row(each.entry, each, name in waiting)
        for name, each in changes.items()
        if each.act == TermAct.RETIRED
    ]
    return sorted(rows, key=lambda row: row.id)


def _matching(rows: list[Row], wanted: dict[str, str]) -> list[Row]:
    state, category = wanted.get("state", ""), wanted.get("category", "")

    def fits(row: Row) -> bool:
        is_retired = row.change is not None and row.change.act == TermAct.RETIRED
        by_state = {
            "": not is_retired,
            "shipped": row.change is None,
            "ours": row.change is not None and not is_retired,
            "waiting": row.waits,
            "retired": is_retired,
        }
        return (
            by_state.get(state, True)
            and (not category or (row.entry["category"] or NO_CATEGORY) == category)
            and (not wanted.get("level") or row.entry["level"] == wanted["level"])
            and row.has(wanted.get("q", ""))
        )

    return [row for row in rows if fits(row)]


def _families() -> list[str]:
    return sorted({tag for term in current.lexicon().terms for tag in term.tags})


def _is_the_same(one: Entry, other: Entry) -> bool:
    return {**one, "reviewed_on": ""} == {**other, "reviewed_on": ""}


def _mark(entry: Entry | None) -> str:
    return term_rules.mark_of("", entry) if entry else ""


def _keeper(request: KeeperRequest) -> Keeper:
    return Keeper.of(administrator=request.administrator, wall_guide=request.wall_guide)


def _may_sign(change: TermChange, keeper: Keeper) -> bool:
    return (
        change.is_waiting
        and change.proposed_by_id != keeper.user.pk
        and (keeper.is_senior or not change.needs_a_senior)
    )


def _name(user: User | None) -> str:
    """What a person is called on these pages: never an address."""
    if user is None:
        return ""
    person = role_of(user, "wall_guide") or role_of(user, "administrator")
    return str(person) if person else "Somebody who has left"


def _whole() -> Any:
    people = ("proposed_by", "signed_by", "ended_by")
    return TermChange.objects.select_related(
        *(f"{each}__{role}" for each in people for role in ("wall_guide", "administrator"))
    )
