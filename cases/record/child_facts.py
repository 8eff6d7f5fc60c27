"""What stands about a child's case beside its texts: how it went, when, what was agreed and done, and who had it.

Every table that points to a case is asked, so that none is forgotten when one is added; `NOT_HERE` says which are
left out, and why. No person is named: agencies are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import models

from accounts.models import Agency, Partnership, Team, User
from cases.models import Case, Entry, Stage
from cases.models.procedure import ProcedureVersion

#: Tables that point to a case and are not shown as they are, each with its reason.
NOT_HERE = {
    "cases.Entry": "shown whole as entries",
    "cases.Participation": "shown as people, by part and agency",
    "cases.Rethink": "shown as meetings beside the case",
    "cases.CaseFacts": "a copy of what is shown here, for reports",
    "cases.StageFacts": "a copy of what is shown here, for reports",
    "cases.Draft": "half-written words of one professional that were never sent",
    "cases.LearningItem": "learning of professionals, written so that it tells of no child",
    "notifications.Message": "notices to professionals, which hold no words of a case",
}
#: Columns that say nothing about the child: of the machinery.
_MACHINERY = frozenset(
    {
        "id",
        "version",
        "chain",
        "failures",
        "next_at",
        "remind_at",
        "plan",
        "last_change",
        "reference",
        "sequence",
    }
    | {"link", "first_due_at"}
)
#: How texts of a row are shown: without the names of professionals.
Words = Callable[[Any], Any]


def facts_of(case: Case, words: Words) -> dict[str, Any]:
    """Return the facts of a case and, by table, of every row that points to it, in order."""
    found: dict[str, Any] = {"the case": _row(case, words)}
    for model in pointing():
        column = next(f.name for f in model._meta.concrete_fields if _to(f) is Case)
        if rows := [
            _row(row, words) for row in model._default_manager.filter(**{column: case}).order_by("pk")
        ]:
            found[str(model._meta.verbose_name_plural)] = rows
    return found


def pointing() -> list[type[models.Model]]:
    """Return the tables whose rows belong to a case and are shown here, in the order of their names."""
    found = [m for m in apps.get_models() if any(_to(f) is Case for f in m._meta.concrete_fields)]
    return sorted((m for m in found if m._meta.label not in NOT_HERE), key=lambda m: m._meta.label)


def _to(field: Any) -> type[models.Model] | None:
    return field.remote_field.model if isinstance(field, models.ForeignKey) else None


def _row(row: models.Model, words: Words) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.name in _MACHINERY or value in (None, "", []):
            continue
        if (to := _to(field)) is None:
            shown[field.name] = _value(row, field, value, words)
        elif to is Agency or to is ProcedureVersion:
            shown[field.name] = str(getattr(row, field.name))
        elif to is Stage:
            shown[field.name] = getattr(row, field.name).ordinal
        elif to is Entry:
            shown[field.name] = value
        elif to not in (User, Team, Case, Partnership):
            shown[field.name] = "yes"
    return shown


def _value(row: models.Model, field: Any, value: Any, words: Words) -> Any:
    if field.choices:
        return getattr(row, f"get_{field.name}_display")()
    return words(value) if isinstance(value, str | list | dict) else value
