"""What of the record stands above the questions of a step, because it is what they are about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cases.models import Entry
from cases.models.entry import Kind
from cases.models.participation import Relation, Side
from cases.presenters.entries import rows_of
from cases.presenters.wording import lower_first
from cases.reading import Record
from escalation.templatetags.words import ago, plain_day

Row = dict[str, Any]
Card = dict[str, Any]

#: How many of the newest entries of a kind are shown; one unless named here.
SEVERAL = {Kind.FEEDBACK: 2, Kind.ADVICE_REQUEST: 2, Kind.NEW_FACTS: 3}
#: Headings of cards whose one row has the name of the kind already.
TITLES = {Kind.SITUATION: "The child", Kind.FEEDBACK: "Feedback"}
#: Kinds that are drawn in a way of their own.
_OWN_WAY = (Kind.POSITION, Kind.ACTION, Kind.ACTION_DONE)


def cards(record: Record, kinds: Iterable[Kind]) -> list[Card]:
    """Return a card for each entry to be read, in the order of the trail: title and rows, the last saying by whom."""
    wanted = tuple(kinds)
    shown: list[Entry] = []
    for kind in wanted:
        if kind not in _OWN_WAY:
            readable = [e for e in record.entries if e.kind == kind and not record.why_closed(e)]
            shown += readable[-SEVERAL.get(kind, 1) :]
    ordered = sorted(shown, key=record.entries.index)
    found = [_card(record, e, TITLES.get(Kind(e.kind), str(Kind(e.kind).label))) for e in ordered]
    if Kind.POSITION in wanted:
        found += _positions(record)
    if Kind.ACTION in wanted:
        found += _actions(record)
    return found


def _card(record: Record, entry: Entry, title: str) -> Card:
    rows = rows_of(record, entry)
    rows += [
        {"key": "Corrected later", "value": c.texts.get("correction", "")}
        for c in record.corrections.get(entry.pk, ())
    ]
    role = record.role_of(entry)
    role = lower_first(role) if role in Relation.labels else role
    who = f"{entry.author.full_name}, {record.agencies.get(entry.agency_id, '')} ({role})"
    rows.append({"key": "Written by", "value": f"{who}, {ago(entry.written_at, record.at)}"})
    return {"title": title, "rows": rows}


def _positions(record: Record) -> list[Card]:
    """The latest position of each side, as far as this person may read it (G12)."""
    found = []
    for side in (Side.RAISING, Side.RECEIVING):
        latest = record.latest(Kind.POSITION, side=side)
        if latest is not None:
            found.append(_card(record, latest, f"Position of the {side.label.lower()}"))
    return found


def _actions(record: Record) -> list[Card]:
    """The actions of the present stage, with how each ended."""
    stage = record.case.current_stage_id
    rows: list[Row] = []
    for action in record.actions:
        if action.stage_id != stage:
            continue
        lines = [f"{action.owner.full_name}, by {plain_day(action.due_on)}"]
        report = record.entry_of.get(str(action.report_id))
        if report is not None:
            lines.append(f"{action.get_status_display()}: {report.texts.get('evidence', '')}")
        what = record.entry_of[str(action.entry_id)].texts.get("what", "")
        rows.append({"key": f"{action.number}. {what}", "value": lines})
    return [{"title": "Agreed actions", "rows": rows}] if rows else []
