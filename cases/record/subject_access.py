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
from escalation.trail.models import REGISTRY, Event

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
#: What else is a guest's own in a row that is found by their address.
GUESTS_OWN = frozenset({"name", "organisation"})


def about_person(person: User) -> dict[str, Any]:
    """Return all that is held about somebody who uses the service, by table, with other people left out."""
    found: dict[str, Any] = {"you": _row(person, person)}
    for model in sorted(apps.get_models(), key=lambda m: m._meta.label):
        if rows := list(rows_about(model, person)):
            found[model._meta.label] = [_row(row, person) for row in rows]
    found |= about_address(person.email)
    did = Q(actor_id=person.pk) | Q(acting_for_id=person.pk)
    found["what you did"] = [
        {
            "at": e.claimed_at,
            "what": e.verb,
            "as": e.acting_role,
            "for_you": e.actor_id != person.pk,
            "for_somebody_else": e.acting_for_id not in (None, person.pk),
        }
        for e in Event.objects.filter(did).order_by("claimed_at", "seq")
    ]
    # Roles given and taken, sign-ins that failed, an account opened and closed: of others' doing, or nobody's.
    done = Q(chain=REGISTRY, object_ref__in=_own_refs(person))
    found["what was done about you"] = [
        {"at": e.claimed_at, "what": e.verb, "by": e.acting_role or "the service"}
        for e in Event.objects.filter(done).exclude(did).order_by("claimed_at", "seq")
    ]
    return found


def about_address(email: str) -> dict[str, Any]:
    """Return by table what stands under an email address alone: a guest of a meeting, a mailbox for checkpoints."""
    found: dict[str, Any] = {}
    for model in sorted(apps.get_models(), key=lambda m: m._meta.label):
        columns = [f.name for f in model._meta.concrete_fields if isinstance(f, models.EmailField)]
        if model is User or not columns:
            continue
        wanted = Q(*((f"{name}__iexact", email) for name in columns), _connector=Q.OR)
        known = Q(*(Q(**{f"{name}__isnull": False}) for name in _themselves(model)), _connector=Q.OR)
        rows = model._default_manager.filter(wanted)
        rows = rows.exclude(known) if known else rows
        if shown := [_row(row, None) for row in rows.order_by("pk")]:
            found[f"{model._meta.label}, by your address"] = shown
    return found


def _themselves(model: type[models.Model]) -> list[str]:
    """Return the fields of a table by which somebody with an account is found in it without their address."""
    return [name for name in pointers(model) if name in ("user", "person")]


def _own_refs(person: User) -> list[str]:
    """Return how events of the registry name this person, and what is kept of their account."""
    refs = [f"user:{person.pk}"]
    for model in apps.get_app_config("accounts").get_models():
        if own := [name for name in pointers(model) if name in ("user", "person", "deputy")]:
            rows = model._default_manager.filter(Q(*((name, person) for name in own), _connector=Q.OR))
            refs += [f"{model._meta.model_name}:{pk}" for pk in rows.values_list("pk", flat=True)]
    return refs


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


def _row(row: models.Model, person: User | None) -> dict[str, Any]:
    """Return a row with other people left out; without a person, for whoever has the address in it."""
    names = {f.name for f in row._meta.concrete_fields}
    writer = next((w for w in WRITERS if w in names), None)
    mine = person.pk if person is not None else None
    own = row is person or (writer is not None and mine is not None and getattr(row, f"{writer}_id") == mine)
    shown: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        value = field.value_from_object(row)
        if field.name in NEVER or value in (None, ""):
            continue
        if isinstance(field, models.ForeignKey):
            if field.remote_field.model is User:
                shown[field.name] = YOU if value == mine else SOMEBODY
            elif field.remote_field.model._meta.label == "cases.Case":
                shown[field.name] = str(getattr(row, field.name))
            continue
        if person is None and (isinstance(field, models.EmailField) or field.name in GUESTS_OWN):
            shown[field.name] = value
        elif isinstance(field, models.TextField | models.JSONField | models.BinaryField) or _is_words(field):
            shown[field.name] = value if own and not isinstance(field, models.BinaryField) else OTHERS_WORDS
        else:
            shown[field.name] = value
    return shown


def _is_words(field: Any) -> bool:
    """Return whether a field holds words that people typed, rather than one of a few choices."""
    return isinstance(field, models.CharField) and not field.choices and (field.max_length or 0) > 40
