"""The steps a person may take on a case: the words of the button, the rule that allows it, and which comes first.

The one list from which buttons, forms and addresses are made. `cases.views.steps` shows the form of a step and calls
its action; the rule is asked for the button here and again inside the action's locked transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from cases import policies
from cases.access import Look
from cases.models import Deadline
from cases.models.case import Outcome
from cases.models.deadline import Rule
from cases.policies import Rule as Policy
from cases.policies import can
from cases.procedures.definitions import Procedure
from cases.workflow import State


@dataclass(frozen=True)
class Step:
    """One thing a person may do: `key` stands in the address, `label` on the button."""

    key: str
    label: str
    rule: Policy
    quiet: bool = False  # offered among the further steps, folded away


#: Steps that end a dispute over everybody's head: they need a second factor given just now (bar E7).
GRAVE = frozenset({"determine", "committee-outcome"})

_ALL = (
    Step("accept", "Accept this", policies.accept),
    Step("manager-view", "Say whether you support the concern", policies.give_manager_view),
    Step("answer-refusal", "Decide what happens now", policies.answer_refusal),
    Step("independent-view", "Give your independent view", policies.give_independent_view),
    Step("determine", "Record the determination", policies.determine),
    Step("committee-outcome", "Record what was decided", policies.decide_for_committee),
    Step("convene", "Call the chaired meeting", policies.convene),
    Step("record-meeting", "Record the chaired meeting", policies.record_meeting),
    Step("call-off-meeting", "Call the chaired meeting off", policies.convene, quiet=True),
    Step("contact", "Record contact with the other side", policies.add_to_record),
    Step("meeting", "Record a meeting", policies.add_to_record),
    Step("position", "Give your side’s position", policies.give_position),
    Step("common-ground", "Set out what is agreed and disputed", policies.set_common_ground),
    Step("agree", "Record an agreement", policies.agree),
    Step("agree-to-differ", "Agree to differ", policies.agree_to_differ, quiet=True),
    Step("intention", "Tell the other side you will take it further", policies.notify_intention),
    Step("escalate", "Take it to the next stage", policies.escalate),
    Step("skip", "Pass over a stage: danger today", policies.skip, quiet=True),
    Step("decline", "Decide not to take it further", policies.decline, quiet=True),
    Step("refer", "Refer to the committee or chief officers", policies.refer),
    Step("give-advice", "Give the advice you were asked for", policies.give_advice),
    Step("acknowledge", "Say that you have read the feedback", policies.acknowledge),
    Step("report-action", "Report an agreed action", policies.report_action),
    Step("duty", "Say that you have done what the procedure asks", policies.do_duty),
    Step("check-understood", "Confirm what was agreed", policies.check_back),
    Step("check-done", "Say whether it was done and helped", policies.check_back),
    Step("close", "Debrief and close", policies.close),
    Step("update", "Add new information", policies.give_update),
    Step("correct", "Correct something you wrote", policies.correct, quiet=True),
    Step("safety", "Confirm or change what keeps the child safe", policies.set_safety_line),
    Step("ask-advice", "Ask your child protection lead for advice", policies.ask_advice, quiet=True),
    Step("ask-rethink", "Ask for a facilitated meeting", policies.ask_rethink, quiet=True),
    Step("urgency", "Change how urgent it is", policies.change_pace, quiet=True),
    Step("horizon", "Change by when harm could occur", policies.change_pace, quiet=True),
    Step("extend", "Ask for more time on this stage", policies.extend, quiet=True),
    Step("pause", "Pause the clock", policies.pause, quiet=True),
    Step("resume", "Start the clock again", policies.resume, quiet=True),
    Step("divert", "Send it to another procedure", policies.divert, quiet=True),
    Step("withdraw", "Withdraw the disagreement", policies.withdraw, quiet=True),
    Step("reopen", "Reopen the disagreement", policies.reopen, quiet=True),
)
STEPS: dict[str, Step] = {step.key: step for step in _ALL}


def named(step: Step, procedure: Procedure) -> Step:
    """Return a step with the words of its button and page; what the area has a name for is called by it (PO01)."""
    if step.key == "ask-rethink" and procedure.rethink is not None:
        return replace(step, label=f"Ask for a {procedure.rethink.label}")
    return step


#: The step that meets a duty; SETTLE depends on how far the stage has come (see `_to_settle`).
STEP_OF_RULE: dict[str, str] = {
    Rule.ACCEPT: "accept",
    Rule.REPLY: "position",
    Rule.ANSWER_REFUSAL: "answer-refusal",
    Rule.INDEPENDENT_VIEW: "independent-view",
    Rule.ADVICE: "give-advice",
    Rule.ACKNOWLEDGE: "acknowledge",
    Rule.ACTION: "report-action",
    Rule.DUTY: "duty",
    Rule.CHECK_UNDERSTOOD: "check-understood",
    Rule.CHECK_DONE: "check-done",
    Rule.DEBRIEF: "close",
    Rule.SAFETY: "safety",
    Rule.SITUATION: "update",
}
#: Answering somebody comes before one's own long work, and the debrief last.
ORDER = (
    Rule.ACCEPT,
    Rule.ANSWER_REFUSAL,
    Rule.INDEPENDENT_VIEW,
    Rule.REPLY,
    Rule.ADVICE,
    Rule.ACKNOWLEDGE,
    Rule.DUTY,
    Rule.SETTLE,
    Rule.CHECK_UNDERSTOOD,
    Rule.ACTION,
    Rule.CHECK_DONE,
    Rule.SAFETY,
    Rule.SITUATION,
    Rule.DEBRIEF,
)
#: Steps that only make sense while their duty is open for this person.
NEEDS_DUTY: dict[str, Rule] = {
    "acknowledge": Rule.ACKNOWLEDGE,
    "check-understood": Rule.CHECK_UNDERSTOOD,
    "check-done": Rule.CHECK_DONE,
    "give-advice": Rule.ADVICE,
    "duty": Rule.DUTY,
}


def offered(look: Look, duties: Iterable[Deadline]) -> list[Step]:
    """Return the steps this person may take now. `duties` are the case's open deadlines."""
    open_rules = {d.rule for d in duties if look.is_me(d.person_id)}
    any_action = any(d.rule == Rule.ACTION for d in duties)
    steps = []
    for step in _ALL:
        if step.key in NEEDS_DUTY and NEEDS_DUTY[step.key] not in open_rules:
            continue
        if step.key == "report-action" and not any_action:
            continue
        if can(step.rule, look):
            steps.append(named(step, look.case.definition))
    return steps


