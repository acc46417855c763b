"""Those who work here: how they come, change and go, and never by themselves alone."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts import invitations
from accounts.enums import Work
from accounts.models import Administrator, Invitation, SecondFactorReset, User, WallGuide
from audit.models import Entry
from escalation.staffing import agree_to_reset, ask_for_reset, stand_down
from tests.cast import Cast
from tests.factories.accounts import PASSWORD, AdministratorFactory
from tests.letterbox import Letterbox
from tests.sign_ins import give_app, grow_stale
from vault import post
from vault.operations import held

pytestmark = pytest.mark.django_db

PEOPLE = "/operator/people/"
ADDRESS = "robin@work.invalid"


def typed(cast: Cast, **more: Any) -> dict[str, Any]:
    return {"name": "Robin", "email": ADDRESS, "work": "guide", "covers": [cast.leeds.pk]} | more


def link_in(letterbox: Letterbox) -> str:
    post.deliver_due()
    letter = letterbox.letters[-1]
    assert letter["To"] == ADDRESS
    found = re.search(r"https?://[^/]+(/invitation/[^/\s]+/)", letter.get_content())
    assert found, letter.get_content()
    return found[1]


def invite(cast: Cast, **more: Any) -> str:
    """The token of an invitation by the cast's administrator."""
    given: dict[str, Any] = {
        "email": ADDRESS,
        "name": "Robin",
        "work": Work.GUIDE,
        "covers": [cast.leeds],
        "by": cast.admin.user,
        "at": timezone.now(),
    }
    _, token = invitations.invite(**(given | more))
    return token


# --- coming ---------------------------------------------------------------------------------


def test_a_guide_is_invited_by_letter_and_chooses_their_own_password(
    cast: Cast, letterbox: Letterbox
):
    sent = cast.client("admin").post(f"{PEOPLE}invitations/new/", typed(cast))
    assert sent.status_code == 302
    assert not User.objects.filter(wall_guide__name="Robin").exists()

    link = link_in(letterbox)
    robin = Client()
    assert "Welcome, Robin" in robin.get(link).text
    begun = robin.post(link, {"email": ADDRESS, "password1": "three kind words"})
    assert (begun.status_code, begun["Location"]) == (302, "/account/login/")

    robin.post("/account/login/", {"login": ADDRESS, "password": "three kind words"})
    guide = WallGuide.objects.get(name="Robin")
    assert robin.get("/desk/")["Location"] == "/account/second-factor/"
    assert list(guide.covers.all()) == [cast.leeds]
    assert held(handle=guide.user.handle) == {"email"}


@pytest.mark.parametrize(
    ("work", "is_now"),
    [
        (Work.GUIDE, lambda user: not user.wall_guide.is_senior),
        (Work.SENIOR, lambda user: user.wall_guide.is_senior),
        (Work.LEAD, lambda user: user.commissioning_lead.commissioner is not None),
        (Work.ADMIN, lambda user: user.administrator.name == "Robin"),
    ],
)
def test_each_kind_of_work_can_be_taken_up(work: Work, is_now: Any, cast: Cast):
    commissioner = cast.leeds.commissioner if work == Work.LEAD else None
    token = invite(cast, work=work, commissioner=commissioner)

    user = invitations.accept(token=token, email=ADDRESS, password=PASSWORD, at=timezone.now())

    assert is_now(user)


def test_an_invitation_is_taken_up_once(cast: Cast):
    link = f"/invitation/{invite(cast)}/"
    Client().post(link, {"email": ADDRESS, "password1": "three kind words"})

    again = Client().post(link, {"email": ADDRESS, "password1": "three more words"})

    assert again.status_code == 404
    assert "has ended" in again.text
    assert WallGuide.objects.filter(name="Robin").count() == 1


def test_an_old_or_withdrawn_invitation_opens_nothing(cast: Cast):
    old = invite(cast, at=timezone.now() - timedelta(days=3))
    withdrawn = invite(cast)
    found = Invitation.objects.of_token(withdrawn).get()
    cast.client("admin").post(f"{PEOPLE}invitations/{found.pk}/withdrawal/")

    for token in (old, withdrawn, "made-up"):
        assert Client().get(f"/invitation/{token}/").status_code == 404
        with pytest.raises(invitations.Ended):
            invitations.accept(token=token, email=ADDRESS, password=PASSWORD, at=timezone.now())


def test_who_found_the_letter_but_not_its_address_gets_nothing(cast: Cast):
    link = f"/invitation/{invite(cast)}/"

    answers = [
        Client().post(link, {"email": f"x{n}@work.invalid", "password1": "three kind words"})
        for n in range(6)
    ]

    assert [answer.status_code for answer in answers] == [409] * 5 + [429]
    assert not WallGuide.objects.filter(name="Robin").exists()


