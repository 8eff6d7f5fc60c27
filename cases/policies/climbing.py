"""Who takes a case further."""

from __future__ import annotations

from cases.access import Look
from cases.policies.asking import accepted, holds_it, in_dispute, not_refused
from cases.refusals import NotNow
from cases.workflow import State


def notify_intention(look: Look) -> None:
    """Whoever holds the case tells the other side before going up (G15)."""
    in_dispute(look)
    holds_it(look)
    accepted(look)
    not_refused(look)
    if look.case.next_rung is None:
        raise NotNow("This is the last stage of the procedure. It is settled here.")
    if look.case.current_stage.notice_at is not None:
        raise NotNow("The other side has been told already.")


def escalate(look: Look) -> None:
    """Whoever holds the case takes it to the next stage, once the other side was told (G15, G17)."""
    in_dispute(look)
    holds_it(look)
    accepted(look)
    not_refused(look)
    case = look.case
    if case.state == State.LINE_MANAGER:
        raise NotNow("Say whether you support the concern. If you do, it goes on from there.")
    if case.next_rung is None:
        raise NotNow("This is the last stage of the procedure. It is settled here.")
    needs_notice = case.rung.intention_notice and case.urgency != "immediate"
    if needs_notice and case.current_stage.notice_at is None:
        raise NotNow("Tell the other side first that you mean to take this further.")


def skip(look: Look) -> None:
    """In danger today a stage may be passed over, with a reason (X6)."""
    in_dispute(look)
    holds_it(look)
    not_refused(look)
    case = look.case
    if not case.definition.may_skip(case.urgency):
        allowed = case.definition.skip.allowed_urgencies
        if not allowed:
            raise NotNow("This procedure has no stage that may be passed over.")
        if allowed == ("immediate",):
            raise NotNow("A stage is passed over only when there is danger today.")
        paces = ", ".join(f"“{case.definition.urgency(u).label}”" for u in allowed)
        raise NotNow(f"A stage is passed over only for: {paces}.")
    if len(case.rungs_above) < 2:
        raise NotNow("There is no stage left to pass over.")
