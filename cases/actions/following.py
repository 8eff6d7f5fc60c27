"""After any outcome: feedback acknowledged, actions reported, both check backs, debrief and close, reopen."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from cases import policies
from cases.actions.change import Change
from cases.actions.door import change
from cases.actions.managing import end
from cases.actions.opening import first_pair
from cases.actions.returning import replace_who_left
from cases.actions.rungs import enter_rung, start_clocks
from cases.audit import Audit, Verb
from cases.learning import items as learning_items
from cases.models import Action, Case, CheckBack, Deadline
from cases.models.case import Outcome
from cases.models.deadline import Rule
from cases.models.entry import Kind
from cases.refusals import NotAllowed, NotNow
from cases.workflow import State


def acknowledge(case: Case, *, by: User, audit: Audit, reply: str = "") -> None:
    """Say as raiser that the feedback was read; an answer, if any, goes into the record (G21)."""
    with change(case, by=by, audit=audit, rule=policies.acknowledge, verb=Verb.FEEDBACK_ACKNOWLEDGED) as c:
        if not Deadline.objects.open().filter(case=c.case, rule=Rule.ACKNOWLEDGE).exists():
            raise NotNow("There is no feedback waiting for you.")
        if reply:
            c.write(Kind.UPDATE, {"update": reply})
        c.met(Rule.ACKNOWLEDGE)


def report_action(
    case: Case, *, by: User, audit: Audit, action: Action, done: bool, evidence: str, done_at: datetime
) -> None:
    """Say that an action was done, with where the evidence is held, or that it was not, and why (G24)."""
    with change(case, by=by, audit=audit, rule=policies.report_action, verb=Verb.ACTION_REPORTED) as c:
        if action.case_id != c.case.pk or action.status != Action.Status.OPEN:
            raise NotNow("This action was reported before.")
        if not (c.look.is_me(action.owner_id) or c.look.is_holder):
            raise NotAllowed("The person who owns the action reports it, or whoever holds the case.")
        entry = c.write(
            Kind.ACTION_DONE,
            {"number": action.number, "done": done, "evidence": evidence},
            happened_at=done_at,
        )
        status = Action.Status.DONE if done else Action.Status.NOT_DONE
        c.after.append(
            lambda: Action.objects.filter(pk=action.pk).update(status=status, done_at=done_at, report=entry)
        )
        c.met(Rule.ACTION, ordinal=action.number)
        c.facts |= {"action": action.number, "done": done}


def do_duty(case: Case, *, by: User, audit: Audit, duty: Deadline, how: str, done_at: datetime) -> None:
    """Say that a duty only this procedure has was done, and how; what follows it starts to run."""
    with change(case, by=by, audit=audit, rule=policies.do_duty, verb=Verb.DUTY_DONE) as c:
        still_open = Deadline.objects.open().filter(pk=duty.pk, case=c.case, rule=Rule.DUTY).first()
        if still_open is None:
            raise NotNow("This was done before, or is no longer needed.")
        if not c.look.is_me(still_open.person_id):
            raise NotAllowed("Only the person whose duty it is says that it is done.")
        c.write(Kind.DUTY_DONE, {"duty": still_open.words, "how": how}, happened_at=done_at)
        c.met_duty(still_open)
        stage = c.case.current_stage
        c.facts |= {"clock": still_open.clock, "rung": c.stage.rung_key}
        if still_open.clock and still_open.stage_id == stage.pk:
            start_clocks(c, f"previous_clock:{still_open.clock}")


def check_understood(
    case: Case,
    *,
    by: User,
    audit: Audit,
    answer: bool,
    also: dict[str, bool] | None = None,
    words: str = "",
) -> None:
    """Answer the first check back: is it understood as it is written? A no reopens the case (G25).

    `also` are the answers to what the stage asks to be confirmed beside it, by their keys.
    """
    _answer(case, by, audit, CheckBack.Round.UNDERSTOOD, answer, None, {"words": words}, also or {})


def check_done(
    case: Case,
    *,
    by: User,
    audit: Audit,
    answer: bool,
    helped: bool,
    closing: dict[str, str] | None = None,
    also: dict[str, bool] | None = None,
    words: str = "",
) -> None:
    """Answer the second check back: was it done in time, and did it help the child? A no reopens (G25, G36)."""
    texts: dict[str, object] = {"words": words, "closing": closing}
    _answer(case, by, audit, CheckBack.Round.DONE, answer, helped, texts, also or {})


def _answer(
    case: Case,
    by: User,
    audit: Audit,
    round_: str,
    answer: bool,
    helped: bool | None,
    texts: dict[str, object],
    also: dict[str, bool],
) -> None:
    verb = Verb.CHECKED_UNDERSTOOD if round_ == CheckBack.Round.UNDERSTOOD else Verb.CHECKED_DONE
    with change(
        case,
        by=by,
        audit=audit,
        rule=policies.check_back,
        verb=verb,
        speaking=lambda look: look.speaking_as(look.case.raiser_id, look.case.counterpart_id),
    ) as c:
        asked = CheckBack.objects.filter(
            case=c.case, stage=c.stage, round=round_, answer="", asked_of=c.part.user_id
        )
        question = asked.first()
        if question is None:
            raise NotNow("You have answered this.")
        items = [i for i in c.case.rung.checks_back if i.round == round_]
        if missing := [i.label for i in items if i.key not in also]:
            raise NotNow(f"Answer these too: {'; '.join(missing)}.")
        kept = {i.key: "yes" if also[i.key] else "no" for i in items}
        texts |= {"also": kept}
        entry = c.write(Kind.CHECK_BACK, {"round": round_, "answer": answer, "helped": helped, **texts})
        yes_no = {True: CheckBack.Answer.YES.value, False: CheckBack.Answer.NO.value, None: ""}
        c.after.append(
            lambda: asked.filter(pk=question.pk).update(
                answer=yes_no[answer], helped=yes_no[helped], answered_at=audit.at, entry=entry
            )
        )
        rule = Rule.CHECK_UNDERSTOOD if round_ == CheckBack.Round.UNDERSTOOD else Rule.CHECK_DONE
        c.met(rule, person_id=c.part.user_id)
        c.facts |= {"round": round_, "side": question.side, "answer": answer, "helped": helped}
        if not answer or helped is False:
            c.facts["reopened"] = True
            _go_back(c)


def reopen(case: Case, *, by: User, audit: Audit, reason: str) -> None:
    """Reopen a settled or closed case with new facts, on the rung where it was settled (X7)."""
    with change(case, by=by, audit=audit, rule=policies.reopen, verb=Verb.REOPENED) as c:
        c.write(Kind.REOPENING, {"reason": reason})
        _go_back(c)


def _go_back(c: Change) -> None:
    """Return to the rung where it was settled, with the same people where they are there and free to act."""
    case, before = c.case, c.stage
    replace_who_left(c)
    rung = c.procedure.rung(case.settled_in or before.rung_key)
    c.facts |= {"from": case.state, "to": rung.key}
    c.cancel()
    case.reopen(rung.state)
    case.settled_at, case.outcome, case.closed_at = None, "", None
    pair = first_pair(case, rung, None if State(rung.state) == State.RESOLUTION else c.people, c.at)
    stage = enter_rung(c, rung.key, pair=pair)
    if pair.acting.user.pk == before.acting_id:
        stage.accepted_at = c.at  # the same person has it back: there is nothing to accept anew
        c.new_deadlines = [d for d in c.new_deadlines if d.rule != Rule.ACCEPT]
        case.due_at = stage.due_at


def close(
    case: Case,
    *,
    by: User,
    audit: Audit,
    debrief: str,
    debriefed_on: datetime,
    family: str,
    family_words: str,
    learning: str = "",
    learning_route: str = "",
) -> None:
    """Debrief and close (G29, G30), with the one question about the family (X12).

    Raises NotNow while a check back, an action or the raiser's acknowledgement is outstanding, naming what is.
    """
    with change(case, by=by, audit=audit, rule=policies.close, verb=Verb.CLOSED) as c:
        if missing := still_missing(c.case):
            raise NotNow("Before this can be closed: " + "; ".join(missing) + ".")
        c.write(
            Kind.DEBRIEF,
            {"debrief": debrief, "learning": learning, "route": learning_route},
            happened_at=debriefed_on,
        )
        c.write(Kind.CLOSING, {"family": family, "family_words": family_words})
        if learning:
            item = learning_items.from_debrief(
                c.case, by=by, what=learning, route=learning_route, at=audit.at
            )
            c.also.append(item)
            c.after.append(lambda: learning_items.is_raised(item, audit.at))
        outcome, left_at = c.stage.outcome, c.stage.left_at
        c.met(Rule.DEBRIEF)
        end(c, Outcome(outcome))
        c.on_stage(left_at=left_at)
        c.case.close()
        c.facts |= {"family": family, "learning": bool(learning)}


def still_missing(case: Case) -> list[str]:
    """Return in words what must still happen before a settled case can be closed; two queries."""
    missing = []
    waiting = CheckBack.objects.filter(case=case, stage=case.current_stage, answer="").select_related(
        "asked_of"
    )
    for row in waiting.order_by("round", "side"):
        if row.round == CheckBack.Round.UNDERSTOOD:
            missing.append(f"{row.asked_of.full_name} has to confirm what was agreed")
        else:
            missing.append(f"{row.asked_of.full_name} has to say whether it was done and helped")
    duties = list(
        Deadline.objects.open()
        .filter(case=case, rule__in=[Rule.ACTION, Rule.ACKNOWLEDGE, Rule.DUTY])
        .select_related("person")
    )
    rules = [d.rule for d in duties]
    missing += [f"{d.person.full_name} has to do this: {d.words}" for d in duties if d.rule == Rule.DUTY]
    if open_actions := rules.count(Rule.ACTION):
        missing.append(f"{open_actions} agreed action{'s' if open_actions > 1 else ''} must be reported")
    if Rule.ACKNOWLEDGE in rules:
        missing.append(f"{case.raiser.full_name} has to acknowledge the feedback")
    return missing
