"""The child's safety meanwhile, how urgent it is, and by when harm could occur: each changed with a reason."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q

from accounts.models import User
from cases import policies
from cases.actions.change import Change
from cases.actions.door import change
from cases.audit import Audit, Verb
from cases.deadlines import Due, calendar_of
from cases.models import Case, Deadline, Extension, Pause
from cases.models.deadline import DeadlineState, Rule
from cases.models.entry import Kind
from cases.procedures.limits import Measure
from cases.reckoning import Reckoner, moved_facts
from cases.refusals import NotNow
from cases.working_time import add
from escalation import bulk


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
        c.case.urgency, c.case.urgency_since = urgency, audit.at
        work_out_again(c, pace_changed=True)


def change_horizon(case: Case, *, by: User, audit: Audit, horizon_at: datetime | None, reason: str) -> None:
    """Change by when harm could occur or the decision take effect; None when no such time is known any more."""
    with change(case, by=by, audit=audit, rule=policies.change_pace, verb=Verb.HORIZON_CHANGED) as c:
        if horizon_at is not None and horizon_at <= audit.at:
            raise NotNow("Give a time still to come. If harm could occur now, use the emergency contacts.")
        c.write(Kind.HORIZON, {"by": horizon_at, "why": reason})
        c.case.horizon_at = horizon_at
        work_out_again(c, pace_changed=True)


def extend(case: Case, *, by: User, audit: Audit, amount: int, reason: str) -> datetime:
    """Give a stage more time, as far as the procedure allows, and return when it is due now.

    `amount` is in the procedure's unit, such as working days. Raises NotNow for more than the procedure allows, and
    when the time by which harm could occur leaves no more.
    """
    with change(case, by=by, audit=audit, rule=policies.extend, verb=Verb.EXTENDED) as c:
        allowed = c.procedure.extension
        assert allowed is not None  # the rule has seen to it
        if not 1 <= amount <= allowed.longest.amount:
            raise NotNow(f"This stage may have {allowed.longest.describe()} more at most.")
        Extension.objects.create(
            case=c.case,
            stage=c.stage,
            amount=amount,
            unit=allowed.longest.unit,
            made_by=by,
            made_at=c.at,
        )
        before = c.stage.due_at
        c.on_stage(times_extended=c.stage.times_extended + 1)
        work_out_again(c)
        due = c.stage.due_at
        if before is None or due is None or due <= before:
            raise NotNow("There is no more time to give: harm could occur before that.")
        more = Measure.model_validate(
            {"amount": amount, "unit": allowed.longest.unit, "source": allowed.source}
        )
        c.write(Kind.EXTENSION, {"more": more.describe(), "due": due, "why": reason})
        c.facts |= {"amount": amount, "unit": allowed.longest.unit}
    return due


def pause(case: Case, *, by: User, audit: Audit, resumes_on: date, reason: str) -> None:
    """Let the clocks of a stage stand still from today until a day, as far as the procedure allows.

    Raises NotNow for a day that is not ahead, further away than the procedure allows, or past the horizon.
    """
    with change(case, by=by, audit=audit, rule=policies.pause, verb=Verb.PAUSED) as c:
        allowed = c.procedure.pause
        assert allowed is not None  # the rule has seen to it
        calendar = calendar_of(c.case.partnership)
        today = calendar.local_day(c.at)
        if resumes_on <= today:
            raise NotNow("Give a day still to come, on which the clock runs again.")
        last = latest_pause(c.case, c.at)
        if resumes_on > last:
            raise NotNow(
                f"The clock may stand still for {allowed.longest.describe()} at most: until {last:%A %-d %B}."
            )
        horizon = c.case.horizon_at
        if horizon is not None and resumes_on >= calendar.local_day(horizon):
            raise NotNow("Harm could occur before then. The clock must run again sooner.")
        Pause.objects.create(
            case=c.case, stage=c.stage, first_day=today, resumes_on=resumes_on, made_by=by, made_at=c.at
        )
        c.on_stage(paused_until=resumes_on, times_paused=c.stage.times_paused + 1)
        c.write(Kind.PAUSE, {"from": today, "until": resumes_on, "why": reason})
        work_out_again(c)
        c.facts |= {"from": today, "until": resumes_on}


def latest_pause(case: Case, begins: datetime) -> date:
    """Return the last local day up to which a clock that stops at an instant may stand still, as the procedure says."""
    allowed, calendar = case.definition.pause, calendar_of(case.partnership)
    assert allowed is not None
    return calendar.last_day(add(allowed.longest.amount, allowed.longest.unit, begins, calendar))


def resume(case: Case, *, by: User, audit: Audit, reason: str) -> None:
    """Let the clocks run again before the day that was named; what they stood still for so far stays."""
    with change(case, by=by, audit=audit, rule=policies.resume, verb=Verb.RESUMED) as c:
        today = calendar_of(c.case.partnership).local_day(c.at)
        running = Pause.objects.get(stage=c.stage, ended_at=None, resumes_on__gt=today)
        running.resumes_on, running.ended_at = today, c.at
        running.save(update_fields=["resumes_on", "ended_at"])
        c.on_stage(paused_until=today)
        c.write(Kind.RESUMED, {"why": reason})
        work_out_again(c)
        c.facts |= {"until": today}


def work_out_again(c: Change, *, pace_changed: bool = False) -> None:
    """Work out the open duties of the case again (cases.reprojecting); what moved stands in the event."""
    case, reckoner = c.case, Reckoner(c.case.partnership, c.at)
    reckoner.know([case])
    if pace_changed:
        reckoner.pace_changed(case)
    wanted = Q(state=DeadlineState.OPEN) | Q(rule__in=[Rule.ACTION, Rule.CHECK_DONE])
    duties = Deadline.objects.filter(wanted, case=case).select_related("stage").order_by("pk")
    moves = reckoner.moves(case, list(duties))
    bulk.update(Deadline, [move.columns() for move in moves])
    for move in moves:
        if move.is_next_step(case) and move.duty.rule == Rule.SETTLE:
            c.on_stage(due_at=move.due.at)
    mine = [m.due.at for m in moves if m.is_next_step(case)]
    if mine:
        case.due_at = min(mine)
    c.facts |= {"moved": moved_facts(moves)}


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
