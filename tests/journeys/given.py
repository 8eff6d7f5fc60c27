"""What has happened before a journey begins: `given.a_case_with(stage, State.CSWO)`, done some hours ago."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from cases.actions import managing, settling
from cases.models import Case
from cases.workflow import State
from tests.cases.steps import audit, case_at, fresh
from tests.cast import Cast, opened
from tests.journeys.words import noon

#: Each step before the journey takes an hour; the longest way up has seven.
BEFORE = timedelta(hours=8)


def a_case_at(stage: Cast, state: State, **changes: Any) -> Case:
    """Return a case on this rung, brought there this morning by the ordinary way."""
    fitting = {"happened_at": noon(-3), "safety_until": noon(6)} | changes
    return case_at(stage, state, at=timezone.now() - BEFORE, **fitting)


def an_agreed_case(stage: Cast) -> Case:
    """Return a case that the practitioners have settled, with one action for the social worker."""
    at = timezone.now() - BEFORE
    case = opened(stage, at=at, happened_at=noon(-3), safety_until=noon(6))
    settling.agree(
        case,
        by=stage.nurse,
        audit=audit(case, at + timedelta(hours=1)),
        agreement="A joint visit this week.",
        actions=[settling.NewAction("Visit the family together", stage.social_worker, noon(3).date())],
    )
    return fresh(case)


def a_determined_case(stage: Cast) -> Case:
    """Return a case that the Chief Social Work Officer has determined, with one action for the social worker."""
    case = a_case_at(stage, State.CSWO)
    at = timezone.now() - timedelta(minutes=30)
    managing.accept(case, by=stage.cswo, audit=audit(case, at))
    settling.determine(
        case,
        by=stage.cswo,
        audit=audit(case, at),
        question="Is the threshold for an assessment met?",
        decision="Yes. An assessment begins this week.",
        reasons="The visits and the school's record show the same.",
        told="Both sides and their managers.",
        actions=[settling.NewAction("Start the assessment", stage.social_worker, noon(3).date())],
        feedback="Your concern was upheld.",
    )
    return fresh(case)
