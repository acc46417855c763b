"""What goes into the vault, and what anybody can learn from the outside of it."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from accounts.operations import enrol_member
from tests.factories.commissioning import LocalityFactory
from vault import cipher
from vault.cipher import KeyMissing, KeyRing, Sealed, Tampered
from vault.details import FIELDS, Details
from vault.operations import forget, held, keep, place_of

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
PLANTED = Details(
    name="Persephone Quillfeather",
    born_on="1999-02-03",
    email="p.quillfeather@example.invalid",
    phone="01632 960123",
    postcode="ZZ99 9ZZ",
    emergency_name="Barnaby Quillfeather",
    emergency_phone="01632 960456",
)


def rows(handle: UUID) -> dict[str, Sealed]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT field, key_id, sealed FROM vault.identity WHERE handle = %s", [handle]
        )
        return {field: Sealed(key, bytes(data)) for field, key, data in cursor.fetchall()}


def opened(handle: UUID) -> dict[str, str]:
    return {
        field: cipher.ring().open(sealed, place=place_of(handle, field))
        for field, sealed in rows(handle).items()
    }


@pytest.mark.django_db
class TestKeeping:
    def test_what_is_kept_is_held_and_opens_again(self):
        handle = uuid4()

        keep(handle=handle, details=PLANTED, at=AT)

        assert held(handle=handle) == set(FIELDS)
        assert opened(handle) == PLANTED.given()

    def test_only_the_fields_given_are_replaced(self):
        handle = uuid4()
        keep(handle=handle, details=Details(name="Ada", phone="01632 960001"), at=AT)

        keep(handle=handle, details=Details(phone=" 01632 960002 ", postcode="  "), at=AT)

        assert opened(handle) == {"name": "Ada", "phone": "01632 960002"}

    def test_one_field_or_everything_can_be_forgotten(self):
        handle, other = uuid4(), uuid4()
        keep(handle=handle, details=PLANTED, at=AT)
        keep(handle=other, details=PLANTED, at=AT)

        forget(handle=handle, fields=["phone"], at=AT)
        assert held(handle=handle) == set(FIELDS) - {"phone"}

        forget(handle=handle, at=AT)
        assert held(handle=handle) == set()
        assert held(handle=other) == set(FIELDS)

    def test_joining_puts_the_address_and_the_details_into_the_vault(self):
        member = enrol_member(
            email="p.quillfeather@example.invalid",
            password="a long enough password",
            alias="Wren",
            locality=LocalityFactory(),
            at=AT,
            details=Details(name="Persephone Quillfeather"),
        )

        assert opened(member.user.handle) == {
            "email": "p.quillfeather@example.invalid",
            "name": "Persephone Quillfeather",
        }

    def test_s15_the_table_holds_ciphertext_only(self):
        handle = uuid4()
        keep(handle=handle, details=PLANTED, at=AT)

        with connection.cursor() as cursor:
            cursor.execute("SELECT identity::text FROM vault.identity AS identity")
            dump = "\n".join(row for (row,) in cursor.fetchall())
        assert str(handle) in dump
        for value in PLANTED.given().values():
            assert value not in dump
            assert value.encode().hex() not in dump
            assert base64.b64encode(value.encode()).decode() not in dump

    def test_a_row_swapped_to_another_person_or_field_does_not_open(self):
        victim, attacker = uuid4(), uuid4()
        keep(handle=victim, details=Details(name="Ada", phone="01632 960001"), at=AT)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE vault.identity SET handle = %s WHERE handle = %s", [attacker, victim]
            )

        for field, sealed in rows(attacker).items():
            with pytest.raises(Tampered):
                cipher.ring().open(sealed, place=place_of(attacker, field))
            with pytest.raises(Tampered):
                cipher.ring().open(sealed, place=place_of(victim, "postcode"))


class TestTheLock:
    ONE = "one:" + base64.b64encode(b"1" * 32).decode()
    TWO = "two:" + base64.b64encode(b"2" * 32).decode()

    def test_the_first_key_writes_and_every_key_reads(self):
        old = KeyRing(self.ONE).seal("Ada", place="here")
        both = KeyRing(f"{self.TWO},{self.ONE}")

        assert both.open(old, place="here") == "Ada"
        assert both.seal("Ada", place="here").key_id == "two"
        with pytest.raises(KeyMissing, match="'one' is needed"):
            KeyRing(self.TWO).open(old, place="here")

    def test_a_key_given_another_name_opens_nothing(self):
        sealed = KeyRing(self.ONE).seal("Ada", place="here")

        with pytest.raises(Tampered):
            KeyRing(self.ONE.replace("one:", "two:")).open(Sealed("two", sealed.data), place="here")

    def test_one_flipped_bit_anywhere_is_noticed(self):
        ring = KeyRing(self.ONE)
        sealed = ring.seal("Ada", place="here")

        for at in range(len(sealed.data)):
            bent = bytes([*sealed.data[:at], sealed.data[at] ^ 1, *sealed.data[at + 1 :]])
            with pytest.raises(Tampered):
                ring.open(Sealed("one", bent), place="here")

    @pytest.mark.parametrize("value", ["", "Ada", "ü" * 31, "x" * 63, "x" * 64, "a\0\0", "\x80"])
    def test_every_value_comes_back_and_short_ones_cannot_be_told_apart(self, value: str):
        ring = KeyRing(self.ONE)
        sealed = ring.seal(value, place="here")

        assert ring.open(sealed, place="here") == value
        if len(value.encode()) < 64:
            assert len(sealed.data) == len(ring.seal("Al", place="here").data)

    def test_the_same_value_twice_looks_different(self):
        ring = KeyRing(self.ONE)

        assert ring.seal("Ada", place="here").data != ring.seal("Ada", place="here").data

    @pytest.mark.parametrize(
        "text",
        ["", "one", "one:", "one:abc", "one:" + "A" * 100, ":" + "A" * 44, "Two Words:abc",
         "unused", ONE + "," + ONE, ONE + ","],
    )  # fmt: skip
    def test_keys_written_wrongly_are_a_sentence_that_shows_no_key(self, text: str):
        with pytest.raises(ImproperlyConfigured, match="openssl rand -base64 32") as refused:
            KeyRing(text)

        assert "AAAA" not in str(refused.value)
        assert "MTEx" not in str(refused.value)


def test_details_show_nothing_of_themselves():
    assert "Quillfeather" not in repr(PLANTED)
    assert "Quillfeather" not in str(PLANTED)
    assert repr(Details(name="Ada")) == "<Details: name>"
