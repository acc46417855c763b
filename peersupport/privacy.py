"""
Where each kind of data lives, for how long, and who sees it: what docs/privacy.md is made of.

The kinds come from each model's `class Privacy`, so a field that is not sorted is not shown
as harmless: another test refuses it. How long and who sees are said here, once for each
table, and a table that nobody has spoken for fails a test.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.db import connection, models

DOCUMENT = settings.BASE_DIR / "docs/privacy.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
KINDS = ("identifying", "clinical", "operational")


class Keeping(NamedTuple):
    """How long the rows of a table stay, and who can see what they hold."""

    stays: str
    seen_by: str


STAFF = "themselves; administrators"
GUIDES = "wall guides who cover the locality"
AS_MEMBER = "until the member is erased"
OPERATIONS = "nobody on a page; the operator's engineers"
EPISODE = "with the risk episode, for the commissioner's months"
HOUSE = "as long as the house stands"

# By model. What members are, write and choose goes with them; what a guide acted on is the
# risk episode, and stays for as long as the commissioner's contract says.
KEPT: dict[str, Keeping] = {
    "commissioning.Commissioner": Keeping(HOUSE, "everyone it concerns"),
    "commissioning.Campaign": Keeping(HOUSE, "administrators"),
    "commissioning.WayIn": Keeping(HOUSE, "administrators"),
    "commissioning.SignOnProvider": Keeping(HOUSE, "administrators, but for the secret"),
    "commissioning.Uptake": Keeping(HOUSE, "administrators, as counts of a month"),
    "commissioning.Locality": Keeping(HOUSE, "everyone it concerns"),
    "accounts.User": Keeping("until erased, 21 days after leaving", OPERATIONS),
    "accounts.Member": Keeping(
        "until erased, 21 days after leaving", f"alias and avatar: members; the rest: {GUIDES}"
    ),
    "accounts.WallGuide": Keeping("while appointed, then for the record", STAFF),
    "accounts.CommissioningLead": Keeping("while appointed, then for the record", STAFF),
    "accounts.Administrator": Keeping("while appointed, then for the record", STAFF),
    "accounts.Invitation": Keeping("three days, then for the record", "administrators"),
    "accounts.SecondFactorReset": Keeping("for the record", "administrators and seniors"),
    "accounts.Session": Keeping("14 days, or until signed out", OPERATIONS),
    "accounts.Tally": Keeping("minutes: until the brake lets go", OPERATIONS),
    "notifications.Notice": Keeping("90 days, or until the member is erased", "the member"),
    "notifications.Reach": Keeping(AS_MEMBER, "the member"),
    "notifications.Subscription": Keeping(
        "until switched off, gone at its service, or the member is erased", "the member"
    ),
    "accounts.ConsentTerms": Keeping(HOUSE, "everyone"),
    "accounts.ConsentGiven": Keeping(AS_MEMBER, OPERATIONS),
    "accounts.TeachBackCount": Keeping(HOUSE, "nobody yet: counts, of nobody"),
    "measures.Goal": Keeping(AS_MEMBER, f"the member; where it worries: {GUIDES}"),
    "measures.GoalRating": Keeping(AS_MEMBER, "the member"),
    "accounts.Preferences": Keeping(AS_MEMBER, "the member"),
    "belonging.KeptEpisode": Keeping("until the day it names", OPERATIONS),
    "belonging.LeavingReason": Keeping(HOUSE, "nobody yet: counts of a month"),
    "commissioning.Signpost": Keeping(HOUSE, "everyone it concerns"),
    "community.Draft": Keeping("until sent, or 30 days untouched", "the member"),
    "community.Support": Keeping(AS_MEMBER, "who wrote what it is for, without a name"),
    "community.SavedPost": Keeping(AS_MEMBER, "the member"),
    "community.MutedMember": Keeping(AS_MEMBER, "the member who muted, never the other"),
    "community.ReadingPlace": Keeping(AS_MEMBER, "the member"),
    "community.Group": Keeping(HOUSE, f"its members; {GUIDES}"),
    "community.GroupMember": Keeping(AS_MEMBER, GUIDES),
    "community.HelpOffer": Keeping(AS_MEMBER, "the member"),
    "community.HelpInvitation": Keeping(AS_MEMBER, "the member"),
    "community.ReplyClock": Keeping("with the post", GUIDES),
    "community.HandOver": Keeping(AS_MEMBER, f"the member; {GUIDES}"),
    "community.LoadCheck": Keeping(AS_MEMBER, GUIDES),
    "community.ThreadCooling": Keeping("with the post", GUIDES),
    "conversations.Conversation": Keeping(AS_MEMBER, f"the member; {GUIDES}"),
    "conversations.Line": Keeping(AS_MEMBER, f"the member; {GUIDES}"),
    "conversations.HandOverNote": Keeping(AS_MEMBER, GUIDES),
    "conversations.ReplyTemplate": Keeping(HOUSE, "wall guides"),
    "community.Topic": Keeping(HOUSE, "everyone signed in"),
    "community.Searchable": Keeping("exactly as long as the words it is of", OPERATIONS),
    "community.SearchWord": Keeping("an hour", "members: words that several of them use"),
    "community.Post": Keeping(AS_MEMBER, f"members; {GUIDES}"),
    "community.Reply": Keeping(AS_MEMBER, f"members; {GUIDES}"),
    "community.Matter": Keeping("until whose words they are is erased", GUIDES),
    "community.Report": Keeping(AS_MEMBER, f"the member who reported; {GUIDES}"),
    "community.Act": Keeping(AS_MEMBER, f"the member it is about; {GUIDES}"),
    "community.Appeal": Keeping(AS_MEMBER, f"the member; {GUIDES}"),
    "community.GuideNote": Keeping("shown until the day it names; until erased", GUIDES),
    "community.WallPolicy": Keeping(HOUSE, "administrators; the commissioner"),
    "community.PolicyStep": Keeping(AS_MEMBER, GUIDES),
    "risk.Screening": Keeping(f"{AS_MEMBER}; {EPISODE}, if a guide acted on it", GUIDES),
    "risk.Alert": Keeping(EPISODE, GUIDES),
    "risk.AuditDraw": Keeping(HOUSE, "seniors and administrators, as counts"),
    "risk.AuditReading": Keeping(AS_MEMBER, GUIDES),
    "risk.Label": Keeping(AS_MEMBER, "seniors and administrators, as counts"),
    "risk.ModelRelease": Keeping(HOUSE, "seniors and administrators"),
    "risk.ReleaseSignature": Keeping(HOUSE, "seniors and administrators"),
    "risk.ShadowReading": Keeping(AS_MEMBER, "seniors and administrators, as counts"),
    "risk.ScreeningDay": Keeping(HOUSE, "seniors and administrators"),
    "risk.TermChange": Keeping(HOUSE, "seniors and administrators"),
    "risk.TermTrouble": Keeping(HOUSE, "seniors and administrators"),
    "escalation.Protocol": Keeping(HOUSE, "administrators; the commissioner; their members"),
    "escalation.ProtocolStep": Keeping(HOUSE, "administrators; the commissioner; their members"),
    "escalation.Case": Keeping(EPISODE, GUIDES),
    "escalation.CaseStep": Keeping(EPISODE, GUIDES),
    "escalation.IdentityRequest": Keeping(EPISODE, f"{GUIDES}; the looks: the member"),
    "escalation.IdentityLook": Keeping(EPISODE, "seniors of the locality; the member"),
    "escalation.ThemeRise": Keeping(HOUSE, "wall guides: a theme's name and counts"),
    "escalation.Heartbeat": Keeping("overwritten every few seconds", "staff"),
    "audit.Entry": Keeping(
        "never erased: it names pseudonyms and no person", "`manage.py verify_audit`"
    ),
}


class Table(NamedTuple):
    """A table that is not a model of ours, and what lies in it."""

    holds: str
    kind: str
    keeping: Keeping


# By name. Those of the vault hold ciphertext; the rest came with Django and allauth.
OTHER_TABLES: dict[str, Table] = {
    "vault.identity": Table(
        "name, date of birth, e-mail, phone, postcode, emergency contact: each sealed on its own "
        "with AES-256-GCM, under a handle",
        "identifying, encrypted",
        Keeping("until erased, 21 days after leaving", "nobody but through the audited door"),
    ),
    "vault.letter": Table(
        "letters that wait to be sent: address and words sealed, under a number",
        "identifying, encrypted",
        Keeping("until sent; a day at most", "nobody; the post office alone"),
    ),
    "vault.sent": Table(
        "the numbers of letters that were sent, to know one that comes back: no address, no words",
        "identifying",
        Keeping("ten days", "nobody; the post office alone"),
    ),
    "vault.undeliverable": Table(
        "handles whose address takes no letters",
        "identifying",
        Keeping("until they give another address, or are erased", "nobody; the member"),
    ),
    "vault.push": Table(
        "where a browser is nudged, and its keys: sealed, under a number",
        "identifying, encrypted",
        Keeping(
            "until switched off, gone at its service, or the member is erased",
            "nobody; the post office alone",
        ),
    ),
    "peersupport_cache": Table("nothing about a person", "operational",
                               Keeping("minutes", OPERATIONS)),
    "django_content_type": Table("names of tables", "operational", Keeping(HOUSE, OPERATIONS)),
    "django_migrations": Table("versions of the database", "operational",
                               Keeping(HOUSE, OPERATIONS)),
    "auth_group": Table("stays empty", "operational", Keeping("-", "nobody")),
    "auth_group_permissions": Table("stays empty", "operational", Keeping("-", "nobody")),
    "auth_permission": Table("names of tables", "operational", Keeping(HOUSE, OPERATIONS)),
    "account_emailaddress": Table("stays empty: addresses are in the vault", "operational",
                                  Keeping("-", "nobody")),
    "account_emailconfirmation": Table("stays empty", "operational", Keeping("-", "nobody")),
    "mfa_authenticator": Table("second factors: secrets, passkeys, recovery codes", "identifying",
                               Keeping("while the sign-in has them", OPERATIONS)),
    "socialaccount_socialaccount": Table("which single sign-on a sign-in came by", "identifying",
                                         Keeping(AS_MEMBER, OPERATIONS)),
    "socialaccount_socialapp": Table("single sign-on providers", "operational",
                                     Keeping(HOUSE, "administrators")),
    "socialaccount_socialtoken": Table("stays empty: tokens are not kept", "operational",
                                       Keeping("-", "nobody")),
}  # fmt: skip


def our_models() -> list[type[models.Model]]:
    """Every model of the house, room by room."""
    return [model for model in apps.get_models() if hasattr(model, "Privacy")]


def tables_in_the_database() -> set[str]:
    """Every table there is, those outside ``public`` with their schema."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname, tablename FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        return {
            table if schema == "public" else f"{schema}.{table}"
            for schema, table in cursor.fetchall()
        }


