"""No timescale lapses unnoticed: what the sweep records, whom it tells, and to whom a duty passes (X5)."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cases import clock
from cases.actions import climbing, managing, talking
from cases.clock import SweepResult, sweep
from cases.models import Case, Deadline, Heartbeat, Participation
from cases.models.deadline import Rule
from cases.refusals import NotAllowed
from cases.workflow import State
from escalation.trail.models import Event
from notifications.models import Message
from tests import in_place
from tests.cases.steps import audit, case_at, fresh, last_recorded
from tests.cast import TUESDAY, Cast, opened
from tests.factories import cover
from tests.notifications.crowd import only
from tests.procedures.conftest import TWO_RUNGS
from tests.time.sweeping import A_SECOND, DAY, DUE, HOUR, duty, lapses, settle_case, told


@pytest.fixture
def case(cast: Cast) -> Case:
    return settle_case(cast)


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
    assert json.loads(now.last_change) == last_recorded(now)
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
    version = in_place.publish(TWO_RUNGS.read_text(), name="two_rungs.toml").version
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
    version = in_place.publish(TWO_RUNGS.read_text(), name="two_rungs.toml").version
    cast.procedure = version
    case = opened(cast, reasons=["service_offered"])
    only(Rule.SETTLE)
    sweep(duty(case).due_at)
    # Nobody chairs: the next rung has nobody to go to, so the duty passes to the manager above.
    only(Rule.SETTLE)
    second = Deadline.objects.open().get(case=case, rule=Rule.SETTLE)
    assert sweep(second.due_at) == SweepResult(due=1, lapsed=1, passed_on=1)
    assert (fresh(case).state, fresh(case).stand_in) == (State.MANAGERS, cast.health_senior)


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