def test_who_invites_does_not_learn_that_somebody_is_a_member(cast: Cast, letterbox: Letterbox):
    address = cast.member.user.address
    admin = cast.client("admin")

    of_member = admin.post(f"{PEOPLE}invitations/new/", typed(cast, email=address), follow=True)
    of_nobody = admin.post(f"{PEOPLE}invitations/new/", typed(cast), follow=True)

    def words(answer: Any) -> str:
        text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|/\d+/', "", answer.text)
        without = re.sub(r'<tr><th scope="row">Robin.*?</tr>', "", text, flags=re.S)
        return re.sub(r"\s+", " ", without)

    assert of_member.status_code == of_nobody.status_code == 200
    assert words(of_member) == words(of_nobody)
    token = invite(cast, email=address)
    told = Client().post(
        f"/invitation/{token}/", {"email": address, "password1": "three kind words"}
    )
    assert told.status_code == 409
    assert "Work needs one of its own" in told.text
    assert not hasattr(User.objects.get(pk=cast.member.user.pk), "wall_guide")


def test_an_invitation_says_in_the_database_neither_its_link_nor_its_address(cast: Cast):
    token = invite(cast)

    kept = str(list(Invitation.objects.values())) + str(list(Entry.objects.values()))

    assert token not in kept
    assert ADDRESS not in kept
    assert "robin" not in str(list(Entry.objects.values())).lower()


@pytest.mark.parametrize(
    "wrong",
    [{"covers": []}, {"work": "lead"}, {"work": "owner"}, {"email": "robin"}, {"name": ""}],
)
def test_a_wrong_invitation_comes_back_with_what_was_typed(wrong: dict[str, Any], cast: Cast):
    answer = cast.client("admin").post(f"{PEOPLE}invitations/new/", typed(cast, **wrong))

    assert answer.status_code == 422
    assert not Invitation.objects.exists()


def test_a_weak_password_takes_up_nothing(cast: Cast):
    link = f"/invitation/{invite(cast)}/"

    assert Client().post(link, {"email": ADDRESS, "password1": "short"}).status_code == 422
    assert Client().post(link, {"email": ADDRESS, "password1": "password123"}).status_code == 422
    assert not WallGuide.objects.filter(name="Robin").exists()


def test_the_first_administrator_comes_by_a_command(monkeypatch: pytest.MonkeyPatch):
    said = StringIO()
    monkeypatch.setattr("sys.stdin", StringIO(f"{ADDRESS}\n"))
    call_command("appoint_admin", "Robin", stdout=said)
    found = re.search(r"/invitation/\S+/", said.getvalue())
    assert found

    Client().post(found[0], {"email": ADDRESS, "password1": "three kind words"})

    assert Administrator.objects.get().name == "Robin"
    assert ADDRESS not in said.getvalue()

    monkeypatch.setattr("sys.stdin", StringIO("no address\n"))
    with pytest.raises(CommandError):
        call_command("appoint_admin", "Robin", stdout=said)


# --- changing and going ---------------------------------------------------------------------


def test_a_guide_is_moved_and_made_a_senior(cast: Cast):
    answer = cast.client("admin").post(
        f"{PEOPLE}{cast.guide.user.pk}/coverage/", {"covers": [cast.derby.pk], "is_senior": "on"}
    )

    assert answer.status_code == 302
    cast.guide.refresh_from_db()
    assert (list(cast.guide.covers.all()), cast.guide.is_senior) == ([cast.derby], True)
    entry = Entry.objects.filter(verb="change coverage").latest("seq")
    assert entry.actor == f"admin:{cast.admin.pk}"


def test_s07_whose_appointment_ends_is_out_at_once(cast: Cast):
    guide = cast.client("guide")

    cast.client("admin").post(f"{PEOPLE}{cast.guide.user.pk}/end/")

    assert guide.get("/desk/").status_code == 302
    given = {"login": cast.guide.user.address, "password": PASSWORD}
    Client().post("/account/login/", given)
    assert not User.objects.get(pk=cast.guide.user.pk).is_active


def test_nobody_changes_their_own_appointment(cast: Cast):
    both = WallGuide.objects.create(user=cast.admin.user, name="Both")
    AdministratorFactory()
    mine = f"{PEOPLE}{cast.admin.user.pk}/"
    client = cast.client("admin")

    answers = [
        client.post(f"{mine}coverage/", {"covers": [cast.leeds.pk], "is_senior": "on"}),
        client.post(f"{mine}end/"),
        client.post(f"{mine}reset/", {"reason": "I lost it."}),
    ]

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    both.refresh_from_db()
    assert not both.is_senior
    assert not both.covers.exists()
    assert User.objects.get(pk=cast.admin.user.pk).is_active


def test_the_last_administrator_stays(cast: Cast):
    other = AdministratorFactory()
    stand_down(user=cast.admin.user, by=other.user, at=timezone.now())

    with pytest.raises(invitations.Refused, match="last administrator"):
        stand_down(user=other.user, at=timezone.now())


