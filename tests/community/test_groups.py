"""Groups: entered by one's own yes, and nothing of them is read anywhere else."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from community import groups
from community.models import POSTS_PER_PAGE, Group, GroupMember, Post, Topic
from community.operations import hide, publish_reply, save_post
from community.telling import tell_of_support
from community.visitors import could_be_asked
from notifications.enums import Kind
from notifications.models import Notice
from risk import screening
from risk.models import Alert
from tests.cast import Cast
from tests.factories.accounts import MemberFactory, WallGuideFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory
from tests.factories.groups import GroupFactory, ask_in, let_in, written_in

SECRET = "xylophone orchard"
REPLIED = "marzipan harbour"


@pytest.fixture
def group(cast: Cast) -> Group:
    return GroupFactory(name="New dads", blurb="For the first year.", by=cast.guide)


@pytest.fixture
def friend(cast: Cast, group: Group) -> Any:
    member = MemberFactory(locality=cast.leeds)
    let_in(group, member, cast.guide)
    return member


# --- coming and going -----------------------------------------------------------------------


def test_nobody_is_in_a_group_without_their_own_yes(cast, group):
    client = cast.client("member")
    ask_in(group, cast.member, cast.guide)

    assert not groups.may_write(cast.member, group)
    assert client.get(f"/wall/groups/{group.public_id}/").status_code == 404
    page = client.get("/wall/groups/").text
    assert "New dads" in page
    assert "For the first year." in page
    assert Notice.objects.get(member=cast.member).kind == Kind.GROUP_INVITATION

    answer = client.post(f"/wall/groups/{group.public_id}/answer/", {"joins": "yes"}, follow=True)

    assert groups.may_write(cast.member, group)
    assert "For the first year." in answer.text


def test_a_no_is_taken_and_not_asked_again_for_a_month(cast, group):
    client, at = cast.client("member"), timezone.now()
    ask_in(group, cast.member, cast.guide)

    answer = client.post(f"/wall/groups/{group.public_id}/answer/", {"joins": "no"}, follow=True)

    assert "You said no. That is fine" in answer.text
    assert "New dads" not in answer.text
    with pytest.raises(groups.SaidNo):
        groups.invite(group=group, member=cast.member, by=cast.guide, at=at)
    later = at + groups.NOT_ASKED_AGAIN_FOR + timedelta(days=1)
    groups.invite(group=group, member=cast.member, by=cast.guide, at=later)
    assert GroupMember.objects.asked(cast.member).count() == 1


def test_somebody_who_left_can_be_asked_again_and_says_yes_again(cast, group):
    let_in(group, cast.member, cast.guide)
    cast.client("member").post(f"/wall/groups/{group.public_id}/leave/")
    assert not groups.may_write(cast.member, group)

    ask_in(group, cast.member, cast.guide)

    assert not groups.may_write(cast.member, group)
    assert cast.client("member").get(f"/wall/groups/{group.public_id}/").status_code == 404


def test_leaving_is_at_any_time_also_from_a_closed_group(cast, group):
    let_in(group, cast.member, cast.guide)
    groups.close_group(group=group, by=cast.guide, at=timezone.now())
    client = cast.client("member")
    assert "This group is closed" in client.get(f"/wall/groups/{group.public_id}/").text
    assert not groups.may_write(cast.member, group)

    client.post(f"/wall/groups/{group.public_id}/leave/")

    assert client.get(f"/wall/groups/{group.public_id}/").status_code == 404


def test_a_guide_ends_a_place_with_a_reason_that_the_member_reads(cast, group):
    let_in(group, cast.member, cast.guide)
    guide = cast.client("guide")
    address = f"/desk/groups/{group.public_id}/members/{cast.member.public_id}/end/"
    assert guide.post(address, {"body": ""}).status_code == 422
    assert groups.may_write(cast.member, group)

    guide.post(address, {"body": "You asked for a break from it."})

    client = cast.client("member")
    assert client.get(f"/wall/groups/{group.public_id}/").status_code == 404
    assert "You asked for a break from it." in client.get("/wall/groups/").text
    assert Notice.objects.filter(member=cast.member, kind=Kind.DECISION).exists()
    # One who is out is out: nothing can be ended twice.
    assert guide.post(address, {"body": "Again."}).status_code == 404


def test_every_act_is_in_the_audit_log_and_names_pseudonyms_only(cast, group):
    let_in(group, cast.member, cast.guide)
    groups.leave(group=group, member=cast.member, at=timezone.now())
    place = let_in(group, MemberFactory(), cast.guide)
    groups.end_place(place=place, by=cast.guide, because="Secret reason.", at=timezone.now())
    groups.add_guide(group=group, guide=cast.senior, by=cast.guide, at=timezone.now())
    groups.close_group(group=group, by=cast.guide, at=timezone.now())

    said = list(Entry.objects.values_list("verb", "actor", "subject", "detail"))

    assert {verb for verb, *_ in said} >= {
        "open group", "invite to group", "join group", "leave group", "end place in group",
        "add guide to group", "close group",
    }  # fmt: skip
    assert not [row for row in said if "Secret" in str(row) or "New dads" in str(row)]


# --- who may be asked, and by whom ----------------------------------------------------------


def invite_by_page(client: Client, group: Group, alias: str) -> int:
    return client.post(f"/desk/groups/{group.public_id}/invitation/", {"alias": alias}).status_code


def test_a_guide_asks_members_of_the_localities_they_cover_and_no_others(cast, group):
    guide = cast.client("guide")
    elsewhere = MemberFactory(locality=cast.derby)
    leaving = MemberFactory(locality=cast.leeds, leaving_at=timezone.now())

    for alias in (elsewhere.alias, leaving.alias, cast.suspended.alias, "Nobody At All"):
        assert invite_by_page(guide, group, alias) == 422
    assert not GroupMember.objects.exists()

    assert invite_by_page(guide, group, cast.member.alias.upper()) == 302
    assert GroupMember.objects.get().member == cast.member
    # Asked twice is asked once.
    assert invite_by_page(guide, group, cast.member.alias) == 302
    assert Notice.objects.filter(kind=Kind.GROUP_INVITATION).count() == 1


def test_a_group_is_for_the_guides_who_run_it(cast, group):
    colleague = WallGuideFactory(covers=[cast.leeds], name="Guide Rowan")
    page = f"/desk/groups/{group.public_id}/"
    assert cast.client("senior").get(page).status_code == 404
    assert cast.client("senior").post(page + "closure/").status_code == 404

    guide = cast.client("guide")
    assert "Guide Rowan" in guide.get(page).text
    # Who covers nothing of it is not in the list, and cannot be put in by hand.
    assert guide.post(page + "guides/", {"guide": cast.guide_elsewhere.pk}).status_code == 422
    guide.post(page + "guides/", {"guide": colleague.pk})

    assert set(group.guides.all()) == {cast.guide, colleague}


def test_from_an_alert_somebody_is_asked_in_without_typing_their_name(cast, group):
    guide = cast.client("guide")

    page = guide.get(f"/desk/groups/?member={cast.member.public_id}").text
    assert f"Ask {cast.member.alias} in" in page
    other = MemberFactory(locality=cast.derby)
    assert other.alias not in guide.get(f"/desk/groups/?member={other.public_id}").text


def test_a_group_is_opened_on_the_desk_and_bad_input_comes_back(cast):
    guide, topic = cast.client("guide"), TopicFactory()
    refused = guide.post("/desk/groups/", {"name": "Night owls", "blurb": "", "topic": topic.slug})
    assert refused.status_code == 422
    assert "Night owls" in refused.text
    assert not Group.objects.exists()

    form = {"name": "Night owls", "blurb": "When you are awake.", "topic": topic.slug}
    guide.post("/desk/groups/", form)

    assert list(Group.objects.get().guides.all()) == [cast.guide]


# --- nothing of it is anywhere else (each could leak: the last test shows that it is there) ---


@pytest.fixture
def written(cast: Cast, group: Group, friend: Any) -> Post:
    post = written_in(group, friend, f"An {SECRET}.")
    ReplyFactory(post=post, author=friend, body=f"A {REPLIED}.")
    return post


def pages_of(client: Client, post: Post) -> dict[str, str]:
    """Every page on which a post could be met, by its address."""
    addresses = [
        "/wall/", f"/wall/topics/{post.topic.slug}/", "/me/saved/", "/welcome/wall/",
        f"/wall/posts/{post.public_id}/", "/wall/groups/",
        f"/wall/groups/{post.group.public_id}/", "/look/", "/me/news/", "/wall/waiting/",
        "/wall/since/", "/wall/mine/", "/wall/for-you/", "/me/written/", "/me/written/replies/",
        f"/wall/posts/{post.public_id}/mute/",
        f"/wall/replies/{post.replies.get().public_id}/mute/",
    ]  # fmt: skip
    found = {address: client.get(address, follow=True).text for address in addresses}
    for words in (SECRET, REPLIED):
        found[f"search {words}"] = client.post("/wall/search/", {"q": words}, follow=True).text
    return found


def those_that_say(pages: dict[str, str]) -> list[str]:
    # What was looked for stands in the box of the search itself: a hit is marked.
    return [
        address
        for address, text in pages.items()
        if ("<mark>" in text if address.startswith("search") else SECRET in text or REPLIED in text)
    ]


def test_strangers_meet_nothing_of_a_group(cast, written):
    client = cast.client("member")
    save_post(post=written, member=cast.member, at=timezone.now())  # once they were in it, say

    assert those_that_say(pages_of(client, written)) == []
    assert "New dads" not in "".join(pages_of(client, written).values())
    for address, status in {
        f"/wall/posts/{written.public_id}/": 404,
        f"/wall/groups/{written.group.public_id}/": 404,
        f"/wall/posts/{written.public_id}/mute/": 404,
        f"/wall/replies/{written.replies.get().public_id}/mute/": 404,
    }.items():
        assert client.get(address).status_code == status, address
    reply = {"body": "Words.", "key": str(uuid.uuid4())}
    assert client.post(f"/wall/posts/{written.public_id}/replies/", reply).status_code == 404
    assert client.post(f"/wall/posts/{written.public_id}/saved/").status_code == 404


@pytest.mark.parametrize("how", ["asked", "said no", "left", "ended"])
def test_nor_do_those_who_are_not_in_it_yet_or_no_more(how: str, cast, written):
    group = written.group
    place = ask_in(group, cast.member, cast.guide)
    if how == "said no":
        groups.answer_invitation(
            group=group, member=cast.member, joins=False, at=timezone.now()
        )  # fmt: skip
    if how in ("left", "ended"):
        let_in(group, cast.member, cast.guide)
        place.refresh_from_db()
        save_post(post=written, member=cast.member, at=timezone.now())
    if how == "left":
        groups.leave(group=group, member=cast.member, at=timezone.now())
    if how == "ended":
        groups.end_place(place=place, by=cast.guide, because="So.", at=timezone.now())

    assert those_that_say(pages_of(cast.client("member"), written)) == []


def test_who_left_reads_no_answer_under_their_own_post_there(cast, group, friend):
    let_in(group, cast.member, cast.guide)
    mine = written_in(group, cast.member, "My own words.")
    ReplyFactory(post=mine, author=friend, body=f"A {REPLIED}.")
    groups.leave(group=group, member=cast.member, at=timezone.now())
    client = cast.client("member")

    assert those_that_say(pages_of(client, mine)) == []
    assert client.get(f"/wall/posts/{mine.public_id}/").status_code == 404
    # Their own words stay theirs: on their own page, and to change.
    assert "My own words." in client.get("/me/written/").text
    edit = f"/wall/posts/{mine.public_id}/edit/"
    assert edit in client.get("/me/written/").text
    assert client.get(edit).status_code == 200
    changed = {"body": "Other words.", "revision": 1, "key": str(uuid.uuid4())}
    assert "Your words are changed." in client.post(edit, changed, follow=True).text
    mine.refresh_from_db()
    assert mine.body == "Other words."


def test_who_left_is_told_of_no_answer_there_and_who_is_in_it_is(cast, group, friend):
    let_in(group, cast.member, cast.guide)
    mine = written_in(group, cast.member, "My own words.")
    about = f"post:{mine.pk}"
    ReplyFactory(post=mine, author=friend)
    assert Notice.objects.filter(member=cast.member, about=about).count() == 1
    Notice.objects.all().delete()
    other = written_in(group, friend, "Their own.")
    answer = ReplyFactory(post=other, author=cast.member)
    ReplyFactory(post=other, author=friend, under=answer)
    assert Notice.objects.get(member=cast.member).kind == Kind.QUOTED
    Notice.objects.all().delete()
    groups.leave(group=group, member=cast.member, at=timezone.now())

    ReplyFactory(post=mine, author=friend)
    ReplyFactory(post=other, author=friend, under=answer)
    tell_of_support(writing=mine, at=timezone.now())

    assert not Notice.objects.filter(member=cast.member).exists()


def test_in_a_closed_group_nobody_answers_and_nothing_typed_is_lost(cast, group, written):
    let_in(group, cast.member, cast.guide)
    groups.close_group(group=group, by=cast.guide, at=timezone.now())
    client = cast.client("member")
    thread = f"/wall/posts/{written.public_id}/"
    assert "nobody writes here any more" in client.get(thread).text

    answer = client.post(thread + "replies/", {"body": "Not lost.", "key": str(uuid.uuid4())})

    assert answer.status_code == 409
    assert "Not lost." in answer.text
    assert client.post("/wall/new/", {"group": group.public_id, "body": "x"}).status_code != 302


def test_a_member_writes_in_a_group_and_it_stands_there_alone(cast, group):
    let_in(group, cast.member, cast.guide)
    client = cast.client("member")
    page = client.get(f"/wall/new/?group={group.public_id}")
    assert page.status_code == 200

    client.post(
        "/wall/new/",
        {"body": f"An {SECRET}.", "group": group.public_id, "topic": group.topic.slug,
         "key": str(uuid.uuid4())},
    )  # fmt: skip

    post = Post.objects.get(body=f"An {SECRET}.")
    assert (post.group, post.screenings.count()) == (group, 1)
    assert SECRET in client.get(f"/wall/groups/{group.public_id}/").text
    assert SECRET not in client.get("/wall/").text


def test_members_of_the_group_read_it_and_so_it_could_have_leaked(cast, written):
    let_in(written.group, cast.member, cast.guide)
    save_post(post=written, member=cast.member, at=timezone.now())

    assert set(those_that_say(pages_of(cast.client("member"), written))) == {
        "/me/saved/",
        f"/wall/posts/{written.public_id}/",
        f"/wall/groups/{written.group.public_id}/",
        f"search {SECRET}",
        f"search {REPLIED}",
    }


def test_visitors_are_never_shown_a_groups_post(cast, written):
    screening.drain(now=timezone.now)
    outside = PostFactory(author=MemberFactory(locality=cast.leeds), body="A calm day.")
    screening.drain(now=timezone.now)

    assert list(could_be_asked(Post.objects.on_the_wall())) == [outside]
    page = cast.client("guide").get("/desk/visitors/").text
    assert "A calm day." in page
    assert SECRET not in page


def test_what_is_hidden_in_a_group_is_gone_there_too(cast, written):
    let_in(written.group, cast.member, cast.guide)
    client = cast.client("member")
    hide(writing=written, by=cast.guide, reason="A name.", at=timezone.now())

    assert those_that_say(pages_of(client, written)) == []


# --- the same care as everywhere ------------------------------------------------------------


def test_what_is_written_in_a_group_is_screened_like_everything(cast, group, friend):
    post = written_in(group, friend, "A calm day.")
    publish_reply(
        post=post, author=friend, body="I want to kill myself tonight.",
        idempotency_key=uuid.uuid4(), at=timezone.now(),
    )  # fmt: skip

    screening.drain(now=timezone.now)

    alert = Alert.objects.get()
    assert f"/desk/alerts/{alert.pk}/" in cast.client("guide").get("/desk/").text
    assert "kill myself" in cast.client("guide").get(f"/desk/alerts/{alert.pk}/").text


def test_guides_who_run_it_read_it_on_the_desk_with_what_is_hidden(cast, written):
    hide(writing=written, by=cast.guide, reason="A name.", at=timezone.now())

    page = cast.client("guide").get(f"/desk/groups/{written.group.public_id}/").text

    assert SECRET in page
    assert REPLIED in page
    assert "not shown to members" in page


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_a_groups_page_costs_five_queries_however_much_is_on_it(
    rows: int, cast, group, django_assert_num_queries
):
    place = let_in(group, cast.member, cast.guide)
    Post.objects.bulk_create(
        Post(
            author=cast.member, topic=group.topic, group=group, body="Hello.", body_html="Hello.",
            published_at=place.joined_at + timedelta(seconds=number),
        )
        for number in range(rows)
    )  # fmt: skip
    client = cast.client("member")

    # Who reads, the place with its group, topics, the posts, the guides.
    with django_assert_num_queries(5):
        page = client.get(f"/wall/groups/{group.public_id}/").text
    assert page.count('<article class="brick') == min(rows, POSTS_PER_PAGE)


def test_a_title_names_no_group(cast, group):
    let_in(group, cast.member, cast.guide)

    page = cast.client("member").get(f"/wall/groups/{group.public_id}/").text

    assert "New dads" not in page.split("</title>")[0]
    assert Topic.objects.exists()
