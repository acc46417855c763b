"""
What people read who have given nothing yet: some real posts, and who may choose them.

A wall guide chooses, and its author says yes. Nothing on the page leads from there to the
wall: no alias, no avatar, no address of the post, and no time finer than "this week".
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import GuideRequest, MemberRequest, anyone, members_only, wall_guides_only
from accounts.consent import HOUSE_RULES
from accounts.models import WallGuide
from community import operations
from community.models import Post, PostQuerySet
from community.soft_time import soft_time
from risk.enums import Urgency
from risk.models import Screening

MOST_SHOWN = 6
MOST_TO_CHOOSE_FROM = 20
# Nobody knows yet where a visitor is; no time here is so fine that it matters.
VISITORS_CLOCK = ZoneInfo("Europe/London")


@anyone
@require_safe
def look(request: HttpRequest) -> HttpResponse:
    """A look at the wall before giving anything."""
    now = timezone.now()
    posts = Post.objects.shown_to_visitors().select_related("topic")[:MOST_SHOWN]
    bricks = [
        {
            "words": post.body_html,
            "topic": post.topic,
            "when": _soft_day(post, now=now),
            "replies": bool(post.reply_count),
        }
        for post in posts
    ]
    return render(request, "community/look.html", {"bricks": bricks, "rules": HOUSE_RULES})


@wall_guides_only
@require_safe
def sample(request: GuideRequest) -> HttpResponse:
    """For guides: what visitors read, whose answer is awaited, and what could be asked about."""
    here = _of(request.wall_guide)
    return render(
        request,
        "community/visitors.html",
        {
            "here": "visitors",
            "shown": here.filter(shown_to_visitors_at__isnull=False),
            "asked": here.filter(offered_to_visitors_at__isnull=False, shown_to_visitors_at=None),
            "could_be": could_be_asked(here).newest_first()[:MOST_TO_CHOOSE_FROM],
            "most": MOST_SHOWN,
        },
    )


@wall_guides_only
@require_POST
def sample_update(request: GuideRequest, public_id: str) -> HttpResponse:
    """Ask an author, or take a post out again."""
    post = get_object_or_404(_of(request.wall_guide), public_id=public_id)
    now = timezone.now()
    if request.POST.get("do") == "take":
        operations.take_from_visitors(post=post, by=request.wall_guide, at=now)
        messages.success(request, "Visitors do not read it any more.")
    elif could_be_asked(_of(request.wall_guide)).filter(pk=post.pk).exists():
        operations.offer_to_visitors(post=post, by=request.wall_guide, at=now)
        messages.success(request, "Its author is asked, on the post's own page.")
    else:
        messages.info(request, "This post cannot be shown to visitors.")
    return redirect("community:visitors")


@members_only
@require_POST
def answer_create(request: MemberRequest, public_id: str) -> HttpResponse:
    """An author's yes or no, which they can change to no at any time."""
    post = get_object_or_404(Post, author=request.member, public_id=public_id)
    agrees = request.POST.get("agrees") == "yes"
    changed = operations.answer_about_visitors(
        post=post, author=request.member, agrees=agrees, at=timezone.now()
    )
    if changed:
        messages.success(
            request,
            _("Thank you. Visitors can read it now, without your name.")
            if agrees
            else _("Visitors cannot read it. We will not ask about it again."),
        )
    return redirect("community:thread", post.public_id)


def _of(guide: WallGuide) -> PostQuerySet:
    """Posts on the wall by members of the localities that this guide covers."""
    return (
        Post.objects.on_the_wall()
        .filter(author__locality__in=guide.covers.all())
        .select_related("topic", "author")
    )


def could_be_asked(posts: PostQuerySet) -> PostQuerySet:
    """Those that the machine has read and that worry nobody: heavy words are no welcome."""
    of_this = Screening.objects.filter(
        subject_type__app_label="community", subject_type__model="post", subject_id=OuterRef("pk")
    )
    worrying = of_this.filter(Q(urgency=None) | Q(urgency__gt=Urgency.GREEN))
    return posts.filter(
        ~Exists(worrying),
        Exists(of_this),
        offered_to_visitors_at=None,
        kept_from_visitors=False,
        content_note="",
    )


def _soft_day(post: Post, *, now: datetime) -> str:
    """No finer than a day: a visitor may sit beside who wrote it this morning."""
    words = soft_time(post.published_at, now=now, zone=VISITORS_CLOCK)
    days = (
        now.astimezone(VISITORS_CLOCK).date() - post.published_at.astimezone(VISITORS_CLOCK).date()
    ).days
    return str(_("this week")) if days < 2 else words
