"""Every promise has a date, a reminder and a recorded lapse: feedback, safety line, situation, check backs, reviews."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from cases.clock import sweep
from cases.models import Case, Deadline
from cases.models.deadline import Rule
from escalation.trail.models import Event
from notifications.models import Message
from tests.cast import TUESDAY, Cast
from tests.procedures.walking import Walk, published

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


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
