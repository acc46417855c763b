"""A kind word in one tap: given, changed, taken back; shown to its writer in words, uncounted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.models import Member
from community.enums import Warmth
from community.models import Post, Reply, Support
from community.telling import tell_of_support

# A writer is told of warmth once in so long, however much of it there is.
TOLD_ONCE_IN = timedelta(days=1)


class NotTheirOwn(Exception):
    """A kind word is for somebody else."""


@transaction.atomic
def give(*, writing: Post | Reply, member: Member, kind: Warmth, at: datetime) -> None:
    """
    Say one kind word for a post or reply. Another one replaces it; the same again changes nothing.

    :raises NotTheirOwn: if they wrote it themselves
    """
    if writing.author_id is None or writing.author_id == member.pk:
        raise NotTheirOwn
    _support, is_new = Support.objects.update_or_create(
        **_where(writing), member=member,
        defaults={"kind": kind}, create_defaults={"kind": kind, "given_at": at},
    )  # fmt: skip
    if not is_new:
        return
    Post.objects.filter(pk=_post_of(writing), supported_at=None).update(supported_at=at)
    others = Support.objects.filter(**_where(writing), given_at__gt=at - TOLD_ONCE_IN)
    if not others.exclude(member=member).exists():
        tell_of_support(writing=writing, at=at)


def take_back(*, writing: Post | Reply, member: Member) -> None:
    """As if it had not been said. Nobody is told of that."""
    Support.objects.filter(**_where(writing), member=member).delete()


def show(*, post: Post, replies: Iterable[Reply], reader: Member) -> None:
    """
    Mark the post and these replies with ``given`` (what this reader said, or "") and ``received``
    (to their writer alone: the kinds of words that others said, each once).

    One query, and none where nobody in this thread was given any.
    """
    writings: dict[tuple[str, int], Post | Reply] = {("post", post.pk): post}
    writings |= {("reply", reply.pk): reply for reply in replies}
    received: dict[Post | Reply, list[Warmth]] = defaultdict(list)
    if post.supported_at is None:
        return
    said = Support.objects.filter(
        Q(member=reader) | Q(reply=None, post__author=reader) | Q(reply__author=reader), post=post
    ).order_by("kind")
    for reply_pk, member_pk, kind in said.values_list("reply_id", "member_id", "kind"):
        about = writings.get(("reply", reply_pk) if reply_pk else ("post", post.pk))
        if about is None:
            continue
        if member_pk == reader.pk:
            about.given = kind
        elif about.author_id == reader.pk and kind not in received[about]:
            received[about].append(Warmth(kind))
    for about, kinds in received.items():
        about.received = kinds


def _where(writing: Post | Reply) -> dict[str, object]:
    reply = writing if isinstance(writing, Reply) else None
    return {"post_id": _post_of(writing), "reply": reply}


def _post_of(writing: Post | Reply) -> int:
    return writing.post_id if isinstance(writing, Reply) else writing.pk
