"""The calendar's pages: hours, days that differ, what a change would move, and what changes have moved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from django.urls import reverse

from cases.models import Case, ClosedDay, MovedDate, OpeningHours, Reprojection
from cases.models.calendar import Weekday
from cases.reckoning import Move
from escalation.templatetags.words import clock, moment, plain_day

#: So many moved dates are listed before a change is made; all of them afterwards.
SHOWN = 100


def week_table(rows: Iterable[OpeningHours], caption: str) -> dict[str, Any]:
    """Return the opening hours of one week."""
    hours = {row.weekday: row for row in rows}
    return {
        "caption": caption,
        "columns": [{"label": "Day"}, {"label": "Hours"}],
        "rows": [
            [
                day.label,
                _span(hours[day.value].opens, hours[day.value].closes) if day.value in hours else "Closed",
            ]
            for day in Weekday
        ],
    }


def days_table(rows: Sequence[ClosedDay], today: date) -> dict[str, Any] | None:
    """Return the coming days that differ from their weekday, each with its source; None when there are none."""
    if not rows:
        return None
    return {
        "caption": "Days that differ",
        "columns": [{"label": "Day"}, {"label": "What it is"}, {"label": "For whom"}, {"label": "Source"}],
        "rows": [
            [
                {
                    "text": f"{row.date:%A} {plain_day(row.date, row.date.year != today.year)}",
                    "url": reverse("calendar_day", args=[row.pk]),
                    "small": _span(row.opens, row.closes)
                    if row.opens and row.closes is not None
                    else "Closed",
                },
                row.name,
                row.agency.short_name if row.agency else "Everybody",
                row.source[:1].upper() + row.source[1:],
            ]
            for row in rows
        ],
    }


def would_move_table(moves: Sequence[tuple[Case, Move]], now: datetime) -> dict[str, Any]:
    """Return the dates that a change would move, the first hundred of them; no reference: administrators see none."""
    return {
        "caption": "Dates that move",
        "columns": [{"label": "What is due"}, {"label": "Until now"}, {"label": "Then"}],
        "rows": [
            [
                move.duty.words,
                moment(move.duty.due_at, now),
                moment(move.due.at, now),
            ]
            for _case, move in moves[:SHOWN]
        ],
    }


def changes_table(rows: Sequence[Reprojection], now: datetime) -> dict[str, Any]:
    """Return the changes after which dates were worked out again, newest first."""
    return {
        "caption": "Changes after which dates were worked out again",
        "columns": [{"label": "When"}, {"label": "Why"}, {"label": "By"}, {"label": "Dates moved"}],
        "rows": [
            [
                {"text": moment(row.made_at, now), "url": reverse("calendar_change", args=[row.pk])},
                {"text": row.get_cause_display(), "small": row.why},
                row.made_by.full_name if row.made_by else "The service",
                row.count if row.done_at else f"{row.count} so far",  # type: ignore[attr-defined]
            ]
            for row in rows
        ],
    }


def moved_table(rows: Sequence[MovedDate], now: datetime) -> dict[str, Any]:
    """Return the list of before and after of one change, without a reference (docs/decisions)."""
    return {
        "caption": "Before and after",
        "columns": [{"label": "What is due"}, {"label": "Before"}, {"label": "After"}],
        "rows": [[row.deadline.words, moment(row.was, now), moment(row.becomes, now)] for row in rows],
    }


def _span(opens: time, closes: time) -> str:
    return f"{clock(opens)} to {'midnight' if closes == time(0) else clock(closes)}"
