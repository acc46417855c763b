"""Finding words: in everything the reader may see and nothing else, and without telling anybody."""

from __future__ import annotations

import html
import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.preferences import mute_word
from belonging.erasure import erase_the_departed
from belonging.leaving import UNDO_FOR, leave
from community import search, search_words
from community.models import POSTS_PER_PAGE, Post, Reply, Searchable, SearchWord
from community.operations import edit_writing, hide, mute_member, restore
from community.sealed_search import KEPT_FOR, NoSuchSearch, open_sealed, seal
from community.tasks import gather_search_words
from community.visibility import settle
from peersupport.database_roles import WEB
from risk import screening
from tests.cast import Cast
from tests.database_roles import pages_are
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory
from tests.factories.groups import GroupFactory, let_in, written_in

SEARCH = "/wall/search/"
WORD = "lighthouse"


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.client("member")


def ask(client: Client, words: str) -> Any:
    return client.post(SEARCH, {"q": words}, follow=True)


def found(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return re.findall(r'id="found-([^"]+)"', answer.text)


def more(answer: Any) -> str:
    """The address under "Show more", or nothing."""
    link = re.search(r'<p class="more"><a[^>]+href="([^"]+)"', answer.text)
    return html.unescape(link.group(1)) if link else ""


# --- what is found --------------------------------------------------------------------------


def test_a_word_is_found_in_posts_and_replies_newest_first(client):
    now = timezone.now()
    old = PostFactory(body="The lighthouse again.", at=now - timedelta(days=3))
    reply = ReplyFactory(post=old, body="I like lighthouses.", at=now - timedelta(days=1))
    new = PostFactory(body="A LIGHTHOUSE!", at=now)
    PostFactory(body="Nothing of the kind.")

    answer = ask(client, WORD)

    assert found(answer) == [new.public_id, reply.public_id, old.public_id]
    assert f'href="/wall/replies/{reply.public_id}/"' in answer.text
    assert "<mark>lighthouses</mark>" in answer.text


@pytest.mark.parametrize(
    ("asked", "body"),
    [
        ("walking", "I walked all the way."),
        ("worries", "One worry at a time."),
        ('"long way home"', "It is a long way home."),
        ("soup or bread", "There was bread."),
        ("soup -onion", "A soup of peas."),
        # In another language small words of English may be what is looked for.
        ("am nos da", "Am nos da a bore da."),
        ("nos", "Nos da."),
        ("not", "It is not."),
        ("naïve café", "A naïve café."),
        ("jestem samotny", "Jestem samotny."),
    ],
)
def test_words_are_found_as_people_ask_for_them(asked: str, body: str, client):
    post = PostFactory(body=body)

    assert found(ask(client, asked)) == [post.public_id]


@pytest.mark.parametrize(
    ("asked", "body"),
    [
        ('"way long home"', "It is a long way home."),
        ("soup -onion", "An onion soup."),
        ("soup bread", "There was bread."),
    ],
)
def test_and_not_where_they_are_not_meant(asked: str, body: str, client):
    PostFactory(body=body)

    assert found(ask(client, asked)) == []


def test_changed_words_are_found_and_the_old_ones_are_not(client):
    post = PostFactory(body="A lighthouse.")
    edit_writing(writing=post, body="A windmill.", expected_revision=1, at=timezone.now())

    assert found(ask(client, WORD)) == []
    assert found(ask(client, "windmill")) == [post.public_id]


# --- what is not ----------------------------------------------------------------------------


def _set(writing: Post | Reply, **fields: Any) -> None:
    type(writing).objects.filter(pk=writing.pk).update(is_visible=False, **fields)


HELD_BACK = {
    "hidden": lambda w, cast: hide(writing=w, by=cast.guide, reason="A name.", at=timezone.now()),
    "held": lambda w, cast: _set(w, held_at=timezone.now(), held_because="policy"),
    "deleted": lambda w, cast: _set(w, deleted_at=timezone.now()),
    "taken away": lambda w, cast: _set(w, taken_away_at=timezone.now()),
}


@pytest.mark.parametrize("why", HELD_BACK)
@pytest.mark.parametrize("factory", [PostFactory, ReplyFactory])
def test_what_is_off_the_wall_is_found_by_nobody_else(why: str, factory, client, cast):
    writing = factory(body="A lighthouse.", author=MemberFactory(locality=cast.leeds))
    if isinstance(writing, Post):
        ReplyFactory(post=writing)  # so that its place stays, and could show its words
    assert found(ask(client, WORD)) == [writing.public_id], "it could have leaked"

    HELD_BACK[why](writing, cast)

    answer = ask(client, WORD)
    assert found(answer) == []
    assert "A lighthouse" not in answer.text


@pytest.mark.parametrize("why", ["hidden", "held"])
def test_a_writer_finds_their_own_while_a_guide_keeps_it(why: str, client, cast):
    mine = PostFactory(body="A lighthouse.", author=cast.member)
    HELD_BACK[why](mine, cast)

    assert found(ask(client, WORD)) == [mine.public_id]


@pytest.mark.parametrize("why", ["deleted", "taken away"])
def test_nobody_finds_what_they_took_back_themselves(why: str, client, cast):
    mine = PostFactory(body="A lighthouse.", author=cast.member)
    HELD_BACK[why](mine, cast)

    assert found(ask(client, WORD)) == []


def test_a_reply_under_a_hidden_post_is_not_found(client, cast):
    reply = ReplyFactory(body="A lighthouse.")
    assert found(ask(client, WORD)) == [reply.public_id]
    hide(writing=reply.post, by=cast.guide, reason="A name.", at=timezone.now())

    assert found(ask(client, WORD)) == []

    restore(writing=reply.post, by=cast.guide, at=timezone.now())
    assert found(ask(client, WORD)) == [reply.public_id]


def test_an_answer_under_what_was_taken_away_is_found_and_the_words_above_it_are_not(client):
    post = PostFactory(body="A lighthouse and a secret.")
    reply = ReplyFactory(post=post, body="I like that lighthouse.")
    _set(post, taken_away_at=timezone.now())

    answer = ask(client, WORD)

    assert found(answer) == [reply.public_id]
    assert "secret" not in answer.text


def test_the_canarys_words_are_not_found(client, cast):
    hidden = MemberFactory(locality__is_hidden=True)
    PostFactory(body="A lighthouse.", author=hidden)

    assert found(ask(client, WORD)) == []


def test_words_in_a_group_are_found_by_those_in_it_alone(cast):
    group = GroupFactory(by=cast.guide)
    friend = MemberFactory(locality=cast.leeds)
    let_in(group, friend, cast.guide)
    post = written_in(group, friend, "A lighthouse.")
    reply = ReplyFactory(post=post, author=friend, body="That lighthouse.")
    assert found(ask(cast.client("member"), WORD)) == []

    place = let_in(group, cast.member, cast.guide)
    assert found(ask(cast.client("member"), WORD)) == [reply.public_id, post.public_id]

    mine = ReplyFactory(post=post, author=cast.member, body="My lighthouse.")
    type(place).objects.filter(pk=place.pk).update(left_at=timezone.now())
    answer = ask(cast.client("member"), WORD)
    assert found(answer) == [], "not even what they wrote there themselves"
    assert mine.body not in answer.text


def test_who_is_erased_leaves_no_word_in_the_index(cast):
    at = timezone.now() - UNDO_FOR - timedelta(days=1)
    leaver = MemberFactory(locality=cast.leeds)
    answered = PostFactory(body="A lighthouse.", author=leaver, at=at)
    ReplyFactory(post=answered, body="I hear you.", at=at)
    PostFactory(body="Another lighthouse.", author=leaver, at=at)
    ReplyFactory(body="A third lighthouse.", author=leaver, at=at)
    assert Searchable.objects.filter(words=WORD).count() == 3
    screening.drain(now=timezone.now)
    leave(member=leaver, reasons=[], at=at)

    assert erase_the_departed(now=timezone.now()) == 1

    assert Searchable.objects.filter(words=WORD).count() == 0
    assert (
        Searchable.objects.count() == Reply.objects.count() + Post.objects.exclude(body="").count()
    )


def test_what_a_reader_mutes_is_folded_where_it_is_found(client, cast):
    somebody = MemberFactory()
    PostFactory(body="A lighthouse.", author=somebody)
    PostFactory(body="A lighthouse and a spider.")
    mute_member(muted=somebody, by=cast.member, at=timezone.now())
    mute_word(member=cast.member, word="spider")

    answer = ask(client, WORD).text

    assert "From someone you muted" in answer
    assert "Has a word you muted" in answer
    assert answer.count('<details class="folded">') == 2


# --- page by page ---------------------------------------------------------------------------


@pytest.mark.parametrize("step", [timedelta(0), timedelta(minutes=1)])
def test_everything_is_found_once_in_tens(step: timedelta, client):
    """Also what was written in the very same instant."""
    now, topic, author = timezone.now(), TopicFactory(), MemberFactory()
    posts = [
        PostFactory(body="A lighthouse.", topic=topic, author=author, at=now - number * step)
        for number in range(2 * POSTS_PER_PAGE + 3)
    ]
    in_order = sorted(posts, key=lambda post: (post.published_at, post.pk), reverse=True)

    answer, seen = ask(client, WORD), []
    while True:
        page = found(answer)
        assert len(page) <= POSTS_PER_PAGE
        seen += page
        if not (address := more(answer)):
            break
        answer = client.get(address)

    assert seen == [post.public_id for post in in_order]


def test_a_rare_word_far_back_is_found(client, monkeypatch):
    """The walk from the newest stops; the index goes on."""
    monkeypatch.setattr(search, "WALK", 2)
    now, author, topic = timezone.now(), MemberFactory(), TopicFactory()
    old = PostFactory(body="A lighthouse.", at=now - timedelta(days=9))
    for number in range(5):
        PostFactory(author=author, topic=topic, at=now - timedelta(hours=number))

    assert found(ask(client, WORD)) == [old.public_id]


def test_words_of_every_age_are_found_in_their_order_whichever_look_finds_them(client, monkeypatch):
    """Nothing is lost between the weeks, the months and the years in which the index is asked."""
    monkeypatch.setattr(search, "WALK", 1)
    now, author, topic = timezone.now(), MemberFactory(), TopicFactory()
    ages = [timedelta(days=days) for days in (-0.01, 0, 6, 7, 13, 14, 20, 22, 27, 29, 55, 57, 110,
                                              113, 222, 226, 440, 443, 450, 4000)]  # fmt: skip
    posts = [
        PostFactory(body="A lighthouse.", at=now - age, author=author, topic=topic) for age in ages
    ]

    answer, seen = ask(client, WORD), []
    while address := more(answer):
        seen += found(answer)
        answer = client.get(address)

    assert seen + found(answer) == [post.public_id for post in posts]


def test_the_mark_of_a_week_is_no_word_that_anybody_can_look_for(client):
    post = PostFactory(body="A lighthouse.")
    week = int(post.published_at.timestamp() // 604800)

    for asked in (f'"week {week}"', f"'week {week}'", f"week {week}", f'lighthouse -"week {week}"'):
        hits = found(ask(client, asked))
        assert hits == ([post.public_id] if asked.startswith("lighthouse -") else []), asked


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_a_search_costs_three_queries_at_most_however_much_it_finds(
    rows: int, client, django_assert_num_queries
):
    topic = TopicFactory()
    for _ in range(rows):
        post = PostFactory(body="A lighthouse.", topic=topic)
        ReplyFactory(post=post, body="That lighthouse.")
    address = client.post(SEARCH, {"q": WORD}).headers["Location"]

    # Who reads; the walk, with all that is shown; the index where the walk finds no full page.
    with django_assert_num_queries(2 if rows == 50 else 3):
        assert len(found(client.get(address))) == min(2 * rows, POSTS_PER_PAGE)


def test_asking_costs_one_query_and_finding_nothing_four(client, django_assert_num_queries):
    search_words.has_trigrams()  # asked once a process
    with django_assert_num_queries(1):
        address = client.post(SEARCH, {"q": "lighthouze windmil"}).headers["Location"]
    with django_assert_num_queries(4):
        client.get(address)


# --- nobody is told what was looked for -----------------------------------------------------


def test_s26_no_address_and_no_log_tells_what_was_looked_for(client, caplog):
    caplog.set_level(logging.DEBUG)
    for _ in range(POSTS_PER_PAGE + 1):
        PostFactory(body="A lighthouse.")
    caplog.clear()

    answer = ask(client, WORD)

    said = [address for address, _ in answer.redirect_chain] + [more(answer)]
    said += [
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    ]
    assert len(said) >= 2
    assert not [each for each in said if "lighth" in each.lower()]
    title = re.search(r"<title>(.*?)</title>", answer.text, re.DOTALL)
    assert title
    assert "ighthouse" not in title.group(1)
    assert answer.headers["Cache-Control"] == "no-store"
    # It could have: the page itself does say it.
    assert "ighthouse" in answer.text


def test_a_search_is_opened_only_by_who_asked_and_for_some_hours(cast):
    now, other = timezone.now(), MemberFactory()
    key = (now, 7)
    sealed = seal(WORD, reader=cast.member, now=now, after=key)

    assert open_sealed(sealed, reader=cast.member, now=now) == (WORD, key)
    for reader, when in ((other, now), (cast.member, now + KEPT_FOR + timedelta(minutes=1))):
        with pytest.raises(NoSuchSearch):
            open_sealed(sealed, reader=reader, now=when)


@pytest.mark.parametrize("made_up", ["x", "made-up", "é", "=" * 9, "A" * 300, "a%00b"])
def test_a_made_up_search_is_over_and_the_page_says_so(made_up: str, client):
    answer = client.get(SEARCH, {"for": made_up})

    assert answer.status_code == 410
    assert "Write the words again" in answer.text


def test_a_search_in_clear_in_an_address_is_not_looked_at(client):
    PostFactory(body="A lighthouse.")

    assert found(client.get(SEARCH, {"q": WORD})) == []


# --- questions that ask for nothing ---------------------------------------------------------


@pytest.mark.parametrize("asked", ["", "   ", "-", "!!!", "-rain", "- - -", "OR", "or -sun", "🌧"])
def test_a_question_without_a_word_is_answered_kindly(asked: str, client):
    answer = ask(client, asked)

    assert answer.status_code == 422
    assert "Write" in answer.text
    assert "errorlist" in answer.text


def test_a_question_that_is_too_long_comes_back_as_it_was(client):
    answer = ask(client, "lighthouse " * 20)

    assert answer.status_code == 422
    assert "lighthouse lighthouse" in answer.text


@pytest.mark.parametrize(
    "asked",
    ["the -soup", '"', "a & b | !", "'; DROP TABLE community_post; --", "%s %(x)s", "<script>",
     "\\", ":*", "((", "or or or", "x" * 100, "\x01words"],
)  # fmt: skip
def test_odd_questions_are_only_words(asked: str, client):
    PostFactory(body="A lighthouse.")

    answer = ask(client, asked)

    assert answer.status_code in (200, 422)
    assert "<script>" not in answer.text.split("<main")[1]
    assert Post.objects.exists()


def test_s31_what_is_found_is_text(client):
    PostFactory(body="<b>lighthouse</b><script>alert(1)</script>")

    page = ask(client, WORD).text

    assert "&lt;b&gt;<mark>lighthouse</mark>&lt;/b&gt;&lt;script&gt;" in page
    assert "<script>alert" not in page


def test_only_some_of_a_long_text_is_shown_with_the_word_in_it(client):
    PostFactory(body="Rain. " * 300 + "The lighthouse. " + "Wind. " * 300)

    page = ask(client, WORD).text

    assert "<mark>lighthouse</mark>" in page
    assert page.count("Rain.") < 30
    assert page.count("Wind.") < 50


# --- did you mean ---------------------------------------------------------------------------


@pytest.fixture(params=[True, False], ids=["with trigrams", "without"])
def slips(request, db, monkeypatch) -> None:
    """Both ways of knowing a misspelt word, where this Postgres has both."""
    if request.param and not search_words.has_trigrams():
        pytest.skip("no pg_trgm in this Postgres")
    monkeypatch.setattr(search_words, "has_trigrams", lambda: request.param)


def several_write(body: str, count: int = search_words.WRITERS_AT_LEAST) -> None:
    topic = TopicFactory()
    for _ in range(count):
        PostFactory(body=body, topic=topic)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("lonley", "lonely"), ("lonly", "lonely"), ("loneley", "lonely"), ("Lonley", "lonely"),
     ("so lonley tonight", "so lonely tonight")],
)  # fmt: skip
def test_a_misspelt_word_that_finds_nothing_is_asked_about(typed: str, meant: str, client, slips):
    several_write("I am lonely. The lovely lodge is alone.")
    search_words.gather()

    answer = ask(client, typed)

    assert found(answer) == [], "nothing is changed without asking"
    assert f"Did you mean “{meant}”?" in answer.text
    assert f'name="q" value="{meant}"' in answer.text


