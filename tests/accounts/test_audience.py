"""Who a view is for, and that a view for nobody in particular answers nobody."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver, path

from accounts import audience
from accounts.middleware import GUARD_THEMSELVES, deny_by_default
from tests.cast import ROLES, Cast

pytestmark = pytest.mark.django_db


def view_of_nobody(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


def said(request: HttpRequest) -> HttpResponse:
    """Answers with who the decorator says is asking."""
    names = ("member", "wall_guide", "lead", "administrator")
    return HttpResponse(" ".join(name for name in names if getattr(request, name, None)))


OPENED = {
    "anyone": audience.anyone,
    "members": audience.members_only,
    "members-even-paused": audience.members_even_paused,
    "guides": audience.wall_guides_only,
    "seniors": audience.senior_guides_only,
    "leads": audience.commissioners_only,
    "admins": audience.admins_only,
    "staff": audience.staff_only,
    "monitors": audience.monitors_only,
}
urlpatterns = [
    path("nobody/", view_of_nobody),
    *(path(f"{name}/", opens(said)) for name, opens in OPENED.items()),
    *get_resolver("peersupport.urls").url_patterns,
]

#        anonymous, member, suspended, guide, elsewhere, senior, commissioner, admin
WHO_IS_LET_IN = {
    "anyone": (200,) * 8,
    "members": (302, 200, 403, 404, 404, 404, 404, 404),
    "members-even-paused": (302, 200, 200, 404, 404, 404, 404, 404),
    "guides": (302, 404, 404, 200, 200, 200, 404, 404),
    "seniors": (302, 404, 404, 404, 404, 200, 404, 404),
    "leads": (302, 404, 404, 404, 404, 404, 200, 404),
    "admins": (302, 404, 404, 404, 404, 404, 404, 200),
    "staff": (302, 404, 404, 200, 200, 200, 404, 200),
    "monitors": (302, 404, 404, 200, 200, 200, 404, 200),
}


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("opened", WHO_IS_LET_IN)
def test_each_audience_lets_in_its_own_and_tells_others_as_little_as_it_can(
    opened: str, cast: Cast
):
    answered = tuple(cast.client(role).get(f"/{opened}/").status_code for role in ROLES)

    assert answered == WHO_IS_LET_IN[opened]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("opened", "role", "who"),
    [
        ("members", "member", "member"),
        ("members-even-paused", "suspended", "member"),
        ("guides", "guide", "wall_guide"),
        ("seniors", "senior", "wall_guide"),
        ("leads", "commissioner", "lead"),
        ("admins", "admin", "administrator"),
    ],
)
def test_a_view_is_handed_the_person_it_is_for_and_no_other(opened, role, who, cast):
    assert cast.client(role).get(f"/{opened}/").text == who


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("role", ROLES)
def test_a_view_that_names_no_audience_answers_nobody(role: str, cast: Cast):
    with pytest.raises(ImproperlyConfigured, match="names no audience"):
        cast.client(role).get("/nobody/")


@pytest.mark.urls(__name__)
def test_a_view_that_names_no_audience_leaks_nothing_in_production_either(cast: Cast):
    answer = cast.client("admin", raise_request_exception=False).get("/nobody/")

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "audience" not in answer.text


def test_the_exceptions_are_these_and_guard_themselves():
    # Whoever adds one has to say here how it guards itself.
    assert GUARD_THEMSELVES == (
        "django.contrib.staticfiles.",  # files that anyone may have
        "django.views.static",  # the same, while developing
    )


def test_a_view_that_only_calls_itself_like_an_exception_is_none(rf: RequestFactory):
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    view.__module__ = "community.django.views.static"
    middleware = deny_by_default(lambda request: HttpResponse())

    with pytest.raises(ImproperlyConfigured):
        middleware.process_view(rf.get("/"), view, (), {})


def test_s07_a_session_that_ran_while_its_person_was_stood_down_is_over(cast: Cast):
    client = cast.client("guide")
    assert client.get("/desk/").status_code == 200

    type(cast.guide.user).objects.filter(pk=cast.guide.user.pk).update(is_active=False)

    assert client.get("/desk/").status_code == 302


def test_s46_a_changed_password_ends_the_other_sessions(cast: Cast):
    client = cast.client("guide")
    cast.guide.user.set_password("another long password")
    cast.guide.user.save()

    assert client.get("/desk/").status_code == 302


def test_a_senior_made_a_guide_again_sees_the_seniors_page_no_more(cast: Cast):
    client = cast.client("senior")
    assert client.get("/desk/senior/").status_code == 200

    type(cast.senior).objects.filter(pk=cast.senior.pk).update(is_senior=False)

    assert client.get("/desk/senior/").status_code == 404


def test_who_asks_costs_two_queries_however_much_they_might_be(
    cast: Cast, django_assert_num_queries
):
    client = cast.client("admin")

    with django_assert_num_queries(2):  # session, and everything a person might be
        assert client.get("/").status_code == 302


def test_signing_in_takes_the_e_mail_however_it_is_written(cast: Cast):
    from tests.factories.accounts import PASSWORD

    answer = Client().post(
        "/account/login/",
        {"login": cast.member.user.address.upper(), "password": PASSWORD},
    )

    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.parametrize("wrong", ["password", "login"])
def test_s25_a_wrong_sign_in_does_not_say_which_half_was_wrong(wrong: str, cast: Cast):
    from tests.factories.accounts import PASSWORD

    given: dict[str, Any] = {"login": cast.member.user.address, "password": PASSWORD}
    given[wrong] = "nobody@example.invalid" if wrong == "login" else "not this one at all"

    answer = Client().post("/account/login/", given)

    assert answer.status_code == 422
    assert "not correct" in answer.text
    assert "_auth_user_id" not in answer.wsgi_request.session


def test_s47_leaving_quickly_ends_the_session_on_the_server(cast: Cast):
    client = cast.client("member")
    key = client.session.session_key

    answer = client.post("/exit/")

    assert (answer.status_code, answer["Location"]) == (303, "https://www.bbc.co.uk/weather")
    assert not client.session.exists(key)
    client.cookies["sessionid"] = key
    assert client.get("/wall/").status_code == 302


def test_s43_signing_in_gives_a_new_session_and_signing_out_kills_it(cast: Cast):
    from django.conf import settings

    from tests.factories.accounts import PASSWORD

    client = Client()
    client.get("/account/login/")
    client.session.save()
    planted = client.session.session_key
    client.post("/account/login/", {"login": cast.member.user.address, "password": PASSWORD})
    mine = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert mine != planted

    client.post("/account/logout/")

    replayed = Client()
    replayed.cookies[settings.SESSION_COOKIE_NAME] = mine
    assert replayed.get("/wall/").status_code == 302
