"""No timescale lapses unnoticed: what the sweep records, whom it tells, and to whom a duty passes (X5)."""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cases import clock
from cases.actions import climbing, managing, pace, talking
from cases.audit import Audit, recorded
from cases.clock import SweepResult, sweep
from cases.lapsing import PASSED
from cases.models import Case, Deadline, Heartbeat, Participation
from cases.models.deadline import Rule
from cases.procedures import publishing
from cases.refusals import NotAllowed
from cases.workflow import State
from escalation.trail.models import Event
from notifications.models import Kind, Message
from tests.cases.steps import audit, case_at, fresh
from tests.cast import TUESDAY, Cast, make_cast, opened
from tests.factories import cover
from tests.notifications.crowd import copies_of, finish, iso, only, start
from tests.procedures.conftest import TWO_RUNGS

#: Opened on Tuesday 2 June with five working days to settle: due on Tuesday 9 June at 5pm in Scotland.
DUE = datetime.fromisoformat("2026-06-09T16:00:00+00:00")
A_SECOND = timedelta(seconds=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case in Resolution of which the sweep looks at the raiser's own duty only."""
    case = opened(cast)
    only(Rule.SETTLE)
    Message.objects.all().delete()
    return case


def told() -> list[tuple[str, str]]:
    """Return kind and recipient of every message, oldest first."""
    return list(Message.objects.order_by("pk").values_list("kind", "recipient__full_name"))


def lapses(case: Case) -> list[dict[str, Any]]:
    """Return the facts of every lapse in the case's chain."""
    found = Event.objects.filter(chain=case.chain, verb="lapsed").order_by("seq")
    return [json.loads(event.payload) for event in found]


def duty(case: Case, rule: Rule = Rule.SETTLE) -> Deadline:
    """Return the open duty of a rule, as it is now."""
    return Deadline.objects.open().get(case=case, rule=rule, ordinal__lt=PASSED)


# Before, at and after


def test_nothing_due_costs_three_statements(case: Case) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert sweep(TUESDAY + HOUR) == SweepResult()
    assert len([q for q in queries if q["sql"].startswith("SELECT")]) == 3
    assert told() == []


def test_a_reminder_goes_to_the_holder_before_it_is_due(case: Case) -> None:
    before = datetime.fromisoformat(
        "2026-06-08T08:00:00+00:00"
    )  # Monday, 9am: the whole last working day is left
    assert sweep(before - A_SECOND) == SweepResult()
    assert sweep(before) == SweepResult(due=1)
    assert told() == [("reminder", "Nadia Reid")]
    assert lapses(case) == []
    settle = duty(case)
    assert (settle.next_at, settle.lapsed_at) == (DUE, None)
    assert [row[1] for row in settle.plan] == ["at", "after", "after"]


def test_before_it_is_due_nobody_is_let_in(case: Case, cast: Cast) -> None:
    settle = duty(case)
    Deadline.objects.filter(pk=settle.pk).update(
        plan=[[TUESDAY.isoformat(), "before", ["holder", "next_tier"]]]
    )
    Deadline.objects.filter(pk=settle.pk).update(next_at=TUESDAY)
    assert sweep(TUESDAY) == SweepResult(due=1)
    assert told() == [("reminder", "Nadia Reid")]
    assert not Case.objects.visible_to(cast.nurse_manager).exists()


def test_at_the_due_instant_the_lapse_is_recorded_and_the_duty_passes_on(case: Case, cast: Cast) -> None:
    sweep(DUE - A_SECOND)
    Message.objects.all().delete()
    assert sweep(DUE) == SweepResult(due=1, lapsed=1, passed_on=1)
    [event] = Event.objects.filter(chain=case.chain, verb="lapsed")
    assert (event.actor_id, event.acting_role, event.claimed_at) == (None, "service", DUE)
    assert json.loads(event.payload) == {
        "rule": "settle",
        "stage": 1,
        "due": "2026-06-09T16:00:00+00:00",
        "when": "at",
        "person": cast.nurse.pk,
        "to": cast.nurse_manager.pk,
        "let_in": [cast.nurse_manager.pk],
    }
    assert duty(case).lapsed_at == DUE
    assert told() == [("passed_on", "Morag Lunan"), ("lapsed", "Nadia Reid")]


def test_what_passed_on_waits_on_both_and_both_may_act(case: Case, cast: Cast) -> None:
    assert not Case.objects.visible_to(cast.nurse_manager).exists()
    sweep(DUE)
    part = Participation.objects.get(case=case, user=cast.nurse_manager)
    assert (part.relation, part.side, part.why, part.started_at, part.added_by_id) == (
        "line_manager",
        "raising",
        "the timescale lapsed",
        DUE,
        None,
    )
    waiting = Deadline.objects.open().filter(case=case, rule=Rule.SETTLE).order_by("pk")
    assert [(d.person, d.first_person, d.due_at, d.lapsed_at, d.next_at) for d in waiting[1:]] == [
        (cast.nurse_manager, cast.nurse, DUE, DUE, None)
    ]
    assert waiting[0].person == cast.nurse
    now = fresh(case)
    assert (now.state, now.holder, now.stand_in) == (State.RESOLUTION, cast.nurse, cast.nurse_manager)
    # The manager goes on in the holder's place; both rows are done with it, and nobody stands in any more.
    then = DUE + HOUR
    climbing.notify_intention(case, by=cast.nurse_manager, audit=audit(case, then), message="I take this on.")
    climbing.escalate(
        case,
        by=cast.nurse_manager,
        audit=audit(case, then),
        brief={"concerns": "Hungry at school."},
        situation="As before.",
        tried="Two calls.",
        threshold="Not enough to eat.",
        feedback="Your time was up, so I took it on.",
    )
    assert fresh(case).stand_in is None
    assert not Deadline.objects.open().filter(case=case, rule=Rule.SETTLE, stage=case.current_stage).exists()


def test_nobody_else_may_act_because_of_it(case: Case, cast: Cast) -> None:
    sweep(DUE)
    with pytest.raises(NotAllowed, match="The next step is with Nadia Reid"):
        climbing.notify_intention(case, by=cast.social_worker, audit=audit(case, DUE), message="I go up.")


def test_afterwards_it_widens_to_the_manager_and_then_to_the_lead(case: Case, cast: Cast) -> None:
    sweep(DUE)
    Message.objects.all().delete()
    assert sweep(DUE + DAY) == SweepResult(due=1)
    assert told() == [("overdue", "Nadia Reid"), ("overdue", "Morag Lunan")]
    assert len(lapses(case)) == 1
    Message.objects.all().delete()
    assert sweep(DUE + 3 * DAY) == SweepResult(due=1)
    assert told() == [
        ("overdue", "Morag Lunan"),
        ("overdue", "Leila Baird"),
        ("overdue_outside", "Quentin Ross"),  # the committee's officer, who sees no case
    ]
    # Letting somebody in is a change of who may see the case: it stands in the record.
    assert [(f["when"], f["to"], f["let_in"]) for f in lapses(case)] == [
        ("at", cast.nurse_manager.pk, [cast.nurse_manager.pk]),
        ("after", None, [cast.health_lead.pk]),
    ]
    assert Case.objects.visible_to(cast.health_lead).get() == case
    assert duty(case).next_at is None
    assert sweep(DUE + 30 * DAY) == SweepResult()


def test_the_other_sides_silence_passes_to_their_own_manager(cast: Cast) -> None:
    case = opened(cast)
    only(Rule.REPLY)
    assert sweep(duty(case, Rule.REPLY).due_at) == SweepResult(due=1, lapsed=1, passed_on=1)
    part = Participation.objects.get(case=case, user=cast.social_work_manager)
    assert (part.relation, part.side) == ("line_manager", "receiving")
    assert fresh(case).stand_in is None  # the next step is the raiser's all the same
    talking.give_position(
        case, by=cast.social_work_manager, audit=audit(case, DUE + HOUR), position={"view": "We see it too."}
    )
    assert not Deadline.objects.open().filter(case=case, rule=Rule.REPLY).exists()


def test_a_manager_who_does_not_accept_is_followed_by_the_senior_manager(cast: Cast) -> None:
    case = case_at(cast, State.LINE_MANAGER)
    only(Rule.ACCEPT)
    due = duty(case, Rule.ACCEPT).due_at
    assert sweep(due) == SweepResult(due=1, lapsed=1, passed_on=1)
    assert fresh(case).stand_in == cast.health_senior
    managing.accept(case, by=cast.health_senior, audit=audit(case, due + HOUR))
    assert fresh(case).current_stage.accepted_at == due + HOUR
    assert not Deadline.objects.open().filter(case=case, rule=Rule.ACCEPT).exists()


def test_nobody_stands_above_the_cswo_but_the_deputy_is_told(cast: Cast) -> None:
    case = case_at(cast, State.CSWO)
    only(Rule.ACCEPT)
    Message.objects.all().delete()
    assert sweep(duty(case, Rule.ACCEPT).due_at) == SweepResult(due=1, lapsed=1)
    assert [(f["to"], f["let_in"]) for f in lapses(case)] == [(None, [])]
    assert told() == [("lapsed", "Greta Holm"), ("lapsed", "Hamish Orr")]


def test_a_manager_who_is_a_party_is_passed_over(cast: Cast) -> None:
    case = opened(cast, counterpart=cast.nurse_manager, counterpart_team_id=cast.health_team.pk)
    only(Rule.SETTLE)
    sweep(DUE)
    assert fresh(case).stand_in == cast.health_senior


def test_other_duties_are_recorded_and_stay_where_they_are(cast: Cast) -> None:
    case = opened(cast)
    only(Rule.SAFETY)
    due = duty(case, Rule.SAFETY).due_at
    assert sweep(due) == SweepResult(due=1, lapsed=1)
    assert [(f["rule"], f["to"]) for f in lapses(case)] == [("safety", None)]
    assert Deadline.objects.filter(case=case, rule=Rule.SAFETY).count() == 1
    assert ("lapsed", "Nadia Reid") in told()


# Silence that moves the case itself


def test_where_the_procedure_says_so_silence_takes_the_case_up(cast: Cast) -> None:
    version = publishing.publish(TWO_RUNGS.read_text(), name="two_rungs.toml").version
    cast.procedure = version
    case = opened(cast, reasons=["service_offered"])
    only(Rule.SETTLE)
    due = duty(case).due_at
    Message.objects.all().delete()
    assert sweep(due) == SweepResult(due=1, lapsed=1, raised=1)
    now = fresh(case)
    assert (now.state, now.holder, now.stand_in) == (State.MANAGERS, cast.nurse_manager, None)
    assert (now.current_stage.ordinal, now.current_stage.opposite) == (2, cast.social_work_manager)
    events = Event.objects.filter(chain=case.chain).order_by("seq")
    assert [(e.verb, e.actor_id, e.acting_role) for e in events[1:]] == [
        ("lapsed", None, "service"),
        ("escalated", None, "service"),
    ]
    assert json.loads(events[2].payload)["silence"] is True
    assert not Deadline.objects.open().filter(case=case, stage=case.current_stage).exists()
    assert {p.added_by for p in Participation.objects.filter(case=case, started_at=due)} == {None}
    # The one who was silent hears of it too.
    assert ("moved", "Nadia Reid") in told()
    assert ("needs_you", "Morag Lunan") in told()


def test_at_the_top_silence_can_only_pass_the_duty_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    version = publishing.publish(TWO_RUNGS.read_text(), name="two_rungs.toml").version
    cast.procedure = version
    case = opened(cast, reasons=["service_offered"])
    only(Rule.SETTLE)
    sweep(duty(case).due_at)
    # Nobody chairs: the next rung has nobody to go to, so the duty passes to the manager above.
    only(Rule.SETTLE)
    second = Deadline.objects.open().get(case=case, rule=Rule.SETTLE)
    assert sweep(second.due_at) == SweepResult(due=1, lapsed=1, passed_on=1)
    assert (fresh(case).state, fresh(case).stand_in) == (State.MANAGERS, cast.health_senior)


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


def test_the_deputy_of_a_manager_is_told_when_it_is_due(cast: Cast) -> None:
    case = case_at(cast, State.LINE_MANAGER)
    cover(Membership.objects.get(user=cast.nurse_manager), cast.colleague)
    only(Rule.ACCEPT)
    Message.objects.all().delete()
    sweep(duty(case, Rule.ACCEPT).due_at)
    assert ("lapsed", "Kirsty Adair") in told()


def test_the_heartbeat_is_one_row(case: Case) -> None:
    clock.beat("sweep", TUESDAY)
    clock.beat("sweep", TUESDAY + HOUR)
    assert list(Heartbeat.objects.values_list("name", "at")) == [("sweep", TUESDAY + HOUR)]


# Several at once, and killed ones: real processes, real transactions

#: A sweep in batches of five that says so when one is written, before it commits.
SLOWLY = f"""
from cases import clock
whole = clock.work_off
def work_off(*args):
    done = whole(*args)
    print("written", flush=True)
    return done
clock.work_off = work_off
clock.sweep({iso(DUE)}, batch=5)
"""


def settle_only(count: int) -> Case:
    """Return the first of `count` cases in Resolution, committed."""
    case = opened(make_cast())
    only(Rule.SETTLE)
    Message.objects.all().delete()
    copies_of(case, count - 1)
    return case


def exactly_once(count: int) -> None:
    """Assert that each of `count` duties lapsed once, was told of once, and passed on once."""
    events = Event.objects.filter(verb="lapsed")
    assert (events.count(), events.values("chain").distinct().count()) == (count, count)
    assert Deadline.objects.filter(rule=Rule.SETTLE, ordinal=0, lapsed_at=DUE).count() == count
    assert Deadline.objects.filter(rule=Rule.SETTLE, ordinal=PASSED).count() == count
    for kind in (Kind.LAPSED, Kind.PASSED_ON):
        assert Message.objects.filter(kind=kind).count() == count
    assert Message.objects.count() == 2 * count
    assert Participation.objects.filter(why="the timescale lapsed").count() == count


@pytest.mark.django_db(transaction=True)
def test_sweepers_at_once_record_each_lapse_once() -> None:
    settle_only(300)
    code = f"from cases.clock import sweep; print(sweep({iso(DUE)}, batch=20).lapsed)"
    shares = [int(out) for out in finish(start(code), start(code), start(code))]
    # One of them may end early because the others hold the last rows; nothing is left for the next round then.
    assert sum(shares) == 300
    assert sum(share > 0 for share in shares) >= 2, shares
    assert sweep(DUE) == SweepResult()
    exactly_once(300)


@pytest.mark.django_db(transaction=True)
def test_a_killed_sweeper_loses_and_repeats_nothing() -> None:
    settle_only(200)
    chance, seen = random.Random(2026), []
    for _ in range(5):
        running = start(SLOWLY)
        assert running.stdout is not None
        for _ in range(chance.randint(1, 6)):
            running.stdout.readline()  # a batch is written, and commits at any moment
        time.sleep(chance.uniform(0, 0.01))
        running.kill()
        running.communicate()
        assert running.returncode == -9
        seen.append(Event.objects.filter(verb="lapsed").count())
    assert 0 < seen[-1] < 200, "the kills were to hit it in its work"
    assert all(count % 5 == 0 for count in seen), "a batch is kept whole or not at all"
    sweep(DUE)
    exactly_once(200)


@pytest.mark.django_db(transaction=True)
def test_a_case_somebody_is_writing_to_is_left_for_the_next_round() -> None:
    case = settle_only(2)
    held, done = threading.Event(), threading.Event()

    def write() -> None:
        from django.db import transaction

        with transaction.atomic():
            Case.objects.select_for_update().get(pk=case.pk)
            held.set()
            done.wait(timeout=20)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    held.wait(timeout=20)
    assert sweep(DUE) == SweepResult(due=1, lapsed=1, passed_on=1)
    assert lapses(case) == []
    done.set()
    writer.join()
    assert sweep(DUE) == SweepResult(due=1, lapsed=1, passed_on=1)
    assert len(lapses(case)) == 1
