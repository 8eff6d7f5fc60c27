""" "Situation now" has a date by which it must be written afresh, and begins anew when it is (G20)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cases.actions import pace, talking
from cases.models import Case, Deadline
from cases.models.deadline import DeadlineState, Rule
from cases.models.entry import Visibility
from notifications.models import Message
from tests import in_place
from tests.cases.steps import audit, case_at, fresh
from tests.cast import TUESDAY, Cast, opened

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def open_duty(case: Case, rule: Rule) -> Deadline:
    return Deadline.objects.open().get(case=case, rule=rule)


# "Situation now" grows old (G20)


@pytest.mark.requirement("G20")
@pytest.mark.parametrize(
    ("urgency", "due"),
    [
        ("standard", datetime(2026, 6, 9, 16, tzinfo=UTC)),  # five working days
        ("urgent", datetime(2026, 6, 3, 16, tzinfo=UTC)),  # one
        ("immediate", TUESDAY + 4 * HOUR),
    ],
)
def test_the_situation_is_due_afresh_by_the_urgency(cast: Cast, urgency: str, due: datetime) -> None:
    duty = open_duty(opened(cast, urgency=urgency), Rule.SITUATION)
    assert (duty.person, duty.due_at, duty.source) == (cast.nurse, due, "local_setting")


@pytest.mark.requirement("G20")
def test_writing_it_begins_the_time_anew_and_an_update_alone_does_not(cast: Cast) -> None:
    case, at = opened(cast), TUESDAY + DAY
    first = open_duty(case, Rule.SITUATION)
    talking.give_update(case, by=cast.social_worker, audit=audit(case, at), update="A visit is planned.")
    assert open_duty(case, Rule.SITUATION) == first
    hidden = {"visibility": Visibility.OWN_AGENCY, "update": "For us."}
    Message.objects.all().delete()
    talking.give_update(
        case, by=cast.social_worker, audit=audit(case, at), situation="Seen today, well.", **hidden
    )
    first.refresh_from_db()
    again = open_duty(case, Rule.SITUATION)
    assert (first.state, first.met_at) == (DeadlineState.MET, at)
    assert (again.person, again.starts_at, again.due_at) == (cast.nurse, at, first.due_at + DAY)
    assert fresh(case).situation_at == at
    # Whoever holds it hears of the news, and of no new duty.
    assert list(Message.objects.values_list("kind", "recipient__full_name")) == [("updated", "Nadia Reid")]


@pytest.mark.requirement("G20")
def test_each_stage_begins_with_a_fresh_one_of_whoever_acts(cast: Cast) -> None:
    case = case_at(cast, "managers")
    duty = open_duty(case, Rule.SITUATION)
    assert (duty.person, duty.starts_at) == (cast.nurse_manager, case.situation_at)
    pace.change_urgency(
        case, by=cast.nurse, audit=audit(case, TUESDAY + 6 * HOUR), urgency="urgent", reason="She is thinner."
    )
    assert open_duty(case, Rule.SITUATION).due_at == datetime(2026, 6, 3, 16, tzinfo=UTC)


@pytest.mark.requirement("G20")
def test_a_limit_of_the_partnership_holds_for_it(cast: Cast) -> None:
    in_place.set_limit(
        cast.partnership,
        cast.procedure.definition,
        "urgencies.standard.situation_stale_after",
        amount=2,
        unit="working_days",
        reason="Sooner.",
        by=None,
    )
    cast.partnership.refresh_from_db()
    cast.nurse.agency.partnership.refresh_from_db()
    assert open_duty(opened(cast), Rule.SITUATION).due_at == datetime(2026, 6, 4, 16, tzinfo=UTC)
