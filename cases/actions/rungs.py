"""Entering a rung: who acts, what is due, who takes part. Shared by every move that changes the stage."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from accounts.directory import Holder
from accounts.roles import ROLES, Role
from cases.actions.change import Change
from cases.actions.door import RELATION_OF
from cases.deadlines import Due, calendar_of, until_stale
from cases.holders import ALONE, Pair, for_a_side, pair_for
from cases.models import Deadline, Stage
from cases.models.case import Outcome
from cases.models.deadline import RULE_OF_CLOCK, Rule
from cases.models.entry import Entry, Kind
from cases.models.participation import Side
from cases.procedures.limits import Clock

#: Duties of a stage that end when it is left. Feedback, actions and check backs outlive their stage.
OF_THE_STAGE = (
    Rule.SETTLE,
    Rule.ACCEPT,
    Rule.REPLY,
    Rule.ANSWER_REFUSAL,
    Rule.INDEPENDENT_VIEW,
    Rule.ADVICE,
    Rule.SAFETY,
    Rule.SITUATION,
)


def leave_stage(c: Change, outcome: Outcome) -> None:
    """Close the present stage with its outcome, and the duties that belong to it."""
    c.on_stage(left_at=c.at, outcome=outcome)
    c.met(Rule.SETTLE)
    end_duties(c, *(r for r in OF_THE_STAGE if r != Rule.SETTLE))


def end_duties(c: Change, *rules: Rule) -> None:
    """Cancel the open duties of these rules, and those of the stage's own clocks that do not outlast it."""
    c.cancel(*rules)
    rung = c.procedure.rung(c.stage.rung_key)
    if own := [k.key for k in rung.clocks if k.key not in RULE_OF_CLOCK and not k.lasts]:
        c.cancel_clocks(own)


def enter_rung(c: Change, key: str, *, pair: Pair | None = None) -> Stage:
    """Put the case on a rung as a new stage: its people, its clocks, its holder. The state was moved before.

    Raises NotNow when the directory knows nobody free to act.
    """
    case, rung = c.case, c.procedure.rung(key)
    if pair is None:
        pair = pair_for(case, key, c.people, c.at)
    acting, opposite = pair.acting, pair.opposite
    stage = Stage(
        case=case,
        ordinal=case.current_stage.ordinal + 1,
        state=rung.state,
        rung_key=key,
        urgency=case.urgency,
        entered_at=c.at,
        acting=acting.user,
        opposite=opposite.user if opposite else None,
        why_acting=acting.why[:200],
    )
    c.new_stage, case.rung_key = stage, key
    alone = rung.state in ALONE
    let_in(c, acting, Side.NEUTRAL if alone else Side.RAISING)
    if opposite is not None:
        let_in(c, opposite, Side.RECEIVING)
    start_clocks(c, "rung_entered")
    c.facts |= {"to": key, "stage": stage.ordinal, "acting": acting.user.pk}
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
    """Start the clocks of the rung that begin with this event, and say who holds the case until when.

    On entering a rung those start too that count from when the case was opened or the disagreement arose.
    """
    stage, case = c.stage, c.case
    first: datetime | None = None
    clocks = c.procedure.rung(stage.rung_key).clocks
    ends = next((_due(c, k).at for k in clocks if k.key == "settle" and _begins(k, event)), stage.due_at)
    for place, clock in enumerate(clocks):
        if not _begins(clock, event) or (clock.follows and _running(c, clock)):
            continue
        due = _due(c, clock, ends)
        person = person_for(c, clock)
        rule = RULE_OF_CLOCK.get(clock.key, Rule.DUTY)
        if rule == Rule.DUTY:
            c.due(rule, person, due, ordinal=place, label=clock.label)
        else:
            c.due(rule, person, due)
        if rule == Rule.SETTLE:
            c.on_stage(due_at=due.at, limit_source=due.source, first_due_at=stage.first_due_at or due.at)
        if person == stage.acting_id and rule != Rule.DUTY:
            first = min(first, due.at) if first else due.at
    if event == "rung_entered":
        c.due(Rule.SAFETY, stage.acting_id, c.by_instant(max(case.safety_until, c.at)))
        c.due(Rule.SITUATION, stage.acting_id, _stale(c))
    if first is not None and case.in_dispute:
        c.hold(stage.acting, first)


