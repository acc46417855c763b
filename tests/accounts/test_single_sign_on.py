"""Coming in through an organisation's own sign-on: a real OpenID provider, and what is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

import httpx
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import Member, User
from accounts.single_sign_on import NONCE, PURPOSE, _Speaks, lock_secret
from commissioning.models import WayIn
from tests.accounts.test_joining import agrees
from tests.cast import Cast
from tests.factories.ways_in import SignOnFactory
from tests.sign_on import CLIENT_ID, CLIENT_SECRET, PASSWORD, a_sign_on
from vault import operations as vault
from vault.boxes import BoxWillNotOpen, unlock

pytestmark = pytest.mark.django_db


@dataclass
class There:
    """The organisation's sign-on, and a browser of its own that signs in there."""

    pk: int

    def start(self, client: Client) -> httpx.URL:
        return httpx.URL(client.get(f"/join/sign-on/{self.pk}/")["Location"])

    def sign_in(self, address: httpx.URL, name: str) -> str:
        """Sign in there, and where it sends the browser back to."""
        with httpx.Client(follow_redirects=True) as browser:
            page = browser.get(address)
            for field, value in (("login", name), ("password", PASSWORD)):
                token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
                assert token, page.text
                form = {"csrf_token": token[1], field: value, "answer": ""}
                page = browser.post(page.url, data=form, follow_redirects=False)
                while page.has_redirect_location:
                    following = page.headers["Location"]
                    if following.startswith("http://testserver/"):
                        return following.removeprefix("http://testserver")
                    page = browser.get(page.url.join(following), follow_redirects=False)
        raise AssertionError(page.text)


# The same in each test, so that one server can know where to send people back to.
PK = 7001


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with a_sign_on(back_to=f"http://testserver/join/sign-on/{PK}/back/") as address:
        yield address


@pytest.fixture
def there(cast: Cast, server: str) -> There:
    SignOnFactory(
        commissioner=cast.leeds.commissioner, way_in__pk=PK, server_url=server,
        client_id=CLIENT_ID, locked_secret=lock_secret(CLIENT_SECRET),
    )  # fmt: skip
    return There(PK)


def comes_back(there: There, client: Client, name: str) -> HttpResponse:
    return client.get(there.sign_in(there.start(client), name))


def joins(client: Client, alias: str) -> Member:
    agrees(client)
    born = {"born_day": "27", "born_month": "3", "born_year": "1990"}
    assert client.post("/join/account/", {"alias": alias, **born}).status_code == 302
    return Member.objects.get(alias=alias)


def test_somebody_comes_in_and_is_known_again(there: There, cast: Cast):
    first, later, other = Client(), Client(), Client()
    assert comes_back(there, first, "agnes.planted").status_code == 302
    member = joins(first, "Quiet Heron")
    assert first.get("/wall/", follow=True).status_code == 200

    # Another day they are signed in straight, and asked nothing.
    assert comes_back(there, later, "agnes.planted")["Location"] == "/"
    assert later.get("/wall/").status_code == 200
    assert Member.objects.filter(pk__gte=member.pk).count() == 1

    comes_back(there, other, "boris.planted")
    assert joins(other, "Small Wren").user.address_seal != member.user.address_seal


def test_nothing_of_what_the_organisation_says_is_kept(there: There, cast: Cast):
    client = Client()
    comes_back(there, client, "agnes.planted")
    on_the_way = everything_kept()
    joins(client, "Quiet Heron")
    kept = on_the_way + everything_kept()

    assert "Quiet Heron" in kept, "this looks where something could be found"
    for planted in ("agnes", "Agnes", "Planted", "planted", "students.example.org"):
        assert planted not in kept
    for nothing in (SocialAccount, SocialToken, SocialApp, EmailAddress):
        assert not nothing.objects.exists()


def test_a_member_who_signs_on_there_has_no_password_here(there: There, cast: Cast):
    client = Client()
    comes_back(there, client, "agnes.planted")

    member = joins(client, "Quiet Heron")

    assert not member.user.has_usable_password()
    assert vault.held(handle=member.user.handle) == {"born_on"}


