"""
Every page there is, in each state worth looking at.

A new route needs a visit here, or a reason why there is nothing to look at
(`test_every_route_is_visited`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from playwright.sync_api import Page, Response

from notifications.stopping import Letter, address_for
from tests.browser.town import Town
from tests.factories.ways_in import TOKEN


@dataclass(frozen=True)
class Visit:
    """A page as one kind of person; ``send`` is a form on it, sent as it should not be."""

    route: str
    role: str
    what: str = ""
    arguments: Callable[[Town], dict[str, Any]] = lambda town: {}
    at: str = ""  # the page on which the form stands, where that is another route
    query: str = ""
    send: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    status: int = 200
    taken_on: bool = False  # the address leads on to another, which is the page meant

    def __str__(self) -> str:
        return f"{self.route}{' ' * bool(self.what)}{self.what}"

    def go(self, page: Page, town: Town) -> None:
        """Open the page, and see that it is the one meant: an error page has no faults either."""
        wanted = reverse(self.at or self.route, kwargs=self.arguments(town))
        response = page.goto(wanted + self.query)
        if self.send:
            response = send_as_it_is(page, self.send, self.fields)
        assert response is not None
        assert response.status == self.status, f"{self}: {response.status} at {page.url}"
        may_be_elsewhere = self.send or self.taken_on
        assert may_be_elsewhere or page.url.split("?")[0].endswith(wanted), (
            f"{self}: taken to {page.url}"
        )


# A changed term is read against every text we keep before its page answers.
GATE_MS = 60_000


def send_as_it_is(page: Page, form: str, fields: dict[str, str]) -> Response | None:
    """Send a form past the browser's own checks, as an older one would."""
    with page.expect_navigation(timeout=GATE_MS) as going:
        page.locator(form).evaluate(
            """(form, fields) => {
                for (const name of Object.keys(fields)) form.elements[name].value = fields[name];
                HTMLFormElement.prototype.submit.call(form);
            }""",
            fields,
        )
    return going.value


def alert(name: str) -> Callable[[Town], dict[str, Any]]:
    return lambda town: {"pk": getattr(town, name).pk}


def asked(name: str) -> Callable[[Town], dict[str, Any]]:
    def found(town: Town) -> dict[str, Any]:
        asked = getattr(town, name)
        return {"pk": asked.case_id, "request_pk": asked.pk}

    return found


def words(name: str) -> Callable[[Town], dict[str, Any]]:
    return lambda town: {"public_id": getattr(town, name).public_id}


def a_letters_key(town: Town) -> dict[str, Any]:
    user = town.cast.member.user
    return {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}


def a_letters_token(town: Town) -> dict[str, Any]:
    return {"token": address_for(town.cast.member, Letter.REPLIES).split("/")[-2]}


def a_guide(town: Town) -> dict[str, Any]:
    return {"pk": town.cast.guide.user.pk}


SENDS_BAD = {"status": 422}
TOO_LONG = {"body": "Too long. " * 1000}
AN_ACCOUNT = {"email": "someone@post.example.org", "password": "three quiet words",
              "born_day": "27", "born_month": "3", "born_year": "1990"}  # fmt: skip

