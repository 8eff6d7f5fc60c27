"""Entering a rung: who acts, what is due, who takes part. Shared by every move that changes the stage."""

from __future__ import annotations

from datetime import datetime

from accounts.directory import Holder
from cases.actions.door import RELATION_OF, Change
from cases.deadlines import Due
from cases.holders import ALONE, Pair, pair_for
from cases.models import Stage
from cases.models.case import Outcome
from cases.models.deadline import Rule
from cases.models.entry import Kind
from cases.models.participation import Side
from cases.workflow import State

#: Clocks of a procedure and the duty each makes.
RULE_OF_CLOCK: dict[str, Rule] = {
    "settle": Rule.SETTLE,
    "acknowledge": Rule.ACCEPT,
    "reply": Rule.REPLY,
}
#: Duties of a stage that end when it is left. Feedback, actions and check backs outlive their stage.
OF_THE_STAGE = (
    Rule.SETTLE,
    Rule.ACCEPT,
    Rule.REPLY,
    Rule.ANSWER_REFUSAL,
    Rule.INDEPENDENT_VIEW,
    Rule.ADVICE,
    Rule.SAFETY,
)


def leave_stage(c: Change, outcome: Outcome) -> None:
    """Close the present stage with its outcome, and the duties that belong to it."""
    c.on_stage(left_at=c.at, outcome=outcome)
    c.met(Rule.SETTLE)
    c.cancel(*(r for r in OF_THE_STAGE if r != Rule.SETTLE))


def enter_rung(c: Change, state: str, *, pair: Pair | None = None) -> Stage:
    """Put the case on a rung as a new stage: its people, its clocks, its holder. The state was moved before.

    Raises NotNow when the directory knows nobody free to act.
    """
    case = c.case
    if pair is None:
        pair = pair_for(case, state, c.people, c.at)
    acting, opposite = pair.acting, pair.opposite
    stage = Stage(
        case=case,
        ordinal=case.current_stage.ordinal + 1,
        state=state,
        urgency=case.urgency,
        entered_at=c.at,
        acting=acting.user,
        opposite=opposite.user if opposite else None,
        why_acting=acting.why[:200],
    )
    c.new_stage = stage
    alone = state in ALONE
    let_in(c, acting, Side.NEUTRAL if alone else Side.RAISING)
    if opposite is not None:
        let_in(c, opposite, Side.RECEIVING)
    start_clocks(c, "rung_entered")
    c.facts |= {"to": state, "stage": stage.ordinal, "acting": acting.user.pk}
    return stage


def let_in(c: Change, holder: Holder, side: Side) -> None:
    """Let the person found for a rung take part in the case; raiser and counterpart do already."""
    if holder.role not in RELATION_OF:
        return
    c.join(
        holder.user,
        RELATION_OF[holder.role],
        side,
        agency_id=holder.agency_id or holder.user.agency_id,
        why=holder.why,
    )


def start_clocks(c: Change, event: str) -> None:
    """Start the clocks of the rung that begin with this event, and say who holds the case until when."""
    stage, case = c.stage, c.case
    rung = c.procedure.rung(stage.state)
    first: datetime | None = None
    for clock in rung.clocks:
        if clock.starts != event or clock.key not in RULE_OF_CLOCK:
            continue
        due = c.work_out(clock)
        rule = RULE_OF_CLOCK[clock.key]
        person = case.counterpart_id if clock.on == "counterpart" else stage.acting_id
        if clock.on == "counterpart" and stage.state != State.RESOLUTION and stage.opposite_id:
            person = stage.opposite_id
        c.due(rule, person, due)
        if rule == Rule.SETTLE:
            c.on_stage(due_at=due.at, limit_source=due.source, first_due_at=stage.first_due_at or due.at)
        if person == stage.acting_id:
            first = min(first, due.at) if first else due.at
    if event == "rung_entered":
        c.due(Rule.SAFETY, stage.acting_id, c.by_instant(max(case.safety_until, c.at)))
    if first is not None:
        c.hold(stage.acting, first)


def feed_back(c: Change, words: str) -> None:
    """Tell the raiser what was done or not done on this stage, and ask them to acknowledge it (G21).

    Nobody is told of their own act (X9).
    """
    if not words or c.look.is_me(c.case.raiser_id):
        return
    c.write(Kind.FEEDBACK, {"feedback": words})
    c.due(Rule.ACKNOWLEDGE, c.case.raiser_id, feedback_due(c), ordinal=c.case.version)


def feedback_due(c: Change) -> Due:
    """Return by when feedback should be acknowledged; no document says, so it is ours and marked so."""
    return c.within(4, "calendar_hours") if c.case.urgency == "immediate" else c.within(2, "working_days")
