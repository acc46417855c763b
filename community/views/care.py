"""Being asked to help, having had enough, and saying so."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import brakes
from accounts.audience import MemberRequest, members_only
from community import load, offers
from community.enums import LoadAnswer
from community.forms_care import HandOverForm, HelpOfferForm, LoadAnswerForm
from community.models import HandOver, HelpInvitation, HelpOffer, Topic
from community.views.reading import post_for

UNPROCESSABLE = 422


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def helping(request: MemberRequest) -> HttpResponse:
    """Whether I would like to be asked, about what, and who waits just now."""
    now = timezone.now()
    offered = HelpOffer.objects.filter(member=request.member).first()
    topics = list(Topic.objects.all())
    form = HelpOfferForm(
        request.POST if request.method == "POST" else None,
        initial={"asks": offered is not None, "topics": offered.topics if offered else []},
        topics=topics,
    )
    if form.is_valid():
        if form.cleaned_data["asks"]:
            offers.offer(member=request.member, topics=form.cleaned_data["topics"], at=now)
            messages.success(request, _("Thank you. We ask you now and then, never often."))
        else:
            offers.withdraw_offer(member=request.member)
            messages.success(request, _("We do not ask you. That is fine."))
        return redirect("community:helping")
    context = {
        "here": "me",
        "form": form,
        "invitations": offers.open_invitations(request.member, now=now),
        "a_day": offers.ASKED_A_DAY,
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "community/helping.html", context, status=status)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def asked(request: MemberRequest, public_id: str) -> HttpResponse:
    """Somebody waits for a first answer. "Not now" is one tap, and nothing follows from it."""
    now = timezone.now()
    invitation = get_object_or_404(
        HelpInvitation.objects.select_related("post__author", "post__topic"),
        member=request.member,
        post__public_id=public_id,
    )
    if request.method == "POST":
        offers.decline(post=invitation.post, member=request.member, at=now)
        messages.info(request, _("That is fine. Somebody else looks after it."))
        return redirect("community:feed")
    still = invitation in offers.open_invitations(request.member, now=now)
    context = {"post": invitation.post, "still_waits": still}
    return render(request, "community/asked.html", context)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: MemberRequest, public_id: str) -> HttpResponse:
    """ "I can't carry this": one tap gives the thread to the guides; words may follow."""
    now = timezone.now()
    post = post_for(request, public_id)
    handed = HandOver.objects.filter(post=post, author=request.member).first()
    if handed is None and not load.may_hand_over(post=post, member=request.member):
        raise Http404
    form = HandOverForm(request.POST if "body" in request.POST else None)
    if request.method == "POST":
        # The tap counts even where the words cannot be taken.
        handed = load.hand_over(post=post, author=request.member, at=now)
        if not form.is_bound:
            return redirect("community:hand-over", public_id)
    if form.is_valid() and handed is not None:
        if until := brakes.WRITING.press(str(request.member.pk), at=now):
            sentence = _("You have written a lot in a short time. The guides have this thread.")
            return brakes.too_many(request, until=until, at=now, sentence=sentence, send_again=True)
        load.say_why(handed=handed, words=form.cleaned_data["body"], at=now)
        messages.success(request, _("Thank you. The guides read your words."))
        return redirect("community:hand-over", public_id)
    context = {"post": post, "handed": handed, "form": form}
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "community/hand_over.html", context, status=status)


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def load_check(request: MemberRequest) -> HttpResponse:
    """You have been there for others a lot. How is it for you?"""
    now = timezone.now()
    check = load.open_check(request.member, now=now)
    form = LoadAnswerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        answer = LoadAnswer(form.cleaned_data["answer"])
        if check is not None:
            load.answer_check(check=check, answer=answer, at=now)
        if answer == LoadAnswer.BREAK:
            return redirect("belonging:break")
        messages.success(request, _("Good to know. Look after yourself too."))
        return redirect("community:feed")
    context = {
        "here": "me",
        "check": check,
        "form": form,
        "threads": load.threads_of(request.member, now=now),
        "offers": HelpOffer.objects.filter(member=request.member).exists(),
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "community/load.html", context, status=status)
