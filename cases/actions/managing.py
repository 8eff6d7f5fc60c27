"""The manager's part: accepting, the view on the concern, a refusal, and the ways past it (G22, X4)."""

from __future__ import annotations

from accounts.directory import Holder
from accounts.models import User
from accounts.roles import Role
from cases import policies
from cases.actions.change import Change
from cases.actions.climbing import confirm_entry
from cases.actions.door import RELATION_OF, change
from cases.actions.rungs import enter_rung, feed_back, leave_stage, let_in, say_situation, start_clocks
from cases.audit import Audit, Verb
from cases.holders import Pair, next_manager_up, pair_for
from cases.models import Case
from cases.models.case import Outcome
from cases.models.deadline import Rule
from cases.models.entry import Kind
from cases.models.participation import Relation, Side
from cases.procedures.rungs import Rung
from cases.refusals import NotNow
from cases.workflow import State


def accept(case: Case, *, by: User, audit: Audit) -> None:
    """Say that one has the case now; stops the acknowledgement clock and starts those that wait for it."""
    with change(case, by=by, audit=audit, rule=policies.accept, verb=Verb.ACCEPTED) as c:
        c.on_stage(accepted_at=audit.at)
        c.met(Rule.ACCEPT)
        start_clocks(c, "accepted")
        start_clocks(c, "previous_clock:acknowledge")
        c.case.due_at = c.stage.due_at
        if c.case.holder_id != by.pk:
            c.facts |= {"for": c.case.holder_id}


def support(
    case: Case,
    *,
    by: User,
    audit: Audit,
    discussion: str,
    why: str,
    feedback: str,
    situation: str = "",
    confirmed: list[str] | None = None,
) -> None:
    """Support the concern after the reflective talk; it goes on to the managers at once (PK02, G22)."""
    with change(case, by=by, audit=audit, rule=policies.give_manager_view, verb=Verb.SUPPORTED) as c:
        target = c.case.next_rung
        if target is None:
            raise NotNow("This is the last stage of the procedure. It is settled here.")
        confirm_entry(c, target, confirmed or [])
        c.write(Kind.MANAGER_VIEW, {"supports": True, "discussion": discussion, "why": why})
        say_situation(c, situation)
        feed_back(c, feedback)
        c.on_stage(supported=True)
        leave_stage(c, Outcome.ESCALATED)
        c.facts |= {"from": c.stage.rung_key}
        c.case.escalate(target.state)
        enter_rung(c, target.key, pair=_same_manager(c, target))


def _same_manager(c: Change, target: Rung) -> Pair:
    """Return who acts on the next rung: whoever supported the concern goes on with it (X4), not the usual manager."""
    pair = pair_for(c.case, target.key, c.people, c.at)
    supporter = c.stage.acting
    if State(target.state) != State.MANAGERS or pair.acting.user.pk == supporter.pk:
        return pair
    role = next((r for r in (Role.LINE_MANAGER, Role.SENIOR_MANAGER) if c.look.has(RELATION_OF[r])), None)
    parts = [p for p in c.look.parts if p.user_id == supporter.pk and p.side == Side.RAISING]
    kept = Holder(
        supporter,
        role or Role.LINE_MANAGER,
        parts[0].agency_id if parts else c.case.raising_agency_id,
        None,
        why="supported the concern in the line manager's place",
    )
    return Pair(kept, pair.opposite)


def decline(case: Case, *, by: User, audit: Audit, why: str, feedback: str, discussion: str = "") -> None:
    """Not support the concern, or not take it further, with the reasons; the raiser is told at once (X4, PK03)."""
    rule = policies.give_manager_view if case.state == State.LINE_MANAGER else policies.decline
    with change(case, by=by, audit=audit, rule=rule, verb=Verb.DECLINED) as c:
        c.write(Kind.MANAGER_VIEW, {"supports": False, "discussion": discussion, "why": why})
        feed_back(c, feedback)
        c.on_stage(supported=False)
        c.met(Rule.SETTLE)
        c.cancel(Rule.ACCEPT, Rule.REPLY)
        due = c.within(4, "calendar_hours") if c.case.urgency == "immediate" else c.within(2, "working_days")
        c.due(Rule.ANSWER_REFUSAL, c.case.raiser_id, due, ordinal=c.case.version)
        c.hold(c.case.raiser, due.at)
        c.facts |= {"rung": c.stage.rung_key}


