"""What administrators set of ways in, and what is kept of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.single_sign_on import PURPOSE
from accounts.views.ways_in import few
from accounts.ways_in import hash_of
from audit.models import Entry
from commissioning.enums import WayInKind
from commissioning.models import Campaign, SignOnProvider, Uptake, WayIn
from commissioning.postcodes import is_in, outward_code
from tests.cast import Cast
from tests.factories.commissioning import CommissionerFactory, LocalityFactory
from tests.factories.ways_in import (
    AreaFactory,
    EmailDomainFactory,
    ReferralFactory,
    SignOnFactory,
    WayInFactory,
)
from tests.races import at_once
from vault.boxes import unlock

pytestmark = pytest.mark.django_db

COMMON = {"name": "Posters in the library", "min_age": "16"}
OF_KIND: dict[str, dict[str, Any]] = {
    WayInKind.ACCESS_CODE: {"code": "garden-gate 26"},
    WayInKind.EMAIL_DOMAIN: {"domains": "@Students.Example.org\nstaff.example.org"},
    WayInKind.AREA: {"outward_codes": "ls6, LS7 yo", "countries": ["IE"]},
    WayInKind.REFERRAL: {"use_limit": "3"},
    WayInKind.SINGLE_SIGN_ON: {
        "server_url": "https://login.example.org/", "client_id": "the-wall", "secret": "between us",
    },
}  # fmt: skip


def opens(cast: Cast, kind: str, **more: Any) -> Any:
    form = {"commissioner": cast.leeds.commissioner.slug, "kind": kind, **COMMON, **OF_KIND[kind]}
    return cast.client("admin").post("/operator/ways-in/new/", form | more)


@pytest.mark.parametrize("kind", WayInKind.values)
def test_an_administrator_opens_a_way_in_of_each_kind(kind: str, cast: Cast):
    answer = opens(cast, kind)

    way_in = WayIn.objects.get()
    assert answer.status_code == (200 if kind == WayInKind.REFERRAL else 302)
    assert way_in.is_open(now=timezone.now())
    assert (way_in.kind, way_in.commissioner) == (kind, cast.leeds.commissioner)
    entry = Entry.objects.get(verb="set up way in")
    assert (entry.actor, entry.subject) == (f"admin:{cast.admin.pk}", f"way-in:{way_in.pk}")
    page = cast.client("senior").get(f"/operator/ways-in/{way_in.pk}/").text
    assert "Posters in the library" in page


def test_what_is_typed_is_kept_in_one_form(cast: Cast):
    for kind in OF_KIND:
        opens(cast, kind)
    by = {way.kind: way for way in WayIn.objects.all()}

    assert by[WayInKind.ACCESS_CODE].code == "GARDENGATE26"
    assert by[WayInKind.EMAIL_DOMAIN].domains == ["students.example.org", "staff.example.org"]
    assert by[WayInKind.AREA].outward_codes == ["LS6", "LS7", "YO"]
    assert SignOnProvider.objects.get().server_url == "https://login.example.org"


def test_a_links_token_is_shown_once_and_kept_as_a_hash(cast: Cast):
    shown = re.search(r"/join/r/([\w-]+)/", opens(cast, WayInKind.REFERRAL).text)
    assert shown
    token, way_in = shown[1], WayIn.objects.get()

    assert way_in.token_hash == hash_of(token)
    assert token not in str(list(WayIn.objects.values()) + list(Entry.objects.values()))
    assert token not in cast.client("admin").get(f"/operator/ways-in/{way_in.pk}/").text
    assert Client().get(f"/join/r/{token}/").status_code == 200

    renewed = cast.client("admin").post(f"/operator/ways-in/{way_in.pk}/link/").text
    newer = re.search(r"/join/r/([\w-]+)/", renewed)
    assert newer
    assert newer[1] != token
    assert Client().get(f"/join/r/{token}/").status_code == 404
    assert Client().get(f"/join/r/{newer[1]}/").status_code == 200


def test_a_secret_is_kept_locked_and_never_shown_again(cast: Cast):
    opens(cast, WayInKind.SINGLE_SIGN_ON)
    provider = SignOnProvider.objects.get()
    path = f"/operator/ways-in/{provider.way_in_id}/edit/"
    admin = cast.client("admin")

    assert "between us" not in provider.locked_secret
    assert "between us" not in admin.get(path).text
    kept = OF_KIND[WayInKind.SINGLE_SIGN_ON] | COMMON | {"secret": "", "client_id": "another"}
    assert admin.post(path, kept).status_code == 302
    provider.refresh_from_db()
    assert provider.client_id == "another"
    assert unlock(provider.locked_secret, purpose=PURPOSE) == "between us"
    assert "between us" not in str(list(Entry.objects.values()))


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (WayInKind.ACCESS_CODE, {"code": "short"}),
        (WayInKind.ACCESS_CODE, {"code": "с кириллицей"}),
        (WayInKind.EMAIL_DOMAIN, {"domains": "gmail.com"}),
        (WayInKind.EMAIL_DOMAIN, {"domains": "ac.uk"}),
        (WayInKind.EMAIL_DOMAIN, {"domains": "not a domain"}),
        (WayInKind.AREA, {"outward_codes": "", "countries": []}),
        (WayInKind.AREA, {"outward_codes": "LS6 12345"}),
        (WayInKind.REFERRAL, {"use_limit": "0"}),
        (WayInKind.REFERRAL, {"use_limit": ""}),
        (WayInKind.SINGLE_SIGN_ON, {"server_url": "http://login.example.org"}),
        (WayInKind.SINGLE_SIGN_ON, {"secret": ""}),
        (WayInKind.ACCESS_CODE, {"min_age": "15"}),
        (WayInKind.ACCESS_CODE, {"max_age": "15"}),
        (WayInKind.ACCESS_CODE, {"min_age": "30", "max_age": "20"}),
        (WayInKind.ACCESS_CODE, {"opens_at": "2026-02-02T10:00", "closes_at": "2026-02-01T10:00"}),
        (WayInKind.ACCESS_CODE, {"name": ""}),
        (WayInKind.ACCESS_CODE, {"countries": ["XX"]}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_sentence(kind: str, wrong: dict[str, Any], cast: Cast):
    answer = opens(cast, kind, **wrong)

    assert answer.status_code == 422
    assert "errorlist" in answer.text
    assert not WayIn.objects.exists()


def test_a_locality_or_campaign_of_another_commissioner_is_not_taken(cast: Cast):
    elsewhere = LocalityFactory()
    campaign = Campaign.objects.create(commissioner=elsewhere.commissioner, name="Theirs")

    assert opens(cast, WayInKind.ACCESS_CODE, locality=elsewhere.pk).status_code == 422
    assert opens(cast, WayInKind.ACCESS_CODE, campaign=campaign.pk).status_code == 422


def test_two_ways_in_never_have_one_code(cast: Cast):
    opens(cast, WayInKind.ACCESS_CODE)

    assert opens(cast, WayInKind.ACCESS_CODE, code="GARDEN GATE-26").status_code == 422
    assert WayIn.objects.count() == 1


def test_the_offered_code_is_one_that_nobody_guesses(cast: Cast):
    query = {"commissioner": cast.leeds.commissioner.slug, "kind": "access_code"}
    pages = [cast.client("admin").get("/operator/ways-in/new/", query).text for _ in range(2)]
    codes = [re.search(r'name="code" value="([A-Z2-9]{8})"', page) for page in pages]

    assert codes[0]
    assert codes[1]
    assert codes[0][1] != codes[1][1]


def test_closing_lets_nobody_else_in_and_is_recorded_once(cast: Cast):
    way_in = WayInFactory(commissioner=cast.leeds.commissioner, code="GARDEN22")
    assert Client().post("/join/code/", {"code": "GARDEN22"}).status_code == 302

    for _ in range(2):
        cast.client("admin").post(f"/operator/ways-in/{way_in.pk}/closure/")

    assert Client().post("/join/code/", {"code": "GARDEN22"}).status_code == 422
    assert Entry.objects.filter(verb="close way in").count() == 1


def test_changing_what_is_set_is_recorded_by_name_and_not_by_value(cast: Cast):
    way_in = WayInFactory(commissioner=cast.leeds.commissioner, code="GARDEN22")
    form = COMMON | {"code": "OTHERCODE9", "max_age": "25"}

    cast.client("admin").post(f"/operator/ways-in/{way_in.pk}/edit/", form)

    way_in.refresh_from_db()
    assert (way_in.code, way_in.max_age) == ("OTHERCODE9", 25)
    detail = Entry.objects.get(verb="change way in").detail
    assert {"code", "max_age"} <= set(detail["changed"])
    assert "OTHERCODE9" not in str(detail)


def test_a_senior_guide_reads_and_changes_nothing(cast: Cast):
    way_in = WayInFactory(commissioner=cast.leeds.commissioner)
    page = cast.client("senior").get(f"/operator/ways-in/{way_in.pk}/").text

    assert "Change it" not in page
    assert cast.client("senior").get("/operator/ways-in/").status_code == 200


def test_terms_are_set_for_a_commissioner_and_the_old_ones_recorded(cast: Cast):
    commissioner = cast.leeds.commissioner
    path = f"/operator/ways-in/for/{commissioner.slug}/"
    assert commissioner.episode_retention_months == 240
    for wrong in ("", "0", "x", "9999"):
        assert (
            cast.client("admin").post(path, {"episode_retention_months": wrong}).status_code == 422
        )

    form = {"episode_retention_months": "120", "elsewhere": "Ask your own council."}
    assert cast.client("admin").post(path, form).status_code == 302

    commissioner.refresh_from_db()
    assert commissioner.episode_retention_months == 120
    assert Entry.objects.get(verb="set terms").detail == {"months_before": 240, "months": 120}


def test_a_campaign_has_its_name_once_for_a_commissioner(cast: Cast):
    form = {"commissioner": cast.leeds.commissioner.slug, "name": "Welcome week"}
    admin = cast.client("admin")

    assert admin.post("/operator/ways-in/campaigns/new/", form).status_code == 302
    assert admin.post("/operator/ways-in/campaigns/new/", form).status_code == 422
    assert Campaign.objects.get().name == "Welcome week"


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0"), (1, "fewer than 8"), (7, "fewer than 8"), (8, "8"), (120, "120")],
)
def test_a_few_are_never_counted_out(number: int, shown: str):
    assert few(number) == shown


def test_uptake_is_counted_apart_for_each_campaign_and_month(cast: Cast):
    way_in = WayInFactory(commissioner=cast.leeds.commissioner)
    march, april = (timezone.now().date().replace(month=month, day=1) for month in (3, 4))
    for month in (march, march, april):
        Uptake.objects.add_one(way_in=way_in, month=month)
    way_in.campaign = Campaign.objects.create(commissioner=way_in.commissioner, name="Spring")
    Uptake.objects.add_one(way_in=way_in, month=april)

    counted = {(row.month, row.campaign_id): row.joined for row in Uptake.objects.all()}
    assert counted == {(march, None): 2, (april, None): 1, (april, way_in.campaign.pk): 1}


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_only_as_many_come_in_as_may():
    way_in = ReferralFactory(use_limit=3)

    took = at_once([way_in.take] * 12)

    assert took.count(True) == 3
    assert took.count(False) == 9
    way_in.refresh_from_db()
    assert way_in.used == 3


@pytest.mark.django_db(transaction=True)
def test_of_a_months_first_at_once_each_is_counted():
    way_in = WayInFactory()
    month = timezone.now().date().replace(day=1)

    at_once([lambda: Uptake.objects.add_one(way_in=way_in, month=month)] * 8)

    assert Uptake.objects.get().joined == 8


@pytest.mark.parametrize(
    "broken",
    [
        {"code": ""},
        {"kind": WayInKind.AREA},
        {"kind": WayInKind.REFERRAL, "code": ""},
        {"min_age": 15},
        {"max_age": 3},
        {"use_limit": 1, "used": 2},
    ],
)
def test_the_database_itself_refuses_what_cannot_be(broken: dict[str, Any]):
    with pytest.raises(IntegrityError), transaction.atomic():
        WayInFactory(**broken)


def test_what_is_open_is_so_at_one_moment():
    now = timezone.now()
    hour = timedelta(hours=1)
    is_open = {
        WayInFactory(): True,
        WayInFactory(opens_at=now - hour, closes_at=now + hour): True,
        WayInFactory(opens_at=now + hour): False,
        WayInFactory(closes_at=now): False,
        EmailDomainFactory(commissioner=CommissionerFactory(is_hidden=True)): False,
        ReferralFactory(use_limit=2, used=2): False,
        AreaFactory(): True,
        SignOnFactory().way_in: True,
    }

    found = set(WayIn.objects.open(now=now))

    assert found == {way_in for way_in, opened in is_open.items() if opened}
    for way_in, opened in is_open.items():
        assert way_in.commissioner.is_hidden or way_in.is_open(now=now) is opened


@pytest.mark.parametrize(
    ("typed", "outward"),
    [
        ("LS6 2AB", "LS6"), ("ls62ab", "LS6"), (" m1 1aa ", "M1"), ("M11", "M11"),
        ("E1W 1AA", "E1W"), ("EC1A1BB", "EC1A"), ("GIR", None), ("LS", None), ("2AB", None),
        ("LS6 2A", None), ("ÄS6", None), ("LS⁶", None), ("", None),
    ],
)  # fmt: skip
def test_only_the_outward_part_of_a_postcode_is_taken(typed: str, outward: str | None):
    assert outward_code(typed) == outward


def test_an_areas_letters_stand_for_all_that_begin_so_and_for_no_others():
    assert is_in("LS6", ["LS"])
    assert is_in("L1", ["L"])
    assert not is_in("LS6", ["L"])
    assert not is_in("LS61", ["LS6"])


def test_nobody_under_sixteen_is_let_in_by_any_form():
    with pytest.raises(IntegrityError), transaction.atomic():
        WayIn.objects.filter(pk=WayInFactory().pk).update(min_age=13)
