"""
Content notes: a plain label on somebody's writing, which folds its words until they are opened.

Its writer puts one there as they publish (community.operations). Where they did not, a guide
may: no word of theirs is changed, and they are told.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models, transaction

from accounts.models import Member, WallGuide
from audit.operations import record
from community.enums import ContentNote
from community.models import Post, Reply
from community.operations import not_for_visitors
from notifications.enums import Kind
from notifications.operations import tell


def of_covered(guide: WallGuide, kind: str) -> models.QuerySet[Post] | models.QuerySet[Reply]:
    """Members' writing that this guide may put a note on: of localities they cover."""
    writings: models.QuerySet[Post] | models.QuerySet[Reply] = (
        Post.objects.all() if kind == "posts" else Reply.objects.all()
    )
    return writings.filter(author__locality__in=guide.covers.all(), deleted_at=None)


@transaction.atomic
def note_writing(
    *, writing: Post | Reply, note: ContentNote | str, by: WallGuide, at: datetime
) -> bool:
    """
    Put a note on a member's writing, or take it off with an empty one. False if it was so.

    From then on it is the guide's: its writer reads that, and does not change it.
    """
    changed = (
        type(writing)
        .objects.filter(pk=writing.pk, author__isnull=False)
        .exclude(content_note=note)
        .update(content_note=note, content_note_by=by if note else None)
    )
    if not changed:
        return False
    writing.refresh_from_db()
    if note and isinstance(writing, Post):
        # Visitors read nothing that has to be folded.
        not_for_visitors(post=writing)
    record(
        actor=f"guide:{by.pk}", verb="put content note" if note else "take content note off",
        subject=f"{type(writing).__name__.lower()}:{writing.pk}", at=at,
    )  # fmt: skip
    if note:
        _tell_its_writer(writing, at)
    return True


def _tell_its_writer(writing: Post | Reply, at: datetime) -> None:
    writer: Member | None = writing.author
    assert writer is not None  # noqa: S101 -- only a member's writing is noted
    thread = writing.post if isinstance(writing, Reply) else writing
    tell(
        member=writer, kind=Kind.DECISION, at=at, url_name="community:thread",
        args=[thread.public_id], about=f"note-{writing.public_id}",
    )  # fmt: skip
