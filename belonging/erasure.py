"""
Erasing somebody who has left, once the time to come back is over.

Everything of theirs goes, in one transaction a member. What stays is what they were told stays:
the risk episodes that a guide followed, for as long as their commissioner keeps such records,
under a pseudonym; and the place of a post that others have answered, without its words.
"""

from __future__ import annotations

import logging
import secrets
import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Trunc

from accounts.confusables import skeleton
from accounts.models import Member, User, new_public_id
from audit.operations import record
from belonging.holdings import HOLDINGS
from belonging.leaving import UNDO_FOR, months_kept
from belonging.models import KeptEpisode
from community.models import (
    Act,
    Appeal,
    GuideNote,
    HandOver,
    HelpInvitation,
    LoadCheck,
    Matter,
    MutedMember,
    PolicyStep,
    Post,
    ReadingPlace,
    Reply,
    ReplyClock,
    Report,
    SavedPost,
    Support,
    ThreadCooling,
)
from conversations.models import Conversation, Line
from escalation.identity import forget_requests
from escalation.models import Case, CaseStep, IdentityRequest
from measures.models import Goal, GoalRating
from notifications.models import Subscription
from notifications.subscriptions import stop
from risk.models import Alert, AuditReading, Label, Screening, ShadowReading
from vault.operations import forget

logger = logging.getLogger(__name__)


def erase_the_departed(*, now: datetime) -> int:
    """
    Erase everybody whose time to come back is over, and every kept episode past its day.

    Returns how many people were erased. Stopped in between, it goes on where it was the next
    time; two at once share the work. Whoever cannot be erased does not hold up the others.
    """
    leavers = Member.objects.filter(leaving_at__lte=now - UNDO_FOR)
    over = Member.objects.filter(
        pk__in=KeptEpisode.objects.filter(keep_until__lte=now.date()).values("case__member")
    )
    erased = 0
    for due, erase in ((leavers, _erase), (over, _erase_again)):
        for pk in list(due.order_by("leaving_at", "pk").values_list("pk", flat=True)):
            try:
                with transaction.atomic():
                    # A second pair of hands leaves this one to the first; and by now they may
                    # have come back.
                    held = due.filter(pk=pk).select_for_update(of=("self",), skip_locked=True)
                    member = held.select_related("user", "locality__commissioner").first()
                    if member is not None and not still_needs_a_person(member):
                        erase(member, at=now)
                        erased += erase is _erase
            except Exception:
                logger.exception("A member could not be erased; the next run tries again")
    return erased


def still_needs_a_person(member: Member) -> bool:
    """
    Whether something of theirs waits for a guide, who must be able to act on it first.

    No erasure takes a text from a guide before somebody has read it, nor ends an episode that
    is still being followed (F39).
    """
    return (
        Screening.objects.pending().filter(author=member).exists()
        or Alert.objects.open().filter(author=member).exists()
        or Case.objects.open().filter(member=member).exists()
        or Matter.objects.open().filter(member=member).exists()
        or Conversation.objects.waiting().filter(member=member).exists()
        or IdentityRequest.objects.filter(
            case__member=member, life_at_risk=True, reviewed_at=None
        ).exists()
    )


def _erase(member: Member, *, at: datetime) -> None:
    """Erase somebody who left. Their row is held, and nothing of theirs waits for a person."""
    kept = []
    for case in Case.objects.filter(member=member):
        assert case.closed_at is not None  # noqa: S101 -- an open one still needs a person
        until = _months_on(case.closed_at.date(), months_kept(member))
        if until > at.date():
            kept.append(KeptEpisode(case=case, kept_at=at, keep_until=until))
    KeptEpisode.objects.bulk_create(kept)
    _take_apart(member, keeping=[episode.case_id for episode in kept], at=at)
    pk, user = member.pk, member.user
    if kept:
        _make_nobody(member)
    else:
        member.delete()
    # Who is on the staff as well keeps the sign-in that they work with.
    if not _is_staff(user):
        forget(handle=user.handle, at=at)
        user.delete()
    record(
        actor="house", verb="erase", subject=f"member:{pk}", at=at,
        detail={"episodes_kept": len(kept)},
    )  # fmt: skip


