"""The member's own room: what they choose is kept and shown, and needs no scripts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import preferences
from accounts.models import MUTED_WORDS_AT_MOST, Member
from accounts.profile import RENAMED_AT_MOST_EVERY
from audit.models import Entry
from community.models import MutedMember, Post, Reply, SavedPost
from community.muting import muted_words
from community.operations import hide, mute_member, save_post
from measures.operations import set_goal
from risk.models import Screening
from tests.architecture.test_every_route_has_an_audience import NOT_THE_OWNER, all_routes
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory
from tests.factories.risk import AlertFactory
from vault import operations as vault

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(cast: Cast) -> Client:
    return cast.client("member")


def thread(post: Post) -> str:
    return reverse("community:thread", args=[post.public_id])


# --- how it looks ---------------------------------------------------------------------------


def test_colours_and_size_are_on_every_page_from_then_on(member, cast):
    assert "data-theme" not in member.get("/wall/").text

    member.post("/me/appearance/", {"theme": "calm", "text_size": "largest"})

    for page in ("/wall/", "/me/", "/what-happens/", "/wall/new/"):
        assert ' data-theme="calm" data-text="largest"' in member.get(page).text, page
    assert "data-theme" not in cast.client("guide").get("/desk/").text
    assert "data-theme" not in Client().get("/").text


def test_dark_colours_the_browsers_own_frame_too(member):
    member.post("/me/appearance/", {"theme": "dark"})

    page = member.get("/wall/").text
    assert re.findall(r'theme-color" content="(\S+)"([^>]*)>', page) == [("#121c1b", "")]


def test_a_theme_that_is_none_is_refused(member):
    response = member.post("/me/appearance/", {"theme": "neon"})

    assert response.status_code == 422
    assert "data-theme" not in member.get("/wall/").text


def test_choices_cost_a_page_no_query(member, django_assert_num_queries):
    PostFactory()
    member.post("/me/appearance/", {"theme": "dark"}, follow=True)
    member.get("/wall/")  # the first page of a visit keeps that it is one

    with django_assert_num_queries(3):
        member.get("/wall/")


def test_the_crisis_page_asks_nobody_and_looks_the_same(member):
    member.post("/me/appearance/", {"theme": "dark"})

    assert member.get("/help-now/").text == Client().get("/help-now/").text


# --- letters --------------------------------------------------------------------------------


def test_letters_start_as_the_design_says_and_are_kept_as_chosen(member, cast):
    page = member.get("/me/notifications/").text
    assert page.count("checked") == 5
    assert 'value="21:00"' in page
    assert 'value="08:00"' in page
    assert "at most three times a day" in page

    member.post("/me/notifications/", {"quiet_from": "20:30", "quiet_until": "09:00"})

    kept = Member.objects.get(pk=cast.member.pk).preferences
    assert (kept.weekly_letter, kept.letter_of_replies) == (False, False)
    assert (kept.quiet_from.hour, kept.quiet_until.hour) == (20, 9)


def test_one_choice_leaves_the_others_alone(member, cast):
    member.post("/me/appearance/", {"theme": "dark"})
    member.post("/me/muted/", {"word": "rain"})
    member.post("/me/notifications/", {"quiet_from": "20:30", "quiet_until": "09:00"})

    kept = Member.objects.get(pk=cast.member.pk).preferences
    assert (kept.theme, kept.muted_words, kept.weekly_letter) == ("dark", ["rain"], False)


# --- a break --------------------------------------------------------------------------------


def test_a_break_reads_and_does_not_write_and_ends_in_one_tap(member, cast):
    post = PostFactory()
    member.post("/me/break/", {"length": "7"})

    wall = member.get("/wall/").text
    assert "You are on a break until" in wall
    assert thread(post) in wall
    assert "Come back now" in member.get(thread(post)).text

    response = member.post("/me/break/end/", {"next": thread(post)})
    assert response["Location"] == thread(post)
    assert "You are on a break" not in member.get("/wall/").text
    verbs = Entry.objects.filter(actor=f"member:{cast.member.pk}").values_list("verb", flat=True)
    assert list(verbs) == ["take a break", "come back"]


def test_words_sent_on_a_break_are_given_back_and_one_tap_sends_them(member):
    topic = TopicFactory()
    member.post("/me/break/", {"length": "14"})
    words = {"topic": topic.slug, "body": "I wrote this anyway. Q9", "key": ""}

    held = member.post("/wall/new/", words)
    assert held.status_code == 409
    assert "I wrote this anyway. Q9" in held.text
    assert "Come back and send" in held.text
    assert not Post.objects.exists()

    assert member.post("/wall/new/", {**words, "come_back": "1"}).status_code == 302
    assert Post.objects.get().body == "I wrote this anyway. Q9"
    assert "You are on a break" not in member.get("/wall/").text


def test_a_reply_and_a_change_wait_for_the_end_of_a_break_too(member, cast):
    post = PostFactory()
    mine = PostFactory(author=cast.member)
    member.post("/me/break/", {"length": "30"})

    reply = member.post(f"{thread(post)}replies/", {"body": "Q9"})
    change = member.post(f"{thread(mine)}edit/", {"body": "Q9", "revision": "1"})

    assert (reply.status_code, change.status_code) == (409, 409)
    assert "Q9" in reply.text
    assert "Q9" in change.text
    assert (
        member.post(f"{thread(post)}replies/", {"body": "Q9", "come_back": "1"}).status_code == 302
    )


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Choose how long your break should be."),
        ({"length": "own"}, "Choose the day you come back."),
        ({"length": "own", "until": "2001-01-01"}, "That day has begun."),
        ({"length": "own", "until": "2999-01-01"}, "A break can be a year long."),
        ({"length": "own", "until": "soon"}, "Write the day like this"),
    ],
)
def test_a_break_that_cannot_be_says_why(member, sent, said):
    response = member.post("/me/break/", sent)

    assert response.status_code == 422
    assert said in response.text


def test_a_break_ends_by_itself_on_the_members_own_morning(cast):
    cast.member.locality.time_zone = "Pacific/Auckland"
    until = timezone.now().astimezone(cast.member.locality.zone).date() + timedelta(days=1)
    preferences.take_a_break(member=cast.member, until=until, at=timezone.now())

    day = timedelta(days=1)
    assert cast.member.is_on_a_break(now=timezone.now())
    assert not cast.member.is_on_a_break(now=timezone.now() + day)


def test_guides_see_a_break_and_other_members_do_not(cast):
    alert = AlertFactory(author=cast.member)
    day = timezone.now().date() + timedelta(days=5)
    preferences.take_a_break(member=cast.member, until=day, at=timezone.now())
    other = Client()
    other.force_login(MemberFactory(locality=cast.leeds).user)

    assert "On a break until" in cast.client("guide").get(f"/desk/alerts/{alert.pk}/").text
    assert "break" not in other.get(thread(Post.objects.get())).text.lower().split("<main")[1]


def test_the_way_back_stays_in_the_house(member):
    response = member.post("/me/break/end/", {"next": "https://elsewhere.example/"})

    assert response["Location"] == "/wall/"


# --- muting ---------------------------------------------------------------------------------


def folded_in(page: str) -> list[str]:
    return re.findall(r'<details class="folded"><summary>([^<]*)</summary>', page)


def test_a_muted_word_folds_a_post_and_hides_nothing(member, cast):
    PostFactory(body="We went to a CAFÉ.")
    PostFactory(body="A cafeteria is another word.")
    PostFactory(author=cast.member, body="My own café.")

    member.post("/me/muted/", {"word": "cafe"})

    wall = member.get("/wall/").text
    assert folded_in(wall) == ["Has a word you muted"]
    assert "We went to a CAFÉ." in wall


def test_a_phrase_is_muted_across_a_line_and_nothing_else_is_matched():
    post = "not\n  today"
    reader = MemberFactory()
    preferences.mute_word(member=reader, word="not today")
    preferences.mute_word(member=reader, word="a.b")

    pattern = muted_words(reader)
    assert pattern is not None
    assert pattern.search(preferences.folded(post))
    assert not pattern.search("axb")
    assert not pattern.search("knot today")


def test_a_muted_word_is_screened_like_any_other(member):
    member.post("/me/muted/", {"word": "rain"})
    post = PostFactory(body="Rain again.")

    assert Screening.objects.filter(subject_id=post.pk).exists()


def test_the_same_word_in_another_case_is_muted_once_and_unmuted_with_it(member, cast):
    for word in ("Rain", "rain", "  RAIN "):
        member.post("/me/muted/", {"word": word})
    assert Member.objects.get(pk=cast.member.pk).preferences.muted_words == ["Rain"]

    member.post("/me/muted/words/", {"word": "rain"})
    assert Member.objects.get(pk=cast.member.pk).preferences.muted_words == []


@pytest.mark.parametrize("word", ["", "   ", "…", "x" * 41])
def test_what_is_no_word_is_not_muted(member, word):
    assert member.post("/me/muted/", {"word": word}).status_code == 422


def test_fifty_words_are_enough(member, cast):
    for number in range(MUTED_WORDS_AT_MOST):
        preferences.mute_word(member=cast.member, word=f"word{number}")

    response = member.post("/me/muted/", {"word": "one more"})

    assert response.status_code == 422
    assert "Unmute one first." in response.text
    assert 'value="one more"' in response.text


def test_a_muted_person_is_folded_everywhere_and_never_learns_of_it(member, cast):
    post = PostFactory(body="Hello from me.")
    other = PostFactory()
    ReplyFactory(post=other, author=post.author, body="And here.")
    theirs = Client()
    theirs.force_login(post.author.user)
    before = theirs.get("/wall/").text, theirs.get(thread(post)).text

    assert post.author.alias in member.get(f"{thread(post)}mute/").text
    member.post(f"{thread(post)}mute/")

    assert folded_in(member.get("/wall/").text) == ["From someone you muted"]
    assert folded_in(member.get(thread(other)).text) == ["From someone you muted"]
    after = theirs.get("/wall/").text, theirs.get(thread(post)).text
    scrub = re.compile(r'name="(?:csrfmiddlewaretoken|key)" value="[^"]*"')
    assert [scrub.sub("", page) for page in after] == [scrub.sub("", page) for page in before]

    page = member.get("/me/muted/").text
    assert post.author.alias in page
    member.post("/me/muted/people/", {"person": post.author.public_id})
    assert folded_in(member.get("/wall/").text) == []


def test_a_reply_mutes_its_writer_and_a_guide_cannot_be_muted(member, cast):
    reply = ReplyFactory(body="x")
    member.post(f"/wall/replies/{reply.public_id}/mute/")
    assert MutedMember.objects.get(member=cast.member).muted == reply.author

    mine = PostFactory(author=cast.member)
    assert member.post(f"{thread(mine)}mute/").status_code == 404
    answer = Reply.objects.create(
        post=mine, guide=cast.guide, body="x", body_html="x", published_at=timezone.now()
    )
    assert member.post(f"/wall/replies/{answer.public_id}/mute/").status_code == 404


# --- saved and written ----------------------------------------------------------------------


def test_a_post_is_saved_and_found_again_and_its_writer_learns_nothing(member, cast):
    post = PostFactory(body="Worth keeping. Z1")
    assert "Worth keeping. Z1" not in member.get("/me/saved/").text

    member.post(f"{thread(post)}saved/")
    member.post(f"{thread(post)}saved/")

    assert "Worth keeping. Z1" in member.get("/me/saved/").text
    assert "Saved. Save it no longer" in member.get(thread(post)).text
    theirs = Client()
    theirs.force_login(post.author.user)
    assert "saved" not in theirs.get(thread(post)).text.lower().split("<main")[1]

    gone = member.post(f"{thread(post)}saved/", {"forget": "1", "next": "/me/saved/"})
    assert gone["Location"] == "/me/saved/"
    assert not SavedPost.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_saved_posts_cost_as_many_queries_for_three_as_for_one(
    rows, member, cast, django_assert_num_queries
):
    for _ in range(rows):
        save_post(post=PostFactory(), member=cast.member, at=timezone.now())

    with django_assert_num_queries(2):  # session and who reads, the posts
        assert member.get("/me/saved/").text.count("<article") == rows


@pytest.mark.parametrize("page", ["/me/written/", "/me/written/replies/", "/me/saved/"])
def test_what_is_long_comes_in_pages_that_miss_nothing(page, member, cast):
    now = timezone.now()
    seen: set[str] = set()
    for number in range(23):
        if "replies" in page:
            ReplyFactory(author=cast.member, body=f"number-{number}.", at=now)
        elif "saved" in page:
            save_post(post=PostFactory(body=f"number-{number}."), member=cast.member, at=now)
        else:
            PostFactory(author=cast.member, body=f"number-{number}.", at=now)
    address = page
    for _ in range(3):
        text = member.get(address).text
        found = set(re.findall(r"number-\d+\.", text))
        assert not found & seen
        seen |= found
        if more := re.search(r'href="(\?after=[^"]+)"', text):
            address = page + more[1]
    assert len(seen) == 23


# --- profile --------------------------------------------------------------------------------


def test_a_new_name_stands_everywhere_and_the_old_one_nowhere(member, cast):
    post = PostFactory(author=cast.member)
    old = cast.member.alias
    other = Client()
    other.force_login(MemberFactory().user)

    member.post("/me/profile/", {"alias": "Bramble Kettle"})

    for page in (other.get("/wall/").text, other.get(thread(post)).text, member.get("/me/").text):
        assert "Bramble Kettle" in page
        assert old not in page


def test_a_name_is_changed_once_a_week_and_never_to_anothers(member, cast):
    MemberFactory(alias="Juniper Cup")
    taken = member.post("/me/profile/", {"alias": "juniper cup"})
    assert taken.status_code == 422
    assert 'value="juniper cup"' in taken.text

    assert member.post("/me/profile/", {"alias": "Bramble Kettle"}).status_code == 302
    assert "once a week" in member.get("/me/profile/").text
    again = member.post("/me/profile/", {"alias": "Another Name"})
    assert again.status_code == 422

    Member.objects.filter(pk=cast.member.pk).update(
        alias_changed_at=timezone.now() - RENAMED_AT_MOST_EVERY
    )
    assert member.post("/me/profile/", {"alias": "Another Name"}).status_code == 302


def test_only_an_avatar_that_was_offered_is_taken(member, cast):
    page = member.get("/me/profile/").text
    offered = re.findall(r'name="avatar" value="([^"]+)"', page)
    offer = re.findall(r'name="avatar_offer" value="([^"]+)"', page)
    assert len(set(offered)) == 12

    member.post("/me/profile/avatar/", {"avatar": "my-own-seed", "avatar_offer": offer})
    assert Member.objects.get(pk=cast.member.pk).avatar_seed != "my-own-seed"

    member.post("/me/profile/avatar/", {"avatar": offered[3], "avatar_offer": offer})
    assert Member.objects.get(pk=cast.member.pk).avatar_seed == offered[3]


def test_twelve_others_are_shown_and_nothing_is_chosen_yet(member, cast):
    before = cast.member.avatar_seed
    again = member.post("/me/profile/avatar/", {"avatar_again": "1"})

    assert again.status_code == 200
    assert again.text.count('name="avatar" value=') == 12
    assert Member.objects.get(pk=cast.member.pk).avatar_seed == before


@pytest.mark.parametrize("alias", ["01632 960111", "wall guide", "wren@example.org"])
def test_a_new_name_is_looked_at_like_the_first(member, alias):
    response = member.post("/me/profile/", {"alias": alias})

    assert response.status_code == 422
    assert f'value="{alias}"' in response.text


# --- privacy --------------------------------------------------------------------------------


def test_the_vault_is_added_to_and_taken_from_and_never_shown(member, cast):
    handle = cast.member.user.handle
    assert vault.held(handle=handle) == frozenset()

    member.post(
        "/me/privacy/emergency-contact/",
        {"emergency_name": "Perpetua Ivers", "emergency_phone": "01632 960111"},
    )

    assert vault.held(handle=handle) == {"emergency_name", "emergency_phone"}
    pages = [member.get(page).text for page in ("/me/privacy/", "/me/privacy/emergency-contact/")]
    assert not any("Perpetua" in page or "960111" in page for page in pages)
    assert "In the vault" in pages[0]
    kept = Entry.objects.get(verb="keep details")
    assert kept.detail == {"fields": ["emergency_name", "emergency_phone"]}

    member.post("/me/privacy/emergency-contact/", {"remove": "1"})
    assert vault.held(handle=handle) == frozenset()


def test_a_number_that_is_none_is_given_back(member):
    response = member.post("/me/privacy/phone/", {"phone": "call me"})

    assert response.status_code == 422
    assert 'value="call me"' in response.text


@pytest.mark.parametrize("part", ["date-of-birth", "e-mail", "shoe-size"])
def test_what_cannot_be_changed_here_has_no_page(member, part):
    assert member.get(f"/me/privacy/{part}/").status_code == 404
    assert member.post(f"/me/privacy/{part}/", {"remove": "1"}).status_code == 404


# --- S01: what is one member's own, for another ---------------------------------------------


def test_s01_no_page_of_ones_own_room_takes_the_name_of_another(cast):
    """Nothing under /me/ is told whose it is: it is always whoever asks."""
    own = {name: each for name, each in all_routes() if str(each.pattern).startswith("me/")}
    assert len(own) >= 18
    taking = {name: set(p.pattern.converters) for name, p in own.items() if p.pattern.converters}
    assert taking == {
        "belonging:privacy-detail": {"part"},
        # Which of one's own decisions: another's is not found (tests/community/test_acts.py).
        "community:decision": {"public_id"},
    }


def test_s01_anothers_choices_saved_muted_and_writing_are_on_no_page_of_mine(member, cast):
    other = MemberFactory(alias="Fennel", locality=cast.leeds)
    kept = PostFactory(body="Kept by Fennel alone. marmoset", author=MemberFactory())
    muted = MemberFactory(alias="Muted By Fennel")
    hidden = PostFactory(author=other, body="Taken off. wombat")
    save_post(post=kept, member=other, at=timezone.now())
    mute_member(muted=muted, by=other, at=timezone.now())
    preferences.mute_word(member=other, word="kumquat")
    ids = [other.public_id, muted.public_id, hidden.public_id, str(other.pk), kept.public_id]

    for page in ("me", "written", "written-replies", "saved", "muted", "profile", "privacy"):
        for extra in ("", *(f"?{key}={each}" for each in ids for key in ("member", "id", "pk"))):
            said = member.get(reverse(f"belonging:{page}") + extra)
            assert said.status_code == 200
            for words in ("Fennel", "kumquat", "marmoset", "wombat", "Muted By"):
                assert words not in said.text, (page, extra)


# Member routes that are told of something by its id. Either it is for everybody on the wall, and
# the reason stands here; or another's does not exist, and NOT_THE_OWNER has a row for it.
FOR_EVERYBODY = {
    "belonging:privacy-detail": "the name of a part, the same for all",
    "community:topic": "topics are the same for all",
    "community:thread": "the wall is read by all its members",
    "community:reply-create": "and answered by them",
    "community:post-answer": "a kind word for what anybody may read",
    "community:reply-answer": "a kind word for what anybody may read",
    "community:post-save": "marks what anybody may read, for oneself",
    "community:post-mute": "names whoever may be read",
    "community:reply-mute": "names whoever may be read",
    "community:reply": "leads to what anybody may read",
}


def test_s01_every_route_that_takes_an_id_is_for_everybody_or_tried_with_anothers():
    taking = {
        name
        for name, each in all_routes()
        if str(getattr(each.callback, "audience", "")).startswith("members")
        and each.pattern.converters
    }

    assert len(taking) >= 10
    assert taking - set(FOR_EVERYBODY) == taking & set(NOT_THE_OWNER)
    assert set(FOR_EVERYBODY) <= taking


# The one route of that name which is told of a post.
THE_BOX = "community:reply-create"


def test_s01_what_a_guide_took_off_the_wall_is_nobody_elses_by_any_route(member, cast):
    post = PostFactory(body="Taken off. wombat")
    reply = ReplyFactory(body="Taken off. marmoset")
    for writing in (post, reply):
        hide(writing=writing, by=cast.guide, reason="x", at=timezone.now())
    routes = [name for name in FOR_EVERYBODY if name.startswith(("community:post", "community:r"))]

    for name in [*routes, "community:thread"]:
        about = reply if name.startswith("community:reply") and name != THE_BOX else post
        path = reverse(name, args=[about.public_id])
        for answer in (member.get(path), member.post(path, {"body": "x"})):
            assert answer.status_code in (404, 405), name
            assert "wombat" not in answer.text


def test_s01_anothers_goal_is_neither_read_nor_changed(member):
    goal = set_goal(member=MemberFactory(), words="To swim. wombat", score=2, at=timezone.now())
    form = {"form-TOTAL_FORMS": "3", "form-INITIAL_FORMS": "0", "form-0-goal": goal.public_id,
            "form-0-words": "Mine now", "form-0-score": "9"}  # fmt: skip

    page = member.get(reverse("belonging:goals"))
    changed = member.post(reverse("belonging:goals"), form)

    assert "wombat" not in page.text
    assert changed.status_code == 404
    goal.refresh_from_db()
    assert (goal.words, goal.ratings.count()) == ("To swim. wombat", 1)


def test_s01_ids_of_anothers_things_lead_nowhere(member, cast):
    other = MemberFactory()
    muted = MemberFactory()
    mine, theirs = PostFactory(author=cast.member), PostFactory(author=other)
    reply = ReplyFactory(author=other)
    save_post(post=theirs, member=other, at=timezone.now())
    mute_member(muted=muted, by=other, at=timezone.now())

    for path, data in (
        ("/me/muted/people/", {"person": muted.public_id}),
        (f"{thread(theirs)}edit/", {"body": "x", "revision": "1"}),
        (f"/wall/replies/{reply.public_id}/edit/", {"body": "x", "revision": "1"}),
    ):
        assert member.post(path, data).status_code == 404, path
    for path in ("written", "saved"):
        address = reverse(f"belonging:{path}") + f"?after={theirs.public_id}"
        assert member.get(address).status_code == 404
    replies = reverse("belonging:written-replies") + f"?after={reply.public_id}"
    assert member.get(replies).status_code == 404
    assert MutedMember.objects.filter(member=other).exists()
    assert SavedPost.objects.filter(member=other).exists()
    assert member.get(thread(mine)).status_code == 200
