"""What comes from a mould is what its template says, for this reader and nobody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from accounts.preferences import choose
from community import moulds
from community.operations import hide, save_post
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.client("member")


def page_of(client: Client, address: str, **more: Any) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == 200
    # What is drawn anew for each page.
    return re.sub(r'(name="(?:csrfmiddlewaretoken|key)" value=")[^"]+', r"\1", answer.text)


@pytest.fixture
def without_moulds(monkeypatch):
    """Each page made whole, by its template, with all that Django gives to a page."""

    def switch(client: Client) -> None:
        real_page, asking = moulds.page, {}

        def remember(request: Any, *args: Any, **kwargs: Any) -> Any:
            asking["request"] = request
            return real_page(request, *args, **kwargs)

        def whole(template: str, made_of: moulds.Shape, **places: object) -> str:
            context = {name: value for name, value in made_of if name != "frame"}
            return render_to_string(template, {**context, **places}, asking.get("request"))

        monkeypatch.setattr("community.views.reading.moulds.page", remember)
        monkeypatch.setattr(moulds, "fill", whole)

    return switch


@pytest.mark.parametrize("address", ["/wall/", "/wall/topics/stress/", "the thread"])
@pytest.mark.parametrize(
    "chosen",
    [{}, {"theme": "dark", "text_size": "large"}, {"theme": "calm"}, "news", "save data"],
    ids=str,
)
def test_a_page_from_a_mould_is_what_its_template_says_with_everything_at_hand(
    address: str, chosen: Any, client: Client, cast: Cast, without_moulds
):
    topic = TopicFactory(slug="stress")
    post = PostFactory(topic=topic)
    hide(writing=ReplyFactory(post=post, author=cast.member), by=cast.guide, reason="<b>",
         at=timezone.now())  # fmt: skip
    ReplyFactory(post=post)
    PostFactory(topic=topic, author=cast.member)
    more = {"HTTP_SAVE_DATA": "on"} if chosen == "save data" else {}
    if chosen == "news":
        Member.objects.filter(pk=cast.member.pk).update(has_news=True)
    elif isinstance(chosen, dict):
        choose(member=cast.member, **chosen)
    if address == "the thread":
        address = f"/wall/posts/{post.public_id}/"

    from_the_mould = page_of(client, address, **more)
    without_moulds(client)

    assert from_the_mould == page_of(client, address, **more)


def test_a_reader_after_another_finds_nothing_of_theirs(cast: Cast):
    other = MemberFactory(locality=cast.leeds)
    post = PostFactory(author=MemberFactory(locality=cast.leeds))
    save_post(post=post, member=other, at=timezone.now())
    choose(member=other, theme="dark")
    theirs = Client()
    theirs.force_login(other.user)
    address = f"/wall/posts/{post.public_id}/"

    assert "Save it no longer" in theirs.get(address).text
    assert 'data-theme="dark"' in theirs.get("/wall/").text

    mine = cast.client("member")
    assert "Save it no longer" not in mine.get(address).text
    assert "data-theme" not in mine.get("/wall/").text
    whose = re.compile(r'data-whose="([^"]+)"')
    assert whose.search(mine.get("/wall/").text)[1] != whose.search(theirs.get("/wall/").text)[1]


def test_words_that_look_like_a_place_are_words(client: Client, cast: Cast):
    author = MemberFactory(alias="!(words)!", locality=cast.leeds)
    PostFactory(author=author, body="!(alias)! and !(csrf_token)!")

    page = client.get("/wall/").text

    assert '<span class="alias">!(words)!</span>' in page
    assert "<p>!(alias)! and !(csrf_token)!</p>" in page


def test_no_mould_holds_a_word_of_anybodys(client: Client, cast: Cast, monkeypatch):
    kept: list[str] = []
    cast_anew = moulds._render

    def watched(*args: Any) -> list[str]:
        pieces = cast_anew(*args)
        # What it is made of is kept as long as the mould, to know it again.
        kept.append(repr((args, pieces)))
        return pieces

    monkeypatch.setattr(moulds, "_cast", watched)
    author = MemberFactory(alias="Wombat", locality=cast.leeds)
    post = PostFactory(author=author, body="marmoset")
    ReplyFactory(post=post, author=author, body="capybara")

    for address in ("/wall/", f"/wall/posts/{post.public_id}/"):
        assert "marmoset" in client.get(address).text

    text = " ".join(kept)
    assert len(kept) == 4  # two pages, a brick and a reply
    for word in ("Wombat", "marmoset", "capybara", post.public_id, cast.member.alias):
        assert word not in text


@pytest.mark.parametrize("words", ["!(alias)!", "!(words)! !(csrf_token)!", "!(nothing_of_ours)!"])
def test_s36_what_is_typed_passes_for_no_place_of_a_mould(words: str):
    made_of = moulds.shape(changed="wall", says=words, link=words)

    filled = moulds.fill("_components/live_note.html", made_of, at="/wall/", alias=words)

    assert filled.count(words) == 2