ANYONE = [
    Visit("escalation:invited", "anonymous", "ended", lambda town: {"token": "made-up"},
          status=404),
    Visit("home", "anonymous"),
    Visit("help-now", "anonymous"),
    Visit("offline", "anonymous"),
    Visit("design", "anonymous"),
    Visit("account_login", "anonymous"),
    Visit("account_login", "anonymous", "wrong", send="form[action$='/account/login/']",
          fields={"login": "nobody@example.invalid", "password": "not this one"}, status=422),
    Visit("account_inactive", "anonymous"),
    Visit("community:look", "anonymous"),
    Visit("join", "anonymous"),
    Visit("join", "anonymous", "none found", query="?q=nothing-is-called-this"),
    Visit("join-code", "anonymous", "wrong", at="join", send='form[action$="/join/code/"]',
          fields={"code": "WRONG001"}, **SENDS_BAD),
    Visit("join-at", "anonymous", "", lambda town: {"slug": "leeds"}),
    Visit("join-referral", "anonymous", "gone", lambda town: {"token": "gone"}, status=404),
    Visit("join-referral", "anonymous", "", lambda town: {"token": TOKEN}),
    Visit("join-email", "anonymous", "", alert("by_email")),
    Visit("join-email", "anonymous", "wrong", alert("by_email"), send="main form", **SENDS_BAD),
    Visit("join-area", "anonymous", "", alert("by_area")),
    Visit("join-area", "anonymous", "wrong", alert("by_area"), send="main form", **SENDS_BAD),
    Visit("join-area", "anonymous", "elsewhere", alert("by_area"), send="main form",
          fields={"postcode": "EH1"}),
    Visit("join-sign-on", "anonymous", "away", alert("by_sign_on")),
    Visit("openid_connect_callback", "anonymous", "nobody sent",
          lambda town: {"provider_id": str(town.by_sign_on.pk)}),
    Visit("join-without", "anonymous"),
    # One after another, as somebody goes who comes in.
    Visit("join-place", "anonymous", "", lambda town: {"token": TOKEN}, at="join-referral",
          send="main form"),
    Visit("join-place", "anonymous", "wrong", send="main form", **SENDS_BAD),
    Visit("join-place", "anonymous", "who can know", send="main form", fields={"country": "GB"}),
    Visit("join-account", "anonymous", "", at="join-consent", send="main form",
          fields={"answer-who": "nobody", "answer-when": "danger", "answer-payer": "numbers"}),
    Visit("join-account", "anonymous", "wrong", send="main form", **SENDS_BAD),
    Visit("join-letter", "anonymous", "", at="join-account", send="main form", fields=AN_ACCOUNT),
    Visit("join-letter", "anonymous", "wrong", send="form[action='/join/letter/']", **SENDS_BAD),
    Visit("join-account", "anonymous", "too young", send="main form",
          fields={**AN_ACCOUNT, "born_year": "2020"}),
    Visit("account_reset_password", "anonymous"),
    Visit("account_reset_password", "anonymous", "wrong", send="main form", status=422),
    Visit("account_reset_password_done", "anonymous"),
    Visit("account_reset_password_from_key", "anonymous",
          arguments=lambda town: {"uidb36": "a", "key": "made-up"}),
    Visit("account_reset_password_from_key", "anonymous", "choose", a_letters_key, taken_on=True),
    Visit("account_reset_password_from_key", "anonymous", "wrong", a_letters_key, taken_on=True,
          send="main form", fields={"password1": "password"}, status=422),
]  # fmt: skip