def _erase_again(member: Member, *, at: datetime) -> None:
    """Erase the episodes of somebody long gone whose day has come."""
    over = KeptEpisode.objects.filter(case__member=member, keep_until__lte=at.date())
    cases = list(over.values_list("case_id", flat=True))
    over.delete()
    still = Case.objects.filter(member=member).exclude(pk__in=cases)
    keeping = list(still.values_list("pk", flat=True))
    _take_apart(member, keeping=keeping, at=at)
    pk, user = member.pk, member.user
    if not keeping:
        member.delete()
        user.delete()
    record(
        actor="house", verb="erase episodes", subject=f"member:{pk}", at=at,
        detail={"cases": cases},
    )  # fmt: skip


def _take_apart(member: Member, *, keeping: Iterable[int], at: datetime) -> None:
    """Everything of a member's but the row itself and the cases that are kept."""
    cases = Case.objects.filter(pk__in=keeping)
    kept_alerts = Alert.objects.filter(cases__in=cases)
    kept_screenings = Screening.objects.filter(alerts__in=kept_alerts)
    _choices(member)
    _decided(member)
    GoalRating.objects.filter(goal__author=member).delete()
    _gone(Goal.objects.filter(author=member))
    _gone(Line.objects.filter(conversation__member=member))
    Conversation.objects.filter(member=member).delete()
    _cases(Case.objects.filter(member=member).exclude(pk__in=cases))
    alerts = Alert.objects.filter(author=member).exclude(pk__in=kept_alerts)
    posts = set(member.posts.values_list("pk", flat=True)) | _posts_of(alerts)
    _gone(alerts)
    _screenings(Screening.objects.filter(author=member).exclude(pk__in=kept_screenings))
    # Where else answers of theirs stood: the place may be empty once they are gone.
    theirs = Q(replies__author=member) | Q(hand_overs__author=member)
    posts |= set(Post.objects.filter(theirs, author=None).values_list("pk", flat=True))
    Support.objects.filter(reply__author=member).delete()
    _let_go_of_words(member)
    _gone(member.replies.all())
    _gone(member.hand_overs.all())
    _posts(posts, asked_about=_posts_of(kept_alerts), at=at)


def _choices(member: Member) -> None:
    """What is simply theirs: choices, saved and muted, and what other rooms have named so."""
    MutedMember.objects.filter(Q(member=member) | Q(muted=member)).delete()
    stop(Subscription.objects.filter(member=member).values_list("pk", flat=True))
    # What was seen of somebody else stays theirs, without who the other was.
    LoadCheck.objects.filter(other=member).update(other=None)
    for holding in HOLDINGS:
        if not holding.by_hand:
            holding.model_class._default_manager.filter(**{holding.of: member.pk}).delete()


def _decided(member: Member) -> None:
    """What was reported about their words and decided, and what they told and asked guides."""
    _told_us(Report, Report.objects.filter(author=member))
    _told_us(Appeal, Appeal.objects.filter(author=member))
    PolicyStep.objects.filter(author=member).delete()
    GuideNote.objects.filter(member=member).delete()
    # What undoes an act points at it, and a pause at its strike: all at once.
    _gone(Act.objects.filter(member=member))
    _matters(Matter.objects.filter(member=member))


def _matters(matters: models.QuerySet[Matter]) -> None:
    """Reports about words that go. What others wrote when they reported them goes too."""
    pks = list(matters.values_list("pk", flat=True))
    _told_us(Report, Report.objects.filter(matter__in=pks))
    GuideNote.objects.filter(matter__in=pks).delete()
    _gone(Matter.objects.filter(pk__in=pks))


def _told_us(model: type[Report] | type[Appeal], rows: models.QuerySet[Any]) -> None:
    """Reports or appeals, with their readings; but for a reading that a guide was asked about."""
    of_these = Screening.objects.filter(
        subject_type=ContentType.objects.get_for_model(model),
        subject_id__in=list(rows.values_list("pk", flat=True)),
    )
    _screenings(of_these.filter(alerts=None))
    _gone(rows)


def _cases(cases: models.QuerySet[Case]) -> None:
    for case in cases:
        forget_requests(case=case)
    CaseStep.objects.filter(case__in=cases).delete()
    Case.alerts.through.objects.filter(case__in=cases).delete()
    cases.delete()


def _screenings(screenings: models.QuerySet[Screening]) -> None:
    """Readings of their words, and what hangs on them. What answered them stands alone then."""
    pks = list(screenings.values_list("pk", flat=True))
    Label.objects.filter(screening__in=pks).delete()
    AuditReading.objects.filter(screening__in=pks).delete()
    ShadowReading.objects.filter(screening__in=pks).delete()
    Screening.objects.filter(in_reply_to__in=pks).update(in_reply_to=None)
    Screening.objects.filter(pk__in=pks).delete()


