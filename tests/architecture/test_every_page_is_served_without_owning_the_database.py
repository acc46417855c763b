"""Each route, answered as the role that serves pages: nothing on the way needs more."""

from __future__ import annotations

import pytest
from django.urls import reverse

from peersupport.database_roles import WEB
from tests.architecture.test_every_route_has_an_audience import MATRIX, ROLES
from tests.cast import Cast
from tests.database_roles import pages_are


def whom_it_answers(name: str) -> str:
    """The one who gets furthest: served before refused, and a stranger only where nobody else."""
    _, _, expected = MATRIX[name]
    found = (
        404 if status in (302, 303) and not at else status for at, status in enumerate(expected)
    )
    furthest = list(found)
    return ROLES[furthest.index(min(furthest))]


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_s11_the_role_that_serves_pages_can_serve_this_one(name: str, cast: Cast):
    method, arguments, expected = MATRIX[name]
    role = whom_it_answers(name)
    given, client = arguments(cast), cast.client(role)

    with pages_are(WEB):
        response = client.generic(method, reverse(name, kwargs=given))

    assert response.status_code == expected[ROLES.index(role)]