def tables_of_ours() -> set[str]:
    """The tables of our models, with those that join two of them."""
    return {
        each._meta.db_table
        for model in our_models()
        for each in (model, *(field.remote_field.through for field in model._meta.many_to_many))
    }


def document(before: str) -> str:
    """The document as it should be: the words of a person, and between them the tables."""
    head, _, rest = before.partition(BEGIN)
    _, _, foot = rest.partition(END)
    tables = "\n".join(_tables())
    return f"{head}{BEGIN}\n\n{tables}\n{END}{foot}"


def _tables() -> Iterator[str]:
    yield from _kind(
        "Who somebody is", "identifying",
        "Data that says, or helps to say, who a person is.",
    )  # fmt: skip
    yield from _kind(
        "What somebody goes through", "clinical",
        "What members write and answer, what the screening made of it, and what guides noted. "
        "Treat all of it as data about health.",
    )  # fmt: skip
    yield from _kind(
        "What keeps the house running", "operational",
        "Numbers, times and states. On their own they say little; with the rest they belong to it.",
    )  # fmt: skip


def _kind(title: str, kind: str, about: str) -> Iterator[str]:
    yield from (f"### {title}", "", about, "")
    yield "| Where | What | How long it stays | Who sees it |"
    yield "|---|---|---|---|"
    if kind == "identifying":
        yield from (_other(name) for name in OTHER_TABLES if "encrypted" in OTHER_TABLES[name].kind)
    for model in our_models():
        if fields := getattr(model.Privacy, kind, ()):
            stays, seen_by = KEPT.get(model._meta.label, Keeping("?", "?"))
            names = ", ".join(f"`{field}`" for field in fields)
            yield f"| **{_place(model)}** {_what_it_is(model)} | {names} | {stays} | {seen_by} |"
    yield from (_other(name) for name, table in OTHER_TABLES.items() if table.kind == kind)
    yield ""


def _other(name: str) -> str:
    table = OTHER_TABLES[name]
    return f"| **{name}** | {table.holds} | {table.keeping.stays} | {table.keeping.seen_by} |"


def _place(model: type[models.Model]) -> str:
    return str(model._meta.db_table)


def _what_it_is(model: type[models.Model]) -> str:
    """The first sentence of what the code says of it."""
    said: Any = inspect.getdoc(model) or ""
    if said.startswith(f"{model.__name__}("):
        return ""  # Django's own, which lists the fields
    sentence = re.split(r"(?<=[.:])\s", " ".join(said.split()), maxsplit=1)[0]
    return sentence.replace("|", "/").replace("``", "").rstrip(":").rstrip(".") + "."