MEMBERS = [
    Visit("consent", "member"),
    Visit("belonging:arrival", "member"),
    Visit("belonging:reasons", "member"),
    Visit("belonging:goals", "member"),
    Visit("belonging:goals", "member", "wrong", send="main form[data-once]",
          fields={"form-0-words": "Too long. " * 30}, **SENDS_BAD),
    Visit("belonging:waiting", "member"),
    Visit("belonging:first-wall", "member"),
    Visit("community:feed", "member"),
    Visit("community:search", "member"),
    Visit("community:search", "member", "found", send="main form", fields={"q": "quiet day"}),
    Visit("community:search", "member", "nothing", send="main form", fields={"q": "zzyzx"}),
    Visit("community:search", "member", "empty", send="main form", **SENDS_BAD),
    Visit("community:search", "member", "too old", query="?for=made-up", status=410),
    Visit("community:groups", "member"),
    Visit("community:group", "member", "", words("group")),
    Visit("community:thread", "member", "with a note", words("noted_post")),
    Visit("community:topic", "member", arguments=lambda town: {"slug": town.topics[3].slug}),
    Visit("community:thread", "member", "with replies", words("post")),
    Visit("community:thread", "member", "without", words("quiet_post"), query="?sent"),
    Visit("community:thread", "member", "hidden", words("hidden_post")),
    Visit("community:reply-create", "member", "empty", words("post"), at="community:thread",
          send="form[data-once]", **SENDS_BAD),
    Visit("community:post-new", "member"),
    Visit("community:post-new", "member", "wrong", send="form[data-once]", fields=TOO_LONG,
          **SENDS_BAD),
    Visit("community:post-new", "member", "begun", query="?start=now"),
    Visit("community:post-new", "member", "gives away", send="form[data-once]",
          fields={"body": "I am Anna Keller. Call me on 07700 900123.", "topic": "just-sharing"},
          **SENDS_BAD),
    Visit("community:drafts", "member"),
    Visit("community:thread", "member", "help first", words("heavy_post"), query="?sent"),
    Visit("community:thread", "member", "held", words("held_post")),
    Visit("community:post-delete", "member", "", words("post")),
    Visit("community:reply-delete", "member", "", words("reply")),
    Visit("community:post-edit", "member", "", words("post")),
    Visit("community:post-edit", "member", "meanwhile", words("post"), send="form[data-once]",
          fields={"revision": "7", "body": "Other words."}, status=409),
    Visit("community:reply-edit", "member", "", words("reply")),
    Visit("community:post-report", "member", "", words("quiet_post")),
    Visit("community:post-report", "member", "empty", words("quiet_post"),
          send="main form[data-once]", **SENDS_BAD),
    Visit("community:reply-report", "member", "", words("their_reply")),
    Visit("community:rules", "member"),
    Visit("community:decisions", "member"),
    Visit("community:decision", "member", "hidden", words("decided")),
    Visit("community:decision", "member", "empty", words("decided"), send="main form[data-once]",
          **SENDS_BAD),
    Visit("community:decision", "member", "asked", words("decided_and_asked")),
    Visit("community:helping", "member"),
    Visit("community:asked", "member", "", words("waiting_post")),
    Visit("community:hand-over", "member", "", words("their_post")),
    Visit("community:hand-over", "member", "done", words("handed_over")),
    Visit("community:hand-over", "member", "empty", words("handed_over"), send="main form",
          **SENDS_BAD),
    Visit("community:load", "member"),
    Visit("community:load", "member", "wrong", send="main form.flow", **SENDS_BAD),
    Visit("community:thread", "member", "cooled, pinned", words("their_post")),
    Visit("belonging:me", "member"),
    Visit("belonging:written", "member"),
    Visit("belonging:written-replies", "member"),
    Visit("belonging:saved", "member"),
    Visit("belonging:profile", "member"),
    Visit("belonging:profile", "member", "wrong",
          send="section[aria-labelledby='name'] form", fields={"alias": "x"},
          **SENDS_BAD),
    Visit("belonging:privacy", "member"),
    Visit("belonging:privacy-detail", "member", "", lambda town: {"part": "emergency-contact"}),
    Visit("belonging:privacy-detail", "member", "empty", lambda town: {"part": "phone"},
          send="main form", **SENDS_BAD),
    Visit("belonging:muted", "member"),
    Visit("belonging:muted", "member", "empty",
          send="section[aria-labelledby='words'] form.flow", **SENDS_BAD),
    Visit("notifications:news", "member"),
    Visit("notifications:stop", "anonymous", "", a_letters_token),
    Visit("notifications:stop", "anonymous", "done", a_letters_token, send="main form"),
    Visit("belonging:notifications", "member"),
    Visit("belonging:notifications", "member", "wrong", send="main form",
          fields={"quiet_from": ""}, **SENDS_BAD),
    Visit("belonging:appearance", "member"),
    Visit("belonging:break", "member"),
    Visit("belonging:break", "member", "empty", send="main form", **SENDS_BAD),
    Visit("belonging:download", "member"),
    Visit("belonging:leave", "member"),
    Visit("belonging:leave", "member", "unsure", send="main form", **SENDS_BAD),
    Visit("community:post-mute", "member", "", words("quiet_post")),
    Visit("community:reply-mute", "member", "", words("their_reply")),
    Visit("community:reply", "member", "", words("their_reply"), taken_on=True),
    Visit("community:thread", "member", "taken away", words("taken_away")),
    Visit("belonging:stay", "leaver"),
    Visit("conversations:talk", "member", "begun"),
    Visit("conversations:talk", "member", "empty", send="main form", **SENDS_BAD),
    Visit("escalation:what-happens", "member"),
    Visit("account_logout", "member"),
    Visit("account_change_password", "member"),
    Visit("account_change_password", "member", "wrong", send="main form", status=422),
    Visit("account_sessions", "member"),
    Visit("mfa_index", "member"),
    Visit("mfa_activate_totp", "member"),
    Visit("mfa_activate_totp", "member", "wrong", send="main form", fields={"code": "1"},
          **SENDS_BAD),
    Visit("mfa_add_webauthn", "member"),
]  # fmt: skip