@pytest.mark.parametrize("typed", ["zzyzxq", "lonely", "qq", "lodgings"])
def test_nothing_is_suggested_where_nothing_is_near(typed: str, client, slips):
    several_write("I am lonely at the lodge.")
    Post.objects.update(is_visible=False)
    settle(Post.objects.none())
    search_words.gather()

    assert "Did you mean" not in ask(client, typed).text


def test_a_word_is_offered_only_if_several_write_it_where_everybody_reads(cast):
    group = GroupFactory(by=cast.guide)
    for _ in range(4):
        written_in(group, MemberFactory(), "groupword")
        hide(writing=PostFactory(body="hiddenword"), by=cast.guide, reason="x", at=timezone.now())
        PostFactory(author=cast.member, body="oneperson")
    several_write("fewpeople", search_words.WRITERS_AT_LEAST - 1)
    several_write("many people 07700900123 wr1te")

    search_words.gather()

    assert set(SearchWord.objects.values_list("word", flat=True)) == {"many", "people"}


def test_words_that_are_gone_from_the_wall_are_offered_no_more(cast):
    several_write("lonely")
    search_words.gather()
    assert SearchWord.objects.filter(word="lonely").exists()

    for post in Post.objects.all():
        hide(writing=post, by=cast.guide, reason="x", at=timezone.now())
    search_words.gather()

    assert not SearchWord.objects.exists()


