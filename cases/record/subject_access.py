"""What the service holds about one person, for that person: everything about them, and nothing about anybody else.

For somebody who uses the service, every table is asked for rows that point to them, so that none is forgotten when a
table is added. For a child, see `child_access`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from accounts.models import User
from escalation.trail.models import Event

YOU, SOMEBODY, OTHERS_WORDS = (
    "you",
    "somebody else",
    "not shown: somebody else wrote this, or it is about a child",
)
#: Who a row's words belong to, the first of these that it has.
WRITERS = ("author", "user", "recipient", "asked_by", "placed_by", "set_by", "granted_by", "added_by")
#: Words that are about a child or another person, whoever wrote the row.
NEVER = frozenset(
    {"subject_reference", "age_band", "subject", "expected_on", "password", "salt", "key", "token", "plan"}
)
#: Rows of the framework that only repeat what other rows say.
LEFT_OUT = frozenset({"guardian", "admin"})


def about_person(person: User) -> dict[str, Any]:
    """Return all that is held about somebody who uses the service, by table, with other people left out."""
    found: dict[str, Any] = {"you": _row(person, person)}
    for model in sorted(apps.get_models(), key=lambda m: m._meta.label):
        if rows := list(rows_about(model, person)):
            found[model._meta.label] = [_row(row, person) for row in rows]
    done = Event.objects.filter(Q(actor_id=person.pk) | Q(acting_for_id=person.pk)).order_by("claimed_at")
    found["what you did"] = [
        {"at": e.claimed_at, "what": e.verb, "as": e.acting_role, "for_you": e.actor_id != person.pk}
        for e in done
    ]
    return found


def pointers(model: type[models.Model]) -> list[str]:
    """Return the fields of a table that point to a person."""
    if model is User or model._meta.app_label in LEFT_OUT:
        return []
    return [
        f.name
        for f in model._meta.concrete_fields
        if isinstance(f, models.ForeignKey) and f.remote_field.model is User
    ]


def rows_about(model: type[models.Model], person: User) -> Iterable[models.Model]:
    """Return the rows of a table that point to a person, in order; none for a table that never does."""
    names = pointers(model)
    if not names:
        return []
    wanted = Q()
    for name in names:
        wanted |= Q(**{name: person})
    return model._default_manager.filter(wanted).order_by("pk")


def _row(row: models.Model, person: User) -> dict[str, Any]:
    names = {f.name for f in row._meta.concrete_fields}
    writer = next((w for w in WRITERS if w in names), None)
    own = row is person or (writer is not None and getattr(row, f"{writer}_id") == person.pk)
    shown: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        value = field.value_from_object(row)
        if field.name in NEVER or value in (None, ""):
            continue
        if isinstance(field, models.ForeignKey):
            if field.remote_field.model is User:
                shown[field.name] = YOU if value == person.pk else SOMEBODY
            elif field.remote_field.model._meta.label == "cases.Case":
                shown[field.name] = str(getattr(row, field.name))
            continue
        if isinstance(field, models.TextField | models.JSONField | models.BinaryField) or _is_words(field):
            shown[field.name] = value if own and not isinstance(field, models.BinaryField) else OTHERS_WORDS
        else:
            shown[field.name] = value
    return shown


def _is_words(field: Any) -> bool:
    """Return whether a field holds words that people typed, rather than one of a few choices."""
    return isinstance(field, models.CharField) and not field.choices and (field.max_length or 0) > 40