PAUSED = [
    Visit("community:for-you", "member"),
    Visit("community:waiting", "member"),
    Visit("community:since", "member"),
    Visit("community:mine", "member"),
    Visit("community:feed", "suspended", status=403),
    Visit("community:feed", "paused", "until a day", status=403),
    Visit("community:decisions", "paused"),
    Visit("escalation:what-happens", "suspended"),
    Visit("conversations:talk", "suspended", "not begun"),
]


def act(name: str, form: str, **more: Any) -> Visit:
    """An act on an alert, sent without its words."""
    return Visit(f"escalation:{name}", "guide", "empty", alert("mine"), at="escalation:alert",
                 send=f'form[action$="/{form}/"]', **SENDS_BAD, **more)  # fmt: skip


def talk_act(name: str) -> Visit:
    """An act on a conversation, sent without its words."""
    return Visit(
        f"escalation:conversation-{name}", "guide", "empty", alert("talk"),
        at="escalation:conversation", send=f'form[action$="/{name}/"]', **SENDS_BAD,
    )  # fmt: skip


GUIDES = [
    Visit("escalation:desk", "guide"),
    Visit("mfa_index", "guide"),
    Visit("escalation:alert", "guide", "unclaimed", alert("unclaimed")),
    Visit("escalation:alert", "guide", "mine", alert("mine")),
    Visit("escalation:alert", "guide", "another's", alert("theirs")),
    Visit("escalation:claim", "guide", "lost to another", alert("theirs"),
          at="escalation:alert", send="form[action$='/reply/']",
          fields={"body": "Words that must not be lost."}, status=409),
    Visit("escalation:alert", "guide", "asked", alert("asked")),
    Visit("escalation:alert", "guide", "off the wall", alert("hidden")),
    Visit("escalation:alert", "guide", "closed", alert("history")),
    act("reply", "reply"),
    act("senior-question", "senior-question"),
    act("visibility", "visibility"),
    act("alert-case", "case"),
    act("alert-closure", "closure"),
    Visit("escalation:matters", "guide"),
    Visit("escalation:matter", "guide", "", alert("matter")),
    Visit("escalation:matter-claim", "guide", "lost to another", alert("matter_of_another"),
          at="escalation:matter", send='form[action$="/closure/"]',
          fields={"outcome": "left", "body": "Words that must not be lost."}, status=409),
    Visit("escalation:matter-note", "guide", "empty", alert("matter"), at="escalation:matter",
          send='form[action$="/notes/"]', **SENDS_BAD),
    Visit("escalation:matter-closure", "guide", "empty", alert("matter"), at="escalation:matter",
          send='form[action$="/closure/"]', **SENDS_BAD),
    Visit("escalation:matter", "guide", "closed", alert("matter_closed")),
    Visit("escalation:post-acts", "guide", "", words("post")),
    Visit("escalation:post-acts", "guide", "held", words("held_post")),
    Visit("escalation:post-acts", "guide", "empty", words("post"),
          send='form:has([name=do][value="hide"])', **SENDS_BAD),
    Visit("escalation:reply-acts", "guide", "", words("reply")),
    Visit("escalation:member", "guide", "", lambda town: {"public_id": town.cast.member.public_id}),
    Visit("escalation:member", "guide", "empty",
          lambda town: {"public_id": town.cast.member.public_id},
          send='form:has([name=do][value="strike"])', **SENDS_BAD),
    Visit("escalation:held", "guide"),
    Visit("escalation:appeals", "guide"),
    Visit("escalation:appeal", "guide", "", words("appeal")),
    Visit("escalation:appeal", "guide", "empty", words("appeal"), send="main form[data-once]",
          **SENDS_BAD),
    Visit("escalation:readings", "guide"),
    Visit("escalation:reading-answer", "guide", "empty", at="escalation:readings",
          send='form[action$="/answer/"]', **SENDS_BAD),
    Visit("escalation:post-sooner", "guide", "", words("post")),
    Visit("escalation:post-sooner", "guide", "empty", words("post"), send="main form[data-once]",
          **SENDS_BAD),
    Visit("escalation:reply-sooner", "guide", "", words("reply")),
    Visit("escalation:line-sooner", "guide", "", words("line")),
    Visit("escalation:conversations", "guide"),
    Visit("escalation:conversation", "guide", "waiting", alert("talk_waiting")),
    Visit("escalation:conversation", "guide", "under way", alert("talk")),
    Visit("escalation:conversation", "guide", "closed", alert("talk_closed")),
    talk_act("answer"),
    talk_act("hand-over"),
    talk_act("closure"),
    Visit("escalation:reply-templates", "guide"),
    Visit("escalation:reply-template-new", "guide"),
    Visit("escalation:reply-template-new", "guide", "empty", send="main form", **SENDS_BAD),
    Visit("escalation:unanswered", "guide"),
    Visit("escalation:unanswered-reply", "guide", "empty", at="escalation:unanswered",
          send='li.panel:first-child form[action$="/reply/"]', **SENDS_BAD),
    Visit("escalation:peers", "guide"),
    Visit("escalation:peer-update", "guide", "empty", at="escalation:peers",
          send='form[action*="/peers/"]', **SENDS_BAD),
    Visit("escalation:first-replies", "senior"),
    Visit("escalation:themes", "guide"),
    Visit("escalation:theme", "guide", "", lambda town: {"slug": "category-suicide"}),
    Visit("escalation:thread-cooling", "guide", "", words("their_post")),
    Visit("escalation:thread-cooling", "guide", "empty", words("their_post"),
          send='form:has([value="hold"])', **SENDS_BAD),
    Visit("escalation:case-list", "guide"),
    Visit("community:group-list", "guide"),
    Visit("community:group-list", "guide", "wrong", send="main form[data-once]", **SENDS_BAD),
    Visit("community:group-desk", "guide", "", words("group")),
    Visit("community:group-invite", "guide", "nobody", words("group"), at="community:group-desk",
          send="form[action$='/invitation/']", fields={"alias": "Nobody"}, **SENDS_BAD),
    Visit("community:group-end-place", "guide", "empty", words("group"),
          at="community:group-desk", send="li:first-child > details form[action$='/end/']",
          **SENDS_BAD),
    Visit("community:visitors", "guide"),
    Visit("community:post-history", "guide", "", words("post")),
    Visit("community:reply-history", "guide", "", words("reply")),
    Visit("escalation:case", "guide", "running", alert("case")),
    Visit("escalation:case", "guide", "late", alert("late_case")),
    Visit("escalation:case", "guide", "all taken", alert("case_with_all_taken")),
    Visit("escalation:case", "guide", "closed", alert("closed_case")),
    Visit("escalation:case-step", "guide", "empty", alert("case"), at="escalation:case",
          send='form[action*="/steps/"]', **SENDS_BAD),
    Visit("escalation:case-closure", "guide", "empty", alert("case"), at="escalation:case",
          send='form[action$="/closure/"]', **SENDS_BAD),
]  # fmt: skip