def bring_new_facts(case: Case, *, by: User, audit: Audit, facts: str) -> None:
    """Answer a refusal with what is new; the same manager looks again (X4)."""
    with change(
        case, by=by, audit=audit, rule=policies.answer_refusal_by("new_facts"), verb=Verb.NEW_FACTS_GIVEN
    ) as c:
        c.write(Kind.NEW_FACTS, {"facts": facts})
        c.on_stage(supported=None)
        c.met(Rule.ANSWER_REFUSAL)
        settle = c.procedure.rung(c.stage.rung_key).settle
        due = c.work_out(settle) if settle else c.within(1, "working_days")
        c.due(Rule.SETTLE, c.stage.acting_id, due, ordinal=c.case.version)
        c.on_stage(due_at=due.at)
        c.hold(c.stage.acting, due.at)


def accept_refusal(case: Case, *, by: User, audit: Audit, statement: str) -> None:
    """Accept the refusal; the case ends with the raiser's closing statement (X4)."""
    with change(
        case, by=by, audit=audit, rule=policies.answer_refusal_by("accept"), verb=Verb.WITHDRAWN
    ) as c:
        c.write(Kind.CLOSING, {"statement": statement, "after_refusal": True})
        end(c, Outcome.MANAGER_DECLINED)
        c.case.withdraw()


def ask_independent_view(case: Case, *, by: User, audit: Audit, question: str) -> None:
    """Ask whom the procedure names, in one's own agency, for an independent view after a refusal (X4)."""
    with change(
        case, by=by, audit=audit, rule=policies.answer_refusal_by("independent_view"), verb=Verb.VIEW_ASKED
    ) as c:
        parties = {c.case.raiser_id, c.case.counterpart_id, c.stage.acting_id}
        role = Role(c.case.definition.on_refusal.independent_view)
        lead = c.people.holder(role, c.case.raising_agency_id, exclude=parties)
        if lead is None:
            words = c.case.definition.role_label(role)
            raise NotNow(f"The directory knows no {words} who is free to act. Ask your administrator.")
        c.write(Kind.VIEW_REQUEST, {"question": question})
        c.on_stage(view_asked_at=audit.at)
        c.met(Rule.ANSWER_REFUSAL)
        c.join(
            lead.user,
            Relation.ADVISER,
            Side.NEUTRAL,
            agency_id=lead.agency_id or lead.user.agency_id,
            why="asked for an independent view",
        )
        due = c.within(4, "calendar_hours") if c.case.urgency == "immediate" else c.within(2, "working_days")
        c.due(Rule.INDEPENDENT_VIEW, lead.user, due, ordinal=c.case.version)
        c.hold(lead.user, due.at)
        c.facts |= {"adviser": lead.user.pk}


def give_independent_view(case: Case, *, by: User, audit: Audit, supports: bool, view: str) -> None:
    """Say as designated lead whether one supports the concern; if so the next manager up takes it (X4).

    On the line manager's stage that is the raiser's senior manager, in the line manager's place; where there is no
    manager above who has not refused, and on the senior managers' stage, it goes to the next stage. If the lead does
    not support it, the refusal stands and the raiser answers it.
    """
    verb = Verb.VIEW_SUPPORTS if supports else Verb.VIEW_DOES_NOT_SUPPORT
    with change(
        case,
        by=by,
        audit=audit,
        rule=policies.give_independent_view,
        verb=verb,
        speaking=lambda look: next(p for p in look.mine if p.relation == Relation.ADVISER),
    ) as c:
        c.write(Kind.INDEPENDENT_VIEW, {"supports": supports, "view": view})
        feed_back(c, view)
        c.met(Rule.INDEPENDENT_VIEW)
        c.facts |= {"rung": c.stage.rung_key}
        if supports:
            _take_past_refusal(c)
            return
        # The raiser may still bring new facts or accept; asking a second time would change nothing.
        due = c.within(2, "working_days")
        c.due(Rule.ANSWER_REFUSAL, c.case.raiser_id, due, ordinal=c.case.version)
        c.on_stage(view_asked_at=None)
        c.hold(c.case.raiser, due.at)


def _take_past_refusal(c: Change) -> None:
    case = c.case
    above = None
    if case.state == State.LINE_MANAGER:
        above = next_manager_up(case, c.people, after=c.stage.acting_id)
    if above is not None:
        leave_stage(c, Outcome.MANAGER_DECLINED)
        enter_rung(c, c.stage.rung_key, pair=Pair(above, None))
        let_in(c, above, Side.RAISING)
        return
    target = case.next_rung
    if target is None:
        raise NotNow("There is no stage above this one.")
    leave_stage(c, Outcome.MANAGER_DECLINED)
    case.escalate(target.state)
    enter_rung(c, target.key)


def end(c: Change, outcome: Outcome) -> None:
    """End the case: no holder, no open duty, everybody's list knows."""
    case = c.case
    c.on_stage(left_at=c.at, outcome=outcome)
    c.cancel()
    case.outcome = outcome
    case.closed_at = c.at
    c.hold(None)
