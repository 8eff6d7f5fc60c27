"""The child's safety meanwhile, how urgent it is, and by when harm could occur: each changed with a reason."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from cases import policies
from cases.actions.door import Change, change
from cases.actions.rungs import RULE_OF_CLOCK
from cases.audit import Audit, Verb
from cases.deadlines import Due
from cases.models import Case, Deadline
from cases.models.deadline import DeadlineState, Rule
from cases.models.entry import Kind
from cases.refusals import NotNow


def set_safety_line(
    case: Case,
    *,
    by: User,
    audit: Audit,
    child_safe: str,
    safety_line: str,
    safety_owner: str,
    safety_until: datetime,
) -> None:
    """Confirm or change what keeps the child safe until this is settled, who makes sure of it, and until when."""
    with change(case, by=by, audit=audit, rule=policies.set_safety_line, verb=Verb.SAFETY_LINE_SET) as c:
        if safety_until <= audit.at:
            raise NotNow("Give a time still to come, by which this must be confirmed again.")
        c.write(
            Kind.SAFETY_LINE,
            {"safe": child_safe, "line": safety_line, "owner": safety_owner, "until": safety_until},
        )
        c.case.child_safe = child_safe
        c.case.safety_until = safety_until
        _move(c, Rule.SAFETY, c.by_instant(safety_until))
        c.facts |= {"safe": child_safe}


def change_urgency(case: Case, *, by: User, audit: Audit, urgency: str, reason: str) -> None:
    """Change how urgent it is; every open duty of the stage is worked out again (G16)."""
    with change(case, by=by, audit=audit, rule=policies.change_pace, verb=Verb.URGENCY_CHANGED) as c:
        if urgency == c.case.urgency:
            raise NotNow("That is how urgent it is already.")
        c.write(Kind.URGENCY, {"from": c.case.urgency, "to": urgency, "why": reason})
        c.facts |= {"from": c.case.urgency, "to": urgency}
        c.case.urgency = urgency
        _work_out_again(c)


def change_horizon(case: Case, *, by: User, audit: Audit, horizon_at: datetime | None, reason: str) -> None:
    """Change by when harm could occur or the decision take effect; None when no such time is known any more."""
    with change(case, by=by, audit=audit, rule=policies.change_pace, verb=Verb.HORIZON_CHANGED) as c:
        if horizon_at is not None and horizon_at <= audit.at:
            raise NotNow("Give a time still to come. If harm could occur now, use the emergency contacts.")
        c.write(Kind.HORIZON, {"by": horizon_at, "why": reason})
        c.case.horizon_at = horizon_at
        _work_out_again(c)


def _work_out_again(c: Change) -> None:
    """Re-project the open duties of the present stage from when each began; the reason stands in the event."""
    stage, case = c.stage, c.case
    clock_of = {
        RULE_OF_CLOCK[k.key]: k for k in c.procedure.rung(stage.state).clocks if k.key in RULE_OF_CLOCK
    }
    moved = []
    for deadline in Deadline.objects.open().filter(case=case, stage=stage, rule__in=list(clock_of)):
        due = c.work_out(clock_of[Rule(deadline.rule)], starts=deadline.starts_at)
        moved.append({"rule": deadline.rule, "was": deadline.due_at.isoformat(), "is": due.at.isoformat()})
        _set(deadline, due)
        if deadline.rule == Rule.SETTLE:
            c.on_stage(due_at=due.at)
        if deadline.person_id == case.holder_id:
            case.due_at = due.at
    c.facts |= {"moved": moved}


def _move(c: Change, rule: Rule, due: Due) -> None:
    """Give the open duty of a rule a new instant, and make one for the holder when there is none."""
    open_one = Deadline.objects.filter(case=c.case, rule=rule, state=DeadlineState.OPEN).first()
    if open_one is not None:
        _set(open_one, due)
    elif c.case.holder_id is not None:
        c.due(rule, c.case.holder_id, due, ordinal=c.case.version)


def _set(deadline: Deadline, due: Due) -> None:
    deadline.due_at, deadline.plan, deadline.capped = due.at, due.plan, due.capped
    deadline.amount, deadline.unit, deadline.source = due.amount, due.unit, due.source
    deadline.next_at = datetime.fromisoformat(str(due.plan[0][0])) if due.plan else None
    deadline.lapsed_at = None
    deadline.save(
        update_fields=["due_at", "plan", "capped", "amount", "unit", "source", "next_at", "lapsed_at"]
    )
