"""The pages of limits that the guide leaves open: what they are now, who set them, what a change would move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from cases.limiting import OpenLimit, Rehearsal
from cases.models.procedure import LocalSetting
from cases.presenters.procedure import mark
from cases.presenters.wording import capital, stage_name
from cases.procedures.definitions import Procedure
from cases.procedures.limits import Measure
from cases.procedures.telling import tell
from escalation.templatetags.words import count, moment, plain_day


def limit_tables(procedure: Procedure, limits: Sequence[OpenLimit]) -> list[dict[str, Any]]:
    """Return a table for each part of the procedure: what is due, at which urgency, the limit, who set it."""
    by_path = {limit.path: limit for limit in limits}
    tables = []
    for section in tell(procedure):
        mine = [by_path[told.key] for told in section.limits if told.key in by_path]
        if mine:
            tables.append(
                {
                    "caption": section.heading,
                    "columns": [{"label": label} for label in ("What is due", "When", "Limit", "Set by")],
                    "rows": [_row(limit) for limit in mine],
                }
            )
    return tables


def _row(limit: OpenLimit) -> list[Any]:
    return [
        {"text": limit.told.what, "small": f"{limit.told.who}, {limit.told.starts}"},
        limit.told.urgency,
        {
            "text": f"Change: {limit.told.text}",
            "url": reverse("local_limit", args=[limit.path]),
            "small": f"The file says {limit.of_file.describe()}" if limit.setting else None,
        },
        {"text": _who(limit), "tag": mark(limit.told.source)},
    ]


def _who(limit: OpenLimit) -> str:
    if limit.setting is None:
        return ""
    name = limit.setting.set_by.full_name if limit.setting.set_by else "The service"
    return f"{name}, {plain_day(limit.setting.at)}: {limit.setting.reason}"


def history_table(procedure: Procedure, settings: Iterable[LocalSetting]) -> dict[str, Any]:
    """Return everything that was ever set, latest first."""
    told = {limit.key: limit for section in tell(procedure) for limit in section.limits}
    return {
        "caption": "Everything that was set",
        "columns": [{"label": label} for label in ("When", "Limit", "Set to", "By", "Why")],
        "rows": [
            [
                plain_day(row.at),
                f"{told[row.path].what}: {told[row.path].urgency}" if row.path in told else row.path,
                capital(said(row.amount, row.unit)),
                row.set_by.full_name if row.set_by else "The service",
                row.reason,
            ]
            for row in settings
        ],
        "empty": "Nothing was set yet.",
    }


def said(amount: int, unit: str) -> str:
    """Return an amount of time in words, as everywhere else: "2 working days"."""
    return Measure.model_validate({"amount": amount, "unit": unit, "source": "local_setting"}).describe()


def moves_table(rehearsal: Rehearsal, now: datetime) -> dict[str, Any]:
    """Return the open dates that would move, without a word that names a case: administrators see none."""
    number = len(rehearsal.moves)
    more = "More than " if rehearsal.more else ""
    return {
        "caption": f"{more}{count(number, 'open date')} would move".capitalize() if number else "Open dates",
        "columns": [{"label": label} for label in ("What is due", "Stage", "Due now", "Would be due")],
        "rows": [
            [
                move.duty.words,
                stage_name(case.definition.rung(move.duty.stage.rung_key)),
                capital(moment(move.duty.due_at, now)),
                capital(moment(move.due.at, now)),
            ]
            for case, move in rehearsal.moves
            if move.duty.person_id == move.duty.first_person_id
        ],
        "empty": "No open date would move. New ones are counted with the new limit.",
    }
