"""Coming in through an organisation's own sign-on: a real OpenID provider, and what is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from django.test import Client

from accounts.single_sign_on import lock_secret
from commissioning.models import SignOnProvider
from tests.cast import Cast
from tests.factories.ways_in import SignOnFactory
from tests.sign_on import CLIENT_ID, CLIENT_SECRET, PASSWORD, a_sign_on

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


@pytest.fixture
def there(cast: Cast) -> Iterator[There]:
    provider = SignOnFactory(
        commissioner=cast.leeds.commissioner, client_id=CLIENT_ID,
        locked_secret=lock_secret(CLIENT_SECRET),
    )  # fmt: skip
    pk = provider.way_in.pk
    with a_sign_on(back_to=f"http://testserver/join/sign-on/{pk}/back/") as server:
        SignOnProvider.objects.update(server_url=server)
        yield There(pk)


def test_try(there: There, cast: Cast, client: Client):
    back = there.sign_in(there.start(client), "agnes.planted")
    answer = client.get(back)
    assert answer.status_code == 302, answer.text
