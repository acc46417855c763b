"""Second factors: whom they are asked of, and that each proof opens once (S44)."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
import time_machine
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.core.checks import run_checks
from django.test import Client
from django.urls import reverse

from accounts import second_factor
from accounts.checks import no_demo_is_deployed
from accounts.models import Session
from tests.architecture.test_every_route_has_an_audience import MATRIX, all_routes
from tests.cast import Cast
from tests.factories.accounts import PASSWORD
from tests.sign_ins import SECRET, code_now, give_app, give_codes, give_passkey, note

pytestmark = pytest.mark.django_db

WORK_HERE = ("guide", "senior", "commissioner", "admin")
ENROLMENT = "/account/second-factor/"
# What is reached without it: enrolling itself, leaving, and what anyone may see.
OPEN = {
    *("account_login", "account_logout", "account_reauthenticate", "exit", "help-now"),
    *("mfa_activate_totp", "mfa_add_webauthn", "mfa_authenticate", "mfa_deactivate_totp"),
    *("mfa_generate_recovery_codes", "mfa_index", "mfa_login_webauthn", "mfa_remove_webauthn"),
    "mfa_view_recovery_codes",
}
FOR_ANYONE = {
    name
    for name, pattern in all_routes()
    if getattr(pattern.callback, "audience", "") in ("anyone", "visitors")
}


def half_signed_in(cast: Cast, role: str) -> Client:
    """Whoever works here, with a right password and no second factor in this session."""
    client = cast.client(role)
    note(client, cast.user(role), [{"method": "password", "at": time.time()}])  # type: ignore[arg-type]
    return client


def by_the_form(cast: Cast, role: str) -> Client:
    """Through the sign-in form, as far as the password takes them."""
    client = Client()
    given = {"login": cast.user(role).address, "password": PASSWORD}  # type: ignore[union-attr]
    client.post("/account/login/", given)
    return client


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# --- compulsory -----------------------------------------------------------------------------


@pytest.mark.parametrize("role", WORK_HERE)
@pytest.mark.parametrize("name", sorted(set(MATRIX) - OPEN - FOR_ANYONE))
def test_s44_without_a_second_factor_staff_reach_enrolment_and_nothing_else(
    name: str, role: str, cast: Cast
):
    method, arguments, _ = MATRIX[name]
    client = half_signed_in(cast, role)

    answer = client.generic(method, reverse(name, kwargs=arguments(cast)))

    assert (answer.status_code, answer.get("Location")) == (302, ENROLMENT)


def test_s44_the_list_of_what_is_open_holds_no_page_of_the_house():
    assert {name for name in OPEN if ":" in name} == set()
    assert set(MATRIX) >= OPEN


@pytest.mark.parametrize("role", WORK_HERE)
def test_s44_a_right_password_alone_leads_to_enrolment(role: str, cast: Cast):
    client = by_the_form(cast, role)

    answer = client.get("/", follow=True)

    assert answer.redirect_chain[-1][0] == ENROLMENT
    assert "Set up an app" in answer.text
    assert client.get("/help-now/").status_code == 200
    assert client.get("/account/logout/").status_code == 200


@pytest.mark.parametrize("role", WORK_HERE)
def test_s44_enrolling_opens_the_rest_and_gives_codes_for_a_day_without_the_phone(
    role: str, cast: Cast
):
    client = by_the_form(cast, role)
    secret = asked_secret(client)

    enrolled = client.post(f"{ENROLMENT}app/", {"code": code_now(secret)}, follow=True)

    assert enrolled.redirect_chain[-1][0] == f"{ENROLMENT}codes/"
    assert len(re.findall(r"<code>\d{4} \d{4}</code>", enrolled.text)) == 10
    assert client.get("/", follow=True).redirect_chain[-1][0] != ENROLMENT


def asked_secret(client: Client) -> str:
    page = client.get(f"{ENROLMENT}app/")
    assert 'src="data:image/svg+xml;base64,' in page.text
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page.text)
    assert found, page.text
    return found[1].replace(" ", "")


def test_a_wrong_code_enrols_nobody(cast: Cast):
    client = by_the_form(cast, "guide")
    asked_secret(client)

    answer = client.post(f"{ENROLMENT}app/", {"code": "000000"})

    assert answer.status_code == 422
    assert not second_factor.has_one(cast.guide.user)


def test_a_member_is_never_forced(cast: Cast):
    client = by_the_form(cast, "member")

    assert is_signed_in(client)
    assert client.get("/wall/").status_code == 200
    assert client.get(ENROLMENT).status_code == 200


def test_a_password_alone_does_not_replace_the_app_that_somebody_has(cast: Cast):
    """In a session from before it: a password that was read off a screen is not enough."""
    client = half_signed_in(cast, "guide")
    give_app(cast.guide.user)

    assert client.get(f"{ENROLMENT}app/").status_code == 403
    assert client.get(f"{ENROLMENT}codes/").status_code == 403
    assert client.post(f"{ENROLMENT}app/removal/").status_code == 403


def test_a_member_who_chose_an_app_is_asked_for_it(cast: Cast):
    give_app(cast.member.user)

    client = by_the_form(cast, "member")

    assert not is_signed_in(client)
    client.post("/account/login/step/", {"code": code_now()})
    assert is_signed_in(client)


def test_what_a_guide_without_a_second_factor_typed_is_given_back(cast: Cast):
    answer = half_signed_in(cast, "guide").post("/desk/next/", {"body": "Words of mine."})

    assert answer.status_code == 403
    assert "Words of mine." in answer.text


def test_a_session_from_before_the_app_was_set_up_elsewhere_must_show_it(cast: Cast):
    client = half_signed_in(cast, "guide")
    give_app(cast.guide.user)

    page = client.get("/desk/", follow=True)
    asked = client.get("/account/confirm/")
    shown = client.post("/account/confirm/", {"confirm_for": "GET", "confirm_code": code_now()})

    assert "Show it now" in page.text
    assert asked.status_code == 403
    assert shown.status_code == 303
    assert client.get("/desk/").status_code == 200


def test_anothers_second_factor_in_this_session_counts_for_nothing(cast: Cast):
    client = cast.client("guide")
    note(client, cast.senior.user, [{"method": "mfa", "type": "totp", "at": time.time()}])

    assert client.get("/desk/")["Location"] == ENROLMENT


# --- each proof opens once ------------------------------------------------------------------


def test_s44_each_new_session_passes_the_second_step(cast: Cast):
    give_app(cast.guide.user)

    client = by_the_form(cast, "guide")

    assert not is_signed_in(client)
    assert client.get("/desk/").status_code == 302
    answer = client.post("/account/login/step/", {"code": code_now()})
    assert answer.status_code == 302
    assert client.get("/desk/").status_code == 200


def test_s44_a_code_is_taken_once_and_a_replay_is_refused(cast: Cast):
    give_app(cast.guide.user)
    first, second = by_the_form(cast, "guide"), by_the_form(cast, "guide")
    code = code_now()

    first.post("/account/login/step/", {"code": code})
    replayed = second.post("/account/login/step/", {"code": code})

    assert is_signed_in(first)
    assert not is_signed_in(second)
    assert "works once" in replayed.text


def test_s44_a_replay_is_refused_whatever_the_cache_has_forgotten(cast: Cast):
    from django.core.cache import cache

    app = give_app(cast.guide.user)
    code = code_now()

    assert second_factor.take_code(app, code)
    cache.clear()
    assert not second_factor.take_code(app, code)


def test_s44_an_older_code_is_refused_after_a_newer_one(cast: Cast):
    app = give_app(cast.guide.user)
    with time_machine.travel("2026-11-23 10:00:10", tick=False):
        older, newer = code_now(steps=-1), code_now()
        assert second_factor.take_code(app, newer)
        assert not second_factor.take_code(app, older)


def test_a_slow_typist_has_half_a_minute_more_and_not_a_minute(cast: Cast):
    app = give_app(cast.guide.user)
    with time_machine.travel("2026-11-23 10:00:10", tick=False):
        assert not second_factor.take_code(app, code_now(steps=-2))
        assert not second_factor.take_code(app, code_now(steps=1))
        assert second_factor.take_code(app, code_now(steps=-1))


def test_the_code_that_proved_a_new_app_signs_nobody_in(cast: Cast):
    client = by_the_form(cast, "guide")
    secret = asked_secret(client)
    code = code_now(secret)
    client.post(f"{ENROLMENT}app/", {"code": code})

    other = by_the_form(cast, "guide")
    other.post("/account/login/step/", {"code": code})

    assert not is_signed_in(other)


def test_s44_a_recovery_code_opens_once_and_twice_is_refused(cast: Cast):
    give_app(cast.guide.user)
    code = give_codes(cast.guide.user)[0]
    first, second = by_the_form(cast, "guide"), by_the_form(cast, "guide")

    first.post("/account/login/step/", {"code": f"{code[:4]} {code[4:]}"})
    replayed = second.post("/account/login/step/", {"code": code})

    assert is_signed_in(first)
    assert not is_signed_in(second)
    assert "works once" in replayed.text


def test_guessing_codes_is_stopped(cast: Cast):
    give_app(cast.guide.user)
    client = by_the_form(cast, "guide")

    for _ in range(5):
        client.post("/account/login/step/", {"code": "000000"})
    client.post("/account/login/step/", {"code": code_now()})

    assert not is_signed_in(client)


@pytest.mark.parametrize("path", ["/account/login/step/", "/account/login/passkey/"])
@pytest.mark.parametrize(
    "credential", ["", "null", "[]", "{}", '"x"', '{"response": {}}', '{"response": null}', "{"]
)
def test_no_answer_of_a_browser_is_a_passkey(path: str, credential: str, cast: Cast):
    give_app(cast.guide.user)
    client = by_the_form(cast, "guide")

    answer = client.post(path, {"credential": credential})

    assert answer.status_code in (200, 302)
    assert not is_signed_in(client)


@pytest.mark.parametrize("credential", ["null", "[]", "{}", '"x"', '{"response": {}}', "{"])
def test_no_answer_of_a_browser_makes_a_passkey(credential: str, cast: Cast):
    client = cast.client("guide")
    client.get(f"{ENROLMENT}passkeys/new/")

    answer = client.post(f"{ENROLMENT}passkeys/new/", {"credential": credential})

    assert answer.status_code == 422
    assert not second_factor.has_one(cast.guide.user)


# --- what is kept ---------------------------------------------------------------------------


def test_secrets_are_ciphertext_in_the_database(cast: Cast):
    app = give_app(cast.guide.user)
    codes = give_codes(cast.guide.user)

    kept = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert SECRET not in kept
    assert not [code for code in codes if code in kept]
    assert get_adapter().decrypt(app.data["secret"]) == SECRET
    assert get_adapter().encrypt(SECRET) != get_adapter().encrypt(SECRET)


def test_without_the_houses_key_a_secret_stays_shut(cast: Cast, settings: Any):
    from cryptography.exceptions import InvalidTag

    app = give_app(cast.guide.user)
    settings.VAULT_SEAL_KEY = "another"

    with pytest.raises(InvalidTag):
        get_adapter().decrypt(app.data["secret"])


@pytest.mark.parametrize("role", ["guide", "member"])
def test_neither_app_nor_passkey_says_whose_it_is_or_why(role: str, cast: Cast, rf: Any):
    from allauth.core.context import request_context

    user = cast.user(role)
    assert user
    adapter = get_adapter()
    with request_context(rf.get("/")):
        shown = [
            adapter.build_totp_url(user, SECRET),
            str(adapter.get_public_key_credential_user_entity(user)),
            str(adapter.get_public_key_credential_rp_entity()["name"]),
        ]

    person = getattr(cast, role)
    secrets = (user.address, user.address_seal, str(user.handle), getattr(person, "alias", "Leeds"))
    assert not [secret for secret in secrets for each in shown if secret in each]


# --- keeping and losing ---------------------------------------------------------------------


def test_staff_keep_their_last_second_factor(cast: Cast):
    give_app(cast.guide.user)
    client = cast.client("guide")

    answer = client.post(f"{ENROLMENT}app/removal/")

    assert answer.status_code == 409
    assert "only one" in answer.text
    assert second_factor.has_one(cast.guide.user)


def test_staff_may_remove_one_of_two(cast: Cast):
    give_app(cast.guide.user)
    passkey = give_passkey(cast.guide.user)

    answer = cast.client("guide").post(f"{ENROLMENT}passkeys/{passkey.pk}/removal/")

    assert answer.status_code == 302
    assert [each.type for each in Authenticator.objects.all()] == ["totp"]


def test_a_member_may_do_without_again(cast: Cast):
    give_app(cast.member.user)
    give_codes(cast.member.user)

    cast.client("member").post(f"{ENROLMENT}app/removal/")

    assert not Authenticator.objects.exists()


def test_moving_to_another_phone_stops_the_first(cast: Cast):
    give_app(cast.guide.user)
    client = cast.client("guide")
    secret = asked_secret(client)

    client.post(f"{ENROLMENT}app/", {"code": code_now(secret)})

    left = Authenticator.objects.get(user=cast.guide.user, type="totp")
    assert get_adapter().decrypt(left.data["secret"]) == secret


def test_s46_setting_one_up_ends_the_other_sessions_and_not_this_one(
    cast: Cast, django_capture_on_commit_callbacks: Any
):
    here, there = cast.client("guide"), cast.client("guide")
    secret = asked_secret(here)

    with django_capture_on_commit_callbacks(execute=True):
        here.post(f"{ENROLMENT}app/", {"code": code_now(secret)})

    assert here.get("/desk/").status_code == 200
    assert there.get("/desk/")["Location"].startswith("/account/login/")


def test_s01_nobody_removes_anothers_passkey(cast: Cast):
    passkey = give_passkey(cast.senior.user)

    answer = cast.client("guide").post(f"{ENROLMENT}passkeys/{passkey.pk}/removal/")

    assert answer.status_code == 404
    assert Authenticator.objects.filter(pk=passkey.pk).exists()


def test_new_codes_stop_the_old_ones(cast: Cast):
    give_app(cast.guide.user)
    old = give_codes(cast.guide.user)

    cast.client("guide").post(f"{ENROLMENT}codes/new/")

    client = by_the_form(cast, "guide")
    client.post("/account/login/step/", {"code": old[0]})
    assert not is_signed_in(client)


# --- the demo's exception -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("demo", "testing", "asked"), [(True, False, False), (False, True, False), (False, False, True)]
)
def test_only_a_demo_or_a_test_can_do_without(demo, testing, asked, settings, cast: Cast):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    settings.DEMO, settings.TESTING = demo, testing

    answer = half_signed_in(cast, "guide").get("/desk/")

    assert (answer.status_code == 302) is asked


def test_a_demo_asks_for_it_unless_it_says_otherwise(settings, cast: Cast):
    settings.DEMO = True

    assert half_signed_in(cast, "guide").get("/desk/")["Location"] == ENROLMENT


def test_s44_a_house_that_is_no_demo_does_not_start_with_the_demos_setting(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    settings.DEMO = settings.TESTING = False
    assert "accounts.E001" in [message.id for message in run_checks()]

    settings.DEMO = True
    assert "accounts.E001" not in [message.id for message in run_checks()]
    assert [message.id for message in no_demo_is_deployed()] == ["accounts.E002"]

    settings.DEMO_WITHOUT_SECOND_FACTOR = False
    assert no_demo_is_deployed() == []


def test_s60_there_is_no_admin_of_the_framework(cast: Cast):
    for path in ("/admin/", "/admin/login/", "/django-admin/"):
        assert cast.client("admin").get(path).status_code == 404
    from django.conf import settings

    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    assert not [pattern for name, pattern in all_routes() if "admin" in str(pattern.pattern)]


def test_sessions_hold_no_second_factors_secret_after_enrolling(cast: Cast):
    client = by_the_form(cast, "guide")
    secret = asked_secret(client)

    client.post(f"{ENROLMENT}app/", {"code": code_now(secret)})

    assert secret not in str([session.get_decoded() for session in Session.objects.all()])