IDENTITY = [
    Visit("escalation:identity-list", "guide"),
    Visit("escalation:identity", "guide", "", alert("identity_case")),
    Visit("escalation:identity", "guide", "empty", alert("identity_case"),
          send="main form[data-once]", **SENDS_BAD),
    Visit("escalation:identity-now", "guide", "", alert("identity_case")),
    Visit("escalation:identity-now", "guide", "empty", alert("identity_case"),
          send="main form[data-once]", **SENDS_BAD),
    Visit("escalation:identity-request", "guide", "waits", asked("asked_by_guide")),
    Visit("escalation:identity-request", "senior", "to decide", asked("asked_by_guide")),
    Visit("escalation:identity-decision", "senior", "empty", asked("asked_by_guide"),
          at="escalation:identity-request", send="form[action$='/decision/']", **SENDS_BAD),
    Visit("escalation:identity-request", "guide", "open", asked("approved")),
    Visit("escalation:identity-look", "guide", "opened", asked("approved"),
          at="escalation:identity-request", send="form[action$='/look/']"),
    Visit("escalation:identity-request", "senior", "to review", asked("released")),
    Visit("escalation:identity-review", "senior", "empty", asked("released"),
          at="escalation:identity-request", send="form[action$='/review/']", **SENDS_BAD),
    Visit("escalation:identity-delay", "senior", "empty", asked("released"),
          at="escalation:identity-request", send="form[action$='/delay/']", **SENDS_BAD),
    Visit("escalation:identity-releases", "admin"),
    Visit("escalation:looks", "member"),
]  # fmt: skip

