"""Rows of the pages about adopting a procedure and about what a version changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from cases.adopting import Period
from cases.models import ProcedureVersion
from cases.presenters.procedure import mark
from cases.procedures.comparing import Changes, Said
from escalation.templatetags.words import plain_day


def period_rows(periods: Sequence[Period], today: date) -> dict[str, Any]:
    """Return what was, is and will be followed as a table, latest first."""
    return {
        "caption": "What new cases follow",
        "columns": [{"label": label} for label in ("Procedure", "From", "Until", "Adopted by", "Why")],
        "rows": [
            [
                {
                    "text": str(period.adoption.version),
                    "url": reverse("procedure_version", args=[period.adoption.version_id]),
                    "tag": _when(period, today),
                },
                plain_day(period.since),
                plain_day(period.until) if period.until else "Further notice",
                period.adoption.adopted_by.full_name
                if period.adoption.adopted_by
                else "The service, at set-up",
                period.adoption.reason or None,
            ]
            for period in periods
        ],
        "empty": "No procedure is adopted yet. Until one is, nobody can log a disagreement.",
    }


def _when(period: Period, today: date) -> dict[str, str] | None:
    if period.holds_on(today):
        return {"text": "In use", "colour": "agreed"}
    return {"text": "To come", "colour": "soon"} if period.since > today else None


def version_rows(versions: Iterable[ProcedureVersion], used: ProcedureVersion | None) -> list[dict[str, Any]]:
    """Return the published versions, each with the way to compare and to adopt it."""
    return [
        {
            "title": str(version),
            "published": plain_day(version.published_at),
            "in_use": used is not None and used.pk == version.pk,
            "links": [
                {"label": "Read it", "url": reverse("procedure_version", args=[version.pk])},
                {"label": "What it changes", "url": reverse("compare_procedures", args=[version.pk])},
                {"label": "Adopt it", "url": reverse("adopt_procedure", args=[version.pk])},
            ],
        }
        for version in versions
    ]


def differences(changes: Sequence[Changes]) -> list[dict[str, Any]]:
    """Return each part that changes as a table: what, as it was, as it would be."""
    return [
        {
            "caption": part.heading,
            "columns": [{"label": label} for label in ("What", "Before", "After")],
            "rows": [[d.what, _said(d.was), _said(d.now)] for d in part.differences],
        }
        for part in changes
    ]


def _said(said: Said | None) -> dict[str, Any]:
    if said is None:
        return {"text": "Not there"}
    return {"text": said.text} | ({"tag": mark(said.source)} if said.source else {})
