"""The guides' pages for what was reported, held or asked again; and every act on words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import GuideRequest, wall_guides_only
from accounts.enums import HouseRule
from accounts.models import Member
from community import acts, appeals, reports
from community.acts import Ground
from community.enums import ContentNote, MatterOutcome, TakenOut
from community.models import Appeal, Matter, Post, Reply
from escalation import fairness as reads
from escalation.forms.fairness import (
    ActForm,
    AppealAnswerForm,
    FoldForm,
    GroundForm,
    MatterClosureForm,
    NoteForm,
    PauseForm,
    TakeOutForm,
    UndoForm,
    WordForm,
)
from escalation.views.desk import strip_context, with_safety

CONFLICT = 409
UNPROCESSABLE = 422

# By what the button says: the form, and what is said once it is done.
ON_WORDS: dict[str, tuple[type[ActForm], str]] = {
    "hide": (GroundForm, "It is off the wall. Its author reads your reason."),
    "restore": (UndoForm, "It is back on the wall."),
    "fold": (FoldForm, "There is a note on it now. Its author reads your reason."),
    "unfold": (UndoForm, "The note is off."),
    "take_out": (TakeOutForm, "It is out, and readers see that something was taken out."),
    "keep_held": (GroundForm, "It stays off the wall. Its author reads your reason."),
    "release": (UndoForm, "It is on the wall."),
}
ON_MEMBERS: dict[str, tuple[type[ActForm], str]] = {
    "word": (WordForm, "They read it under “What was decided”."),
    "strike": (GroundForm, "The strike is given. They read the rule and your reason."),
    "pause": (PauseForm, "They are paused. They read until when, and why."),
    "lift": (UndoForm, "The pause is over."),
    "note": (NoteForm, "Your note is there for the others."),
}


@wall_guides_only
@require_safe
def matters(request: GuideRequest) -> HttpResponse:
    """What members have reported, most pressing first, with a clock."""
    context = {
        **strip_context(request), "here": "reports",
        "matters": reads.matters_for(request.wall_guide),
    }  # fmt: skip
    return _shown(request, "escalation/matters.html", context)


@wall_guides_only
@require_safe
def matter(request: GuideRequest, pk: int) -> HttpResponse:
    return _matter_page(request, _matter_for(request, pk))


@wall_guides_only
@require_POST
def matter_claim(request: GuideRequest, pk: int) -> HttpResponse:
    found = _matter_for(request, pk)
    try:
        reports.claim(matter=found, by=request.wall_guide, at=timezone.now())
    except reports.NotNow as refusal:
        fresh = _matter_for(request, pk)
        return _matter_page(request, fresh, refusal=refusal.sentence, status=CONFLICT)
    return redirect("escalation:matter", pk)


@wall_guides_only
@require_POST
def matter_release(request: GuideRequest, pk: int) -> HttpResponse:
    reports.let_go(matter=_matter_for(request, pk), by=request.wall_guide, at=timezone.now())
    return redirect("escalation:matters")


@wall_guides_only
@require_POST
def matter_note(request: GuideRequest, pk: int) -> HttpResponse:
    found = _matter_for(request, pk)
    form = NoteForm(request.POST, do="note")
    if not form.is_valid():
        return _matter_page(request, found, {"note": form}, status=UNPROCESSABLE)
    _keep_note(request, form, member=found.member, matter=found)
    return redirect("escalation:matter", pk)


@wall_guides_only
@require_POST
def matter_closure(request: GuideRequest, pk: int) -> HttpResponse:
    found = _matter_for(request, pk)
    form = MatterClosureForm(request.POST, auto_id="closure-%s")
    if not form.is_valid():
        return _matter_page(request, found, {"closure": form}, status=UNPROCESSABLE)
    try:
        reports.close(
            matter=found,
            by=request.wall_guide,
            outcome=MatterOutcome(form.cleaned_data["outcome"]),
            words=form.cleaned_data["body"],
            version=form.cleaned_data["version"],
            at=timezone.now(),
        )
    except reports.NotNow as refusal:
        fresh = _matter_for(request, pk)
        # The typed words stay in their form, which now carries the version of today.
        data = request.POST.copy()
        data["version"] = str(fresh.version)
        form.data = data
        return _matter_page(
            request, fresh, {"closure": form}, refusal=refusal.sentence, status=CONFLICT
        )
    messages.success(request, "Closed. Those who reported it are told. Take a breath.")
    return redirect("escalation:matters")


@wall_guides_only
@require_http_methods(["GET", "HEAD", "POST"])
def post_acts(request: GuideRequest, public_id: str) -> HttpResponse:
    return _acts_on_words(request, Post, public_id)


@wall_guides_only
@require_http_methods(["GET", "HEAD", "POST"])
def reply_acts(request: GuideRequest, public_id: str) -> HttpResponse:
    return _acts_on_words(request, Reply, public_id)


@wall_guides_only
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: GuideRequest, public_id: str) -> HttpResponse:
    """One member, by the published steps: what was decided, and the next step."""
    found = get_object_or_404(
        Member.objects.filter(locality__in=request.wall_guide.covers.all()).select_related(
            "locality__commissioner"
        ),
        public_id=public_id,
    )
    do = request.POST.get("do", "")
    if request.method != "POST" or do not in ON_MEMBERS:
        return _member_page(request, found)
    form_class, done = ON_MEMBERS[do]
    form = form_class(request.POST, do=do)
    if not form.is_valid():
        return _member_page(request, found, {do: form}, status=UNPROCESSABLE)
    ground = _ground(request, form, of=found)
    if do == "note":
        _keep_note(request, form, member=found, matter=None)
        return _onward(ground, "escalation:member", found.public_id)
    try:
        _act_on_member(do, found, form, request=request, ground=ground)
    except acts.Refused as refusal:
        kept = _with_todays(request, form, seen=acts.steps_seen(found))
        return _member_page(request, found, {do: kept}, refusal=refusal.sentence, status=CONFLICT)
    messages.success(request, done)
    return _onward(ground, "escalation:member", found.public_id)


@wall_guides_only
@require_safe
def held(request: GuideRequest) -> HttpResponse:
    """Words that wait for a guide before others read them, and words the house folded."""
    context = strip_context(request)
    context |= {
        "here": "held",
        "held": reads.held_for(request.wall_guide, now=context["now"]),
        "folded": reads.folded_by_the_house(request.wall_guide),
    }
    return _shown(request, "escalation/held.html", context)


@wall_guides_only
@require_safe
def appeal_list(request: GuideRequest) -> HttpResponse:
    """Who asks for a second look, longest waiting first."""
    waiting = appeals.waiting_for(request.wall_guide).order_by("due_at")
    context = {
        **strip_context(request),
        "here": "appeals",
        "appeals": waiting.select_related("act__by", "author", "locality")[: reads.MOST_SHOWN],
    }
    return _shown(request, "escalation/appeals.html", context)


@wall_guides_only
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: GuideRequest, public_id: str) -> HttpResponse:
    """One of them, whole: what was decided by whom and why, and what the member says."""
    guide = request.wall_guide
    mine = appeals.waiting_for(guide) | Appeal.objects.filter(
        locality__in=guide.covers.all(), decided_at__isnull=False
    )
    found = get_object_or_404(
        mine.select_related(
            "act__by", "act__post", "act__reply__post", "author", "locality", "decided_by"
        ),
        public_id=public_id,
    )
    form = AppealAnswerForm(request.POST if request.method == "POST" else None)
    refusal, status = "", UNPROCESSABLE if form.is_bound else 200
    if form.is_valid():
        try:
            appeals.decide(
                appeal=found,
                by=guide,
                is_upheld=form.cleaned_data["decision"] == "uphold",
                answer=form.cleaned_data["body"],
                at=timezone.now(),
            )
        except appeals.CannotDecide as cannot:
            refusal, status = cannot.sentence, CONFLICT
        else:
            messages.success(request, "They are told. Thank you for the second look.")
            return redirect("escalation:appeals")
    context = strip_context(request)
    context |= {
        "here": "appeals", "appeal": found, "act": found.act, "form": form, "refusal": refusal,
        "writing": found.act.writing,
        "notes": reads.current_notes(found.author, now=context["now"]),
        **reads.about_member(found.author, now=context["now"]),
    }  # fmt: skip
    return _shown(request, "escalation/appeal.html", context, status=status)


# -- acts on words -----------------------------------------------------------------------------


def _acts_on_words(
    request: GuideRequest, model: type[Post] | type[Reply], public_id: str
) -> HttpResponse:
    covered = model._default_manager.filter(author__locality__in=request.wall_guide.covers.all())
    of = "author", "hidden_by", "content_note_by"
    writing: Any = get_object_or_404(covered.select_related(*of), public_id=public_id)
    do = request.POST.get("do", "")
    if request.method != "POST" or do not in ON_WORDS:
        return _words_page(request, writing)
    form_class, done = ON_WORDS[do]
    form = form_class(request.POST, do=do)
    if not form.is_valid():
        return _words_page(request, writing, {do: form}, status=UNPROCESSABLE)
    ground = _ground(request, form, of=writing.author)
    try:
        _act_on_words(do, writing, form, request=request, ground=ground)
    except acts.Refused as refusal:
        fresh: Any = covered.select_related(*of).get(pk=writing.pk)
        kept = _with_todays(request, form, seen=acts.seen_of(fresh))
        return _words_page(request, fresh, {do: kept}, refusal=refusal.sentence, status=CONFLICT)
    messages.success(request, done)
    return _onward(ground, f"escalation:{model.__name__.lower()}-acts", writing.public_id)


def _act_on_words(
    do: str, writing: Post | Reply, form: ActForm, *, request: GuideRequest, ground: Ground
) -> None:
    common: dict[str, Any] = {
        "writing": writing, "by": request.wall_guide, "ground": ground, "at": timezone.now(),
        "seen": form.cleaned_data["seen"] or None,
    }  # fmt: skip
    said = form.cleaned_data
    if do == "fold":
        acts.fold(content_note=ContentNote(said["content_note"]), **common)
    elif do == "take_out":
        acts.take_out(words=said["words"], what=TakenOut(said["what"]), **common)
    else:
        plain: dict[str, Callable[..., object]] = {
            "hide": acts.hide, "restore": acts.restore, "unfold": acts.unfold,
            "keep_held": acts.keep_held, "release": acts.release,
        }  # fmt: skip
        plain[do](**common)


def _act_on_member(
    do: str, found: Member, form: ActForm, *, request: GuideRequest, ground: Ground
) -> None:
    common: dict[str, Any] = {
        "member": found, "by": request.wall_guide, "ground": ground, "at": timezone.now(),
    }  # fmt: skip
    if do == "word":
        acts.say_a_word(**common)
    elif do == "strike":
        acts.strike(seen=form.cleaned_data["seen"] or None, **common)
    elif do == "pause":
        acts.pause(days=form.cleaned_data["days"], **common)
    else:
        acts.lift(**common)


def _ground(request: GuideRequest, form: ActForm, *, of: Member | None) -> Ground:
    """Why: the rule, the reason, and the matter that it comes of, where that is about them too."""
    said = form.cleaned_data
    mine = Matter.objects.for_guide(request.wall_guide).filter(member=of, member__isnull=False)
    come_of = mine.filter(pk=said["matter"]).first() if said.get("matter") else None
    rule = said.get("rule")
    return Ground(rule=HouseRule(rule) if rule else "", reason=said["body"], matter=come_of)


def _with_todays(request: GuideRequest, form: ActForm, *, seen: str) -> ActForm:
    """The same form with what was typed, which now carries what is shown today."""
    data = request.POST.copy()
    data["seen"] = seen
    form.data = data
    return form


def _keep_note(
    request: GuideRequest, form: NoteForm | ActForm, *, member: Member | None, matter: Matter | None
) -> None:
    said = form.cleaned_data
    reports.note(
        matter=matter, member=member, by=request.wall_guide, words=said["body"],
        days=said["days"], asks_to_leave=said["asks_to_leave"], at=timezone.now(),
    )  # fmt: skip
    messages.success(request, ON_MEMBERS["note"][1])


def _onward(ground: Ground, name: str, public_id: str) -> HttpResponse:
    """Back to the matter that it came of, which is still open; or to the page of the words."""
    if ground.matter is not None:
        return redirect("escalation:matter", ground.matter.pk)
    return redirect(name, public_id)


# -- pages -------------------------------------------------------------------------------------


def _matter_for(request: GuideRequest, pk: int) -> Matter:
    return get_object_or_404(
        Matter.objects.for_guide(request.wall_guide).select_related(
            "post__author", "post__hidden_by", "reply__author", "reply__guide", "reply__post",
            "reply__hidden_by", "member", "locality__commissioner", "claimed_by", "closed_by",
        ),
        pk=pk,
    )  # fmt: skip


def _matter_page(
    request: GuideRequest,
    found: Matter,
    bound: dict[str, forms.Form] | None = None,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = strip_context(request)
    now = context["now"]
    told = reads.reports_of(found)
    standings = reports.standings(each.author_id for each in told)
    context |= {
        "here": "reports",
        "matter": found,
        "reports": [(each, standings.get(each.author_id)) for each in told],
        "is_late": found.is_late(now=now),
        "is_mine": found.is_claimed(now=now) and found.claimed_by_id == request.wall_guide.pk,
        "claimed_by_other": found.is_claimed(now=now)
        and found.claimed_by_id != request.wall_guide.pk,
        "notes": reads.current_notes(found.member, now=now, matter=found),
        "refusal": refusal,
        "closure": MatterClosureForm(initial={"version": found.version}, auto_id="closure-%s"),
        "note": NoteForm(do="note"),
        **_words_context(found.writing, matter=found),
        **(_member_context(found.member, now=now, matter=found) if found.member else {}),
        **(bound or {}),
    }
    return _shown(request, "escalation/matter.html", context, status=status)


def _words_page(
    request: GuideRequest,
    writing: Post | Reply,
    bound: dict[str, forms.Form] | None = None,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = strip_context(request)
    context |= {
        "here": "held",
        "refusal": refusal,
        "notes": reads.current_notes(writing.author, now=context["now"]),
        **_words_context(writing),
        **(bound or {}),
    }
    return _shown(request, "escalation/words.html", context, status=status)


def _member_page(
    request: GuideRequest,
    found: Member,
    bound: dict[str, forms.Form] | None = None,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = strip_context(request)
    context |= {
        "here": "reports",
        "refusal": refusal,
        "notes": reads.current_notes(found, now=context["now"]),
        **_member_context(found, now=context["now"]),
        **(bound or {}),
    }
    return _shown(request, "escalation/member.html", context, status=status)


def _words_context(writing: Post | Reply, *, matter: Matter | None = None) -> dict[str, Any]:
    initial: dict[str, Any] = {"matter": matter.pk if matter else None}
    if writing.author_id is not None:
        initial["seen"] = acts.seen_of(writing)
    return {
        "writing": writing,
        "thread": writing.post if isinstance(writing, Reply) else writing,
        "acts_url": reads.url_of(writing),
        "on_it": reads.acts_on(writing),
        **{do: form(do=do, initial=initial) for do, (form, _) in ON_WORDS.items()},
    }


def _member_context(found: Member, *, now: Any, matter: Matter | None = None) -> dict[str, Any]:
    standing = reads.about_member(found, now=now)
    initial: dict[str, Any] = {
        "matter": matter.pk if matter else None,
        "seen": standing["steps_seen"],
        "days": standing["next_pause_days"],
    }
    return {
        "member": found,
        **standing,
        **{
            do: form(do=do, initial=initial if do != "note" else {"days": 7})
            for do, (form, _) in ON_MEMBERS.items()
        },
    }


def _shown(
    request: GuideRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    response = render(request, template, context, status=status)
    return with_safety(response, context["safety"])
