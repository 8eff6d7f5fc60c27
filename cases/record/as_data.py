"""The record of a case as data, for programs of an agency: what the page and the PDF say, for the same audience."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cases.models import Entry
from cases.models.entry import Kind
from cases.models.participation import Side
from cases.presenters.wording import stage_name
from cases.reading import Record


def as_json(record: Record, shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record as data. `shown` is what the templates show: who looked, what left, the hashes."""
    case = record.case
    return {
        "made_at": record.at,
        "case": {
            "reference": case.reference,
            "procedure": str(case.procedure),
            "subject": case.subject,
            "about": case.about,
            "reasons": case.reasons,
            "urgency": case.urgency,
            "state": case.state,
            "outcome": case.outcome,
            "opened_at": case.opened_at,
            "closed_at": case.closed_at,
            "raising_agency": str(case.raising_agency),
            "receiving_agency": str(case.receiving_agency),
        },
        "stages": [
            {
                "number": s.ordinal,
                "stage": s.state,
                "name": stage_name(record.procedure.rung(s.rung_key)),
                "entered_at": s.entered_at,
                "left_at": s.left_at,
                "first_due_at": s.first_due_at,
                "outcome": s.outcome,
            }
            for s in record.stages
        ],
        "people": [
            {
                "name": p.user.full_name,
                "part": p.relation,
                "side": p.side,
                "agency": str(p.agency),
                "from": p.started_at,
                "until": p.ended_at,
            }
            for p in record.parts
        ],
        "entries": [_entry(record, e) for e in record.entries],
        "events": [
            {
                "number": e.seq,
                "at": e.claimed_at,
                "who": record.who(e.actor_id, e.acting_for_id),
                "role": e.role,
                "what": e.verb,
                "facts": e.facts,
            }
            for e in record.events
        ],
        "actions": [
            {
                "number": a.number,
                "entry": a.entry_id,
                "owner": a.owner.full_name,
                "agency": str(a.agency),
                "due_on": a.due_on,
                "status": a.status,
                "done_at": a.done_at,
                "report": a.report_id,
            }
            for a in record.actions
        ],
        "positions": _positions(record),
        "determination": _decided(record),
        "check_backs": [
            {
                "round": c.round,
                "side": c.side,
                "answer": c.answer,
                "helped": c.helped,
                "answered_at": c.answered_at,
                "answered_by": record.who_answered(c),
                "entry": c.entry_id,
            }
            for c in record.check_backs
        ],
        "due": [
            {"what": d.words, "from": record.names[d.person_id], "due_at": d.due_at} for d in record.duties
        ],
        "who_looked": [
            {
                "name": w.name,
                "job": w.job,
                "agency": w.agency,
                "part": w.part_words,
                "times": w.times,
                "first": w.first,
                "last": w.last,
                "without_anything_to_do": w.idle,
            }
            for w in shown["lookers"]
        ],
        "taken_away": [
            {
                "by": e.who,
                "agency": str(e.row.agency),
                "for": e.row.audience,
                "form": e.row.form,
                "why": e.row.reason,
                "at": e.row.at,
            }
            for e in shown["exports"]
        ],
        "sealed": {
            "chain": shown["chain"],
            "number": shown["seq"],
            "hash": shown["hash"],
            "checkpoint": shown["point"].n if shown["point"] else None,
            "checkpoint_hash": shown["point_hash"],
        },
    }


def _decided(record: Record) -> Any:
    """Return the entry that says how it was last decided or agreed; None while nothing was."""
    latest = record.latest(Kind.DETERMINATION, Kind.AGREEMENT, Kind.COMMITTEE_OUTCOME)
    return latest.pk if latest is not None else None


def _positions(record: Record) -> list[dict[str, Any]]:
    """Return for each stage which entries hold the position of each side, in the order in which they were given."""
    given = [e for e in record.entries if e.kind == Kind.POSITION]
    sides = (Side.RAISING, Side.RECEIVING)
    return [
        {"stage": s.ordinal, **{str(side.value): [e.pk for e in here if e.side == side] for side in sides}}
        for s in record.stages
        if (here := [e for e in given if e.stage_id == s.pk])
    ]


def _entry(record: Record, entry: Entry) -> dict[str, Any]:
    closed = record.why_closed(entry)
    said = {k: v for k, v in entry.texts.items() if record.reading.may_read_part(entry, k)}
    return {
        "id": entry.pk,
        "kind": entry.kind,
        "author": record.names[entry.author_id],
        "role": record.role_of(entry),
        "side": entry.side,
        "happened_at": entry.happened_at,
        "written_at": entry.written_at,
        "late": entry.late,
        "corrects": entry.supersedes_id,
        "visibility": entry.visibility,
        "texts": None if closed else said,
        "withheld": closed,
        "removed": not entry.content,
    }
