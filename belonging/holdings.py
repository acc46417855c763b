"""
Everything in the house that hangs on a member, and what becomes of it.

The download and the erasure both walk this list, so that neither can forget what the other
knows. A new model from which a path leads to a member has to be named here: a test walks the
models and fails until it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.apps import apps
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

SAME_WORDS = _("The same words again, as the page shows them.")
OF_THE_HOUSE = _("It is how the house works, and says nothing about you.")
A_GUIDES_NOTE = _(
    "Wall guides write notes for each other. A senior wall guide looks at them before you get "
    "them, because they may name other people."
)
HOW_WE_READ = _(
    "It shows how exactly the computer weighs words. If people knew, they could hide from it."
)


@dataclass(frozen=True)
class Holding:
    """
    One model with rows about a member.

    ``of`` leads from a row to its member. In the download each field that `Privacy` sorts is
    shown, but for what is ``withheld``, each with the reason that the member reads; where a
    field points at another row, ``instead`` says what of that row is shown. With ``left_out``
    none of it is shown, for that reason. ``by_hand`` is what the erasure does itself, because
    more has to be thought of than deleting the rows.
    """

    model: str
    of: str
    title: Words = ""
    withheld: Mapping[str, Words] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)
    left_out: Words = ""
    by_hand: bool = False

    @property
    def model_class(self) -> type[models.Model]:
        return apps.get_model(self.model)

    @property
    def shown(self) -> list[str]:
        """The fields that the download shows, in the order in which they are declared."""
        if self.left_out:
            return []
        of_row = [f.name for f in self.model_class._meta.get_fields() if f.name in self.sorted]
        return [name for name in of_row if name not in self.withheld]

    @property
    def sorted(self) -> set[str]:
        privacy = self.model_class.Privacy  # type: ignore[attr-defined]
        return {
            name
            for kind in ("identifying", "clinical", "operational")
            for name in getattr(privacy, kind, ())
        }


def _house(*names: str) -> dict[str, Words]:
    return dict.fromkeys(names, OF_THE_HOUSE)


_WRITING = {
    **_house(
        "id",
        "author",
        "idempotency_key",
        "hidden_by",
        "is_visible",
        "screenings",
        "content_note_by",
    ),
    "body_html": SAME_WORDS,
}

# In the order in which rows can go: what points at something goes before it.
HOLDINGS: tuple[Holding, ...] = (
    Holding(
        "accounts.Preferences", "member", _("What you have chosen"),
        withheld=_house("id", "member"),
    ),
    Holding(
        "notifications.Notice", "member", _("What you were told"),
        withheld=_house("id", "member", "about", "url_name", "args", "push_at", "letter_at"),
    ),
    Holding(
        "notifications.Reach", "member", _("When we last wrote to you"),
        withheld=_house("id", "member"),
    ),
    Holding(
        "notifications.Subscription", "member", _("Phones and computers you are told on"),
        withheld=_house("id", "member"), by_hand=True,
    ),
    Holding(
        "accounts.ConsentGiven", "member", _("What you agreed to"),
        withheld=_house("id", "member"), instead={"terms": "terms__version"},
    ),
    Holding(
        "measures.GoalRating", "goal__author", _("How near you were to your goals"),
        withheld=_house("id"), instead={"goal": "goal__words"}, by_hand=True,
    ),
    Holding(
        "measures.Goal", "author", _("Your goals"),
        withheld=_house("id", "author", "screenings"), by_hand=True,
    ),
    Holding(
        "community.Draft", "member", _("What you have begun and not sent"),
        withheld=_house("id", "member", "place"), instead={"topic": "topic__name"},
    ),
    Holding(
        "community.Support", "member", _("Kind words you have sent in one tap"),
        withheld={
            **_house("id", "member", "post", "reply"),
        },
    ),
    Holding(
        "community.SavedPost", "member", _("Posts you have saved"),
        withheld={
            **_house("id", "member"),
            "post": _("Somebody else wrote it. You find it under “What I saved”."),
        },
    ),
    Holding(
        "community.MutedMember", "member", _("People you have muted"),
        withheld={
            **_house("id", "member"),
            "muted": _("It is somebody else. You find them under “Muted”."),
        },
    ),
    Holding(
        "community.ReadingPlace", "member", _("Where you were on the wall"),
        withheld=_house("id", "member"),
    ),
    Holding(
        "conversations.HandOverNote", "conversation__member", left_out=A_GUIDES_NOTE,
    ),
    Holding(
        "conversations.Line", "author", _("What you wrote to the wall guides"),
        withheld={
            **_house("id", "conversation", "author", "guide", "said", "idempotency_key",
                     "screenings", "first_wait"),
            "body_html": SAME_WORDS,
        },
        by_hand=True,
    ),
    Holding(
        "conversations.Conversation", "member", _("When you talked with the wall guides"),
        withheld=_house("id", "member", "version", "claimed_by", "claimed_at", "claim_expires_at",
                        "closed_by", "next_action_at", "passed_up_at", "passed_up_times",
                        "still_here_at"),
        instead={"locality": "locality__name"}, by_hand=True,
    ),
    Holding(
        "community.GroupMember", "member", _("Groups you were asked into"),
        withheld=_house("id", "member", "invited_by", "ended_by"),
        instead={"group": "group__name"},
    ),
    Holding(
        "community.HelpOffer", "member", _("That you would like to be asked to help"),
        withheld=_house("id", "member"),
    ),
    Holding(
        "community.HelpInvitation", "member", _("Times when we asked you to help"),
        withheld={**_house("id", "member"), "post": _("Somebody else wrote it.")},
    ),
    Holding(
        "community.LoadCheck", "member", _("Times when we asked how it is for you"),
        withheld={
            **_house("id", "member", "acted_by"),
            "other": _("It is somebody else."), "note": A_GUIDES_NOTE,
        },
    ),
    Holding(
        "community.HandOver", "author", _("Threads you handed over"),
        withheld={
            **_house("id", "public_id", "author", "revision", "taken_up_by", "screenings"),
            "post": _("Somebody else wrote it."),
        },
        by_hand=True,
    ),
    Holding(
        "community.ReplyClock", "post__author", left_out=_(
            "It says how far we have got in finding somebody to answer you."
        ), by_hand=True,
    ),
    Holding(
        "community.ThreadCooling", "post__author", left_out=A_GUIDES_NOTE, by_hand=True,
    ),
    Holding(
        "community.Appeal", "author", _("Times when you asked a second guide to look"),
        withheld=_house("id", "act", "author", "locality", "revision", "decided_by", "screenings"),
        by_hand=True,
    ),
    Holding(
        "community.Act", "member", _("What wall guides decided about your words"),
        withheld=_house("id", "by", "member", "post", "reply", "matter", "alert", "undoes",
                        "follows"),
        by_hand=True,
    ),
    Holding(
        "community.GuideNote", "member", left_out=A_GUIDES_NOTE, by_hand=True,
    ),
    Holding(
        "community.PolicyStep", "author", _("When your words waited for a wall guide"),
        withheld=_house("id", "screening", "post", "reply", "author", "policy_version",
                        "looked_by"),
        by_hand=True,
    ),
    Holding(
        "community.Report", "author", _("What you told wall guides about"),
        withheld={
            **_house("id", "author", "revision", "revision_seen", "screenings"),
            "matter": _("The words may be by somebody else."),
        },
        by_hand=True,
    ),
    Holding(
        "community.Matter", "member", left_out=_(
            "What others told us stays with the guides, so that nobody learns who it was. What "
            "came of it stands in what was decided."
        ), by_hand=True,
    ),
    Holding(
        "belonging.KeptEpisode", "case__member", left_out=_(
            "It is only made when somebody is erased, so there is none about you."
        ), by_hand=True,
    ),
    Holding(
        "escalation.IdentityLook", "request__case__member", left_out=_(
            "Each look that you are told of is in its own list, with when and why."
        ), by_hand=True,
    ),
    Holding(
        "escalation.IdentityRequest", "case__member", left_out=A_GUIDES_NOTE, by_hand=True,
    ),
    Holding(
        "risk.ShadowReading", "screening__author", left_out=_(
            "A new version of the computer’s reading is tried out beside the old one. "
            "Nobody acts on what it says."
        ), by_hand=True,
    ),
    Holding(
        "risk.Label", "screening__author", _("How soon a wall guide said it should be read"),
        withheld=_house("id", "audit_reading", "screening", "judged_by", "lexicon_version",
                        "model_version", "shown_at"),
        by_hand=True,
    ),
    Holding(
        "risk.AuditReading", "screening__author", _("Words of yours that a wall guide read again"),
        withheld=_house("id", "screening", "draw", "stratum", "inclusion_probability",
                        "wants_second"),
        by_hand=True,
    ),
    Holding(
        "escalation.CaseStep", "case__member", _("What was done to keep you safe"),
        withheld={**_house("id", "case", "done_by", "due_at", "late_at"), "note": A_GUIDES_NOTE},
        instead={"step": "step__plain_words"}, by_hand=True,
    ),
    Holding(
        "escalation.Case", "member", _("Times when we worked to keep you safe"),
        withheld={
            **_house("id", "member", "protocol", "opened_by", "version", "step_due_at",
                     "passed_up_at", "passed_up_times", "acknowledged_by", "acknowledged_at",
                     "closed_by", "alerts"),
            "closing_note": A_GUIDES_NOTE,
        },
        instead={"locality": "locality__name"}, by_hand=True,
    ),
    Holding(
        "risk.Alert", "author", _("Times when a wall guide was asked to read your words"),
        withheld={
            **_house("id", "subject_type", "subject_id", "screening", "author", "due_at",
                     "next_action_at", "version", "claimed_by", "claimed_at", "claim_expires_at",
                     "acknowledged_by", "senior_asked_by", "senior_asked_at", "senior_due_at",
                     "senior_answered_by", "senior_answered_at", "passed_up_at",
                     "passed_up_times", "closed_by"),
            **dict.fromkeys(("senior_question", "senior_answer", "closing_note"), A_GUIDES_NOTE),
        },
        instead={"locality": "locality__name"}, by_hand=True,
    ),
    Holding(
        "risk.Screening", "author", _("What the computer made of your words"),
        withheld={
            **_house("id", "subject_type", "subject_id", "author", "in_reply_to", "state",
                     "attempts", "leased_until", "lexicon_version", "model_version"),
            **dict.fromkeys(("spans", "model_terms", "why_not_higher"), HOW_WE_READ),
        },
        instead={"locality": "locality__name"}, by_hand=True,
    ),
    Holding(
        "community.Searchable", "post__author", left_out=_(
            "The same words again, as the search finds them. They go when the words go."
        ), by_hand=True,
    ),
    Holding(
        "community.Reply", "author", _("Your replies"),
        withheld={
            **_WRITING, **_house("guide", "under", "quoted_reply"),
            "post": _("The post may be by somebody else."),
            "quote": _("Somebody else may have written it."),
        },
        by_hand=True,
    ),
    Holding(
        "community.Post", "author", _("Your posts"),
        withheld={
            **_WRITING, **_house("offered_to_visitors_by", "answered_at", "newest_reply_at",
                                 "pinned_reply", "slow_until", "slow_minutes", "hold_until",
                                 "supported_at"),
        },
        instead={"topic": "topic__name", "group": "group__name"}, by_hand=True,
    ),
    Holding(
        "accounts.Session", "user__member", _("Places where you are signed in"),
        withheld={
            "user": OF_THE_HOUSE,
            **dict.fromkeys(("session_key", "session_data"), _(
                "Whoever has it could come in as you."
            )),
        },
    ),
    Holding(
        "accounts.SecondFactorReset", "user__member", left_out=_(
            "It is about people who work here. There is none about you."
        ),
    ),
    Holding(
        "accounts.Member", "pk", _("You on the wall"),
        withheld=_house("id", "user", "suspended_by", "alias_skeleton"),
        instead={"locality": "locality__name"}, by_hand=True,
    ),
    Holding(
        "accounts.User", "member", _("Your sign-in"),
        withheld={
            **_house("id", "handle", "is_active"),
            "address_seal": _(
                "It stands for your e-mail address, and nobody can read the address from it."
            ),
            "password": _("We do not know it either: it is kept so that nobody can read it."),
        },
        by_hand=True,
    ),
)  # fmt: skip

# What hangs on a sign-in without being about a member, and why it does.
OF_STAFF = {
    "accounts.WallGuide": "who keeps watch has no writing on the wall",
    "accounts.CommissioningLead": "who agrees protocols has no writing on the wall",
    "accounts.Administrator": "who runs the house has no writing on the wall",
    "accounts.Invitation": "whoever invited works here",
    "escalation.Protocol": "signed by staff",
    "risk.ReleaseSignature": "signed by staff",
    "risk.TermChange": "signed by staff",
}
# Other people's tables, which follow a sign-in when it is deleted.
OF_OTHERS = {
    "account.EmailAddress": "never filled: no address is kept outside the vault",
    "account.EmailConfirmation": "never filled: no address is kept outside the vault",
    "mfa.Authenticator": "a second factor is of use to nobody but the sign-in it belongs to",
    "socialaccount.SocialAccount": "never filled with who somebody is elsewhere",
    "socialaccount.SocialToken": "never filled: no token is kept",
}
