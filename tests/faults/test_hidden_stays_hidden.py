"""What a guide has taken off the wall is shown again by no web process, however warm it is."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.house import House, address
from tests.faults.load import Submission, answer_to, public_id_in, signed_in

WORDS = "A marmoset sat on my garden wall this morning."
HIDE = """
from django.utils import timezone
from accounts.models import WallGuide
from community.models import Post
from community.operations import hide
assert hide(writing=Post.objects.get(public_id={public_id!r}), by=WallGuide.objects.first(),
            reason="A name in it.", at=timezone.now())
"""
# As a browser asks that kept the page.
CONDITIONS = {"If-None-Match": "*", "If-Modified-Since": "Wed, 21 Oct 2037 07:28:00 GMT"}


def test_two_web_processes_that_have_shown_a_post_never_show_it_again(
    build: Callable[..., House],
) -> None:
    house = build(webs=2)
    webs = [address(web) for web in house.webs]
    with signed_in(house, 0) as writer:
        public_id = public_id_in(answer_to(writer, house, Submission(0, False, WORDS)))
    assert public_id is not None
    pages = ("/wall/", f"/wall/posts/{public_id}/")

    with signed_in(house, 1) as reader:
        for web in webs:
            for page in (*pages, *pages):
                assert "marmoset" in reader.get(web + page).text, "the process is warm"

        done = house.manage("shell", "-c", HIDE.format(public_id=public_id))
        assert done.returncode == 0, done.stdout + done.stderr

        for web in webs:
            for page, status in zip(pages, (200, 404), strict=True):
                for headers in ({}, CONDITIONS):
                    again = reader.get(web + page, headers=headers)
                    assert again.status_code == status
                    assert "marmoset" not in again.text
