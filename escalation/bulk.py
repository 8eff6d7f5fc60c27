"""Many rows in one statement, without a model object for each: for the sweep, which writes thousands at a time.

The rows travel as one JSON text that PostgreSQL takes apart, so the statement stays the same however many there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model

Row = Mapping[str, Any]


def insert(model: type[Model], rows: Iterable[Row]) -> None:
    """Insert rows, given by column name and all with the same columns; what is left out gets the field's default.

    A row that a unique key has already is passed over. No statement when there are no rows.
    """
    rows = list(rows)
    if not rows:
        return
    fields = _fields(model)
    left_out = [f for name, f in fields.items() if name not in rows[0] and not f.primary_key]
    names = [*rows[0], *(str(f.column) for f in left_out)]
    whole = [{**row, **{str(f.column): f.get_default() for f in left_out}} for row in rows]
    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({columns}) SELECT {columns} '  # noqa: S608 - our own names only
            f"FROM jsonb_to_recordset(%s::jsonb) AS v({_typed(model, names)}) ON CONFLICT DO NOTHING",
            [_text(whole)],
        )


def update(model: type[Model], rows: Iterable[Row]) -> None:
    """Give many rows, each named by its `id`, values of their own by column name. No statement for no rows."""
    rows = list(rows)
    if not rows:
        return
    sets = ", ".join(f'"{name}" = v."{name}"' for name in rows[0] if name != "id")
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" t SET {sets} '  # noqa: S608 - our own names only
            f"FROM jsonb_to_recordset(%s::jsonb) AS v({_typed(model, list(rows[0]))}) WHERE t.id = v.id",
            [_text(rows)],
        )


@lru_cache(maxsize=32)
def _fields(model: type[Model]) -> dict[str, Field[Any, Any]]:
    return {str(field.column): field for field in model._meta.concrete_fields}


def _typed(model: type[Model], names: Sequence[str]) -> str:
    fields = _fields(model)
    return ", ".join(f'"{name}" {fields[name].rel_db_type(connection)}' for name in names)


def _text(rows: Sequence[Row]) -> str:
    return json.dumps(rows, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return "\\x" + bytes(value).hex()
    return str(value)
