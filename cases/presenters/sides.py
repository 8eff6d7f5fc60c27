"""The two positions side by side, what is agreed and disputed, and the question to decide (G12)."""

from __future__ import annotations

from typing import Any

from cases.models import Entry
from cases.models.entry import Kind
from cases.models.participation import Side
from cases.presenters.entries import rows_of
from cases.presenters.panel import action
from cases.presenters.timeline import ERASED, anchor
from cases.presenters.wording import stage_name
from cases.reading import Record
from cases.steps import Step
from escalation.templatetags.words import lines, moment

_HEADINGS = {Side.RAISING: "Raised it", Side.RECEIVING: "Was asked to answer"}


def positions(record: Record, further: tuple[Step, ...]) -> dict[str, Any]:
    """Return both sides with their latest positions, and the common ground; `further` are the steps on offer."""
    common = record.latest(Kind.COMMON_GROUND)
    texts = common.texts if common else {}
    return {
        "sides": [_side(record, Side.RAISING, further), _side(record, Side.RECEIVING, further)],
        "agreed": lines(texts.get("agreed")),
        "disputed": lines(texts.get("disputed")),
        "question": texts.get("question", ""),
    }


def earlier_positions(record: Record) -> list[dict[str, str]]:
    """Return links to the positions that a later one took the place of, and that this person may read; newest first."""
    latest = {_last(record, side) for side in (Side.RAISING, Side.RECEIVING)}
    return [
        {
            "label": f"{record.agencies.get(e.agency_id, '')}, {_stage(record, e)}, {moment(e.written_at, record.at)}",
            "url": f"#{anchor(e)}",
        }
        for e in reversed(record.entries)
        if e.kind == Kind.POSITION and e not in latest and not record.why_closed(e)
    ]


def missing_facts(record: Record) -> list[str]:
    """Return what both sides do not know yet, as the common ground says."""
    common = record.latest(Kind.COMMON_GROUND)
    return lines(common.texts.get("missing")) if common else []


def _last(record: Record, side: Side) -> Entry | None:
    return next((e for e in reversed(record.entries) if e.kind == Kind.POSITION and e.side == side), None)


def _side(record: Record, side: Side, further: tuple[Step, ...]) -> dict[str, Any]:
    case = record.case
    agency = case.raising_agency if side == Side.RAISING else case.receiving_agency
    team = case.raising_team if side == Side.RAISING else case.receiving_team
    shown: dict[str, Any] = {
        "heading": agency.short_name,
        "role": f"{_HEADINGS[side]}{f': {team.name}' if team else ''}",
    }
    own = side in record.look.sides
    if own and (step := next((s for s in further if s.key == "position"), None)):
        shown["action"] = action(record, step, "secondary")
    entry = _last(record, side)
    if entry is None:
        given = "You have not given your position yet." if own else "No position given yet."
        shown["empty"] = given if record.case.in_dispute else "No position was given."
        return shown
    when = moment(entry.written_at, record.at)
    if why := record.why_closed(entry):
        shown["empty"] = f"Position given {_at(when)}. {why}"
        return shown
    if entry.content:
        shown["facts"] = rows_of(record, entry)
    else:
        shown["empty"] = ERASED
    shown["byline"] = f"{record.who(entry.author_id, entry.acting_for_id)}, {_stage(record, entry)}"
    shown["when"] = when
    for correction in record.corrections.get(entry.pk, ()):
        words = correction.texts.get("correction", ERASED)
        when = moment(correction.written_at, record.at)
        shown.setdefault("facts", []).append({"key": f"Corrected {_at(when)}", "value": words})
    if side == Side.RAISING and record.case.in_dispute and entry.stage_id != case.current_stage_id:
        shown["tags"] = [{"text": "From an earlier stage", "colour": "later"}]
    return shown


def _stage(record: Record, entry: Entry) -> str:
    return stage_name(record.procedure.rung(record.stage_of[entry.stage_id].rung_key))


def _at(when: str) -> str:
    return f"at {when}"
