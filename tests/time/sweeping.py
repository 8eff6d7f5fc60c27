"""What the tests of the sweep share: a case of which one duty is due, and what came of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from cases.lapsing import PASSED
from cases.models import Case, Deadline
from cases.models.deadline import Rule
from escalation.trail.models import Event
from notifications.models import Message
from tests.cast import Cast, opened
from tests.notifications.crowd import only

#: Opened on Tuesday 2 June with five working days to settle: due on Tuesday 9 June at 5pm in Scotland.
DUE = datetime.fromisoformat("2026-06-09T16:00:00+00:00")
A_SECOND = timedelta(seconds=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def settle_case(cast: Cast) -> Case:
    """Return a case in Resolution of which the sweep looks at the raiser's own duty only."""
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
