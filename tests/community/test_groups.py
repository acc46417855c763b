"""Groups: entered by one's own yes, and nothing of them is read anywhere else."""

from __future__ import annotations

import pytest
from django.utils import timezone

from community import groups
from community.models import Group
from tests.factories.community import TopicFactory

SECRET = "xylophone orchard"
REPLIED = "marzipan harbour"


@pytest.fixture
def group(cast) -> Group:
    return groups.open_group(
        name="New dads", blurb="For the first year.", topic=TopicFactory(slug="family"),
        by=cast.guide, at=timezone.now(),
    )  # fmt: skip


def join(group: Group, member, guide) -> None:
    at = timezone.now()
    groups.invite(group=group, member=member, by=guide, at=at)
    groups.answer_invitation(group=group, member=member, joins=True, at=at)


def test_nobody_is_in_a_group_without_their_own_yes(cast, group):
    client = cast.client("member")
    groups.invite(group=group, member=cast.member, by=cast.guide, at=timezone.now())

    assert not groups.may_write(cast.member, group)
    assert client.get(f"/wall/groups/{group.public_id}/").status_code == 404
    assert "New dads" in client.get("/wall/groups/").text

    client.post(f"/wall/groups/{group.public_id}/answer/", {"joins": "yes"})

    assert groups.may_write(cast.member, group)
    assert "For the first year." in client.get(f"/wall/groups/{group.public_id}/").text