def test_somebody_who_was_stood_down_is_not_let_back_in(there: There, cast: Cast):
    client, later = Client(), Client()
    comes_back(there, client, "agnes.planted")
    member = joins(client, "Quiet Heron")
    User.objects.filter(pk=member.user_id).update(is_active=False)

    comes_back(there, later, "agnes.planted")

    assert "_auth_user_id" not in later.session


def test_only_openid_is_asked_for_with_a_nonce_a_state_and_a_challenge(there: There, cast: Cast):
    asked = there.start(Client()).params

    assert asked["scope"] == "openid"
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked["nonce"]), len(asked["state"]), len(asked["code_challenge"])) >= 16


def test_who_comes_back_to_another_browser_than_they_left_is_let_in_nowhere(
    there: There, cast: Cast
):
    """A link that a stranger started signs nobody in as that stranger."""
    back = there.sign_in(there.start(Client()), "boris.planted")

    answer = Client().get(back)

    assert answer.status_code == 200
    assert "That did not work just now" in answer.text
    assert "joining" not in answer.wsgi_request.session


def test_a_code_is_good_once(there: There, cast: Cast):
    client = Client()
    back = there.sign_in(there.start(client), "agnes.planted")
    assert client.get(back).status_code == 302

    assert "That did not work just now" in client.get(back).text


def test_a_token_that_answers_another_question_is_refused(there: There, cast: Cast):
    client = Client()
    back = there.sign_in(there.start(client), "agnes.planted")
    session = client.session
    session[NONCE] = "another"
    session.save()

    assert "That did not work just now" in client.get(back).text


def test_a_token_signed_by_somebody_else_is_refused(
    there: There, cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    """allauth would trust any token that came over the back channel; we look at the signature."""
    with a_sign_on(back_to="http://testserver/nowhere/") as stranger:
        config = f"{stranger}/oauth/jwks.json"
        client = Client()
        back = there.sign_in(there.start(client), "agnes.planted")
        right = _Speaks.openid_config.fget
        monkeypatch.setattr(
            _Speaks, "openid_config", property(lambda self: right(self) | {"jwks_uri": config})
        )

        assert "That did not work just now" in client.get(back).text


@pytest.mark.parametrize("query", ["", "?error=access_denied", "?code=x", "?code=x&state=y"])
def test_who_comes_back_without_anything_is_shown_the_way(query: str, there: There, cast: Cast):
    client = Client()
    there.start(client)

    answer = client.get(f"/join/sign-on/{there.pk}/back/{query}")

    assert answer.status_code == 200
    assert "Choose another way in" in answer.text
    assert 'href="tel:116123"' in answer.text


def test_a_sign_on_that_is_away_is_said_kindly(cast: Cast):
    provider = SignOnFactory(commissioner=cast.leeds.commissioner)

    answer = Client().get(f"/join/sign-on/{provider.way_in.pk}/")

    assert answer.status_code == 200
    assert "That did not work just now" in answer.text


def test_a_way_in_that_has_closed_takes_nobody_new_and_lets_members_back(there: There, cast: Cast):
    member, late, back = Client(), Client(), Client()
    comes_back(there, member, "agnes.planted")
    joins(member, "Quiet Heron")
    late_start, back_start = there.start(late), there.start(back)
    WayIn.objects.update(closes_at=timezone.now())

    assert late.get(there.sign_in(late_start, "boris.planted"))["Location"] == "/join/"
    assert back.get(there.sign_in(back_start, "agnes.planted"))["Location"] == "/"


def test_the_secret_lies_locked(cast: Cast):
    provider = SignOnFactory(commissioner=cast.leeds.commissioner)

    assert "their secret" not in everything_kept()
    assert unlock(provider.locked_secret, purpose=PURPOSE) == "their secret"
    with pytest.raises(BoxWillNotOpen):
        unlock(provider.locked_secret, purpose="joining")


def everything_kept() -> str:
    """Every row of every table, sessions opened."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE'"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        tables = [name for (name,) in cursor.fetchall()]
        rows = []
        for table in tables:
            cursor.execute(f"SELECT row_to_json(t)::text FROM {table} AS t")
            rows += [row for (row,) in cursor.fetchall()]
    store = import_module(settings.SESSION_ENGINE).SessionStore
    sessions = [store().decode(row.session_data) for row in store.get_model_class().objects.all()]
    return f"{rows} {sessions}"
