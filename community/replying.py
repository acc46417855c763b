"""What stands around a reply box: whom it answers, what it quotes, and what became of the last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import Member
from community import drafts
from community.enums import ContentNote
from community.forms import WritingForm
from community.models import QUOTE_MAX_LENGTH, Group, Post, Reply
from community.signposts import is_heavy, signposts_for


def around(
    *, post: Post, reader: Member, form: WritingForm, asked: Mapping[str, str]
) -> dict[str, Any]:
    """
    For the page of a thread. It asks the database nothing unless the address asks for more.

    :param asked: what the address asks for: ``under`` or ``quote`` (a reply's address, or the
        post's own for ``quote``), ``go-on`` (a draft), ``sent``
    """
    of_form = form.data if form.is_bound else {}
    under = _reply(post, reader, of_form.get("under") or asked.get("under", ""))
    wanted = of_form.get("quoted") or asked.get("quote", "")
    quoted: Post | Reply | None = post if wanted == post.public_id else _reply(post, reader, wanted)
    if quoted is not None and not quoted.is_visible:
        quoted = None
    begun = drafts.begun(member=reader, place=drafts.reply_to(post)) if "go-on" in asked else None
    context: dict[str, Any] = {
        "under": under,
        "quoted": quoted,
        "quote": of_form.get("quote", quoted.body[:QUOTE_MAX_LENGTH] if quoted else ""),
        "place": drafts.reply_to(post),
        "notes": ContentNote.choices,
        "is_closed": is_closed(post),
        "begun_body": begun.body if begun else "",
        "may_answer": post.is_visible and post.author_id != reader.pk,
    }
    if "sent" in asked:
        context |= _after_sending(post, reader, asked["sent"])
    return context


def is_closed(post: Post) -> bool:
    """Whether it stands in a group that a guide has closed: it is read there, and not answered."""
    if post.group_id is None:
        return False
    return Group.objects.filter(pk=post.group_id, closed_at__isnull=False).exists()


def _after_sending(post: Post, reader: Member, sent: str) -> dict[str, Any]:
    """For who has just sent these words: whether they wait, and help first where they are heavy."""
    writing: Post | Reply | None = post if not sent else _reply(post, reader, sent)
    if writing is None or writing.author_id != reader.pk:
        return {"sent": False}
    context: dict[str, Any] = {"sent": True, "sent_writing": writing}
    if is_heavy(writing):
        context["help_first"] = signposts_for(reader)
    return context


def _reply(post: Post, reader: Member, public_id: str) -> Reply | None:
    if not public_id:
        return None
    return (
        post.replies.shown_to(reader)
        .select_related("author", "guide")
        .filter(public_id=public_id)
        .first()
    )
