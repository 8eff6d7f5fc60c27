"""A second, small procedure played to its end: nothing in the product belongs to one area alone.

Three levels, no line manager's stage, no Chief Social Work Officer, an independent chair at the top, other limits.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from accounts.roles import Role
from cases.actions import climbing, following, managing, settling
from cases.actions.opening import open_case
from cases.audit import Audit
from cases.models import Case, Stage
from cases.refusals import NotNow
from tests import in_place
from tests.cases.steps import audit, check_back_all, close, fresh
from tests.cast import TUESDAY, Cast, new_case
from tests.factories import member

FILE = Path(__file__).parent.parent / "procedures" / "two_rungs.toml"
HOUR = timedelta(hours=1)


@pytest.fixture
def case(cast: Cast) -> Case:
    version = in_place.publish(FILE.read_text(), name=FILE.name).version
    new = new_case(cast, reasons=["roles"])
    return fresh(open_case(new, by=cast.nurse, audit=Audit(TUESDAY), procedure=version))


def go_up(case: Case, by: object, at_hour: int) -> None:
    at = TUESDAY + at_hour * HOUR
    climbing.escalate(
        case,
        by=by,
        audit=audit(case, at),
        brief={"what": "Who does what."},
        situation="x",
        tried="y",
        feedback="z",
    )


def test_its_own_limit_holds(case: Case) -> None:
    # One working day from Tuesday at 10:30: the close of Wednesday.
    assert case.due_at is not None
    assert case.due_at.isoformat() == "2026-06-03T16:00:00+00:00"
    assert case.current_stage.limit_source == "document"


def test_played_to_its_last_level(case: Case, cast: Cast) -> None:
    chair = member("Ivor Strand", Role.INDEPENDENT_CHAIR, cast.partnership, agency=cast.police)
    go_up(case, cast.nurse, 1)  # this area asks for no notice on the first level
    case = fresh(case)
    assert (case.state, case.holder, case.rung.label) == ("managers", cast.nurse_manager, "Level B")
    managing.accept(case, by=cast.nurse_manager, audit=audit(case, TUESDAY + 2 * HOUR))
    with pytest.raises(NotNow, match="Tell the other side first"):
        go_up(case, cast.nurse_manager, 3)
    climbing.notify_intention(
        case, by=cast.nurse_manager, audit=audit(case, TUESDAY + 3 * HOUR), message="It goes to the panel."
    )
    go_up(case, cast.nurse_manager, 4)
    case = fresh(case)
    assert (case.state, case.holder, case.rung.label) == ("committee", chair, "Level C")
    at = TUESDAY + 5 * HOUR
    if case.rung.acknowledge:
        managing.accept(case, by=chair, audit=audit(case, at))
    settling.record_committee_outcome(
        case,
        by=chair,
        audit=audit(case, at),
        outcome_on=date(2026, 6, 2),
        outcome="Health leads, social work attends.",
        actions=[settling.NewAction("Call the meeting", cast.nurse, date(2026, 6, 5))],
        feedback="Health leads from now on.",
    )
    case = fresh(case)
    assert (case.state, case.outcome) == ("determined", "committee_determined")
    check_back_all(case, cast, TUESDAY + timedelta(days=6))
    following.acknowledge(case, by=cast.nurse, audit=audit(case, TUESDAY + timedelta(days=6)))
    close(case, chair, TUESDAY + timedelta(days=6))
    assert fresh(case).state == "closed"
    assert list(Stage.objects.filter(case=case).values_list("state", flat=True)) == [
        "resolution",
        "managers",
        "committee",
    ]


def test_it_is_for_two_agencies_only(cast: Cast) -> None:
    version = in_place.publish(FILE.read_text(), name=FILE.name).version
    with pytest.raises(NotNow, match="between agencies"):
        open_case(
            new_case(cast, reasons=["roles"], counterpart=cast.colleague, counterpart_team_id=None),
            by=cast.nurse,
            audit=Audit(TUESDAY),
            procedure=version,
        )


def test_its_own_ways_past_a_refusal(case: Case, cast: Cast) -> None:
    go_up(case, cast.nurse, 1)
    at = TUESDAY + 2 * HOUR
    managing.accept(case, by=cast.nurse_manager, audit=audit(case, at))
    managing.decline(case, by=cast.nurse_manager, audit=audit(case, at), why="Not now.", feedback="Not now.")
    with pytest.raises(NotNow, match="does not have that way"):  # this area knows no independent view
        managing.ask_independent_view(case, by=cast.nurse, audit=audit(case, at), question="Is that right?")
    managing.bring_new_facts(
        case, by=cast.nurse, audit=audit(case, at), facts="A second visit showed the same."
    )
    case = fresh(case)
    assert (case.state, case.holder, case.current_stage.supported) == ("managers", cast.nurse_manager, None)