def test_a_member_has_no_page_among_the_people(cast: Cast):
    for path in ("", "coverage/", "end/", "reset/"):
        address = f"{PEOPLE}{cast.member.user.pk}/{path}"
        client = cast.client("admin")
        assert (client.post(address) if path else client.get(address)).status_code == 404
    assert cast.member.alias not in cast.client("admin").get(PEOPLE).text


@pytest.mark.parametrize(
    "path",
    ["invitations/new/", "{}/coverage/", "{}/end/", "{}/reset/", "invitations/1/withdrawal/"],
)
def test_s45_roles_want_a_fresh_proof_and_keep_what_was_typed(path: str, cast: Cast):
    client = cast.client("admin")
    grow_stale(client, cast.admin.user)

    answer = client.post(f"{PEOPLE}{path.format(cast.guide.user.pk)}", {"name": "Robin & Ash"})

    assert answer.status_code == 403
    assert 'name="name" value="Robin &amp; Ash"' in answer.text


# --- a lost second factor -------------------------------------------------------------------


def test_two_people_set_back_a_lost_second_factor(cast: Cast, letterbox: Letterbox):
    give_app(cast.guide.user)
    post_keep(cast.guide.user)
    guide = cast.client("guide")

    person = f"{PEOPLE}{cast.guide.user.pk}/"
    asked = cast.client("senior").post(f"{person}reset/", {"reason": "I rang them."})
    assert asked.status_code == 302
    assert Authenticator.objects.exists()
    waiting = SecondFactorReset.objects.get()
    assert "I rang them." in cast.client("admin").get(person).text
    agreed = cast.client("admin").post(f"{PEOPLE}resets/{waiting.pk}/agreement/")

    assert agreed.status_code == 302
    assert not Authenticator.objects.exists()
    assert guide.get("/desk/")["Location"].startswith("/account/login/")
    post.deliver_due()
    assert "two people" in letterbox.letters[-1].get_content()
    done = Entry.objects.filter(subject=f"user:{cast.guide.user.pk}").order_by("seq")
    assert list(done.values_list("verb", "actor")) == [
        ("ask for reset", f"guide:{cast.senior.pk}"),
        ("set back second factor", f"admin:{cast.admin.pk}"),
    ]


def post_keep(user: User) -> None:
    from vault.details import Details
    from vault.operations import keep

    keep(handle=user.handle, details=Details(email=ADDRESS), at=timezone.now())


@pytest.mark.parametrize("who", ["admin", "guide"])
def test_neither_who_asked_nor_whose_it_is_can_agree(who: str, cast: Cast):
    give_app(cast.guide.user)
    asked = ask_for_reset(
        user=cast.guide.user, by=cast.admin.user, reason="Rang.", at=timezone.now()
    )

    with pytest.raises(invitations.Refused):
        agree_to_reset(asked=asked, by=getattr(cast, who).user, at=timezone.now())

    assert Authenticator.objects.exists()


def test_the_database_itself_wants_two_others(cast: Cast):
    asked = ask_for_reset(
        user=cast.guide.user, by=cast.admin.user, reason="Rang.", at=timezone.now()
    )
    for who in (cast.admin.user, cast.guide.user):
        with pytest.raises(IntegrityError), transaction.atomic():
            SecondFactorReset.objects.filter(pk=asked.pk).update(
                agreed_by=who, agreed_at=timezone.now()
            )


def test_two_seniors_without_an_administrator_cannot(cast: Cast):
    from tests.factories.accounts import SeniorGuideFactory

    give_app(cast.guide.user)
    asked = ask_for_reset(
        user=cast.guide.user, by=cast.senior.user, reason="Rang.", at=timezone.now()
    )

    with pytest.raises(invitations.Refused, match="administrator"):
        agree_to_reset(asked=asked, by=SeniorGuideFactory().user, at=timezone.now())


def test_what_was_asked_yesterday_is_not_agreed_today(cast: Cast):
    yesterday = timezone.now() - timedelta(hours=24, seconds=1)
    asked = ask_for_reset(user=cast.guide.user, by=cast.senior.user, reason="Rang.", at=yesterday)

    with pytest.raises(invitations.Refused, match="too old"):
        agree_to_reset(asked=asked, by=cast.admin.user, at=timezone.now())


def test_it_is_set_back_once(cast: Cast):
    asked = ask_for_reset(
        user=cast.guide.user, by=cast.senior.user, reason="Rang.", at=timezone.now()
    )
    agree_to_reset(asked=asked, by=cast.admin.user, at=timezone.now())
    give_app(cast.guide.user)

    with pytest.raises(invitations.Refused):
        agree_to_reset(asked=asked, by=AdministratorFactory().user, at=timezone.now())

    assert Authenticator.objects.exists()
