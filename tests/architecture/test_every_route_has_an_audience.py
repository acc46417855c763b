"""
Every route × everyone. A new route without a row here fails.

A row says what each person is answered, in the order of `tests.cast.ROLES`. The
routes are tried on things of Leeds; the guide elsewhere covers Derby.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.enums import Work
from accounts.invitations import invite
from community.groups import add_guide
from community.models import HelpInvitation, LoadCheck
from escalation import identity
from escalation.cases import open_case
from escalation.enums import Why
from escalation.protocols import offer_protocol
from escalation.staffing import ask_for_reset
from notifications.stopping import Letter, address_for
from tests.cast import ROLES, Cast
from tests.factories.accounts import (
    AdministratorFactory,
    MemberFactory,
    UserFactory,
    WallGuideFactory,
)
from tests.factories.community import PostFactory, ReplyFactory, TopicFactory
from tests.factories.conversations import LineFactory, TemplateFactory
from tests.factories.escalation import AgreedProtocolFactory, ProtocolFactory
from tests.factories.fairness import a_report, an_appeal, hidden_by
from tests.factories.groups import GroupFactory, ask_in, let_in
from tests.factories.releases import a_challenger
from tests.factories.risk import AlertFactory, AuditReadingFactory
from tests.factories.terms import WaitingTermFactory
from tests.factories.ways_in import (
    TOKEN,
    AreaFactory,
    EmailDomainFactory,
    ReferralFactory,
    SignOnFactory,
    WayInFactory,
)
from tests.sign_ins import give_passkey

pytestmark = pytest.mark.django_db

OK, FOUND, HIDDEN, PAUSED, BAD, NO_METHOD, LATE = 200, 302, 404, 403, 422, 405, 409

#           anonymous, member, suspended, guide, elsewhere, senior, commissioner, admin
ANYONE = (OK, OK, OK, OK, OK, OK, OK, OK)
MEMBERS = (FOUND, OK, PAUSED, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN)
MEMBERS_SEND = (FOUND, BAD, PAUSED, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN)
MEMBERS_DO = (FOUND, FOUND, PAUSED, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN)
NOT_THEIRS = (FOUND, HIDDEN, PAUSED, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN)
NOBODY = (FOUND, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN)
EVEN_PAUSED = (FOUND, OK, OK, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN)
GUIDES = (FOUND, HIDDEN, HIDDEN, OK, OK, OK, HIDDEN, HIDDEN)
GUIDES_OF_HERE = (FOUND, HIDDEN, HIDDEN, OK, HIDDEN, OK, HIDDEN, HIDDEN)
GUIDES_OF_HERE_SEND = (FOUND, HIDDEN, HIDDEN, BAD, HIDDEN, BAD, HIDDEN, HIDDEN)
GUIDES_OF_HERE_DO = (FOUND, HIDDEN, HIDDEN, FOUND, HIDDEN, FOUND, HIDDEN, HIDDEN)
GUIDES_OF_HERE_LATE = (FOUND, HIDDEN, HIDDEN, LATE, HIDDEN, LATE, HIDDEN, HIDDEN)
SENIORS_SEND = (FOUND, HIDDEN, HIDDEN, HIDDEN, HIDDEN, BAD, HIDDEN, HIDDEN)
SENIORS = (FOUND, HIDDEN, HIDDEN, HIDDEN, HIDDEN, OK, HIDDEN, HIDDEN)
# Administrators and senior wall guides; "late" is what is refused as things stand.
KEEPERS = (FOUND, HIDDEN, HIDDEN, HIDDEN, HIDDEN, OK, HIDDEN, OK)
KEEPERS_DO = (FOUND, HIDDEN, HIDDEN, HIDDEN, HIDDEN, FOUND, HIDDEN, FOUND)
KEEPERS_LATE = (FOUND, HIDDEN, HIDDEN, HIDDEN, HIDDEN, LATE, HIDDEN, LATE)
LEADS = (FOUND, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, OK, HIDDEN)
LEADS_SEND = (FOUND, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, BAD, HIDDEN)
ADMINS = (FOUND, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, OK)
ADMINS_SEND = (FOUND, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, BAD)
ADMINS_DO = (FOUND, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, FOUND)
KEEPERS_SEND = (FOUND, HIDDEN, HIDDEN, HIDDEN, HIDDEN, BAD, HIDDEN, BAD)
SAFETY = (FOUND, HIDDEN, HIDDEN, 503, 503, 503, HIDDEN, 503)
HOME = (OK, FOUND, FOUND, FOUND, FOUND, FOUND, FOUND, FOUND)
EXIT = (303,) * 8
# allauth's own pages: signing in is for those who are not, the rest for those who are.
SIGN_IN = (OK, FOUND, FOUND, FOUND, FOUND, FOUND, FOUND, FOUND)
SIGNED_IN = (FOUND, OK, OK, OK, OK, OK, OK, OK)
ONLY_FOUND = (FOUND,) * 8
NOWHERE = (HIDDEN,) * 8
# The way in: whoever is signed in has come in already, and is taken to their own place.
VISITORS = (OK, FOUND, FOUND, FOUND, FOUND, FOUND, FOUND, FOUND)
VISITORS_SEND = (BAD, FOUND, FOUND, FOUND, FOUND, FOUND, FOUND, FOUND)


def nothing(cast: Cast) -> dict[str, Any]:
    return {}


def a_topic(cast: Cast) -> dict[str, Any]:
    return {"slug": TopicFactory().slug}


def somebodys_post(cast: Cast) -> dict[str, Any]:
    return {"public_id": PostFactory().public_id}


def a_demo_letter(cast: Cast) -> dict[str, Any]:
    return {"name": "20260304-120000-1.log"}


def a_letters_token(cast: Cast) -> dict[str, Any]:
    return {"token": address_for(cast.member, Letter.WEEK).split("/")[-2]}


def the_members_post(cast: Cast) -> dict[str, Any]:
    return {"public_id": PostFactory(author=cast.member).public_id}


def somebodys_reply(cast: Cast) -> dict[str, Any]:
    return {"public_id": ReplyFactory().public_id}


def the_members_reply(cast: Cast) -> dict[str, Any]:
    return {"public_id": ReplyFactory(author=cast.member).public_id}


def a_group(cast: Cast) -> dict[str, Any]:
    """Run by the guides of here, with the member in it."""
    group = GroupFactory(by=cast.guide)
    add_guide(group=group, guide=cast.senior, by=cast.guide, at=timezone.now())
    let_in(group, cast.member, cast.guide)
    return {"public_id": group.public_id}


def a_group_that_asks(cast: Cast) -> dict[str, Any]:
    group = GroupFactory(by=cast.guide)
    ask_in(group, cast.member, cast.guide)
    return {"public_id": group.public_id}


def anothers_group(cast: Cast) -> dict[str, Any]:
    group = GroupFactory(by=cast.guide)
    let_in(group, MemberFactory(locality=cast.leeds), cast.guide)
    return {"public_id": group.public_id}


def a_place_in_a_group(cast: Cast) -> dict[str, Any]:
    return {**a_group(cast), "member_id": cast.member.public_id}


def a_matter(cast: Cast) -> dict[str, Any]:
    return {"pk": a_report(of=PostFactory(author=cast.member)).matter_id}


def the_members_decision(cast: Cast) -> dict[str, Any]:
    return {"public_id": hidden_by(cast.guide, of=PostFactory(author=cast.member)).public_id}


def the_suspendeds_decision(cast: Cast) -> dict[str, Any]:
    return {"public_id": hidden_by(cast.guide, of=PostFactory(author=cast.suspended)).public_id}


def an_asked_appeal(cast: Cast) -> dict[str, Any]:
    """About what a guide of here decided who is nobody of the cast."""
    by = WallGuideFactory(covers=[cast.leeds])
    act = hidden_by(by, of=PostFactory(author=cast.member))
    return {"public_id": an_appeal(about=act).public_id}


def the_member(cast: Cast) -> dict[str, Any]:
    return {"public_id": cast.member.public_id}


def the_members_line(cast: Cast) -> dict[str, Any]:
    return {"public_id": LineFactory(member=cast.member).public_id}


def a_conversation(cast: Cast) -> dict[str, Any]:
    return {"pk": LineFactory(member=cast.member).conversation_id}


def everybodys_template(cast: Cast) -> dict[str, Any]:
    return {"pk": TemplateFactory(owner=None, written_by=cast.guide).pk}


def the_guides_own_template(cast: Cast) -> dict[str, Any]:
    return {"pk": TemplateFactory(owner=cast.guide, written_by=cast.guide).pk}


def a_detail(cast: Cast) -> dict[str, Any]:
    return {"part": "phone"}


def a_post_they_were_asked_about(cast: Cast) -> dict[str, Any]:
    post = PostFactory()
    HelpInvitation.objects.create(post=post, member=cast.member, invited_at=timezone.now())
    return {"public_id": post.public_id}


def a_load_check(cast: Cast) -> dict[str, Any]:
    check = LoadCheck.objects.create(member=cast.member, signs=["many"], asked_at=timezone.now())
    return {"pk": check.pk}


def a_theme(cast: Cast) -> dict[str, Any]:
    return {"slug": "category-suicide"}


def an_alert(cast: Cast) -> dict[str, Any]:
    return {"pk": AlertFactory(author=cast.member).pk}


def a_reading(cast: Cast) -> dict[str, Any]:
    return {"pk": AuditReadingFactory(author=cast.member).pk}


def a_release(cast: Cast) -> dict[str, Any]:
    return {"pk": a_challenger().pk}


def a_case(cast: Cast) -> dict[str, Any]:
    return {"pk": _case(cast).pk}


def a_case_and_step(cast: Cast) -> dict[str, Any]:
    case = _case(cast)
    return {"pk": case.pk, "step_pk": case.steps.get().pk}


def an_ask(cast: Cast) -> dict[str, Any]:
    """The guide of here has asked who a member is, and nobody has said yes."""
    case = _case(cast)
    asked = identity.ask(case=case, by=cast.guide, why=Why.SAFE, reason="They do not answer.")
    return {"pk": case.pk, "request_pk": asked.pk}


def a_release_at_once(cast: Cast) -> dict[str, Any]:
    case = _case(cast)
    act = {"case": case, "by": cast.guide, "why": Why.SAFE, "reason": "They do not answer."}
    return {"pk": case.pk, "request_pk": identity.release_at_once(**act).pk}


def a_draft(cast: Cast) -> dict[str, Any]:
    return {"pk": ProtocolFactory(locality=cast.leeds).pk}


def anothers_protocol(cast: Cast) -> dict[str, Any]:
    return {"pk": AgreedProtocolFactory(locality=cast.derby).pk}


def an_offered_protocol(cast: Cast) -> dict[str, Any]:
    protocol = ProtocolFactory(locality=cast.leeds)
    offer_protocol(protocol=protocol, by=cast.admin, at=timezone.now())
    return {"pk": protocol.pk}


def an_agreed_protocol(cast: Cast) -> dict[str, Any]:
    return {"pk": AgreedProtocolFactory(locality=cast.leeds).pk}


def a_shipped_term(cast: Cast) -> dict[str, Any]:
    return {"term": "want-to-die"}


def a_waiting_term(cast: Cast) -> dict[str, Any]:
    return {"pk": WaitingTermFactory(proposed_by=cast.admin.user).pk}


def an_invitation(cast: Cast) -> dict[str, Any]:
    found, _token = invite(
        email="new@example.invalid", name="New", work=Work.ADMIN, by=cast.admin.user,
        at=timezone.now(),
    )  # fmt: skip
    return {"pk": found.pk}


def a_made_up_token(cast: Cast) -> dict[str, Any]:
    return {"token": "made-up"}


def the_guide(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.guide.user.pk}


def the_guide_elsewhere(cast: Cast) -> dict[str, Any]:
    return {"pk": cast.guide_elsewhere.user.pk}


def an_asked_reset(cast: Cast) -> dict[str, Any]:
    """Asked by an administrator who is nobody of the cast."""
    asked = ask_for_reset(
        user=cast.guide.user, by=AdministratorFactory().user, reason="Rang.", at=timezone.now()
    )
    return {"pk": asked.pk}


def anothers_passkey(cast: Cast) -> dict[str, Any]:
    return {"pk": give_passkey(UserFactory()).pk}


def a_made_up_reset(cast: Cast) -> dict[str, Any]:
    return {"uidb36": "a", "key": "made-up"}


def a_way_in(cast: Cast) -> dict[str, Any]:
    return {"pk": WayInFactory(commissioner=cast.leeds.commissioner).pk}


def a_referral(cast: Cast) -> dict[str, Any]:
    return {"pk": ReferralFactory(commissioner=cast.leeds.commissioner).pk}


def a_referral_link(cast: Cast) -> dict[str, Any]:
    a_referral(cast)
    return {"token": TOKEN}


def an_organisation(cast: Cast) -> dict[str, Any]:
    a_way_in(cast)
    return {"slug": cast.leeds.commissioner.slug}


def an_email_domain(cast: Cast) -> dict[str, Any]:
    return {"pk": EmailDomainFactory(commissioner=cast.leeds.commissioner).pk}


def an_area(cast: Cast) -> dict[str, Any]:
    return {"pk": AreaFactory(commissioner=cast.leeds.commissioner).pk}


def a_sign_on(cast: Cast) -> dict[str, Any]:
    return {"pk": SignOnFactory(commissioner=cast.leeds.commissioner).way_in.pk}


def back_from_a_sign_on(cast: Cast) -> dict[str, Any]:
    return {"provider_id": str(a_sign_on(cast)["pk"])}


def _case(cast: Cast) -> Any:
    AgreedProtocolFactory(locality=cast.leeds)
    # Opened by the senior, then let go of: nobody's claim decides who is answered.
    return open_case(
        alert=AlertFactory(author=cast.member), by=cast.senior, note="Worried.", version=None,
        at=timezone.now(),
    )  # fmt: skip


Row = tuple[str, Callable[[Cast], dict[str, Any]], tuple[int, ...]]

MATRIX: dict[str, Row] = {
    "home": ("GET", nothing, HOME),
    "help-now": ("GET", nothing, ANYONE),
    "offline": ("GET", nothing, ANYONE),
    "service-worker": ("GET", nothing, ANYONE),
    "manifest": ("GET", lambda cast: {"face": "notes"}, ANYONE),
    "exit": ("POST", nothing, EXIT),
    "robots": ("GET", nothing, ANYONE),
    "design": ("GET", nothing, ANYONE),
    "livez": ("GET", nothing, ANYONE),
    "readyz": ("GET", nothing, ANYONE),
    "safety": ("GET", nothing, SAFETY),
    "join": ("GET", nothing, VISITORS),
    "join-code": ("POST", nothing, VISITORS_SEND),
    "join-referral": ("GET", a_referral_link, VISITORS),
    "join-at": ("GET", an_organisation, VISITORS),
    "join-email": ("GET", an_email_domain, VISITORS),
    "join-area": ("GET", an_area, VISITORS),
    # Nobody answers where that sign-on should be: the page says so, kindly.
    "join-sign-on": ("GET", a_sign_on, VISITORS),
    "openid_connect_callback": ("GET", back_from_a_sign_on, VISITORS),
    "join-without": ("GET", nothing, VISITORS),
    # Without a way in there is nowhere to go on from: back to the start.
    "join-place": ("GET", nothing, ONLY_FOUND),
    "join-account": ("GET", nothing, ONLY_FOUND),
    "join-letter": ("GET", nothing, ONLY_FOUND),
    "join-letter-again": ("POST", nothing, ONLY_FOUND),
    "way-in-list": ("GET", nothing, KEEPERS),
    "way-in": ("GET", a_way_in, KEEPERS),
    "way-in-new": ("POST", nothing, ADMINS_SEND),
    "way-in-edit": ("POST", a_way_in, ADMINS_SEND),
    "way-in-close": ("POST", a_way_in, ADMINS_DO),
    "way-in-link": ("POST", a_referral, ADMINS),
    "campaign-new": ("POST", nothing, ADMINS_SEND),
    "commissioner-terms": ("POST", an_organisation, ADMINS_SEND),
    # A pause is from the wall, and not from help.
    "conversations:talk": ("GET", nothing, EVEN_PAUSED),
    "conversations:lines": ("GET", nothing, EVEN_PAUSED),
    "community:look": ("GET", nothing, ANYONE),
    "community:visitors": ("GET", nothing, GUIDES),
    "community:visitors-update": ("POST", the_members_post, GUIDES_OF_HERE_DO),
    "community:post-visitors": ("POST", the_members_post, MEMBERS_DO),
    "alias-offer": ("GET", nothing, ANYONE),
    # Nobody has begun to join: it leads to where that is done.
    "join-consent": ("GET", nothing, ONLY_FOUND),
    "consent": ("GET", nothing, EVEN_PAUSED),
    "operator-consent": ("GET", nothing, KEEPERS),
    "belonging:arrival": ("GET", nothing, MEMBERS),
    "belonging:reasons": ("POST", nothing, MEMBERS_DO),
    "belonging:goals": ("POST", nothing, MEMBERS_SEND),
    "belonging:waiting": ("POST", nothing, MEMBERS_DO),
    "belonging:first-wall": ("GET", nothing, MEMBERS),
    "community:search": ("POST", nothing, MEMBERS_SEND),
    "community:groups": ("GET", nothing, MEMBERS),
    "community:group": ("GET", a_group, MEMBERS),
    "community:group-answer": ("POST", a_group_that_asks, MEMBERS_DO),
    "community:group-leave": ("POST", a_group, MEMBERS_DO),
    "community:group-list": ("GET", nothing, GUIDES),
    "community:group-desk": ("GET", a_group, GUIDES_OF_HERE),
    "community:group-invite": ("POST", a_group, GUIDES_OF_HERE_SEND),
    "community:group-guide": ("POST", a_group, GUIDES_OF_HERE_SEND),
    "community:group-close": ("POST", a_group, GUIDES_OF_HERE_DO),
    "community:group-end-place": ("POST", a_place_in_a_group, GUIDES_OF_HERE_SEND),
    "community:feed": ("GET", nothing, MEMBERS),
    "community:topic": ("GET", a_topic, MEMBERS),
    "community:for-you": ("GET", nothing, MEMBERS),
    "community:waiting": ("GET", nothing, MEMBERS),
    "community:since": ("GET", nothing, MEMBERS),
    "community:mine": ("GET", nothing, MEMBERS),
    "community:post-new": ("POST", nothing, MEMBERS_SEND),
    "community:drafts": ("GET", nothing, MEMBERS),
    "community:post-delete": ("GET", the_members_post, MEMBERS),
    "community:reply-delete": ("GET", the_members_reply, MEMBERS),
    "community:post-answer": ("POST", somebodys_post, MEMBERS_DO),
    "community:reply-answer": ("POST", somebodys_reply, MEMBERS_DO),
    "community:post-history": ("GET", the_members_post, GUIDES_OF_HERE),
    "community:reply-history": ("GET", the_members_reply, GUIDES_OF_HERE),
    # Without the address that a page of ours has made there is nothing to warn of.
    "community:away": ("GET", nothing, (HIDDEN,) * 8),
    "community:thread": ("GET", somebodys_post, MEMBERS),
    "community:reply-create": ("POST", somebodys_post, MEMBERS_SEND),
    "community:post-edit": ("GET", the_members_post, MEMBERS),
    "community:reply-edit": ("GET", the_members_reply, MEMBERS),
    "community:post-save": ("POST", somebodys_post, MEMBERS_DO),
    "community:post-mute": ("GET", somebodys_post, MEMBERS),
    "community:reply": ("GET", somebodys_reply, MEMBERS_DO),
    "community:reply-mute": ("GET", somebodys_reply, MEMBERS),
    "community:helping": ("GET", nothing, MEMBERS),
    "community:load": ("POST", nothing, MEMBERS_SEND),
    "community:asked": ("GET", a_post_they_were_asked_about, MEMBERS),
    "community:hand-over": ("POST", a_post_they_were_asked_about, MEMBERS_DO),
    "belonging:me": ("GET", nothing, MEMBERS),
    "belonging:written": ("GET", nothing, MEMBERS),
    "belonging:written-replies": ("GET", nothing, MEMBERS),
    "belonging:saved": ("GET", nothing, MEMBERS),
    "belonging:profile": ("GET", nothing, MEMBERS),
    "belonging:avatar": ("POST", nothing, MEMBERS_DO),
    "belonging:privacy": ("GET", nothing, MEMBERS),
    "belonging:lend-words": ("POST", nothing, MEMBERS_DO),
    "belonging:privacy-detail": ("GET", a_detail, MEMBERS),
    "belonging:muted": ("GET", nothing, MEMBERS),
    "belonging:mute-kinds": ("POST", nothing, MEMBERS_DO),
    "belonging:unmute-word": ("POST", nothing, MEMBERS_DO),
    # Without a person named there is nobody to unmute.
    "belonging:unmute-member": ("POST", nothing, NOT_THEIRS),
    # Outside a demo they are nowhere.
    "demo-mail": ("GET", nothing, NOWHERE),
    "demo-letter": ("GET", a_demo_letter, NOWHERE),
    "demo-letter-looks": ("GET", a_demo_letter, NOWHERE),
    "notifications:news": ("GET", nothing, MEMBERS),
    # Without a key of the house no phone can be told.
    "notifications:subscribe": ("POST", nothing, NOT_THEIRS),
    "notifications:not-now": ("POST", nothing, MEMBERS_DO),
    "notifications:unsubscribe": ("POST", nothing, MEMBERS_DO),
    "notifications:stop": ("GET", a_letters_token, ANYONE),
    "belonging:notifications": ("GET", nothing, MEMBERS),
    "belonging:appearance": ("GET", nothing, MEMBERS),
    # With one language there is nothing to choose.
    "belonging:language": ("GET", nothing, NOT_THEIRS),
    "belonging:break": ("GET", nothing, MEMBERS),
    "belonging:come-back": ("POST", nothing, MEMBERS_DO),
    "belonging:download": ("GET", nothing, EVEN_PAUSED),
    "belonging:leave": ("GET", nothing, EVEN_PAUSED),
    # Whoever has not left is taken to the wall.
    "belonging:stay": ("GET", nothing, (302, 302, 302, 404, 404, 404, 404, 404)),
    "escalation:desk": ("GET", nothing, GUIDES),
    "escalation:queue": ("GET", nothing, GUIDES),
    "escalation:strip": ("GET", nothing, GUIDES),
    "escalation:next": ("POST", nothing, (302, 404, 404, 302, 302, 302, 404, 404)),
    "escalation:senior": ("GET", nothing, SENIORS),
    "escalation:unanswered": ("GET", nothing, GUIDES),
    "escalation:unanswered-claim": ("POST", the_members_post, GUIDES_OF_HERE_DO),
    "escalation:unanswered-reply": ("POST", the_members_post, GUIDES_OF_HERE_SEND),
    "escalation:hand-over-taken": ("POST", the_members_post, GUIDES_OF_HERE_DO),
    "escalation:first-replies": ("GET", nothing, SENIORS),
    "escalation:peers": ("GET", nothing, GUIDES),
    "escalation:peer-update": ("POST", a_load_check, GUIDES_OF_HERE_SEND),
    "escalation:themes": ("GET", nothing, GUIDES),
    "escalation:theme": ("GET", a_theme, GUIDES),
    "escalation:theme-look": ("POST", a_theme, (302, 404, 404, 302, 302, 302, 404, 404)),
    "escalation:thread-cooling": ("GET", the_members_post, GUIDES_OF_HERE),
    "escalation:alert": ("GET", an_alert, GUIDES_OF_HERE),
    "escalation:claim": ("POST", an_alert, GUIDES_OF_HERE_DO),
    "escalation:heartbeat": ("POST", an_alert, GUIDES_OF_HERE),
    "escalation:release": ("POST", an_alert, GUIDES_OF_HERE_DO),
    "escalation:reply": ("POST", an_alert, GUIDES_OF_HERE_SEND),
    "escalation:senior-question": ("POST", an_alert, GUIDES_OF_HERE_SEND),
    "escalation:senior-answer": ("POST", an_alert, GUIDES_OF_HERE_SEND),
    "escalation:visibility": ("POST", an_alert, GUIDES_OF_HERE_SEND),
    "escalation:alert-case": ("POST", an_alert, GUIDES_OF_HERE_SEND),
    "escalation:alert-closure": ("POST", an_alert, GUIDES_OF_HERE_SEND),
    "community:post-report": ("GET", somebodys_post, MEMBERS),
    "community:reply-report": ("GET", somebodys_reply, MEMBERS),
    "community:rules": ("GET", nothing, EVEN_PAUSED),
    "community:decisions": ("GET", nothing, EVEN_PAUSED),
    "community:decision": ("GET", the_members_decision, (302, 200, 404, 404, 404, 404, 404, 404)),
    "escalation:matters": ("GET", nothing, GUIDES),
    "escalation:matter": ("GET", a_matter, GUIDES_OF_HERE),
    "escalation:matter-claim": ("POST", a_matter, GUIDES_OF_HERE_DO),
    "escalation:matter-release": ("POST", a_matter, GUIDES_OF_HERE_DO),
    "escalation:matter-note": ("POST", a_matter, GUIDES_OF_HERE_SEND),
    "escalation:matter-closure": ("POST", a_matter, GUIDES_OF_HERE_SEND),
    "escalation:post-acts": ("GET", the_members_post, GUIDES_OF_HERE),
    "escalation:reply-acts": ("GET", the_members_reply, GUIDES_OF_HERE),
    "escalation:member": ("GET", the_member, GUIDES_OF_HERE),
    "escalation:held": ("GET", nothing, GUIDES),
    "escalation:appeals": ("GET", nothing, GUIDES),
    "escalation:appeal": ("GET", an_asked_appeal, GUIDES_OF_HERE),
    "escalation:policies": ("GET", nothing, ADMINS),
    "escalation:policy": ("GET", an_organisation, ADMINS),
    "reporting:wall-policy": ("GET", nothing, LEADS),
    "escalation:readings": ("GET", nothing, GUIDES),
    "escalation:reading-answer": ("POST", a_reading, GUIDES_OF_HERE_SEND),
    "escalation:post-sooner": ("GET", the_members_post, GUIDES_OF_HERE),
    "escalation:reply-sooner": ("GET", the_members_reply, GUIDES_OF_HERE),
    "escalation:line-sooner": ("GET", the_members_line, GUIDES_OF_HERE),
    "escalation:conversations": ("GET", nothing, GUIDES),
    "escalation:conversations-part": ("GET", nothing, GUIDES),
    "escalation:conversation": ("GET", a_conversation, GUIDES_OF_HERE),
    "escalation:conversation-part": ("GET", a_conversation, GUIDES_OF_HERE),
    "escalation:conversation-claim": ("POST", a_conversation, GUIDES_OF_HERE_DO),
    "escalation:conversation-heartbeat": ("POST", a_conversation, GUIDES_OF_HERE),
    "escalation:conversation-release": ("POST", a_conversation, GUIDES_OF_HERE_DO),
    "escalation:conversation-answer": ("POST", a_conversation, GUIDES_OF_HERE_SEND),
    # Nobody has answered yet, so there is no time to extend.
    "escalation:conversation-extension": ("POST", a_conversation, GUIDES_OF_HERE_LATE),
    "escalation:conversation-hand-over": ("POST", a_conversation, GUIDES_OF_HERE_SEND),
    "escalation:conversation-closure": ("POST", a_conversation, GUIDES_OF_HERE_SEND),
    "escalation:reply-templates": ("GET", nothing, GUIDES),
    "escalation:reply-template-new": ("POST", nothing, (302, 404, 404, 422, 422, 422, 404, 404)),
    "escalation:reply-template": ("GET", everybodys_template, SENIORS),
    "escalation:reply-template-retire": (
        "POST",
        everybodys_template,
        (302, 404, 404, 404, 404, 302, 404, 404),
    ),
    "escalation:case-list": ("GET", nothing, GUIDES),
    "escalation:case": ("GET", a_case, GUIDES_OF_HERE),
    "escalation:case-step": ("POST", a_case_and_step, GUIDES_OF_HERE_SEND),
    "escalation:case-acknowledgement": ("POST", a_case, GUIDES_OF_HERE_DO),
    "escalation:case-closure": ("POST", a_case, GUIDES_OF_HERE_SEND),
    "escalation:identity-list": ("GET", nothing, GUIDES),
    "escalation:identity": ("POST", a_case, GUIDES_OF_HERE_SEND),
    "escalation:identity-now": ("POST", a_case, GUIDES_OF_HERE_SEND),
    "escalation:identity-request": ("GET", an_ask, GUIDES_OF_HERE),
    "escalation:identity-decision": ("POST", an_ask, GUIDES_OF_HERE_SEND),
    # Nobody has said yes, so it opens to nobody.
    "escalation:identity-look": ("POST", an_ask, GUIDES_OF_HERE_LATE),
    "escalation:identity-review": ("POST", a_release_at_once, SENIORS_SEND),
    "escalation:identity-delay": ("POST", an_ask, SENIORS_SEND),
    "escalation:identity-releases": ("GET", nothing, ADMINS),
    "escalation:looks": ("GET", nothing, EVEN_PAUSED),
    "escalation:what-happens": ("GET", nothing, EVEN_PAUSED),
    "escalation:protocol-list": ("GET", nothing, ADMINS),
    "escalation:protocol-new": ("POST", nothing, ADMINS_SEND),
    "escalation:protocol-detail": ("GET", an_agreed_protocol, ADMINS),
    "escalation:protocol-edit": ("GET", a_draft, ADMINS),
    "escalation:protocol-offer": ("POST", a_draft, ADMINS_DO),
    "escalation:protocol-withdraw": ("POST", an_offered_protocol, ADMINS_DO),
    "risk:term-list": ("GET", nothing, KEEPERS),
    "risk:term-new": ("POST", nothing, KEEPERS_SEND),
    "risk:term": ("GET", a_shipped_term, KEEPERS),
    "risk:term-edit": ("POST", a_shipped_term, KEEPERS_SEND),
    "risk:term-retire": ("GET", a_shipped_term, KEEPERS),
    "risk:term-change": ("GET", a_waiting_term, KEEPERS),
    # Proposed by the administrator: the senior signs it, who proposed it cannot.
    "risk:term-sign": ("POST", a_waiting_term, (302, 404, 404, 404, 404, 302, 404, 409)),
    "risk:term-refuse": ("POST", a_waiting_term, KEEPERS_SEND),
    "risk:term-withdraw": ("POST", a_waiting_term, (302, 404, 404, 404, 404, 409, 404, 302)),
    "risk:screening": ("GET", nothing, KEEPERS),
    "risk:roll-back": ("POST", nothing, KEEPERS_LATE),
    "risk:release": ("GET", a_release, KEEPERS),
    "risk:release-assess": ("POST", a_release, KEEPERS_DO),
    "risk:release-sign": ("POST", a_release, KEEPERS_LATE),
    "risk:release-promote": ("POST", a_release, KEEPERS_LATE),
    "escalation:people": ("GET", nothing, KEEPERS),
    "escalation:invitation-new": ("POST", nothing, ADMINS_SEND),
    "escalation:invitation-withdraw": ("POST", an_invitation, ADMINS_DO),
    # A link that was never sent: the page says that it has ended.
    "escalation:invited": ("GET", a_made_up_token, (404,) * 8),
    "escalation:person": ("GET", the_guide, KEEPERS),
    "escalation:coverage-change": ("POST", the_guide, ADMINS_DO),
    "escalation:appointment-end": ("POST", the_guide_elsewhere, ADMINS_DO),
    "escalation:reset-new": ("POST", the_guide, KEEPERS_SEND),
    "escalation:reset-agree": ("POST", an_asked_reset, KEEPERS_DO),
    "reporting:commissioner-home": ("GET", nothing, LEADS),
    "reporting:protocol": ("GET", an_agreed_protocol, LEADS),
    "reporting:protocol-agreement": ("POST", an_offered_protocol, LEADS_SEND),
    "account_login": ("GET", nothing, SIGN_IN),
    "account_logout": ("GET", nothing, SIGNED_IN),
    "account_inactive": ("GET", nothing, ANYONE),
    # Everyone in the cast has just shown who they are, so it leads back.
    "account_reauthenticate": ("GET", nothing, ONLY_FOUND),
    "mfa_authenticate": ("GET", nothing, ONLY_FOUND),
    "mfa_login_webauthn": ("GET", nothing, ONLY_FOUND),
    "mfa_index": ("GET", nothing, SIGNED_IN),
    "mfa_activate_totp": ("GET", nothing, SIGNED_IN),
    "mfa_add_webauthn": ("GET", nothing, SIGNED_IN),
    "mfa_deactivate_totp": ("POST", nothing, NOBODY),
    "mfa_remove_webauthn": ("POST", anothers_passkey, NOBODY),
    "mfa_view_recovery_codes": ("GET", nothing, NOBODY),
    "mfa_generate_recovery_codes": ("POST", nothing, NOBODY),
    "account_change_password": ("GET", nothing, SIGNED_IN),
    "account_reset_password": ("GET", nothing, ANYONE),
    "account_reset_password_done": ("GET", nothing, ANYONE),
    "account_reset_password_from_key": ("GET", a_made_up_reset, ANYONE),
    "account_sessions": ("GET", nothing, SIGNED_IN),
    "account_session_end": ("POST", nothing, ONLY_FOUND),
    "account_sessions_end_others": ("POST", nothing, ONLY_FOUND),
}

# The same routes, for a person who is the right kind and not the right one (S01).
NOT_THE_OWNER: dict[str, Row] = {
    "community:group": ("GET", anothers_group, NOT_THEIRS),
    "community:group-answer": ("POST", anothers_group, NOT_THEIRS),
    "community:group-leave": ("POST", anothers_group, NOT_THEIRS),
    "community:post-report": ("GET", the_members_post, NOT_THEIRS),
    "community:reply-report": ("GET", the_members_reply, NOT_THEIRS),
    "community:decision": (
        "GET",
        the_suspendeds_decision,
        (302, 404, 200, 404, 404, 404, 404, 404),
    ),
    "community:post-visitors": ("POST", somebodys_post, NOT_THEIRS),
    "community:post-edit": ("GET", somebodys_post, NOT_THEIRS),
    "community:reply-edit": ("GET", somebodys_reply, NOT_THEIRS),
    # They were not asked about it, and have no part in it.
    "community:asked": ("GET", somebodys_post, NOT_THEIRS),
    "community:hand-over": ("POST", somebodys_post, NOT_THEIRS),
    "community:post-delete": ("POST", somebodys_post, NOT_THEIRS),
    "community:reply-delete": ("POST", somebodys_reply, NOT_THEIRS),
    # A guide's own words are nobody else's, a senior's neither.
    "escalation:reply-template": (
        "GET",
        the_guides_own_template,
        (302, 404, 404, 200, 404, 404, 404, 404),
    ),
    "reporting:protocol": ("GET", anothers_protocol, NOBODY),
    "reporting:protocol-agreement": ("POST", anothers_protocol, NOBODY),
}


def all_routes(
    patterns: list[Any] | None = None, namespace: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from all_routes(pattern.url_patterns, inner)
        else:
            yield f"{namespace}{pattern.name}", pattern


def test_s02_every_route_has_a_row_and_every_row_a_route():
    assert {name for name, _ in all_routes()} == set(MATRIX)


def test_s02_every_view_of_ours_opens_with_one_audience():
    without = [name for name, pattern in all_routes() if not hasattr(pattern.callback, "audience")]

    assert without == []


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", sorted(MATRIX))
def test_s02_each_person_is_answered_as_the_matrix_says(name: str, role: str, cast: Cast):
    assert_row(MATRIX[name], name, role, cast)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", sorted(NOT_THE_OWNER))
def test_s01_what_is_somebody_elses_does_not_exist(name: str, role: str, cast: Cast):
    assert_row(NOT_THE_OWNER[name], name, role, cast)


def assert_row(row: Row, name: str, role: str, cast: Cast) -> None:
    method, arguments, expected = row
    client = cast.client(role)
    response = client.generic(method, reverse(name, kwargs=arguments(cast)))
    assert response.status_code == expected[ROLES.index(role)]