@pytest.mark.parametrize(
    ("one", "other", "slips_between"),
    [("lonely", "lonely", 0), ("lonley", "lonely", 1), ("lonly", "lonely", 1),
     ("loonely", "lonely", 1), ("lomely", "lonely", 1), ("nole", "lone", 2), ("", "ab", 2)],
)  # fmt: skip
def test_slips_of_the_finger_are_counted(one: str, other: str, slips_between: int):
    assert search_words.distance(one, other) == slips_between


def test_the_database_keeps_the_words_itself_in_bulk_too(cast):
    posts = [PostFactory(body=f"Number {n}.") for n in range(3)]
    Post.objects.update(body="All windmills now.")
    assert Searchable.objects.filter(words="windmills").count() == 3
    assert Searchable.objects.filter(words="number").count() == 0
    Post.objects.filter(pk=posts[0].pk).update(body="")
    assert Searchable.objects.count() == 2


def test_s11_the_role_that_serves_pages_keeps_finds_and_gathers_words(cast):
    topic = TopicFactory()
    writers = [MemberFactory() for _ in range(search_words.WRITERS_AT_LEAST)]

    with pages_are(WEB):
        posts = [PostFactory(body="So lonely.", topic=topic, author=each) for each in writers]
        edit_writing(writing=posts[0], body="A lighthouse.", expected_revision=1, at=timezone.now())
        assert search_words.gather() == 0
        PostFactory(body="So lonely.", topic=topic, author=writers[0])
        gather_search_words()
        hits = search.find("lonely", reader=cast.member).hits
        assert search_words.suggestion("lonley") == "lonely"

    assert len(hits) == len(writers)
