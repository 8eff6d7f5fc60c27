"""The sweep twice, after an outage, on rows that are ill, and on a thousand at once: nothing lost or repeated (X5)."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cases import clock
from cases.actions import climbing, pace
from cases.audit import Audit, recorded
from cases.clock import SweepResult, sweep
from cases.models import Case, Deadline, Participation
from cases.models.deadline import Rule
from escalation.trail.models import Event
from notifications.models import Message
from tests.cases.steps import audit, fresh
from tests.cast import Cast
from tests.factories import cover
from tests.notifications.crowd import copies_of, only
from tests.time.sweeping import A_SECOND, DAY, DUE, HOUR, duty, lapses, settle_case, told


@pytest.fixture
def case(cast: Cast) -> Case:
    return settle_case(cast)


# Repeats, outages, changes


def test_a_second_sweep_finds_nothing(case: Case) -> None:
    sweep(DUE)
    before = (told(), lapses(case), fresh(case).version)
    assert sweep(DUE) == SweepResult()
    assert sweep(DUE + A_SECOND) == SweepResult()
    assert (told(), lapses(case), fresh(case).version) == before


def test_an_outage_gives_one_message_a_person_with_the_true_lapse(case: Case, cast: Cast) -> None:
    # Stopped since before the first reminder, back 26 hours after the due instant: three rows were missed.
    back = DUE + 26 * HOUR
    assert sweep(back) == SweepResult(due=1, lapsed=1, passed_on=1)
    assert sorted(told()) == [("overdue", "Nadia Reid"), ("passed_on", "Morag Lunan")]
    assert duty(case).lapsed_at == DUE
    [facts] = lapses(case)
    assert facts["due"] == DUE.isoformat()
    assert Event.objects.get(chain=case.chain, verb="lapsed").claimed_at == back
    assert sweep(back) == SweepResult()


def test_a_long_outage_still_reaches_everybody_the_missed_rows_named(case: Case, cast: Cast) -> None:
    # The last row names the next tier and the lead only; the holder was named by those before it.
    assert sweep(DUE + 4 * DAY) == SweepResult(due=1, lapsed=1, passed_on=1)
    assert sorted(told()) == [
        ("overdue", "Leila Baird"),
        ("overdue", "Nadia Reid"),
        ("overdue_outside", "Quentin Ross"),
        ("passed_on", "Morag Lunan"),
    ]
    [facts] = lapses(case)
    assert facts["let_in"] == [cast.nurse_manager.pk, cast.health_lead.pk]


def test_a_duty_that_was_done_is_never_swept(case: Case, cast: Cast) -> None:
    climbing.notify_intention(case, by=cast.nurse, audit=audit(case, DUE - HOUR), message="I go up.")
    climbing.escalate(
        case,
        by=cast.nurse,
        audit=audit(case, DUE - HOUR),
        brief={"concerns": "x"},
        situation="y",
        tried="z",
        threshold="t",
    )
    only(Rule.SETTLE)
    Deadline.objects.filter(stage__ordinal=2).update(next_at=None)
    assert sweep(DUE + 30 * DAY) == SweepResult()


def test_a_new_instant_after_a_lapse_counts_anew(case: Case, cast: Cast) -> None:
    sweep(DUE)
    version = fresh(case).version
    pace.change_urgency(
        case, by=cast.nurse, audit=Audit(DUE + HOUR, version=version), urgency="urgent", reason="Worse today."
    )
    Deadline.objects.exclude(rule=Rule.SETTLE, ordinal=0).update(next_at=None)
    again = duty(case)
    assert again.lapsed_at is None
    sweep(max(again.due_at, DUE + HOUR))
    assert duty(case).lapsed_at == again.due_at
    assert [f["due"] for f in lapses(case)] == [DUE.isoformat(), again.due_at.isoformat()]


# What goes wrong


def test_a_poisoned_row_holds_up_nobody(case: Case, cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    others = copies_of(case, 9)
    ill = duty(others[4])
    Deadline.objects.filter(pk=ill.pk).update(plan=[["CANARY no instant", "at", ["holder"]]])
    with caplog.at_level(logging.WARNING):
        assert sweep(DUE) == SweepResult(due=9, lapsed=9, passed_on=9, put_off=1)
    assert Event.objects.filter(verb="lapsed").count() == 9
    assert lapses(others[4]) == []
    assert str(ill.pk) in caplog.text
    assert "CANARY" not in caplog.text
    # Left alone for a while, and then as long as it is late, an hour at most.
    assert duty(others[4]).next_at == DUE + timedelta(minutes=5)
    assert sweep(DUE + timedelta(minutes=4)) == SweepResult()
    assert sweep(DUE + timedelta(minutes=20)) == SweepResult(put_off=1)
    assert duty(others[4]).next_at == DUE + timedelta(minutes=40)
    assert duty(others[4]).failures == 2  # shown on the operations page
    Deadline.objects.filter(pk=ill.pk).update(plan=[[DUE.isoformat(), "at", ["holder"]]])
    assert sweep(DUE + timedelta(minutes=40)) == SweepResult(due=1, lapsed=1, passed_on=1)
    assert (duty(others[4]).lapsed_at, duty(others[4]).failures) == (DUE, 0)


def test_one_ill_row_among_a_thousand_is_found_by_halves(case: Case) -> None:
    others = copies_of(case, 999)
    Deadline.objects.filter(pk=duty(others[700]).pk).update(plan=[["no instant", "at", ["holder"]]])
    with CaptureQueriesContext(connection) as queries:
        assert sweep(DUE) == SweepResult(due=999, lapsed=999, passed_on=999, put_off=1)
    claims = [q for q in queries if "SKIP LOCKED" in q["sql"]]
    assert len(claims) <= 25  # two batches, nine times two halves, the row itself; one by one it was 1,003
    assert Event.objects.filter(verb="lapsed").count() == 999


def test_a_day_is_a_local_one_for_those_who_act_from_that_day(case: Case, cast: Cast) -> None:
    # Half past midnight on Wednesday 10 June in Scotland is still Tuesday in UTC.
    night = datetime.fromisoformat("2026-06-09T23:30:00+00:00")
    settle = duty(case)
    Deadline.objects.filter(pk=settle.pk).update(
        due_at=night, plan=[[night.isoformat(), "at", ["holder", "deputy"]]], next_at=night
    )
    nurse = Membership.objects.get(user=cast.nurse)
    cover(nurse, cast.colleague, starts_on=date(2026, 6, 10))
    Membership.objects.filter(user=cast.nurse_manager).update(ends_on=date(2026, 6, 9))
    sweep(night)
    assert fresh(case).stand_in == cast.health_senior, "the line manager left at midnight"


def test_what_fails_leaves_nothing_of_its_case(case: Case) -> None:
    [other] = copies_of(case, 1)
    before = Message.objects.count()

    def refuse(change: Any, **signal: Any) -> None:
        if any(r.duty.case_id == case.pk for r in change.reminders):
            raise RuntimeError("full disk")

    recorded.connect(refuse, sender=Deadline)
    try:
        assert sweep(DUE) == SweepResult(due=1, lapsed=1, passed_on=1, put_off=1)
    finally:
        recorded.disconnect(refuse, sender=Deadline)
    assert (lapses(case), duty(case).lapsed_at, fresh(case).stand_in) == ([], None, None)
    assert Participation.objects.filter(case=case).count() == 2
    assert Deadline.objects.filter(case=case, rule=Rule.SETTLE).count() == 1
    assert Message.objects.filter(case=case).count() == 0
    assert (len(lapses(other)), Message.objects.count()) == (1, before + 2)


def test_without_a_database_the_sweep_says_so(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError("no database")

    monkeypatch.setattr(clock, "_claim", gone)
    with pytest.raises(ConnectionError):
        sweep(DUE)


# How much it costs


def test_a_thousand_lapses_take_a_handful_of_statements(case: Case) -> None:
    copies_of(case, 999)
    with CaptureQueriesContext(connection) as queries:
        assert sweep(DUE) == SweepResult(due=1000, lapsed=1000, passed_on=1000)
    statements = [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) == 24  # PF11: at most 25 for each 1,000 due
    assert Event.objects.filter(verb="lapsed").count() == 1000
    assert Message.objects.count() == 2000
    assert Deadline.objects.filter(lapsed_at=DUE, ordinal=0, rule=Rule.SETTLE).count() == 1000
    assert set(Case.objects.values_list("stand_in__full_name", flat=True)) == {"Morag Lunan"}