SENIORS = [
    Visit("escalation:people", "senior"),
    Visit("escalation:person", "senior", "a guide", a_guide),
    Visit("escalation:senior", "senior"),
    Visit("escalation:reply-template", "senior", "everybody's", alert("template")),
    Visit("escalation:alert", "senior", "asked", alert("asked")),
    Visit("escalation:senior-answer", "senior", "empty", alert("asked"), at="escalation:alert",
          send='form[action$="/senior-answer/"]', **SENDS_BAD),
    Visit("risk:screening", "senior"),
    Visit("risk:release", "senior", "passed", alert("passed")),
    Visit("risk:release-sign", "senior", "an older report", alert("passed"), at="risk:release",
          send='form[action$="/signature/"]', fields={"seen": ""}, status=409),
]  # fmt: skip

COMMISSIONERS = [
    Visit("reporting:wall-policy", "commissioner"),
    Visit("reporting:commissioner-home", "commissioner"),
    Visit("reporting:protocol", "commissioner", "in force", alert("agreed")),
    Visit("reporting:protocol", "commissioner", "offered", alert("offered")),
    Visit("reporting:protocol-agreement", "commissioner", "empty", alert("offered"),
          at="reporting:protocol", send="form[action$='/agreement/']", **SENDS_BAD),
]  # fmt: skip

