"""The ladder of the procedure in its local labels, and how far this case has come on it (G35)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cases.deadlines import LEAST
from cases.models import Stage
from cases.models.case import Outcome
from cases.procedures.rungs import Rung
from cases.reading import Record
from escalation.templatetags.words import by, day

REFUSED = (Outcome.MANAGER_DECLINED, Outcome.NOT_ESCALATED)


def ladder(record: Record) -> dict[str, Any]:
    """Return the rungs with their marks: done, current, refused, skipped, still to come.

    A rung that only a referral reaches, or that another urgency uses, stands there once the case was on it.
    """
    visits: dict[str, list[Stage]] = {}
    for stage in record.stages:
        visits.setdefault(stage.rung_key, []).append(stage)
    procedure = record.procedure
    highest = max(procedure.ladder.index(key) for key in visits)
    track = procedure.track(record.case.urgency)
    shown = [procedure.rung(key) for key in procedure.ladder if key in track or key in visits]
    latest = latest_ends(record)
    return {
        "heading": "Where this is on the ladder",
        "steps": [_step(record, rung, visits.get(rung.key, []), highest, latest) for rung in shown],
    }


def latest_ends(record: Record) -> dict[str, datetime]:
    """Return by when each stage still to come must end so that all of them fit before harm could occur.

    The time after the present stage is shared equally, as it is when a stage is entered. Empty without such a time,
    and when the stages do not fit.
    """
    case, horizon = record.case, record.case.horizon_at
    if horizon is None or not case.in_dispute:
        return {}
    begins = max(case.current_stage.due_at or record.at, record.at)
    above = case.rungs_above
    if not above or horizon - begins < len(above) * LEAST:
        return {}
    share = (horizon - begins) / len(above)
    return {rung.key: begins + n * share for n, rung in enumerate(above, start=1)}


def _step(
    record: Record, rung: Rung, visits: list[Stage], highest: int, latest: dict[str, datetime]
) -> dict[str, Any]:
    case = record.case
    step: dict[str, Any] = {"label": rung.label, "detail": rung.title}
    if not visits:
        if record.procedure.ladder.index(rung.key) < highest:
            danger = record.procedure.skip.allowed_urgencies == ("immediate",)
            began_above = record.stages[0].rung_key != record.procedure.ladder[0]
            note = "Passed over: danger today" if danger and not began_above else "Passed over, with a reason"
            return step | {"state": "skipped", "note": note}
        if rung.key in latest:
            until = by(latest[rung.key].replace(second=0, microsecond=0), record.at)
            return step | {"state": "next", "note": f"If it comes to this: {until} at the latest"}
        return step | {"state": "next"}
    last = visits[-1]
    if case.in_dispute and last.pk == case.current_stage_id:
        return step | _here(record, last, visits)
    return step | _left(record, last)


def _here(record: Record, stage: Stage, visits: list[Stage]) -> dict[str, Any]:
    if stage.supported is False:
        note = "Not supported. The person who raised it decides what happens now"
        return {"state": "refused", "note": note}
    notes = []
    if len(visits) > 1:
        before = visits[-2].outcome
        notes.append(
            "Not supported before; now with another manager" if before in REFUSED else "Back here: reopened"
        )
    if stage.due_at is not None:
        verb = "was due" if stage.due_at <= record.at else "due"
        notes.append(f"{verb} {by(stage.due_at, record.at)}")
    note = "; ".join(notes)
    return {"state": "current", "note": note[:1].upper() + note[1:]}


def _left(record: Record, stage: Stage) -> dict[str, Any]:
    refused = stage.outcome in REFUSED or stage.supported is False
    note = _outcome(record, stage)
    if stage.left_at is not None:
        on = day(stage.left_at, record.at)
        note = f"{note}, {on}"
    return {"state": "refused" if refused else "done", "note": note}


def _outcome(record: Record, stage: Stage) -> str:
    if stage.outcome in (Outcome.ESCALATED, Outcome.SKIPPED):
        return "Taken further"
    return record.procedure.outcome_label(stage.outcome) if stage.outcome else "Left"
