"""The forms on the pages, found and filled in as a person would: for tests that send them all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from escalation.desk import NotYours
from risk.models import ModelRelease
from risk.releases import Refused
from tests.architecture.test_every_route_has_an_audience import MATRIX
from tests.browser.town import Town
from tests.browser.visits import VISITS

# What a person would write, by the kind of the box or, where the kind says too little, its name.
BY_TYPE = {
    "email": "somebody-new@example.invalid", "password": "a quite long enough password",
    "number": "3", "date": "1990-05-17", "tel": "07700900123", "search": "quiet",
    "datetime-local": "2026-12-24T10:00", "text": "Some words", "url": "https://example.org/",
    "time": "10:00",
}  # fmt: skip


@dataclass
class FormOnPage:
    """A form as the browser has it: where it goes, and what it would send."""

    action: str
    method: str
    fields: dict[str, Any] = field(default_factory=dict)
    # Only the button that is pressed is sent; Enter presses the first.
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def pressed(self, button: tuple[str, str] | None = None) -> dict[str, Any]:
        """What is sent with this button, or with the first."""
        name, value = button or (self.buttons or [("", "")])[0]
        return {**self.fields, name: value} if name else dict(self.fields)

    def variants(self) -> Iterator[FormOnPage]:
        """The form as it goes by each of its buttons."""
        for button in dict.fromkeys(self.buttons or [("", "")]):
            yield FormOnPage(self.action, self.method, self.pressed(button))


class Forms(HTMLParser):
    """Collects the forms of a page, every box filled in."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.found: list[FormOnPage] = []
        self.form: FormOnPage | None = None
        self.choosing = ""
        self.writing = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = FormOnPage(given.get("action") or self.page, given.get("method", "get"))
            self.found.append(self.form)
        if self.form is None:
            return
        name = given.get("name", "")
        if tag == "select":
            self.choosing = name
        elif tag == "option" and self.choosing and given.get("value"):
            self.form.fields.setdefault(self.choosing, given["value"])
        elif tag == "textarea" and name:
            self.writing = name
            self.form.fields[name] = ""
        elif tag == "input" and name:
            self.fill(self.form, name, given)
        elif tag == "button" and given.get("type", "submit") == "submit":
            self.form.buttons.append((name, given.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self.form is not None and self.writing:
            self.form.fields[self.writing] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.choosing = ""
        elif tag == "textarea":
            if (
                self.form is not None
                and self.writing
                and not self.form.fields[self.writing].strip()
            ):
                self.form.fields[self.writing] = "Some words of mine."
            self.writing = ""

    def fill(self, form: FormOnPage, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind == "radio" or kind == "checkbox":
            form.fields.setdefault(name, given.get("value", "on"))
        elif kind in ("submit", "button", "image", "file"):
            return
        elif name != "csrfmiddlewaretoken":
            form.fields[name] = given.get("value") or BY_TYPE.get(kind, "")


def forms_of(client: Client, address: str) -> list[FormOnPage]:
    """The forms on one page that change something."""
    response = client.get(address)
    if response.status_code != 200 or "html" not in response.headers.get("Content-Type", ""):
        return []
    reader = Forms(address)
    reader.feed(response.content.decode())
    return [
        variant
        for form in reader.found
        if form.method.lower() == "post"
        for variant in form.variants()
    ]


def address_of(name: str, town: Town) -> str | None:
    """An address in the town for a route, or else with what its row of the matrix makes."""
    for visit in VISITS:
        if visit.route == name:
            with suppress(NoReverseMatch, AttributeError):
                return reverse(name, kwargs=visit.arguments(town))
    with suppress(IntegrityError, Refused, NotYours), transaction.atomic():
        return reverse(name, kwargs=MATRIX[name][1](town.cast))
    if name.startswith("risk:release"):
        return reverse(name, args=[ModelRelease.objects.latest("pk").pk])
    return None


def every_form(town: Town) -> Iterator[tuple[str, FormOnPage]]:
    """Who, and the forms they are offered on the pages they visit, each once."""
    clients = {role: town.cast.client(role) for role in {visit.role for visit in VISITS}}
    seen = set()
    for visit in VISITS:
        with suppress(AttributeError):  # a town may lack what few pages need
            address = reverse(visit.at or visit.route, kwargs=visit.arguments(town)) + visit.query
            for form in forms_of(clients[visit.role], address):
                key = (visit.role, form.action, *sorted(form.fields))
                if key not in seen:
                    seen.add(key)
                    yield visit.role, form
