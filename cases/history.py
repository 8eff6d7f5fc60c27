"""What happened, in words: one presenter for each verb of the trail. A verb without one is an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cases.audit import Verb
from cases.models.case import Safe
from cases.models.deadline import Rule, to_do
from cases.presenters.wording import lower_first, stage_name
from cases.procedures.definitions import Procedure


@dataclass(frozen=True)
class Line:
    """One event as its presenter sees it: verb, facts of the payload, the case's procedure, and names by user id.

    `rung` is the key of the rung on which the case stood then, and `pace` its urgency; "" where nobody knows.
    """

    verb: str
    facts: Mapping[str, Any]
    procedure: Procedure
    names: Mapping[int, str] = field(default_factory=dict)
    rung: str = ""
    pace: str = ""

    def name(self, key: str) -> str:
        """Return the name of the person a fact points to, or "" when it points to nobody known."""
        return self.names.get(self.facts.get(key) or 0, "")

    def stage(self, key: str) -> str:
        """Return the local words for the rung a fact names, or "the next stage"."""
        try:
            return stage_name(self.procedure.rung(self.facts.get(key, "")))
        except KeyError:
            return "the next stage"

    def urgency(self, key: str) -> str:
        """Return the local words for an urgency."""
        return lower_first(self.procedure.urgency(self.facts[key]).label) if key in self.facts else ""

    def to_do(self, rule: str) -> str:
        """Return what a duty of this rule asked for then, within a sentence; "" for a rule nobody knows."""
        if rule not in Rule.values:
            return ""
        words = to_do(rule, "", self.procedure, self.rung, self.pace) if self.rung else Rule(rule).label
        return lower_first(words)


Presenter = Callable[[Line], str]


class UnknownVerb(LookupError):
    """The trail holds a verb that no presenter here knows."""


def headline(line: Line) -> str:
    """Return what happened in one short line. Raises UnknownVerb for a verb without a presenter."""
    try:
        present = PRESENTERS[Verb(line.verb)]
    except (KeyError, ValueError) as error:
        raise UnknownVerb(f"cases.history has no presenter for the verb {line.verb!r}") from error
    return present(line)


def _says(words: str) -> Presenter:
    return lambda line: words


def _erased(line: Line) -> str:
    grounds = {"court_order": "a court ordered it", "wrong_child": "it was about the wrong child or person"}
    return (
        f"The words of one entry were removed: {grounds.get(line.facts.get('ground', ''), 'they had to be')}"
    )


def _contact(line: Line) -> str:
    return _by_method("Contact with the other side", line)


def _meeting(line: Line) -> str:
    return _by_method("Meeting", line)


def _by_method(words: str, line: Line) -> str:
    labels = {m.key: m.label for m in line.procedure.contact_methods}
    method = labels.get(line.facts.get("method", ""), "")
    return f"{words}: {lower_first(method)}" if method else words


def _position(line: Line) -> str:
    side = {"raising": "raising side", "receiving": "receiving side"}.get(line.facts.get("side", ""))
    return f"Position of the {side}" if side else "Position of one side"


def _safety(line: Line) -> str:
    safe = line.facts.get("safe")
    words = "What keeps the child safe"
    return f"{words}: {Safe(safe).label.lower()}" if safe in Safe.values else words


def _urgency(line: Line) -> str:
    return (
        f"Urgency changed from “{line.urgency('from')}” to “{line.urgency('to')}”"
        if line.facts
        else "Urgency changed"
    )


def _dates_moved(line: Line) -> str:
    causes = {"calendar": "the calendar changed", "limit": "a limit of the partnership changed"}
    why = causes.get(line.facts.get("cause", ""))
    return f"Dates were worked out again: {why}" if why else "Dates were worked out again"


def _stands_still(line: Line) -> str:
    why = ": a meeting beside it is arranged" if line.facts.get("rethink") else ""
    return f"The clock of this stage stands still{why}"


def _advice_asked(line: Line) -> str:
    name = line.name("adviser")
    return f"Advice asked of {name}" if name else "Advice asked for"


def _escalated(line: Line) -> str:
    if line.facts.get("silence"):
        return f"Gone to {line.stage('to')}: there was no answer in time"
    return f"Taken to {line.stage('to')}"


def _skipped(line: Line) -> str:
    return f"Taken straight to {line.stage('to')}: danger today"


def _accepted(line: Line) -> str:
    name = line.name("for")
    return f"Accepted for {name}" if name else "Accepted"


def _view_asked(line: Line) -> str:
    name = line.name("adviser")
    return f"Independent view asked of {name}" if name else "Independent view asked for"


def _referred(line: Line) -> str:
    body = line.facts.get("body")
    return f"Referred to the {line.procedure.referral_body(body).label}" if body else "Referred"


def _action(line: Line) -> str:
    if "action" not in line.facts:
        return "Action reported"
    return f"Action {line.facts['action']} {'done' if line.facts.get('done') else 'not done'}"


def _duty(line: Line) -> str:
    try:
        clock = line.procedure.rung(line.facts.get("rung", "")).clock(line.facts.get("clock", ""))
    except KeyError:
        return "Done as the procedure asks"
    return f"Done: {lower_first(clock.label)}"


def _understood(line: Line) -> str:
    return _check_back("Check back: is it understood as it is written?", line)


def _done(line: Line) -> str:
    if line.facts.get("answer") and line.facts.get("helped") is False:
        return "Check back: it was done, but it did not help. The case is open again"
    return _check_back("Check back: was it done, and did it help?", line)


def _check_back(question: str, line: Line) -> str:
    if "answer" not in line.facts:
        return question
    return f"{question} {'Yes' if line.facts['answer'] else 'No. The case is open again'}"


def _lapsed(line: Line) -> str:
    what = line.to_do(line.facts.get("rule", ""))
    head = "Still not done" if line.facts.get("when") == "after" else "The time ran out"
    return f"{head}: {what}" if what else head


def _convened(line: Line) -> str:
    name = line.name("chair")
    words = "Chaired meeting changed" if line.facts.get("again") else "Chaired meeting called"
    return f"{words}: {name} chairs it" if name else words


def _handed_over(line: Line) -> str:
    new, old = line.name("to"), line.name("from")
    return f"{new} took over from {old}" if new and old else "Handed over to a colleague"


def _glass_reviewed(line: Line) -> str:
    right = "it was right" if line.facts.get("justified") else "it was not right"
    return f"The emergency access was looked into: {right}"


PRESENTERS: dict[Verb, Presenter] = {
    Verb.OPENED: _says("Disagreement logged"),
    Verb.CONTACT_RECORDED: _contact,
    Verb.MEETING_RECORDED: _meeting,
    Verb.POSITION_RECORDED: _position,
    Verb.COMMON_GROUND_RECORDED: _says("What is agreed and what is disputed"),
    Verb.UPDATED: _says("New information"),
    Verb.CORRECTED: _says("Correction"),
    Verb.TEXT_ERASED: _erased,
    Verb.SAFETY_LINE_SET: _safety,
    Verb.URGENCY_CHANGED: _urgency,
    Verb.HORIZON_CHANGED: _says("Time by which harm could occur changed"),
    Verb.EXTENDED: _says("More time was given for this stage"),
    Verb.PAUSED: _stands_still,
    Verb.RESUMED: _says("The clock of this stage runs again"),
    Verb.DATES_MOVED: _dates_moved,
    Verb.ADVICE_ASKED: _advice_asked,
    Verb.ADVICE_GIVEN: _says("Advice given"),
    Verb.INTENTION_NOTIFIED: _says("The other side was told that it will be taken further"),
    Verb.ESCALATED: _escalated,
    Verb.SKIPPED: _skipped,
    Verb.ACCEPTED: _accepted,
    Verb.SUPPORTED: lambda line: f"The manager supports the concern. Taken to {line.stage('to')}",
    Verb.DECLINED: _says("The concern was not supported"),
    Verb.NEW_FACTS_GIVEN: _says("New facts after the refusal"),
    Verb.VIEW_ASKED: _view_asked,
    Verb.VIEW_SUPPORTS: _says("Independent view: the concern is supported"),
    Verb.VIEW_DOES_NOT_SUPPORT: _says("Independent view: the concern is not supported"),
    Verb.AGREED: _says("Agreement"),
    Verb.AGREED_TO_DIFFER: _says("Agreed to differ"),
    Verb.DETERMINED: _says("Determination"),
    Verb.REFERRED: _referred,
    Verb.COMMITTEE_DECIDED: _says("Outcome of the referral"),
    Verb.WITHDRAWN: _says("Withdrawn"),
    Verb.DIVERTED: _says("Taken up elsewhere"),
    Verb.FEEDBACK_ACKNOWLEDGED: _says("Feedback read by the person who raised it"),
    Verb.ACTION_REPORTED: _action,
    Verb.DUTY_DONE: _duty,
    Verb.CHECKED_UNDERSTOOD: _understood,
    Verb.CHECKED_DONE: _done,
    Verb.REOPENED: _says("Reopened"),
    Verb.CLOSED: _says("Closed"),
    Verb.LAPSED: _lapsed,
    Verb.RETHINK_ASKED: lambda line: (
        f"{line.procedure.rethink.label if line.procedure.rethink else 'Re-think'} asked for"
    ),
    Verb.MEETING_CONVENED: _convened,
    Verb.MEETING_CALLED_OFF: _says("The chaired meeting was called off"),
    Verb.CHAIRED_MEETING_HELD: _says("The chaired meeting was held; there will be another"),
    Verb.HANDED_OVER: _handed_over,
    Verb.GLASS_BROKEN: _says("Read in an emergency by somebody who takes no part"),
    Verb.GLASS_REVIEWED: _glass_reviewed,
}
