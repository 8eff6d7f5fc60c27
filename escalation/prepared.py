"""SQL that the ORM writes once per process, and each request fills in its values.

Writing the SQL of a query that many requests ask costs more than running it. A prepared query is still one queryset:
it is built once for each shape, with marks in place of every value that belongs to a person or a request; afterwards
the marks are replaced.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

_FIRST_NUMBER = -(10**15)
FIRST_INSTANT = datetime(1000, 1, 1, tzinfo=UTC)
DAY = date(1000, 1, 1)


class NotPrepared(TypeError):
    """A query bakes in a value that belongs to a request, so that its SQL cannot be kept."""


@dataclass(frozen=True)
class _Text:
    sql: str
    params: tuple[Any, ...]
    row: Any


class Prepared:
    """The SQL of one kind of query, by shape."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Text] = {}

    def rows(
        self, shape: Hashable, build: Callable[[], QuerySet[Any, Any]], values: Mapping[Any, Any]
    ) -> list[Any]:
        """Return the rows, as named tuples; one query. `values` has what to put in place of each mark.

        `build` returns a `values_list` with the marks in it, and is called the first time this shape is asked for.
        Raises NotPrepared when a day or instant other than a mark would be kept with the SQL.
        """
        text = self._kept.get(shape)
        if text is None:
            text = self._kept[shape] = _write(build(), values)
        with connection.cursor() as database:
            database.execute(text.sql, [values.get(p, p) for p in text.params])
            return [text.row(*row) for row in database.fetchall()]


def _write(rows: QuerySet[Any, Any], marks: Mapping[Any, Any]) -> _Text:
    sql, params = rows.query.sql_with_params()
    if wrong := [p for p in params if isinstance(p, date) and p not in marks]:
        raise NotPrepared(f"give {wrong[0]} to the query as a value, so that it is asked for anew each time")
    fields: tuple[str, ...] = rows._fields  # type: ignore[attr-defined]
    return _Text(sql, params, namedtuple("Row", fields))


def number(n: int) -> int:
    """Return the mark of the n-th number; those below nought are free for the caller's own."""
    return _FIRST_NUMBER - n if n >= 0 else _FIRST_NUMBER * 2 + n


def mark(n: int, value: Any) -> Any:
    """Return the n-th mark for a number, an instant or a text. Raises NotPrepared for anything else."""
    match value:
        case int():
            return number(-10 - n)
        case datetime():
            return FIRST_INSTANT + timedelta(days=1 + n)
        case str():
            return f"mark {n}"
    raise NotPrepared(f"a query cannot be given {value!r}")
