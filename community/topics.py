"""
What people come to the wall about. The words are ours; operators may change them.

They are kept in English; a page translates those that the catalogue knows.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_noop as _

from community.models import Topic


class Words(NamedTuple):
    slug: str
    name: str
    blurb: str
    tint: str


TOPICS = (
    Words("just-sharing", _("Just sharing"), _("Anything at all, big or small."), "sand"),
    Words("relationships-and-family", _("Relationships and family"),
          _("Partners, parents, children, friends, and when it is hard."), "clay"),
    Words("stress", _("Stress"), _("When there is too much, or too little time."), "moss"),
    Words("loneliness", _("Loneliness"), _("Feeling on your own, even among people."), "mist"),
    Words("identity", _("Identity"), _("Who you are, and being seen as that."), "heather"),
    Words("money", _("Money"), _("Bills, debt, and the worry they bring."), "sand"),
    Words("study-and-work", _("Study and work"), _("Exams, jobs, and finding your place."), "mist"),
    Words("coping-with-mental-health", _("Coping with mental health"),
          _("Getting through the day when your mind makes it hard."), "rose"),
    Words("coping-with-physical-health", _("Coping with physical health"),
          _("Pain, illness, tiredness, and living with them."), "moss"),
    Words("grief-and-loss", _("Grief and loss"),
          _("Missing someone, or something that was."), "heather"),
    Words("small-good-things", _("Small good things"), _("What went well, however small."), "clay"),
)  # fmt: skip


@transaction.atomic
def lay_topics() -> int:
    """Put the topics on the wall that are not there yet, and say how many that was."""
    there = set(Topic.objects.values_list("slug", flat=True))
    new = [
        Topic(position=position, **words._asdict())
        for position, words in enumerate(TOPICS, start=1)
        if words.slug not in there
    ]
    # A second release starting at the same moment may have been quicker.
    Topic.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)
