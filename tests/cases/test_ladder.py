"""The whole ladder by its actions: who holds the case after each step, in which state, with which duties."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cases.actions import climbing, following, managing, settling, talking
from cases.audit import Audit
from cases.models import Action, Case, Deadline, Stage
from cases.models.deadline import Rule
from cases.refusals import NotAllowed, NotNow, Stale
from cases.workflow import State
from escalation.trail.models import Event
from tests.cases.steps import (
    POSITION,
    agreed,
    audit,
    case_at,
    check_back_all,
    close,
    determined,
    fresh,
    tell_and_escalate,
)
from tests.cast import TUESDAY, Cast, opened

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def duties(case: Case, state: str = "open") -> list[tuple[str, str]]:
    return sorted(
        (d.rule, d.person.full_name)
        for d in Deadline.objects.filter(case=case, state=state).select_related("person")
    )


def test_opening_puts_it_with_the_raiser_and_asks_the_counterpart(cast: Cast) -> None:
    case = fresh(opened(cast))
    assert (case.state, case.holder, case.version) == (State.RESOLUTION, cast.nurse, 1)
    assert duties(case) == [
        (Rule.REPLY, "Callum Petrie"),
        (Rule.SAFETY, "Nadia Reid"),
        (Rule.SETTLE, "Nadia Reid"),
        (Rule.SITUATION, "Nadia Reid"),
    ]
    # Five working days after Tuesday 2 June, at closing time in Scotland.
    assert case.due_at.isoformat() == "2026-06-09T16:00:00+00:00"


@pytest.mark.requirement("G26", "PK05")
def test_from_log_to_closed_after_determination(cast: Cast) -> None:
    case = case_at(cast, State.CSWO)
    assert (case.state, case.holder) == (State.CSWO, cast.cswo)
    case = determined(cast, at=TUESDAY + DAY)
    assert (case.state, case.holder, case.outcome) == (State.DETERMINED, cast.cswo, "cswo_determined")
    later = TUESDAY + 7 * DAY
    check_back_all(case, cast, later)
    with pytest.raises(NotNow, match="Nadia Reid has to acknowledge the feedback"):
        close(case, cast.cswo, later)
    following.acknowledge(case, by=cast.nurse, audit=audit(case, later))
    close(case, cast.cswo, later)
    case = fresh(case)
    assert (case.state, case.holder, case.due_at) == (State.CLOSED, None, None)
    assert duties(case) == []
    assert [s.state for s in Stage.objects.filter(case=case)] == [
        "resolution",
        "line_manager",
        "managers",
        "senior_managers",
        "cswo",
    ]
    seqs = list(Event.objects.filter(chain=case.chain).values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) == 19


def test_a_stage_cannot_be_left_before_the_other_side_was_told(cast: Cast) -> None:
    case = opened(cast)
    with pytest.raises(NotNow, match="Tell the other side first"):
        climbing.escalate(
            case, by=cast.nurse, audit=audit(case, TUESDAY), brief={}, situation="x", tried="y", feedback=""
        )
    assert fresh(case).state == State.RESOLUTION


def test_only_the_holder_escalates(cast: Cast) -> None:
    case = opened(cast)
    with pytest.raises(NotAllowed, match="The next step is with Nadia Reid"):
        tell_and_escalate(case, cast.social_worker, TUESDAY + HOUR)
    with pytest.raises(NotAllowed, match="no longer take part"):
        tell_and_escalate(case, cast.colleague, TUESDAY + HOUR)


def test_a_page_loaded_before_a_change_is_stale(cast: Cast) -> None:
    case = opened(cast)
    seen = Audit(TUESDAY + HOUR, version=case.version)
    talking.give_position(case, by=cast.nurse, audit=Audit(TUESDAY), position=POSITION)
    with pytest.raises(Stale):
        settling.withdraw(case, by=cast.nurse, audit=seen, statement="No longer needed.")


def test_a_refusal_goes_back_to_the_raiser_and_past_it_with_an_independent_view(cast: Cast) -> None:
    case = case_at(cast, State.LINE_MANAGER)
    at = TUESDAY + 2 * HOUR
    managing.accept(case, by=cast.nurse_manager, audit=audit(case, at))
    managing.decline(
        case, by=cast.nurse_manager, audit=audit(case, at), why="One more visit first.", feedback="Not yet."
    )
    case = fresh(case)
    assert (case.state, case.holder) == (State.LINE_MANAGER, cast.nurse)
    managing.ask_independent_view(case, by=cast.nurse, audit=audit(case, at), question="Is waiting safe?")
    assert fresh(case).holder == cast.health_lead
    managing.give_independent_view(
        case, by=cast.health_lead, audit=audit(case, at), supports=True, view="Waiting is not safe."
    )
    case = fresh(case)
    assert (case.state, case.holder, case.current_stage.ordinal) == (
        State.LINE_MANAGER,
        cast.health_senior,
        3,
    )


def test_a_no_at_the_check_back_reopens_where_it_was_settled(cast: Cast) -> None:
    case = agreed(cast)
    assert (case.state, case.holder) == (State.AGREED, cast.nurse)
    following.check_understood(case, by=cast.nurse, audit=audit(case, TUESDAY + DAY), answer=True)
    following.check_understood(
        case,
        by=cast.social_worker,
        audit=audit(case, TUESDAY + DAY),
        answer=False,
        words="Not what I agreed.",
    )
    case = fresh(case)
    assert (case.state, case.holder, case.outcome) == (State.RESOLUTION, cast.nurse, "")
    assert (Rule.CHECK_DONE, "Callum Petrie") not in duties(case)
    assert (Rule.SETTLE, "Nadia Reid") in duties(case)


@pytest.mark.requirement("G25", "G29")
def test_closing_waits_for_both_check_backs_and_names_who_is_missing(cast: Cast) -> None:
    case = agreed(cast)
    with pytest.raises(NotNow) as refused:
        close(case, cast.nurse, TUESDAY + DAY)
    assert str(refused.value) == (
        "Before this can be closed: Nadia Reid has to say whether it was done and helped; "
        "Callum Petrie has to say whether it was done and helped; Nadia Reid has to confirm what was agreed; "
        "Callum Petrie has to confirm what was agreed; 1 agreed action must be reported."
    )


def test_the_deputy_determines_when_the_cswo_is_a_party(cast: Cast) -> None:
    case = case_at(cast, State.SENIOR_MANAGERS, counterpart=cast.cswo, counterpart_team_id=None)
    managing.accept(case, by=cast.health_senior, audit=audit(case, TUESDAY + 5 * HOUR))
    tell_and_escalate(case, cast.health_senior, TUESDAY + 6 * HOUR)
    assert fresh(case).holder == cast.cswo_deputy


def test_a_settled_case_is_due_when_its_next_duty_is(cast: Cast) -> None:
    case = agreed(cast)
    # Both confirm what was agreed by Thursday 4 June; the action is due the same afternoon.
    assert case.due_at.isoformat() == "2026-06-04T16:00:00+00:00"
    for person in (cast.nurse, cast.social_worker):
        following.check_understood(case, by=person, audit=audit(case, TUESDAY + HOUR), answer=True)
    action = Action.objects.get(case=case)
    following.report_action(
        case,
        by=cast.social_worker,
        audit=audit(case, TUESDAY + 2 * DAY),
        action=action,
        done=True,
        evidence="On file.",
        done_at=TUESDAY + 2 * DAY,
    )
    # What is left: to say whether it was done and helped, two working days after the action was due.
    assert fresh(case).due_at.isoformat() == "2026-06-08T16:00:00+00:00"


@pytest.mark.requirement("PK02")
def test_whoever_supports_it_in_the_line_managers_place_goes_on_with_it(cast: Cast) -> None:
    case = case_at(cast, State.LINE_MANAGER)
    at = TUESDAY + 2 * HOUR
    managing.accept(case, by=cast.nurse_manager, audit=audit(case, at))
    managing.decline(case, by=cast.nurse_manager, audit=audit(case, at), why="No.", feedback="No.")
    managing.ask_independent_view(case, by=cast.nurse, audit=audit(case, at), question="Is waiting safe?")
    managing.give_independent_view(
        case, by=cast.health_lead, audit=audit(case, at), supports=True, view="It is not."
    )
    managing.accept(case, by=cast.health_senior, audit=audit(case, at))
    managing.support(
        case,
        by=cast.health_senior,
        audit=audit(case, at),
        discussion="By telephone.",
        why="Clear.",
        feedback="Yes.",
    )
    case = fresh(case)
    assert (case.state, case.holder) == (State.MANAGERS, cast.health_senior)
    assert case.current_stage.opposite == cast.social_work_manager
