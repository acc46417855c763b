"""Understood consent: before joining, and again when the words have changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import alias as aliases
from accounts import consent as terms
from accounts import joining
from accounts.audience import (
    KeeperRequest,
    MemberRequest,
    admins_and_seniors_only,
    anyone,
    members_even_paused,
)
from accounts.models import ConsentTerms, TeachBackCount
from accounts.ways_back import is_within
from commissioning.models import Locality
from escalation.models import Protocol


@anyone
@require_safe
def alias_offer(request: HttpRequest) -> HttpResponse:
    """One more alias to choose, as the part of a form that shows it."""
    return render(request, "accounts/_alias_field.html", {"alias": aliases.offer()})


@anyone
@require_http_methods(["GET", "HEAD", "POST"])
def consent_step(request: HttpRequest) -> HttpResponse:
    """Before an account is made: who can learn who they are, for the place they come from."""
    under_way = joining.current(request, at=timezone.now())
    if under_way is None:
        return redirect("join")
    place = _place(under_way.locality.pk if under_way.locality else None)
    if place is None:
        return redirect(joining.next_step(under_way))

    def agreed() -> HttpResponse:
        joining.consent_given(request, terms.VERSION)
        return redirect("join-account")

    return _ask(request, place, agreed)


@members_even_paused
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: MemberRequest) -> HttpResponse:
    """What a member agreed to; or, where the words have changed, the words as they are now."""
    member = request.member
    place = _place(member.locality_id)
    assert place is not None  # noqa: S101 -- a member has a locality
    kept = terms.kept_in(request.POST)
    onward = request.POST.get("next") or request.GET.get("next", "")
    if not is_within(onward):
        onward = reverse("community:feed")

    def agreed() -> HttpResponse:
        terms.give_consent(member=member, version=terms.VERSION, at=timezone.now())
        if kept is not None:
            return render(request, "accounts/consent_kept.html", {"kept": kept})
        return redirect(onward)

    if _agrees(request) and terms.is_current(member):
        return agreed()
    return _ask(
        request, place, agreed, next=onward, kept=kept,
        fields=request.POST.get("kept_fields", ""),
        has_agreed=terms.is_current(member), is_again=member.consented_version > 0,
    )  # fmt: skip


@admins_and_seniors_only
@require_safe
def operator_consent(request: KeeperRequest) -> HttpResponse:
    """How well the words are understood: counts by question, and nobody's answers."""
    counted: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in TeachBackCount.objects.all():
        counted[row.version, row.question][row.option] += row.times
    months: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    right = {question.slug: question.right for question in terms.QUESTIONS}
    for row in TeachBackCount.objects.filter(version=terms.VERSION).order_by("-month"):
        months[row.month][0] += row.times * (row.option == right.get(row.question))
        months[row.month][1] += row.times
    context = {
        "here": "consent",
        "version": terms.VERSION,
        "versions": ConsentTerms.objects.order_by("-version"),
        "rules": terms.HOUSE_RULES,
        "questions": [_figures(question, counted) for question in terms.QUESTIONS],
        "months": [
            (month, round(100 * good / asked))
            for month, (good, asked) in months.items()
            if asked >= terms.FEWEST_SHOWN * len(terms.QUESTIONS)
        ][:12],
        "fewest": terms.FEWEST_SHOWN,
    }
    return render(request, "belonging/operator_consent.html", context)


def _figures(question: terms.Question, counted: Any) -> dict[str, Any]:
    """One question's answers under the words of now, where enough have answered."""
    times = counted[terms.VERSION, question.slug]
    asked = sum(times.values())
    options = [(option, times[option.slug], option.slug == question.right)
               for option in question.options]  # fmt: skip
    return {
        "question": question,
        "asked": asked,
        "is_enough": asked >= terms.FEWEST_SHOWN,
        "options": options,
        "left_out": times[""],
        "right_share": round(100 * times[question.right] / asked) if asked else None,
    }


def _ask(
    request: HttpRequest, place: Locality, agreed: Callable[[], HttpResponse], **context: Any
) -> HttpResponse:
    """
    The words and three questions. What was not understood is explained once, and then all go on.

    An answer is counted when it is first given, and is never in the way.
    """
    answers = terms.answers_in(request.POST)
    explains: set[str] = set()
    if _agrees(request):
        explained = "explained" in request.POST
        if not explained:
            terms.count_answers(answers, at=timezone.now())
        explains = {
            question.slug
            for question in terms.QUESTIONS
            if answers[question.slug] != question.right
        }
        if explained or not explains:
            return agreed()
    context |= {
        "rules": terms.HOUSE_RULES,
        "place": terms.for_place(place, told=_told(place)),
        "questions": [
            (question, answers[question.slug], question.slug in explains)
            for question in terms.QUESTIONS
        ],
        "explains": bool(explains),
        "version": terms.VERSION,
    }
    return render(request, "accounts/consent.html", context)


def _agrees(request: HttpRequest) -> bool:
    """Whether they go on, having seen the words of now: a page of before does not count."""
    return request.method == "POST" and request.POST.get("agree") == str(terms.VERSION)


def _told(place: Locality) -> tuple[str, ...]:
    """Whom the agreed steps tell, each once, in the order of the steps."""
    protocol = Protocol.objects.in_force_for(place)
    if protocol is None:
        return ()
    return tuple(dict.fromkeys(step.contact for step in protocol.steps.all()))


def _place(pk: int | None) -> Locality | None:
    if pk is None:
        return None
    return Locality.objects.select_related("commissioner").filter(pk=pk).first()
