"""The harm horizon as a line of time: when each stage began, where now is, and by when the rest must fit (G16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.presenters.climb import latest_ends
from cases.presenters.wording import capital, stage_name
from cases.reading import Record
from escalation.templatetags.words import by, moment

#: The drawing: as wide as a column of text, with room at both ends for half a mark.
WIDE, END, RADIUS = 600, 20, 15
_NEAR = 2 * RADIUS + 4


@dataclass(frozen=True)
class _Mark:
    at: datetime
    label: str
    words: str
    tone: str  # past, now, due, next, harm


def horizon(record: Record, read_at: datetime | None = None) -> dict[str, Any] | None:
    """Return the line from the opening of a case to when harm could occur; None without such a time or once settled.

    `read_at` is when the words are read, if that is later: nothing in them is then "today".

    `marks` are numbered in the order of time, each with its place in the drawing; the words stand beside it as a list.
    """
    case, end = record.case, record.case.horizon_at
    if end is None or not case.in_dispute:
        return None
    marks = sorted(_marks(record, end, read_at or record.at), key=lambda mark: mark.at)
    first, last = marks[0].at, marks[-1].at
    whole = (last - first).total_seconds() or 1
    shown: list[dict[str, Any]] = []
    lanes: list[float] = []  # where the last mark of each lane stands
    for number, mark in enumerate(marks, start=1):
        x = END + round((WIDE - 2 * END) * (mark.at - first).total_seconds() / whole)
        lane = next((n for n, taken in enumerate(lanes) if x - taken >= _NEAR), len(lanes))
        lanes[lane:] = [x, *lanes[lane + 1 :]]
        shown.append(
            {
                "number": number,
                "label": mark.label,
                "words": mark.words,
                "tone": mark.tone,
                "x": x,
                "lane": lane,
            }
        )
    ground = 10 + len(lanes) * _NEAR
    for row in shown:
        row["y"] = ground - 8 - RADIUS - row["lane"] * _NEAR
    late = end <= record.at
    fits = bool(latest_ends(record)) or not case.rungs_above
    return {
        "heading": "The time there is",
        "marks": shown,
        "width": WIDE,
        "height": ground + 8,
        "ground": ground,
        "until": next(row["x"] for row in shown if row["tone"] == "harm"),
        "note": ""
        if fits and not late
        else "That time has come."
        if late
        else "The stages above do not all fit before that time. Settle it now, or take it up at once.",
    }


def _marks(record: Record, end: datetime, read_at: datetime) -> list[_Mark]:
    case, at, procedure = record.case, record.at, record.procedure
    found = [
        _Mark(
            stage.entered_at,
            stage_name(procedure.rung(stage.rung_key)),
            f"Began {moment(stage.entered_at, read_at)}",
            "past",
        )
        for stage in record.stages
    ]
    found.append(_Mark(at, "Now", capital(moment(at, read_at)), "now"))
    if (due := case.current_stage.due_at) is not None:
        verb = "Was to end" if due <= at else "Ends"
        here = stage_name(procedure.rung(case.current_stage.rung_key))
        found.append(_Mark(due, here, f"{verb} {by(due, read_at)}", "due"))
    latest = latest_ends(record)
    for rung in case.rungs_above:
        if (until := latest.get(rung.key)) is not None:
            words = by(until.replace(second=0, microsecond=0), read_at)
            found.append(_Mark(until, stage_name(rung), f"If it comes to this: ends {words}", "next"))
    found.append(_Mark(end, "Harm could occur", capital(by(end, read_at)), "harm"))
    return found
