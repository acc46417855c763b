"""From a way in to an account: what is asked, what is kept, and what nobody learns."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Member
from tests.cast import Cast
from tests.factories.ways_in import WayInFactory

pytestmark = pytest.mark.django_db


def test_somebody_comes_in_with_a_code(cast: Cast, letterbox):
    WayInFactory(commissioner=cast.leeds.commissioner, code="GARDEN22")
    client = Client()
    assert client.get("/").status_code == 200
    assert client.get("/look/").status_code == 200
    assert client.get("/join/").status_code == 200
    answer = client.post("/join/code/", {"code": "garden 22"}, follow=True)

    assert answer.status_code == 200, answer
    import re

    from vault import post

    answer = client.post(
        "/join/account/",
        {
            "alias": "Quiet Heron",
            "email": "me@example.org",
            "password": "three words here",
            "born_day": 1,
            "born_month": 2,
            "born_year": 1990,
        },
        follow=True,
    )

    post.deliver_due()
    said = letterbox.letters[0].get_content()
    digits = re.search(r"\d{6}", said)[0]
    answer = client.post("/join/letter/", {"digits": digits}, follow=True)

    assert Member.objects.get(alias="Quiet Heron").locality == cast.leeds