def _due(c: Change, clock: Clock, stage_due: datetime | None = None) -> Due:
    return c.work_out(clock, starts=_start_of(c, clock), cap=not clock.lasts, stage_due=stage_due)


def _stale(c: Change) -> Due:
    """Return by when "situation now" is too old, counted from when it was last written (G20)."""
    calendar = calendar_of(c.case.partnership)
    return until_stale(c.procedure, c.case.urgency, c.case.situation_at, calendar)


def say_situation(c: Change, words: str) -> None:
    """Write how the child is now, dated (G20); in dispute it has to be written again before it is too old."""
    if not words:
        return
    c.write(Kind.SITUATION, {"situation": words})
    c.case.situation_at = c.at


def situation_said(c: Change) -> None:
    """Begin the time anew after which "situation now" is too old; for what stays on its stage."""
    c.met(Rule.SITUATION)
    c.due(Rule.SITUATION, c.stage.acting_id, _stale(c), ordinal=c.case.version)


def clock_met(c: Change, key: str) -> None:
    """Mark the duty of a clock of this stage as done, and start what follows it."""
    c.met_clock(key)
    start_clocks(c, f"previous_clock:{key}")


def clocks_ending_by(c: Change, ends_by: str) -> list[str]:
    """Return the keys of the rung's own clocks that end in this way."""
    rung = c.procedure.rung(c.stage.rung_key)
    return [k.key for k in rung.clocks if k.ends_by == ends_by]


def _begins(clock: Clock, event: str) -> bool:
    return clock.starts == event or (
        event == "rung_entered" and clock.starts in ("case_opened", "disagreement_arose")
    )


def _running(c: Change, clock: Clock) -> bool:
    """Return whether a clock that follows another one was started on this stage before."""
    if c.new_stage is not None:
        return False
    return Deadline.objects.filter(stage=c.stage, clock=clock.key).exists()


def _start_of(c: Change, clock: Clock) -> datetime | None:
    """Return the instant a clock counts from; None for now."""
    if clock.starts == "case_opened":
        return c.case.opened_at
    if clock.starts == "disagreement_arose":
        concern = next((e for e in c.entries if e.kind == Kind.CONCERN), None)
        if concern is None:
            concern = Entry.objects.filter(case=c.case, kind=Kind.CONCERN).order_by("written_at").first()
        return concern.happened_at if concern else None
    return None


def person_for(c: Change, clock: Clock) -> int:
    """Return whose duty a clock is, by their place in the case or their role, and let them take part.

    A role that nobody free to act holds falls to whoever acts on the rung: a duty is never nobody's.
    """
    stage, case = c.stage, c.case
    match clock.on:
        case "holder" | "acting_manager":
            return stage.acting_id
        case "raiser":
            return case.raiser_id
        case "counterpart":
            return stage.opposite_id or case.counterpart_id
    if c.procedure.rung(stage.rung_key).acts == clock.on or clock.on not in Role:
        return stage.acting_id
    role = Role(clock.on)
    parties = {case.raiser_id, case.counterpart_id}
    wide = ROLES[role].held_at == "partnership"
    agency_id, team_id = (None, None) if wide else (case.raising_agency_id, case.raising_team_id)
    look_for = c.people.holder if wide else partial(for_a_side, c.people)
    found = look_for(role, agency_id, team_id, exclude=parties)
    if found is None:
        return stage.acting_id
    let_in(c, found, Side.NEUTRAL if wide or role == Role.DESIGNATED_LEAD else Side.RAISING)
    return found.user.pk


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