ADMINS = [
    Visit("escalation:policies", "admin"),
    Visit("escalation:policy", "admin", "", lambda town: {"slug": "leeds"}),
    Visit("escalation:policy", "admin", "empty", lambda town: {"slug": "leeds"},
          send="main form[data-once]", **SENDS_BAD),
    Visit("escalation:people", "admin"),
    Visit("escalation:invitation-new", "admin"),
    Visit("escalation:invitation-new", "admin", "wrong", send="main form", **SENDS_BAD),
    Visit("escalation:person", "admin", "a guide", a_guide),
    Visit("escalation:person", "admin", "oneself", lambda town: {"pk": town.cast.admin.user.pk}),
    Visit("escalation:reset-new", "admin", "empty", a_guide, at="escalation:person",
          send='form[action$="/reset/"]', **SENDS_BAD),
    Visit("way-in-list", "senior"),
    Visit("way-in", "senior", "a code", alert("by_code")),
    Visit("way-in-list", "admin"),
    Visit("way-in", "admin", "a sign-on", alert("by_sign_on")),
    Visit("way-in-new", "admin"),
    Visit("way-in-new", "admin", "of a kind", query="?commissioner=leeds&kind=area"),
    Visit("way-in-new", "admin", "wrong", query="?commissioner=leeds&kind=single_sign_on",
          send="main form", **SENDS_BAD),
    Visit("way-in-edit", "admin", "", alert("by_email")),
    Visit("way-in-link", "admin", "", alert("by_link"), at="way-in",
          send='form[action$="/link/"]'),
    Visit("campaign-new", "admin", "wrong", send="main form", **SENDS_BAD),
    Visit("campaign-new", "admin"),
    Visit("commissioner-terms", "admin", "", lambda town: {"slug": "leeds"}),
    Visit("escalation:protocol-list", "admin"),
    Visit("escalation:protocol-new", "admin"),
    Visit("escalation:protocol-detail", "admin", "in force", alert("agreed")),
    Visit("escalation:protocol-detail", "admin", "offered", alert("offered")),
    Visit("escalation:protocol-detail", "admin", "draft", alert("draft")),
    Visit("risk:screening", "admin"),
    Visit("risk:release", "admin", "refused", alert("refused")),
    Visit("escalation:protocol-edit", "admin", "", alert("draft")),
    Visit("escalation:protocol-edit", "admin", "wrong", alert("draft"), send="main form",
          fields={"office_hours": "whenever"}, **SENDS_BAD),
]  # fmt: skip

WIDE = {"term": "plimming", "category": "self_harm", "level": "red", "patterns": "(a)? (b"}
NARROW = {"term": "plimming", "category": "self_harm", "level": "red", "patterns": "go plimming",
          "sentence": "I go plimming."}  # fmt: skip

KEEPERS = [
    Visit("operator-consent", role) for role in ("senior", "admin")
] + [
    Visit("risk:term-list", role, what, query=query)
    for role in ("senior", "admin")
    for what, query in (("", ""), ("none", "?q=nothing-is-like-this"))
] + [
    Visit("risk:term", "senior", "ours", lambda town: {"term": "flumping"}),
    Visit("risk:term", "admin", "shipped", lambda town: {"term": "want-to-die"}),
    Visit("risk:term-new", "senior"),
    Visit("risk:term-new", "admin", "wrong", send="main form", fields=WIDE, **SENDS_BAD),
    Visit("risk:term-new", "senior", "dry run", send="main form", fields=NARROW),
    Visit("risk:term-edit", "admin", "", lambda town: {"term": "flumping"}),
    Visit("risk:term-retire", "senior", "", lambda town: {"term": "flumping"}),
    Visit("risk:term-retire", "admin", "stopped", lambda town: {"term": "want-to-die"},
          send="main form"),
    Visit("risk:term-change", "senior", "to sign", alert("waiting_term")),
    Visit("risk:term-change", "admin", "one's own", alert("waiting_term")),
    Visit("risk:term-change", "admin", "in force", alert("term_in_force")),
    Visit("risk:term-refuse", "senior", "empty", alert("waiting_term"), at="risk:term-change",
          send="form[action$='/refusal/']", **SENDS_BAD),
]  # fmt: skip

VISITS = [
    *ANYONE,
    *MEMBERS,
    *PAUSED,
    *GUIDES,
    *IDENTITY,
    *SENIORS,
    *COMMISSIONERS,
    *ADMINS,
    *KEEPERS,
]
ROLES = sorted({visit.role for visit in VISITS})

