"""The whole record of a case for one audience: as a page, as a PDF, and as files with the program that checks them."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string

from cases.models import Entry
from cases.models.entry import Kind
from cases.models.participation import Side
from cases.presenters import below
from cases.presenters.climb import ladder
from cases.presenters.entries import rows_of
from cases.presenters.horizon import horizon
from cases.presenters.timeline import ERASED, timeline
from cases.presenters.wording import heading, stage_name, state_words
from cases.reading import Record
from cases.record import texts
from cases.record.as_data import as_json
from cases.record.audience import Audience, readable
from cases.record.exporting import taken_out
from cases.record.looks import reads_chain, who_looked
from escalation.printing import pdf
from escalation.templatetags.words import moment
from escalation.trail import exporting
from escalation.trail.anchors import Checkpoint
from escalation.trail.models import Event

AUDIENCE_WORDS = {
    Audience.SHARED: "What everybody in the case may read",
    Audience.OWN: "For the file of {}",
    Audience.FULL: "Everything, for a review",
}


def context(record: Record, audience: Audience) -> dict[str, Any]:
    """Return what the templates of the record show. `record` must be read as the audience may."""
    case, at = record.case, record.at
    last = Event.objects.filter(chain=case.chain).order_by("-seq").values("seq", "hash")[0]
    point = Checkpoint.objects.order_by("-n").first()
    dated = _in_full_dates(record)
    chronology = list(reversed(timeline(dated)))
    for row in chronology:
        row["new"] = False
    return {
        "case": case,
        "title": f"Case {case.reference}",
        "heading": heading(case),
        "made_at": moment(at),
        "for": AUDIENCE_WORDS[audience].format(record.look.user.agency),
        "state": state_words(case.state, case.rung_key, record.procedure),
        "ladder": ladder(dated),
        "horizon": horizon(record, dated.at),
        "concern": below.concern(dated),
        "decided": below.decided(dated),
        "stages": _positions(dated),
        "chronology": chronology,
        "actions": below.action_table(record) if record.actions else None,
        "check_backs": below.check_back_table(record) if record.check_backs else None,
        "due": below.due_table(record),
        "people": below.people_table(record),
        "lookers": who_looked(case),
        "exports": taken_out(case),
        "withheld": sum(not may for may in readable(record).values()),
        "chain": case.chain,
        "seq": last["seq"],
        "hash": bytes(last["hash"]).hex(),
        "point": point,
        "point_hash": bytes(point.hash).hex() if point else "",
    }


def _in_full_dates(record: Record) -> Record:
    """Return the record as one reads it years later: nothing in it is "today", and every date has its year."""
    later = copy.copy(record)
    later.look = replace(record.look, at=record.at + timedelta(days=366))
    return later


def _positions(record: Record) -> list[dict[str, Any]]:
    """Return the positions of both sides for each stage on which one was given, as they were said then (G12)."""
    found = []
    case = record.case
    for stage in record.stages:
        here = [e for e in record.entries if e.kind == Kind.POSITION and e.stage_id == stage.pk]
        if here:
            sides = [(Side.RAISING, case.raising_agency), (Side.RECEIVING, case.receiving_agency)]
            found.append(
                {
                    "name": stage_name(record.procedure.rung(stage.rung_key)),
                    "sides": [
                        {
                            "agency": agency.short_name,
                            "said": [_said(record, e) for e in here if e.side == side],
                        }
                        for side, agency in sides
                    ],
                }
            )
    return found


def _said(record: Record, entry: Entry) -> dict[str, Any]:
    by = f"{record.names[entry.author_id]}, {record.role_of(entry)}, written at {moment(entry.written_at)}"
    if why := record.why_closed(entry):
        return {"by": by, "rows": [], "closed": why}
    rows = rows_of(record, entry) if entry.content else [{"key": "Removed", "value": ERASED}]
    for later in record.corrections.get(entry.pk, ()):
        said = later.texts.get("correction", "") if later.content else ERASED
        rows.append({"key": f"Corrected at {moment(later.written_at)}", "value": said})
    return {"by": by, "rows": rows, "closed": ""}


def as_pdf(record: Record, audience: Audience) -> bytes:
    """Return the record as a tagged PDF that prints chain, sequence and hash on each page."""
    shown = context(record, audience)
    footer = f"Case {record.case.reference}. Chain {shown['chain']}, entry {shown['seq']}, hash {shown['hash'][:16]}…"
    return pdf(render_to_string("cases/record/paper.html", shown), title=str(shown["title"]), footer=footer)


def as_zip(record: Record, audience: Audience) -> bytes:
    """Return the record as a .zip: PDF, page, data, sealed events with the texts this audience may read, a verifier."""
    case = record.case
    allowed = readable(record)

    def found(ids: list[UUID]) -> Mapping[UUID, tuple[bytes, str] | None]:
        every = texts.every(ids)
        return {pk: t if t and allowed.get(pk) and not _private(t[1]) else None for pk, t in every.items()}

    wanted = exporting.Wanted(
        record.at,
        (case.chain, reads_chain(case.chain)),
        "some",
        {"case": case.reference, "for": audience.value},
    )
    shown = context(record, audience)
    out = io.BytesIO()
    also: dict[str, bytes | str] = {
        "record.pdf": as_pdf(record, audience),
        "record.html": render_to_string("cases/record/file.html", shown),
        "record.json": json.dumps(as_json(record, shown), ensure_ascii=False, indent=1, default=str),
    }
    exporting.write_zip(out, wanted, found, also)
    return out.getvalue()


def _private(content: str) -> bool:
    """Return whether a text holds what its writer wrote for themselves alone: such an entry is withheld whole."""
    return '"self_check":' in content