def main_step(look: Look, duties: Iterable[Deadline], steps: list[Step]) -> Step | None:
    """Return the one step that comes first for this person: what their first duty asks for, or None."""
    keys = {s.key for s in steps}
    mine = sorted(
        (d for d in duties if look.is_me(d.person_id)), key=lambda d: (ORDER.index(Rule(d.rule)), d.due_at)
    )
    for duty in mine:
        key = STEP_OF_RULE.get(duty.rule) or _to_settle(look)
        if key in keys:
            return STEPS[key]
    if look.is_holder and look.case.in_dispute:
        key = _to_settle(look)
        return STEPS[key] if key in keys else None
    return None


def _to_settle(look: Look) -> str:
    """Return the step that brings a stage nearer to its end: talk or meet, then agree or say so, then go on."""
    case, stage = look.case, look.case.current_stage
    match case.state:
        case State.LINE_MANAGER:
            return "manager-view"
        case State.CSWO:
            return "determine"
        case State.COMMITTEE if case.rung.kind == "chaired_meeting":
            return "convene"
        case State.COMMITTEE if Outcome.COMMITTEE_DETERMINED in case.rung.outcomes:
            return "committee-outcome"
    if stage.notice_at is not None:
        return "escalate"
    if stage.met_at is None:
        return "contact" if case.state == State.RESOLUTION else "meeting"
    return "agree"
