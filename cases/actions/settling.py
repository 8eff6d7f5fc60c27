"""How a disagreement is settled or ends: agreement, two views, determination, referral, withdrawal, diversion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from accounts.models import User
from cases import policies
from cases.actions.change import Change
from cases.actions.door import change
from cases.actions.managing import end
from cases.actions.rungs import (
    OF_THE_STAGE,
    end_duties,
    enter_rung,
    feed_back,
    leave_stage,
    say_situation,
    start_clocks,
)
from cases.audit import Audit, Verb
from cases.models import Action, Case, CheckBack, Referral
from cases.models.case import Outcome
from cases.models.deadline import Rule
from cases.models.entry import Kind
from cases.models.participation import Relation, Side
from cases.refusals import NotNow
from cases.workflow import State

#: Answers to the questions of a stage, by the key of the question.
Answers = Mapping[str, "str | bool | date"]
#: Ordinals of duties whose day somebody named; below them stand the places of the rung's clocks.
NAMED = 500


@dataclass(frozen=True)
class NewAction:
    """An action as it was agreed: what, who, by the end of which local day (G24)."""

    what: str
    owner: User
    due_on: date


def agree(
    case: Case,
    *,
    by: User,
    audit: Audit,
    agreement: str,
    actions: list[NewAction],
    checklist: list[str] | None = None,
    answers: Answers | None = None,
    feedback: str = "",
    situation: str = "",
) -> None:
    """Record an agreement with its actions, and start both check backs (G24, G25).

    `answers` are those to the questions the stage's procedure asks, by their keys.
    """
    with change(case, by=by, audit=audit, rule=policies.agree, verb=Verb.AGREED) as c:
        told = answered(c, answers)
        c.write(Kind.AGREEMENT, {"agreement": agreement, "checklist": checklist, "answers": told})
        settle(c, Outcome.RESOLVED_AGREED, actions, feedback, situation)
        c.case.agree()


def agree_to_differ(
    case: Case,
    *,
    by: User,
    audit: Audit,
    risk: str,
    answers: Answers | None = None,
    feedback: str = "",
    situation: str = "",
) -> None:
    """Leave two views standing where the risk allows it, with a statement of that risk (G13)."""
    with change(case, by=by, audit=audit, rule=policies.agree_to_differ, verb=Verb.AGREED_TO_DIFFER) as c:
        c.write(Kind.AGREEMENT, {"differ": True, "risk": risk, "answers": answered(c, answers)})
        settle(c, Outcome.AGREED_TO_DIFFER, [], feedback, situation)
        c.case.agree()


def determine(
    case: Case,
    *,
    by: User,
    audit: Audit,
    question: str,
    decision: str,
    reasons: str,
    told: str,
    actions: list[NewAction],
    feedback: str,
    answers: Answers | None = None,
    situation: str = "",
) -> None:
    """Record the determination: question, decision, reasons, actions, who is told. It is final (PK05, G26)."""
    with change(case, by=by, audit=audit, rule=policies.determine, verb=Verb.DETERMINED) as c:
        more = answered(c, answers)
        c.write(
            Kind.DETERMINATION,
            {
                "question": question,
                "decision": decision,
                "reasons": reasons,
                "told": told,
                "answers": more,
            },
        )
        settle(c, Outcome.DETERMINED, actions, feedback, situation)
        c.case.determine()


def refer(
    case: Case, *, by: User, audit: Audit, body: str, referred_on: date, reason: str, feedback: str
) -> None:
    """Refer to the committee or the Chief Officers Group (PK05, X8); the committee's officer holds it then."""
    with change(case, by=by, audit=audit, rule=policies.refer, verb=Verb.REFERRED) as c:
        named = c.case.definition.referral_body(body)
        entry = c.write(Kind.REFERRAL, {"body": body, "on": referred_on, "reason": reason})
        c.also.append(Referral(case=c.case, stage=c.stage, body=body, referred_on=referred_on, entry=entry))
        feed_back(c, feedback)
        c.facts |= {"from": c.stage.rung_key, "body": body}
        above = c.procedure.referral_rung
        if above is None:
            raise NotNow("The procedure has no stage for what is referred.")
        if c.case.state == State.CSWO:
            leave_stage(c, Outcome(named.outcome))
        else:  # determined before: the committee's outcome brings its own check backs
            c.cancel(Rule.CHECK_UNDERSTOOD, Rule.CHECK_DONE, Rule.DEBRIEF)
        c.case.refer()
        c.case.settled_at = None
        enter_rung(c, above.key)


def record_committee_outcome(
    case: Case,
    *,
    by: User,
    audit: Audit,
    outcome_on: date,
    outcome: str,
    actions: list[NewAction],
    feedback: str,
    answers: Answers | None = None,
    situation: str = "",
) -> None:
    """Record what the committee or the chief officers decided, with its date."""
    with change(
        case, by=by, audit=audit, rule=policies.decide_for_committee, verb=Verb.COMMITTEE_DECIDED
    ) as c:
        texts = {"outcome": outcome, "on": outcome_on, "answers": answered(c, answers)}
        entry = c.write(Kind.COMMITTEE_OUTCOME, texts)
        open_referrals = Referral.objects.filter(case=c.case, outcome_entry=None)
        c.after.append(lambda: open_referrals.update(outcome_on=outcome_on, outcome_entry=entry))
        settle(c, Outcome.COMMITTEE_DETERMINED, actions, feedback, situation)
        c.case.determine()


