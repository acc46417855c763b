"""What people say about texts: only what they said, once, and never quietly lost."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import WallGuide
from audit.models import Entry
from escalation import cases, desk
from risk.enums import AlertOutcome, AlertReason, Category, Helped, LabelSource, Urgency
from risk.models import Alert, AuditReading, Label
from risk.operations import AlreadyRead, Judgement, answer_reading, raise_missed
from tests.cast import Cast
from tests.factories.accounts import MemberFactory, WallGuideFactory
from tests.factories.escalation import AgreedProtocolFactory
from tests.factories.risk import AlertFactory, AuditReadingFactory, screened
from tests.races import at_once

pytestmark = pytest.mark.django_db

AMBER = Judgement(Urgency.AMBER, [Category.SUICIDE], Helped.MISLED)
GREEN, UNSURE = Judgement(Urgency.GREEN), Judgement(None)


def close(alert: Alert, by: WallGuide, judgement: Judgement) -> None:
    desk.close_alert(
        alert=alert, by=by, outcome=AlertOutcome.NOT_A_WORRY, note="Read.", judgement=judgement,
        version=None, at=timezone.now(),
    )  # fmt: skip


def answer(reading: AuditReading, by: WallGuide, judgement: Judgement = GREEN) -> Alert | None:
    return answer_reading(
        reading=reading, by=by, judgement=judgement, shown_at=None, at=timezone.now()
    )


def test_closing_an_alert_keeps_what_the_guide_said_beside_what_the_machine_had_said(cast: Cast):
    alert = AlertFactory(author=cast.member, urgency=Urgency.RED)

    close(alert, cast.guide, AMBER)

    label = Label.objects.get()
    assert (label.level, label.categories, label.helped) == (1, ["suicide"], "misled")
    assert (label.machine_level, label.machine_probability) == (2, 0.5)
    assert (label.source, label.judged_by) == (LabelSource.CLOSED_ALERT, cast.guide)


def test_an_alert_that_came_to_nothing_is_no_green_and_i_cannot_say_is_no_level(cast: Cast):
    close(AlertFactory(author=cast.member), cast.guide, UNSURE)

    label = Label.objects.get()
    assert label.level is None
    assert label.is_unsure
    assert not Label.objects.sure().exists()


def test_a_case_is_opened_without_an_answer_and_then_there_is_no_label(cast: Cast):
    AgreedProtocolFactory(locality=cast.leeds)
    act = {"by": cast.guide, "note": "Worried.", "version": None, "at": timezone.now()}

    cases.open_case(alert=AlertFactory(author=cast.member), **act)
    assert not Label.objects.exists()

    cases.open_case(
        alert=AlertFactory(author=cast.member), judgement=Judgement(Urgency.CRISIS), **act
    )
    assert Label.objects.get().level == Urgency.CRISIS


def test_the_canarys_alert_is_no_label():
    alert = AlertFactory(author=MemberFactory(locality__is_hidden=True))
    alert.change(closed_at=timezone.now(), outcome=AlertOutcome.CANARY, next_action_at=None)

    assert not Label.objects.exists()


def test_the_database_refuses_a_label_without_an_answer_and_one_with_two(cast: Cast):
    label = Label(screening=screened(), source="guide_miss", judged_by=cast.guide,
                  judged_at=timezone.now())  # fmt: skip
    for level, is_unsure in ((None, False), (Urgency.GREEN, True)):
        label.level, label.is_unsure = level, is_unsure
        with pytest.raises(IntegrityError, match="a_label_says"), transaction.atomic():
            label.save()


def test_the_database_refuses_to_change_what_was_said(cast: Cast):
    close(AlertFactory(author=cast.member), cast.guide, AMBER)

    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Label.objects.update(level=Urgency.GREEN)


def test_what_the_machine_says_later_does_not_reach_into_an_older_label(cast: Cast):
    alert = AlertFactory(author=cast.member, urgency=Urgency.RED)
    close(alert, cast.guide, AMBER)

    alert.screening.urgency = Urgency.GREEN
    alert.screening.save()

    assert Label.objects.get().machine_level == Urgency.RED


# --- misses -----------------------------------------------------------------------------


def miss(cast: Cast, level: Urgency = Urgency.RED, **kwargs: object) -> Alert:
    screening = kwargs.get("screening") or screened(author=cast.member)
    return raise_missed(
        screening=screening, by=cast.guide, level=level, categories=[Category.SUICIDE],  # type: ignore[arg-type]
        at=timezone.now(),
    )  # fmt: skip


def test_what_a_guide_found_is_an_alert_at_once_and_a_label(cast: Cast):
    alert = miss(cast)

    assert (alert.urgency, alert.reason) == (Urgency.RED, AlertReason.RAISED_BY_GUIDE)
    assert alert.next_action_at == alert.due_at
    label = Label.objects.get()
    assert (label.source, label.machine_level) == (LabelSource.GUIDE_MISS, Urgency.GREEN)
    assert Entry.objects.filter(verb="raise alert", subject=f"alert:{alert.pk}").exists()


def test_a_miss_raises_an_open_alert_and_never_lowers_it(cast: Cast):
    alert = AlertFactory(author=cast.member, urgency=Urgency.RED)

    miss(cast, Urgency.AMBER, screening=alert.screening)
    alert.refresh_from_db()
    assert alert.urgency == Urgency.RED

    miss(cast, Urgency.CRISIS, screening=alert.screening)
    alert.refresh_from_db()
    assert (alert.urgency, alert.reason) == (Urgency.CRISIS, AlertReason.RAISED_BY_GUIDE)
    assert Alert.objects.count() == 1


def test_a_miss_about_something_whose_alert_is_closed_opens_a_new_one(cast: Cast):
    alert = AlertFactory(author=cast.member, urgency=Urgency.AMBER)
    close(alert, cast.guide, GREEN)

    again = miss(cast, screening=alert.screening)

    assert again.pk != alert.pk
    assert again.is_open


def test_a_miss_that_asks_nobody_to_read_sooner_is_refused(cast: Cast):
    with pytest.raises(ValueError, match="sooner"):
        miss(cast, Urgency.GREEN)
    assert not Label.objects.exists()


# --- blind readings ---------------------------------------------------------------------


def test_a_blind_answer_is_kept_under_its_draw(cast: Cast):
    reading = AuditReadingFactory(author=cast.member, stratum="near_threshold")

    assert answer(reading, cast.guide) is None

    label = Label.objects.get()
    assert (label.source, label.audit_reading) == (LabelSource.AUDIT_NEAR_THRESHOLD, reading)
    reading.refresh_from_db()
    assert reading.done_at


@pytest.mark.parametrize("level", [Urgency.AMBER, Urgency.RED, Urgency.CRISIS])
def test_a_blind_answer_of_amber_or_more_raises_the_alert_at_once(level: Urgency, cast: Cast):
    alert = answer(AuditReadingFactory(author=cast.member), cast.guide, Judgement(level))

    assert alert is not None
    assert (alert.urgency, alert.is_open) == (level, True)


def test_not_sure_is_written_down_and_raises_nothing(cast: Cast):
    assert answer(AuditReadingFactory(author=cast.member), cast.guide, UNSURE) is None
    assert Label.objects.get().is_unsure


def test_the_second_reader_is_another_person(cast: Cast):
    reading = AuditReadingFactory(author=cast.member, wants_second=True)
    answer(reading, cast.guide)

    assert not AuditReading.objects.waiting_for(cast.guide).exists()
    assert AuditReading.objects.waiting_for(cast.senior).get() == reading
    with pytest.raises(AlreadyRead):
        answer(reading, cast.guide)

    answer(reading, cast.senior)
    reading.refresh_from_db()
    assert reading.done_at
    assert Label.objects.count() == 2


def test_a_reading_waits_only_for_guides_of_its_locality(cast: Cast):
    AuditReadingFactory(author=cast.member)

    assert AuditReading.objects.waiting_for(cast.guide).count() == 1
    assert AuditReading.objects.waiting_for(cast.guide_elsewhere).count() == 0


def test_a_worry_about_a_text_that_was_read_already_is_not_turned_away(cast: Cast):
    reading = AuditReadingFactory(author=cast.member)
    answer(reading, cast.guide)

    alert = answer(reading, cast.senior, Judgement(Urgency.RED))

    assert alert is not None
    assert Label.objects.get(judged_by=cast.senior).source == LabelSource.GUIDE_MISS


@pytest.mark.django_db(transaction=True)
def test_many_guides_who_answer_at_once_leave_one_blind_label():
    reading = AuditReadingFactory()
    guides = WallGuideFactory.create_batch(6)

    came_of_it = at_once([lambda guide=guide: answer(reading, guide) for guide in guides])

    assert Label.objects.count() == 1
    assert sum(isinstance(each, AlreadyRead) for each in came_of_it) == 5
