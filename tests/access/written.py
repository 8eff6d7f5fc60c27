"""What one request writes, row by row and column by column, so that two requests can be held against each other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

#: What is drawn anew each time: keys, digests, tokens, references, and instants of the database's own clock.
DRAWN = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d+[+]00:00|"
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9A-Z]{3}-[0-9A-Z]{4}\b|(?=\w*\d)(?=\w*[a-zA-Z])[\w$+/=-]{16,}"
)
#: Numbers of rows stand in events and in what waits to be told; the events of both must be the same but for these.
NUMBERS = re.compile(r"(?<=[:\[ ])\d+\b")
#: Half-written words are kept as they were sent, for their writer alone, and whatever reads them reads its own fields;
#: what a sign-in holds is signed, and has a digest of the password in it; what an app shares is encrypted.
LEFT_OUT = {
    ("cases_draft", "data"),
    ("accounts_signin", "session_data"),
    ("accounts_authenticator", "sealed"),
}
SEALED = {"trail_event", "trail_head", "trail_checkpoint", "notifications_message"}


def value_for(field: models.Field[Any, Any]) -> str:
    """Return something that a column would take, were it asked: not what is usual there."""
    if field.is_relation:
        rows = field.related_model._default_manager  # type: ignore[union-attr]
        last = rows.order_by("-pk").values_list("pk", flat=True).first()
        return str(last or 1)
    usual = {"BooleanField": "on", "DateField": "2031-02-03", "DateTimeField": "2031-02-03T04:05:00Z"}
    usual |= {"JSONField": '{"zqextra": 1}', "UUIDField": "00000000-0000-4000-8000-00000000abcd"}
    return usual.get(field.get_internal_type(), "7" if "Integer" in field.get_internal_type() else "zqextra")


def every_column() -> dict[str, str]:
    """Return the columns of all models as fields of a form, by both their names, each with a value."""
    found: dict[str, str] = {}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if not field.primary_key:
                for name in (field.attname, field.name):
                    found.setdefault(name, value_for(field))
    return found


def written_by(do: Callable[[], Any]) -> tuple[Any, list[str]]:
    """Return what this returns, and the rows it wrote as text, what is drawn anew left out; it is then taken back."""
    first = _number_of_now()
    with transaction.atomic():
        answer = do()
        tables = {m._meta.db_table: m for m in apps.get_models() if m._meta.managed}
        asked = " UNION ALL ".join(
            f"SELECT '{name}', to_jsonb(t) FROM \"{name}\" t WHERE t.xmin::text::bigint > {first}"
            for name in tables
        )
        with connection.cursor() as cursor:
            cursor.execute(asked)
            rows = [(name, json.loads(row) if isinstance(row, str) else row) for name, row in cursor]
        transaction.set_rollback(True)
    new = {(name, row.get(tables[name]._meta.pk.column)) for name, row in rows}
    return answer, sorted(_as_text(name, row, tables[name], new) for name, row in rows)


def _number_of_now() -> int:
    """Return a number of PostgreSQL's that whatever is written from now on exceeds: of a row that is taken back."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            row = "('nobody', '', now())"
            cursor.execute(f"INSERT INTO django_session VALUES {row} RETURNING xmin::text::bigint")
            (number,) = cursor.fetchone()
        transaction.set_rollback(True)
    return int(number)


def _as_text(name: str, row: dict[str, Any], model: type[models.Model], new: set[Any]) -> str:
    for field in model._meta.concrete_fields:
        value = row[field.column]
        kept_back = field.get_internal_type() == "BinaryField" or (name, field.column) in LEFT_OUT
        if field.primary_key or kept_back:
            row[field.column] = "-"
        elif field.is_relation and (field.related_model._meta.db_table, value) in new:  # type: ignore[union-attr]
            row[field.column] = "new"
    text = DRAWN.sub("~", json.dumps(row, sort_keys=True, ensure_ascii=False))
    return f"{name} {NUMBERS.sub('#', text) if name in SEALED else text}"
