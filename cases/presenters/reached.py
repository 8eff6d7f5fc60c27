"""How a date was reached: the limit, who laid it down (X3), and each day on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cases.deadlines import calendar_of, with_pauses
from cases.models import Case, Deadline
from cases.models.deadline import CLOCK_OF_RULE, Rule
from cases.presenters.wording import stage_name
from cases.procedures.limits import Clock
from cases.procedures.vocabulary import SOURCE_WORDS, UNIT_WORDS
from cases.working_time import Calendar, CalendarExhausted, Reached, Step, explain
from escalation.templatetags.words import by, moment

NAMED = "named"
NAMED_WORDS = "Somebody in the case named this time. No limit was counted."
#: Duties that are counted from the date of another one, not from when they were set.
_STARTS_AT_DUE_OF = {Rule.CHECK_DONE: Rule.ACTION, Rule.DEBRIEF: Rule.CHECK_DONE}


@dataclass(frozen=True)
class HowReached:
    """What a page says about a date: the limit in words, who set it, the start, each day, and what moved it."""

    limit: str
    who: str
    starts_at: datetime | None
    reached: Reached | None
    moved: str = ""

    def lines(self, now: datetime) -> list[str]:
        """Return all of it as short lines, for folding away beside the date."""
        start = f" from {moment(self.starts_at, now)}" if self.starts_at else ""
        said = [f"{self.limit}{start}."] if self.limit else []
        said.append(f"{self.who}.")
        if self.reached is not None:
            said += [f"{step.day:%A} {step.day.day} {step.day:%B}: {step.why}" for step in self.reached.steps]
        if self.moved:
            said.append(self.moved)
        return said


def how_reached(duty: Deadline, case: Case, others: Iterable[Deadline], now: datetime) -> HowReached:
    """Return how a duty's date was reached; `others` are the case's duties, from whose dates it may have been counted.

    Days are shown only where counting them again gives the very date that is stored, or the one that was brought
    forward: a page never explains a date by a count that does not lead to it.
    """
    if duty.source == NAMED or not duty.unit:
        return HowReached("", NAMED_WORDS.rstrip("."), None, None)
    limit, who = limit_words(duty.amount or 0, duty.unit), SOURCE_WORDS.get(duty.source, "Set for this case")
    calendar, stage = calendar_of(case.partnership), duty.stage
    if stage.times_paused and duty.rule in CLOCK_OF_RULE:
        rows = stage.pauses.order_by("first_day").values_list("first_day", "resumes_on")
        calendar = with_pauses(calendar, list(rows))
    starts = [duty.starts_at, *(d.due_at for d in others if d.rule == _STARTS_AT_DUE_OF.get(Rule(duty.rule)))]
    counted: dict[datetime, Reached] = {}
    for start in dict.fromkeys(starts):
        try:
            counted[start] = _counted(duty, start, calendar)
        except CalendarExhausted:
            continue
        if counted[start].due == duty.due_at:
            return HowReached(limit, who, start, counted[start])
    usual = counted.get(duty.starts_at)
    if duty.capped and usual is not None:
        return HowReached(limit, who, duty.starts_at, usual, _brought_forward(duty, case, usual.due, now))
    return HowReached(limit, who, None, None, "It was counted from an earlier date of this case.")


def _counted(duty: Deadline, start: datetime, calendar: Calendar) -> Reached:
    """Return the count of a duty's limit, and after it that of the time that was given on top."""
    reached = explain(duty.amount or 0, duty.unit, start, calendar)
    if duty.rule != Rule.SETTLE or not duty.stage.times_extended:
        return reached
    for more in duty.stage.extensions.order_by("pk"):
        longer = explain(more.amount, more.unit, reached.due, calendar)
        words = f"{limit_words(more.amount, more.unit)} more were given from here on."
        turn = Step(longer.steps[0].day, 0, words)
        reached = Reached(longer.due, reached.counted_in, (*reached.steps, turn, *longer.steps[1:]))
    return reached


def _brought_forward(duty: Deadline, case: Case, usual: datetime, now: datetime) -> str:
    why = (
        f"harm could occur {by(case.horizon_at, now)}"
        if case.horizon_at is not None
        else "all stages together have less time than that"
    )
    why = f"{why}: the time left is shared equally among the stages still to come"
    if duty.rule != Rule.SETTLE and duty.due_at == duty.stage.due_at:
        why = "the stage it belongs to is due then"
    return f"That would be {moment(usual, now)}. It was brought forward to {moment(duty.due_at, now)}, because {why}."


def limit_words(amount: int, unit: str) -> str:
    """Return a limit in words: "5 working days", "1 hour", "The end of the same day"."""
    if unit not in UNIT_WORDS:
        return "The end of the same day" if not amount else f"The end of the day {amount} days later"
    one, many = UNIT_WORDS[unit]
    return f"{amount} {one if amount == 1 else many}"


def clock_of(duty: Deadline, case: Case) -> Clock | None:
    """Return the procedure's clock that a duty came from, for the words of the document; None when it has none."""
    try:
        key = duty.clock or CLOCK_OF_RULE[Rule(duty.rule)]
        return case.definition.rung(duty.stage.rung_key).clock(key)
    except KeyError:
        return None


def of_stage(duty: Deadline, case: Case) -> str:
    """Return the stage a duty belongs to in the area's words."""
    return stage_name(case.definition.rung(duty.stage.rung_key))
