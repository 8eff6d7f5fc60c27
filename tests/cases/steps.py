"""Each step of the ladder in one line, for tests that need a case further up."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import User
from cases.actions import climbing, following, managing, settling, talking
from cases.audit import Audit
from cases.models import Action, Case, CheckBack
from cases.workflow import State
from escalation.trail.models import Event
from tests.cast import TUESDAY, Cast, opened

POSITION = {
    "seen": "Seen on three visits.",
    "view": "The threshold is met.",
    "impact": "Hunger, missed school.",
}


def fresh(case: Case) -> Case:
    """Return the case as it is now in the database."""
    return Case.objects.whole().get(pk=case.pk)


def audit(case: Case, at: datetime) -> Audit:
    """Return the audit of a person who has just looked at the case."""
    return Audit(at, version=Case.objects.values_list("version", flat=True).get(pk=case.pk))


def tell_and_escalate(case: Case, by: User, at: datetime, feedback: str = "We could not settle it.") -> None:
    """Notify the intention, then escalate."""
    climbing.notify_intention(case, by=by, audit=audit(case, at), message="I mean to take this further.")
    climbing.escalate(
        case,
        by=by,
        audit=audit(case, at),
        brief={"concerns": "Hungry at school.", "consequences": "Worse health.", "steps": "Two calls."},
        situation="At home with mother; grandmother visits.",
        tried="Two calls and a meeting.",
        threshold="The child is not getting enough to eat.",
        feedback=feedback,
    )


def case_at(cast: Cast, state: str, *, at: datetime = TUESDAY, **changes: Any) -> Case:
    """Return a case brought to this rung along the ordinary way, one hour a step, accepted where needed."""
    case = opened(cast, at=at, **changes)
    hour = timedelta(hours=1)
    if state == State.RESOLUTION:
        return fresh(case)
    tell_and_escalate(case, cast.nurse, at + hour)
    if state == State.LINE_MANAGER:
        return fresh(case)
    managing.accept(case, by=cast.nurse_manager, audit=audit(case, at + 2 * hour))
    managing.support(
        case,
        by=cast.nurse_manager,
        audit=audit(case, at + 3 * hour),
        discussion="We went through the visits.",
        why="The pattern is clear.",
        feedback="I support you and will meet Tara Munro.",
    )
    if state == State.MANAGERS:
        return fresh(case)
    tell_and_escalate(case, cast.nurse_manager, at + 4 * hour)
    if state == State.SENIOR_MANAGERS:
        return fresh(case)
    managing.accept(case, by=cast.health_senior, audit=audit(case, at + 5 * hour))
    tell_and_escalate(case, cast.health_senior, at + 6 * hour)
    assert state == State.CSWO
    return fresh(case)


def determined(cast: Cast, *, at: datetime = TUESDAY) -> Case:
    """Return a case determined by the CSWO with one action for the social worker."""
    case = case_at(cast, State.CSWO, at=at)
    then = at + timedelta(hours=7)
    managing.accept(case, by=cast.cswo, audit=audit(case, then))
    settling.determine(
        case,
        by=cast.cswo,
        audit=audit(case, then),
        question="Is the threshold for assessment met?",
        decision="Yes: an assessment starts this week.",
        reasons="Three visits show the same.",
        told="Both managers and both practitioners.",
        actions=[settling.NewAction("Start the assessment", cast.social_worker, date(2026, 6, 5))],
        feedback="Your concern was upheld.",
    )
    return fresh(case)


def agreed(cast: Cast, *, at: datetime = TUESDAY) -> Case:
    """Return a case settled between the practitioners with one action for the social worker."""
    case = opened(cast, at=at)
    settling.agree(
        case,
        by=cast.nurse,
        audit=audit(case, at + timedelta(hours=2)),
        agreement="Joint visit this week.",
        actions=[settling.NewAction("Joint visit", cast.social_worker, date(2026, 6, 4))],
    )
    return fresh(case)


def check_back_all(case: Case, cast: Cast, at: datetime) -> None:
    """Report every action and answer both check backs with yes, whoever is asked."""
    for action in Action.objects.filter(case=case, status="open"):
        following.report_action(
            case,
            by=action.owner,
            audit=audit(case, at),
            action=action,
            done=True,
            evidence="On file.",
            done_at=at,
        )
    waiting = CheckBack.objects.filter(case=case, stage=fresh(case).current_stage, answer="")
    for asked in list(waiting.select_related("asked_of").order_by("side", "-round")):
        if asked.round == CheckBack.Round.UNDERSTOOD:
            following.check_understood(case, by=asked.asked_of, audit=audit(case, at), answer=True)
        else:
            following.check_done(case, by=asked.asked_of, audit=audit(case, at), answer=True, helped=True)


def close(case: Case, by: User, at: datetime) -> None:
    """Debrief and close."""
    following.close(
        case,
        by=by,
        audit=audit(case, at),
        debrief="Both practitioners and both managers, together.",
        debriefed_on=at,
        family="told",
        family_words="The health visitor told the mother on Friday.",
    )


__all__ = [
    "POSITION",
    "agreed",
    "audit",
    "case_at",
    "check_back_all",
    "close",
    "determined",
    "fresh",
    "talking",
    "tell_and_escalate",
]


def last_recorded(case: Case) -> dict[str, Any]:
    """Return what was recorded last of a case: verb, facts without what they say of entries, and who."""
    event = Event.objects.filter(chain=case.chain).latest("seq")
    facts = {k: v for k, v in json.loads(event.payload).items() if k != "entries"}
    return {"verb": event.verb, "facts": facts, "actor": event.actor_id}
