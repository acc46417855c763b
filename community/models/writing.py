from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils.functional import Promise

from accounts.models import Member, WallGuide, new_public_id
from community.enums import ContentNote, HeldBecause, TakenOut, Warmth
from community.models.places import Group, GroupMember, Topic
from risk.models import Screening

BODY_MAX_LENGTH = 5000
# Ten at a time, then "Show more": a wall is read, not scrolled through (U18).
POSTS_PER_PAGE = 10
# A thread is read whole; past this many answers it pages too.
REPLIES_PER_PAGE = 50
QUOTE_MAX_LENGTH = 500
# So long somebody's first post says that they are new.
NEW_FOR = timedelta(days=7)


class Writing(models.Model):
    """What posts and replies share: words, how they are shown, and whether they are."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    body = models.TextField(max_length=BODY_MAX_LENGTH)
    # The body as escaped paragraphs, made once when it is written.
    body_html = models.TextField()
    published_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    # The form's own key: a double click or a retry is the same submission (F32).
    idempotency_key = models.UUIDField(default=uuid.uuid4)

    hidden_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_reason = models.CharField(max_length=300, blank=True)
    # It waits for a guide before others read it: contact details, say. Its writer sees it.
    held_at = models.DateTimeField(null=True, blank=True)
    held_because = models.CharField(max_length=20, choices=HeldBecause, blank=True)
    # When its writer took back this one piece. Guides still read it; others never again.
    deleted_at = models.DateTimeField(null=True, blank=True)
    # When its writer left and took it with them. It comes back if they do.
    taken_away_at = models.DateTimeField(null=True, blank=True)
    # False while any of these holds it back, and always for the canary's own: see
    # community.visibility, the one place that decides.
    is_visible = models.BooleanField(default=True)

    # What it is about, said plainly beforehand: its words are folded until a reader opens them.
    content_note = models.CharField(max_length=20, choices=ContentNote, blank=True)
    # The guide who put the note there; nobody where its writer did.
    content_note_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    # What a guide took out of it last, so that readers know the words are not whole.
    taken_out = models.CharField(max_length=20, choices=TakenOut, blank=True)

    # Set by community.muting for the one who reads: why to fold it away, in words.
    folded_because: Promise | str = ""
    # Set by community.answers: the kind word its reader said, and to its writer those of others.
    given: str = ""
    received: Sequence[Warmth] = ()
    # Asked for with the row by community.reading, for the one who reads.
    is_by_muted = False

    class Meta:
        abstract = True

    @property
    def is_away(self) -> bool:
        """Whether its writer took it away, by leaving or by deleting it."""
        return self.taken_away_at is not None or self.deleted_at is not None


def seen_only_if_nothing_holds_it_back(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(is_visible=False)
        | Q(
            hidden_at__isnull=True,
            held_at__isnull=True,
            deleted_at__isnull=True,
            taken_away_at__isnull=True,
        ),
        name=name,
    )


def held_at_with_because(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(held_at__isnull=True, held_because="")
        | (Q(held_at__isnull=False) & ~Q(held_because="")),
        name=name,
    )


def hidden_at_with_by(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(hidden_at__isnull=True, hidden_by__isnull=True)
        | Q(hidden_at__isnull=False, hidden_by__isnull=False, is_visible=False),
        name=name,
    )


def where(member: Member) -> Q:
    """Of posts: the open wall, and the groups that this member has joined and not left."""
    return Q(group=None) | Q(group__in=GroupMember.objects.joined(member).values("group"))


class PostQuerySet(models.QuerySet["Post"]):
    def shown_to(self, member: Member) -> PostQuerySet:
        """
        What is on the wall, and a member's own posts even while a guide hides or holds them.

        Of a post that its writer took away or deleted, others find the place, for the answers
        under it. Nobody reads deleted words here any more, their writer included.
        What stands in a group is for those who are in it: not for who was, whoever wrote it.
        """
        answers = Reply.objects.filter(post=OuterRef("pk"), is_visible=True)
        away = Q(taken_away_at__isnull=False) | Q(deleted_at__isnull=False)
        return self.filter(where(member)).filter(
            Q(is_visible=True)
            | Q(author=member, deleted_at=None)
            | (away & Q(Exists(answers), hidden_at=None, held_at=None))
        )

    def on_the_wall(self) -> PostQuerySet:
        """What every member may read, and so nothing of a group."""
        return self.filter(is_visible=True, group=None)

    def shown_to_visitors(self) -> PostQuerySet:
        """What people read who have given nothing yet: chosen by a guide, allowed by its author."""
        return (
            self.on_the_wall()
            .filter(shown_to_visitors_at__isnull=False, author__suspended_at=None)
            .order_by("-shown_to_visitors_at", "-pk")
        )

    def newest_first(self) -> PostQuerySet:
        return self.order_by("-published_at", "-pk")

    def with_newcomers(self, *, now: datetime) -> PostQuerySet:
        """
        Says of each post whether it ``is_first_words``: its author's first, of the last days.

        Whoever is asked to be kind to somebody new is kinder, and the new come back.
        """
        earlier = Post.objects.filter(
            author=OuterRef("author"), published_at__lt=OuterRef("published_at")
        )
        return self.annotate(  # type: ignore[no-redef]
            is_first_words=Case(
                When(published_at__gte=now - NEW_FOR, then=~Exists(earlier)), default=Value(False)
            )
        )

    def older_than(self, post: Post) -> PostQuerySet:
        """
        What comes after a post in `newest_first`, at the same cost at any depth.

        The first condition bounds the walk along the index; the second settles posts of
        the same instant.
        """
        return self.filter(published_at__lte=post.published_at).filter(
            Q(published_at__lt=post.published_at) | Q(pk__lt=post.pk)
        )


class Post(Writing):
    """
    What a member puts on the wall.

    One whose writer has been erased stays without words and writer where others have answered
    it, because what they wrote is theirs.
    """

    author = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="posts"
    )
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="posts")
    # The room of few that it stands in; None: the open wall.
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, null=True, blank=True, related_name="posts"
    )
    # When somebody else first answered, where that can still be seen (community.clock).
    answered_at = models.DateTimeField(null=True, blank=True)
    # Of the newest answer that others see; the post's own moment until there is one.
    newest_reply_at = models.DateTimeField(null=True, blank=True)
    reply_count = models.PositiveIntegerField(default=0)
    # A guide's answer that stands first in the thread (community.cooling).
    pinned_reply = models.ForeignKey(
        "Reply", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # While a guide slows the thread: until when, and how many minutes between a member's answers.
    slow_until = models.DateTimeField(null=True, blank=True)
    slow_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    # Until when new answers are held for a guide.
    hold_until = models.DateTimeField(null=True, blank=True)
    # When a kind word in one tap was first given somewhere in this thread: until then, a page
    # need not ask for any.
    supported_at = models.DateTimeField(null=True, blank=True)
    # A guide may ask its author whether visitors may read it; only the author's yes shows it.
    offered_to_visitors_at = models.DateTimeField(null=True, blank=True)
    offered_to_visitors_by = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    shown_to_visitors_at = models.DateTimeField(null=True, blank=True)
    # The author has said no, and is not asked again.
    kept_from_visitors = models.BooleanField(default=False)
    screenings = GenericRelation(
        Screening, content_type_field="subject_type", object_id_field="subject_id"
    )

    # Asked for with the row, for the one who reads: see community.reading.
    is_first_words = False
    is_kept = False
    has_part = False

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["author", "idempotency_key"], name="one_post_per_submission"
            ),
            hidden_at_with_by("post_hidden_at_with_by"),
            held_at_with_because("post_held_at_with_because"),
            seen_only_if_nothing_holds_it_back("post_seen_if_nothing_holds_it_back"),
            models.CheckConstraint(
                condition=Q(
                    offered_to_visitors_at__isnull=True,
                    offered_to_visitors_by__isnull=True,
                    shown_to_visitors_at__isnull=True,
                )
                | Q(
                    offered_to_visitors_at__isnull=False,
                    offered_to_visitors_by__isnull=False,
                    kept_from_visitors=False,
                ),
                name="visitors_read_only_what_a_guide_has_chosen",
            ),
            models.CheckConstraint(
                condition=Q(author__isnull=False)
                | Q(taken_away_at__isnull=False, is_visible=False, body=""),
                name="a_post_has_an_author_or_was_taken_away",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                condition=Q(is_visible=True),
                name="post_feed",
            ),
            models.Index(
                fields=["topic", "-published_at", "-id"],
                condition=Q(is_visible=True),
                name="post_feed_by_topic",
            ),
            models.Index(
                fields=["published_at", "id"],
                condition=Q(is_visible=True, answered_at__isnull=True),
                name="post_waiting",
            ),
            models.Index(
                fields=["group", "-published_at", "-id"],
                condition=Q(is_visible=True, group__isnull=False),
                name="post_feed_of_group",
            ),
            models.Index(fields=["author", "-published_at"], name="post_by_author"),
            # What the first-reply clock looks through every few seconds.
            models.Index(
                fields=["published_at"],
                condition=Q(is_visible=True, answered_at=None),
                name="post_unanswered",
            ),
            models.Index(
                fields=["-shown_to_visitors_at"],
                condition=Q(shown_to_visitors_at__isnull=False),
                name="post_for_visitors",
            ),
        ]

    class Privacy:
        clinical = (
            "body",
            "body_html",
            "topic",
            "hidden_reason",
            "content_note",
            "taken_out",
            "group",
        )
        operational = (
            "held_at", "held_because", "deleted_at", "content_note_by", "answered_at",
            "newest_reply_at",
            "id", "public_id", "author", "published_at", "edited_at", "revision", "reply_count",
            "idempotency_key", "hidden_by", "hidden_at", "taken_away_at", "is_visible",
            "screenings", "offered_to_visitors_at", "offered_to_visitors_by",
            "shown_to_visitors_at", "kept_from_visitors", "pinned_reply", "slow_until",
            "slow_minutes", "hold_until", "supported_at",
        )  # fmt: skip


class ReplyQuerySet(models.QuerySet["Reply"]):
    def shown_to(self, member: Member) -> ReplyQuerySet:
        return self.filter(Q(is_visible=True) | Q(author=member, deleted_at=None))

    def oldest_first(self) -> ReplyQuerySet:
        return self.order_by("published_at", "pk")

    def newest_first(self) -> ReplyQuerySet:
        return self.order_by("-published_at", "-pk")

    def older_than(self, reply: Reply) -> ReplyQuerySet:
        """What comes after a reply in `newest_first`."""
        return self.filter(published_at__lte=reply.published_at).filter(
            Q(published_at__lt=reply.published_at) | Q(pk__lt=reply.pk)
        )


class Reply(Writing):
    """An answer under a post, by a member or by a wall guide."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="replies")
    author = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="replies"
    )
    guide = models.ForeignKey(
        WallGuide, on_delete=models.PROTECT, null=True, blank=True, related_name="replies"
    )
    # The answer that this one stands under. Never deeper: an answer to it stands beside it.
    under = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="answers"
    )
    # Some words of the same thread that it takes up, shown only while those can be seen. Words
    # without a reply are the post's.
    quote = models.CharField(max_length=QUOTE_MAX_LENGTH, blank=True)
    quoted_reply = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    screenings = GenericRelation(
        Screening, content_type_field="subject_type", object_id_field="subject_id"
    )

    # Asked for with the row, for the one who reads: see community.thread.
    is_seen = True
    answered_name = ""
    quoted_words = ""
    quoted_name = ""

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "replies"
        constraints = [
            models.UniqueConstraint(
                fields=["author", "idempotency_key"], name="one_reply_per_submission"
            ),
            models.UniqueConstraint(
                fields=["guide", "idempotency_key"], name="one_guide_reply_per_submission"
            ),
            models.CheckConstraint(
                condition=Q(author__isnull=False, guide__isnull=True)
                | Q(author__isnull=True, guide__isnull=False),
                name="a_reply_is_by_a_member_or_a_guide",
            ),
            hidden_at_with_by("reply_hidden_at_with_by"),
            held_at_with_because("reply_held_at_with_because"),
            seen_only_if_nothing_holds_it_back("reply_seen_if_nothing_holds_it_back"),
        ]
        indexes = [
            models.Index(fields=["post", "published_at", "id"], name="reply_in_thread"),
            models.Index(fields=["author", "-published_at"], name="reply_by_author"),
        ]

    class Privacy:
        clinical = ("body", "body_html", "hidden_reason", "content_note", "taken_out", "quote")
        operational = (
            "held_at", "held_because", "deleted_at", "content_note_by", "under", "quoted_reply",
            "id", "public_id", "post", "author", "guide", "published_at", "edited_at", "revision",
            "idempotency_key", "hidden_by", "hidden_at", "taken_away_at", "is_visible",
            "screenings",
        )  # fmt: skip
