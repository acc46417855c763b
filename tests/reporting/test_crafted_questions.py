"""S05: a commissioner reads what there is, and cannot ask for a finer cut of it."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from django.urls import reverse

from accounts.models import Member
from escalation.protocols import offer_protocol
from tests.architecture.test_every_route_has_an_audience import MATRIX, all_routes
from tests.cast import Cast
from tests.factories.accounts import MemberFactory
from tests.factories.community import PostFactory
from tests.factories.escalation import ProtocolFactory

pytestmark = pytest.mark.django_db

COMMISSIONERS = sorted(
    name
    for name, pattern in all_routes()
    if getattr(pattern.callback, "audience", "") == "commissioners"
)
CRAFTED = (
    "locality=1", "locality__slug=leeds", "commissioner=2", "author__alias=Wren", "member=1",
    "from=2026-01-01&until=2026-01-02", "month=2026-01", "day=1", "hour=3", "group_by=author",
    "sort=alias", "order_by=-author__alias", "fields=alias,body", "format=csv", "format=json",
    "export=1", "download=all", "page=2", "limit=1", "q=quillfeather", "debug=1",
    "few_below=1", "rounded_to=1", "is_hidden=True", "next=/wall/",
    "id=1%20OR%201=1", "sort=(SELECT%20alias%20FROM%20accounts_member)", "%00", "=", "a",
)  # fmt: skip


def test_there_are_commissioners_pages_to_try():
    assert len(COMMISSIONERS) >= 3
    assert "reporting:commissioner-home" in COMMISSIONERS


@pytest.mark.parametrize("name", COMMISSIONERS)
def test_s05_whatever_is_asked_besides_is_refused(name: str, cast: Cast):
    method, arguments, _ = MATRIX[name]
    client, address = cast.client("commissioner"), reverse(name, kwargs=arguments(cast))
    PostFactory(author=MemberFactory(locality=cast.leeds, alias="Wren Quillfeather"))

    answers = Counter(
        client.generic(method, f"{address}?{crafted}").status_code for crafted in CRAFTED
    )
    shown = [
        crafted
        for crafted in CRAFTED
        if "Quillfeather" in client.generic(method, f"{address}?{crafted}").content.decode()
    ]

    assert set(answers) <= {400, 404}, answers
    assert not shown


@pytest.mark.parametrize("accept", ["text/csv", "application/json", "application/xml"])
def test_s05_no_other_format_is_given_for_the_asking(accept: str, cast: Cast):
    response = cast.client("commissioner").get(
        reverse("reporting:commissioner-home"), headers={"Accept": accept}
    )

    assert response.headers["Content-Type"].startswith("text/html")


def test_s05_crafted_fields_in_a_form_agree_to_nothing_else(cast: Cast):
    commissioner = cast.commissioner.commissioner
    offered = ProtocolFactory(commissioner=commissioner, locality=None)
    offer_protocol(protocol=offered, by=cast.admin, at=cast.member.joined_at)

    response = cast.client("commissioner").post(
        reverse("reporting:protocol-agreement", args=[offered.pk]),
        {"agrees": "on", "seen": "made up", "commissioner": cast.derby.commissioner.pk,
         "agreed_at": "2020-01-01", "version": 99},
    )  # fmt: skip

    offered.refresh_from_db()
    assert response.status_code == 409
    assert (offered.agreed_at, offered.commissioner) == (None, commissioner)


def test_s05_a_leak_would_be_seen(cast: Cast):
    """The alias that the test above looks for is there to be leaked."""
    PostFactory(author=MemberFactory(locality=cast.leeds, alias="Wren Quillfeather"))

    assert "Quillfeather" in json.dumps(list(Member.objects.values_list("alias", flat=True)))
