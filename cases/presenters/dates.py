"""The page of one date: what is due from whom, who laid the limit down, and each day on the way to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cases.models import Case, Deadline
from cases.models.deadline import DeadlineState
from cases.presenters.reached import HowReached, clock_of, how_reached, of_stage
from cases.presenters.wording import capital, lower_first, timing
from cases.working_time import Reached
from escalation.templatetags.words import count, in_words, moment, plain_day

SILENT = "silent"


def due_page(duty: Deadline, case: Case, others: Iterable[Deadline], now: datetime) -> dict[str, Any]:
    """Return what the page of a date shows: heading, the rows about the duty, and the table of days."""
    how = how_reached(duty, case, others, now)
    return {
        "heading": lower_first(duty.words),
        "tag": _tag(duty, now),
        "rows": _rows(duty, case, how, now),
        "days": days_table(how.reached) if how.reached is not None else None,
        "moved": how.moved,
    }


def _tag(duty: Deadline, now: datetime) -> dict[str, str] | None:
    if duty.state == DeadlineState.OPEN:
        return timing(duty.due_at, now).tag
    return {"text": DeadlineState(duty.state).label, "colour": "closed"}


def _rows(duty: Deadline, case: Case, how: HowReached, now: datetime) -> list[dict[str, Any]]:
    who = duty.person.full_name
    rows: list[dict[str, Any]] = [{"key": "From whom", "value": who}]
    if duty.first_person_id != duty.person_id:
        rows.append({"key": "Before that", "value": f"{duty.first_person.full_name}, until the time ran out"})
    rows.append({"key": "Due", "value": capital(moment(duty.due_at, now))})
    rows.append({"key": "Stage", "value": of_stage(duty, case)})
    if how.limit:
        rows.append({"key": "Time allowed", "value": how.limit})
    rows.append({"key": "Who set this", "value": how.who})
    clock = clock_of(duty, case)
    if clock is not None and clock.words:
        rows.append(
            {
                "key": "What the guide says",
                "value": f"“{clock.words}”. {case.definition.document_title(clock)}",
            }
        )
    if how.starts_at is not None:
        rows.append({"key": "Counted from", "value": capital(moment(how.starts_at, now))})
    if duty.met_at is not None:
        rows.append({"key": DeadlineState(duty.state).label, "value": capital(moment(duty.met_at, now))})
    return rows


def days_table(reached: Reached) -> dict[str, Any]:
    """Return the count of a limit as a table: each day, how much of it was used, and why."""
    in_days = reached.counted_in == "days"
    return {
        "caption": "Day by day",
        "columns": [{"label": "Day"}, {"label": "Counted"}, {"label": "Why"}],
        "rows": [
            [f"{step.day:%A} {plain_day(step.day, False)}", _counted(step.counted, in_days), step.why]
            for step in reached.steps
        ],
    }


def _counted(amount: int, in_days: bool) -> str | None:
    if not amount:
        return None
    return count(amount, "day") if in_days else in_words(amount, 24 * 60).replace("working ", "")
