"""Every promise has a date, a reminder and a recorded lapse: feedback, safety line, situation, check backs, reviews."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from cases.actions import pace, talking
from cases.clock import sweep
from cases.models import Case, Deadline
from cases.models.deadline import DeadlineState, Rule
from cases.models.entry import Visibility
from cases.procedures import publishing
from escalation.trail.models import Event
from notifications.models import Message
from tests.cases.steps import audit, case_at, fresh
from tests.cast import TUESDAY, Cast, opened
from tests.procedures.walking import Walk, published

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def open_duty(case: Case, rule: Rule) -> Deadline:
    return Deadline.objects.open().get(case=case, rule=rule)


def lapse_of_each(case: Case) -> dict[str, int]:
    """Let each open duty lapse at its own instant; return how many reminders its person had, by what is due."""
    found = {}
    for duty in Deadline.objects.open().filter(case=case).order_by("due_at", "pk"):
        Message.objects.all().delete()
        Deadline.objects.exclude(pk=duty.pk).update(next_at=None)
        Deadline.objects.filter(pk=duty.pk).update(next_at=duty.plan[0][0])
        kinds = {row[1] for row in duty.plan}
        short = duty.due_at - duty.starts_at <= 8 * HOUR  # the person has just been told
        assert ({"at", "after"} if short else {"before", "at", "after"}) <= kinds, (duty.words, kinds)
        assert sweep(duty.due_at - timedelta(seconds=1)).lapsed == 0
        sweep(duty.due_at)
        duty.refresh_from_db()
        assert duty.lapsed_at == duty.due_at
        last = Event.objects.filter(chain=case.chain, verb="lapsed").latest("seq")
        assert json.loads(last.payload)["rule"] == duty.rule
        heard = Message.objects.filter(recipient=duty.person, deadline=duty).count()
        assert heard >= (1 if short else 2), (duty.words, heard)
        found[duty.words] = heard
    return found


def test_each_lapses_with_a_reminder_before_and_at_its_instant(cast: Cast) -> None:
    """Worcestershire's Stage 2 has them all: before the outcome, and after it with a date of review."""
    walk = Walk(cast, published("worcestershire"), changes={"safety_until": TUESDAY + 6 * DAY})
    walk.climb("managers")
    before = lapse_of_each(walk.again())
    assert {Rule.SETTLE.label, Rule.SAFETY.label, Rule.SITUATION.label} <= set(before)
    after = Walk(cast, walk.version, at=TUESDAY)
    after.climb("managers")
    after.settle()
    promised = lapse_of_each(after.again())
    assert {
        Rule.ACKNOWLEDGE.label,
        Rule.CHECK_UNDERSTOOD.label,
        Rule.CHECK_DONE.label,
        Rule.DEBRIEF.label,
        *(q.duty for q in after.rung.questions_on_resolve if q.duty),  # the review, on the day that was named
    } <= set(promised)
    assert Rule.SITUATION.label not in promised, "the check backs have taken its place"


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
    publishing.set_limit(
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