def _let_go_of_words(member: Member) -> None:
    """
    What others answered stands by itself, without the words that it took up.

    Whoever quoted a member quoted what is erased now; and nobody's place on the wall is kept by
    the address of a post of theirs.
    """
    mine = member.replies.values("pk")
    Reply.objects.filter(under__in=mine).exclude(author=member).update(under=None)
    Reply.objects.filter(quoted_reply__in=mine).update(quote="", quoted_reply=None)
    # Words without a reply are the post's.
    Reply.objects.filter(post__author=member, quoted_reply=None).exclude(quote="").update(quote="")
    addresses = member.posts.values("public_id")
    ReadingPlace.objects.filter(after__in=addresses).update(feed="", after="")


def _posts(posts: set[int], *, asked_about: set[int], at: datetime) -> None:
    """
    Posts of theirs go; where other members have answered, the place stays without the words.

    So does that of a post which a kept alert asked about, with what guides answered there.
    """
    SavedPost.objects.filter(post__in=posts).delete()
    for of_post in (ReplyClock, ThreadCooling, HelpInvitation):
        of_post.objects.filter(post__in=posts).delete()
    # What was said to them; what others of a thread said to one another stays with the thread.
    Support.objects.filter(post__in=posts, reply=None).delete()
    answered: Q = Q(Exists(Reply.objects.filter(post=OuterRef("pk"), author__isnull=False)))
    # What somebody said who handed it over is theirs, too.
    answered |= Q(Exists(HandOver.objects.filter(post=OuterRef("pk"))))
    places = Post.objects.filter(answered | Q(pk__in=asked_about), pk__in=posts)
    staying = list(places.values_list("pk", flat=True))
    gone = posts - set(staying)
    _matters(Matter.objects.filter(reply__post__in=gone))
    Support.objects.filter(post__in=gone).delete()
    _gone(Reply.objects.filter(post__in=gone))
    _gone(Post.objects.filter(pk__in=gone))
    for post in Post.objects.filter(pk__in=staying, author__isnull=False):
        # A new address, and no hour: nothing of the old place leads to this one.
        Post.objects.filter(pk=post.pk).update(
            author=None, body="", body_html="", hidden_reason="", edited_at=None,
            public_id=new_public_id(), idempotency_key=uuid.uuid4(), is_visible=False,
            offered_to_visitors_at=None, offered_to_visitors_by=None, shown_to_visitors_at=None,
            taken_away_at=at, published_at=Trunc("published_at", "month"), slow_until=None,
            slow_minutes=None, hold_until=None, pinned_reply=None,
        )  # fmt: skip


def _posts_of(alerts: models.QuerySet[Alert]) -> set[int]:
    of_posts = alerts.filter(subject_type=ContentType.objects.get_for_model(Post))
    there = Post.objects.filter(pk__in=of_posts.values("subject_id"))
    return set(there.values_list("pk", flat=True))


def _gone(rows: models.QuerySet[Any]) -> None:
    """
    Delete these rows and nothing else.

    Django would take along whatever points at writing in general, and so the readings of a kept
    episode; the database still refuses to leave a real link dangling.
    """
    rows.model._default_manager.filter(pk__in=list(rows.values_list("pk", flat=True)))._raw_delete(
        rows.db
    )


def _make_nobody(member: Member) -> None:
    """A member of whom only an episode is left: nobody signs in, and no name leads back."""
    nobody = User(address_seal=secrets.token_hex(32), is_active=False)
    nobody.set_unusable_password()
    nobody.save()
    alias = f"gone-{secrets.token_hex(6)}"
    Member.objects.filter(pk=member.pk).update(
        user=nobody,
        public_id=new_public_id(),
        alias=alias,
        alias_skeleton=skeleton(alias),
        avatar_seed="gone",
        joined_at=Trunc("joined_at", "month"),
        suspended_at=None,
        suspended_by=None,
        suspended_reason="",
        paused_until=None,
        paused_because="",
        lends_words=False,
        consented_version=0,
        reasons=[],
        on_waiting_list=None,
        breaks_until=None,
        alias_changed_at=None,
        leaving_at=None,
        has_news=False,
    )


def _is_staff(user: User) -> bool:
    return any(
        hasattr(user, role) for role in ("wall_guide", "commissioning_lead", "administrator")
    )


def _months_on(day: date, months: int) -> date:
    """The same day so many months later; the month's last where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