# Routes with nothing of their own to look at, and why.
NOT_PAGES = {
    "notifications:subscribe": "asked by a page's script",
    "notifications:not-now": "leads back to the list",
    "notifications:unsubscribe": "leads back to the choices",
    "demo-mail": "a demo's alone: see tests/platform/test_demo_mail.py",
    "demo-letter": "a demo's alone: see tests/platform/test_demo_mail.py",
    "demo-letter-looks": "a demo's alone: see tests/platform/test_demo_mail.py",
    "escalation:unanswered-claim": "leads back to the list",
    "escalation:hand-over-taken": "leads back to the list",
    "escalation:theme-look": "leads back to the themes",
    "escalation:matter-release": "leads back to the reports",
    "join-letter-again": "leads back to the letter",
    "way-in-close": "leads back to the way in",
    "community:visitors-update": "leads back to what visitors read",
    "community:post-visitors": "leads back to the post",
    "alias-offer": "a part of the account page",
    "join-consent": "leads away, but for who is about to join: see test_first_visit.py",
    "exit": "leads away",
    "livez": "JSON",
    "readyz": "JSON",
    "safety": "JSON",
    "escalation:queue": "a part of the desk",
    "escalation:strip": "a part of the desk",
    "community:post-save": "leads back to the post",
    "community:post-answer": "leads back to the post",
    "community:reply-answer": "leads back to the reply",
    "community:away": "its address is made by a link: tests/browser/test_writing.py goes there",
    "belonging:avatar": "leads back to the profile",
    "belonging:lend-words": "leads back to privacy",
    "belonging:mute-kinds": "leads back to what is muted",
    "community:group-answer": "leads to the group or back to the groups",
    "community:group-leave": "leads back to the groups",
    "community:group-guide": "leads back to the group",
    "community:group-close": "leads back to the group",
    "belonging:unmute-word": "leads back to what is muted",
    "belonging:unmute-member": "leads back to what is muted",
    "belonging:come-back": "leads back to the wall",
    "belonging:language": "there is one language, so there is nothing to choose",
    "conversations:lines": "a part of the page",
    "escalation:conversations-part": "a part of the list",
    "escalation:conversation-part": "a part of the conversation",
    "escalation:conversation-claim": "leads back to the conversation",
    "escalation:conversation-heartbeat": "JSON",
    "escalation:conversation-release": "leads back to the list",
    "escalation:conversation-extension": "leads back to the conversation",
    "escalation:reply-template-retire": "leads back to the templates",
    "escalation:next": "leads to an alert or back to the desk",
    "escalation:heartbeat": "JSON",
    "escalation:release": "leads back to the desk",
    "escalation:case-acknowledgement": "leads back to the case",
    "risk:roll-back": "leads back to the screening",
    "risk:release-assess": "leads back to the release",
    "risk:release-promote": "leads back to the release",
    "escalation:protocol-offer": "leads back to the version",
    "escalation:protocol-withdraw": "leads back to the version",
    "risk:term-sign": "leads to the term",
    "risk:term-withdraw": "leads back to the change",
    "escalation:invitation-withdraw": "leads back to the people",
    "escalation:coverage-change": "leads back to the person",
    "escalation:appointment-end": "leads back to the people",
    "escalation:reset-agree": "leads back to the person",
    "account_reauthenticate": "asks only whoever has to show it again: see test_second_factor.py",
    "mfa_authenticate": "stands between password and session: see test_second_factor.py",
    "mfa_login_webauthn": "JSON, and where a passkey is sent",
    "mfa_deactivate_totp": "leads back to the second factors",
    "mfa_remove_webauthn": "leads back to the second factors",
    "mfa_view_recovery_codes": "there are none before a second factor: see test_second_factor.py",
    "mfa_generate_recovery_codes": "leads to the codes",
    "robots": "text for machines",
    "manifest": "JSON for phones",
    "service-worker": "a script",
    "account_session_end": "leads back to the list",
    "account_sessions_end_others": "leads back to the list",
}