def withdraw(case: Case, *, by: User, audit: Audit, statement: str) -> None:
    """End it at the raiser's wish, with a closing statement that says why the child is safe (X7)."""
    with change(case, by=by, audit=audit, rule=policies.withdraw, verb=Verb.WITHDRAWN) as c:
        c.write(Kind.CLOSING, {"statement": statement})
        end(c, Outcome.WITHDRAWN)
        c.case.withdraw()


def divert(case: Case, *, by: User, audit: Audit, route: str, reason: str, feedback: str) -> None:
    """End it here because it belongs to another procedure, named in the record (G05)."""
    with change(case, by=by, audit=audit, rule=policies.divert, verb=Verb.DIVERTED) as c:
        c.write(Kind.CLOSING, {"route": route, "statement": reason})
        feed_back(c, feedback)
        end(c, Outcome.DIVERTED)
        c.case.divert()
        c.facts |= {"route": route}


def answered(c: Change, answers: Answers | None) -> dict[str, str]:
    """Return the answers to the stage's own questions as they are kept, and do what follows from them.

    A yes to a question with an outcome is counted for the reports; the day of a question with a duty makes that duty.
    Raises NotNow when a required answer is missing.
    """
    questions, given = c.procedure.rung(c.stage.rung_key).questions_on_resolve, dict(answers or {})
    missing = [q.question for q in questions if q.required and given.get(q.key) in (None, "")]
    if missing:
        raise NotNow(f"This stage asks more: {' '.join(missing)}")
    kept: dict[str, str] = {}
    zone = ZoneInfo(c.by.agency.partnership.timezone)
    for number, question in enumerate(questions):
        match given.get(question.key):
            case bool() as yes:
                kept[question.key] = "yes" if yes else "no"
                if yes and question.outcome:
                    c.on_stage(follow_ups=[*c.stage.follow_ups, question.outcome])
            case date() as day:
                kept[question.key] = f"{day.day} {day:%B %Y}"
                if question.duty:
                    ends = c.by_instant(datetime.combine(day, time(17), zone))
                    c.due(Rule.DUTY, c.stage.acting, ends, ordinal=NAMED + number, label=question.duty)
            case str() as text if text:
                kept[question.key] = text
    if c.stage.follow_ups:
        c.facts |= {"follow_ups": c.stage.follow_ups}
    return kept


def settle(c: Change, outcome: Outcome, actions: list[NewAction], feedback: str, situation: str) -> None:
    """What every settlement does: actions, feedback, both check backs, and who sees it through."""
    case = c.case
    say_situation(c, situation)
    feed_back(c, feedback)
    c.on_stage(left_at=c.at, outcome=outcome)
    c.met(Rule.SETTLE)
    end_duties(c, *(r for r in OF_THE_STAGE if r not in (Rule.SETTLE, Rule.INDEPENDENT_VIEW)))
    case.settled_at, case.settled_in, case.outcome = c.at, c.stage.rung_key, outcome
    last_due = _add_actions(c, actions)
    rounds = c.procedure.checkbacks
    started = {"outcome_recorded": c.at, "last_action_due": last_due or c.at}
    understood = c.work_out(rounds.understood.clock, cap=False)
    done = c.work_out(rounds.done.clock, starts=started[rounds.done.clock.starts], cap=False)
    started["checked_back"] = done.at
    sides = (("raiser", Side.RAISING, case.raiser), ("counterpart", Side.RECEIVING, case.counterpart))
    for n, (place, side, person) in enumerate(sides):
        for round_, rule, due, asked in (
            (CheckBack.Round.UNDERSTOOD, Rule.CHECK_UNDERSTOOD, understood, rounds.understood.asked_of),
            (CheckBack.Round.DONE, Rule.CHECK_DONE, done, rounds.done.asked_of),
        ):
            if place not in asked:
                continue
            c.also.append(CheckBack(case=case, stage=c.stage, round=round_, side=side, asked_of=person))
            c.due(rule, person, due, ordinal=n)
    debrief = c.procedure.debrief.clock
    closing = c.work_out(debrief, starts=started[debrief.starts], cap=False)
    c.due(Rule.DEBRIEF, c.stage.acting, closing)
    start_clocks(c, "outcome_recorded")
    start_clocks(c, "previous_clock:settle")
    c.hold(c.stage.acting, understood.at)
    c.facts |= {"from": c.stage.rung_key, "outcome": outcome, "actions": len(actions)}


def _add_actions(c: Change, actions: list[NewAction]) -> datetime | None:
    """Add the actions with their owners and duties; return when the last is due (end of its local day, UTC)."""
    zone = ZoneInfo(c.by.agency.partnership.timezone)
    last: datetime | None = None
    for number, action in enumerate(actions, start=1):
        if action.owner.agency.partnership_id != c.case.partnership_id:
            raise NotNow("Choose somebody of this partnership for each action.")
        ends = datetime.combine(action.due_on, time(17), zone)
        if ends <= c.at:
            raise NotNow(f"Action {number}: give a day that is still to come.")
        entry = c.write(Kind.ACTION, {"what": action.what})
        c.also.append(
            Action(
                case=c.case,
                stage=c.stage,
                entry=entry,
                number=number,
                owner=action.owner,
                agency_id=action.owner.agency_id,
                due_on=action.due_on,
            )
        )
        c.due(Rule.ACTION, action.owner, c.by_instant(ends), ordinal=number)
        side = Side.RAISING if action.owner.agency_id == c.case.raising_agency_id else Side.RECEIVING
        if not any(p.user_id == action.owner.pk for p in (*c.look.parts, *c.joined)):
            c.join(action.owner, Relation.OWNER, side, agency_id=action.owner.agency_id)
        last = max(last, ends) if last else ends
    return last
