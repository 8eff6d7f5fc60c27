"""SQL that the ORM writes once per process and PostgreSQL plans once per connection; each request fills in its values.

Writing the SQL of a query that many requests ask costs more than running it, and so does planning it. A prepared query
is still one queryset: it is built once for each shape, with marks in place of every value that belongs to a person or
a request; afterwards the marks are replaced. From the second time on, a connection has it as a prepared statement.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.models import Model, QuerySet
from psycopg2.extensions import AsIs

M = TypeVar("M", bound=Model)

_FIRST_NUMBER = -(10**15)
FIRST_INSTANT = datetime(1000, 1, 1, tzinfo=UTC)
DAY = date(1000, 1, 1)


class NotPrepared(TypeError):
    """A query bakes in a value that belongs to a request, so that its SQL cannot be kept."""


#: What PostgreSQL calls the kinds of value that a mark stands for.
_KINDS = {int: "bigint", datetime: "timestamptz", date: "date", str: "text", UUID: "uuid"}
#: How many rows a page has. As a figure that is not known when a plan is made, PostgreSQL plans for the first rows, by
#: an index in their order; else it plans for whoever has few rows, and sorts all the thousands of somebody else.
_LIMIT = re.compile(r"\bLIMIT (\d{2,})")
_NAMES = count(1)
#: How often each open connection was asked each query; a connection that ends takes its prepared statements along.
_asked: WeakKeyDictionary[Any, dict[str, int]] = WeakKeyDictionary()


@dataclass(frozen=True)
class _Text:
    """The SQL of one shape, and the name under which a connection may keep its plan."""

    sql: str
    params: tuple[Any, ...]
    row: Any
    name: str
    marks: tuple[Any, ...]

    def run(self, database: Any, values: Mapping[Any, Any]) -> None:
        """Ask with these values: the first time on a connection as it stands, as a prepared statement afterwards."""
        if not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS") and self._prepared(database):
            places = f"({', '.join(['%s'] * len(self.marks))})" if self.marks else ""
            database.execute(f"EXECUTE {self.name} {places}", [values[mark] for mark in self.marks])
        else:
            database.execute(self.sql, [values.get(p, p) for p in self.params])

    def _prepared(self, database: Any) -> bool:
        """Return whether the connection has the statement; the second time of asking makes it."""
        asked = _asked.setdefault(database.connection, {})
        times = asked.get(self.name, 0) + 1
        if times == 2:
            kinds = f"({', '.join(_KINDS[type(mark)] for mark in self.marks)})" if self.marks else ""
            places = {mark: AsIs(f"${n}") for n, mark in enumerate(self.marks, 1)}
            sql = database.mogrify(self.sql, [places.get(p, p) for p in self.params]).decode()
            sql = _LIMIT.sub(r"LIMIT (SELECT \1)", sql)
            # Past the cursor of Django: it is no question of the request, and holds a bare % where a text does.
            with database.connection.cursor() as plain:
                plain.execute(f"PREPARE {self.name} {kinds} AS {sql}")
        asked[self.name] = times
        return times > 1


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
            text.run(database, values)
            return [text.row(*row) for row in database.fetchall()]

    def objects(
        self,
        shape: Hashable,
        build: Callable[[], QuerySet[M]],
        values: Mapping[Any, Any],
        kind: type[M],
        *joined: str,
        without: tuple[str, ...] = (),
        facts: tuple[str, ...] = (),
    ) -> list[M]:
        """Return whole objects of a kind, each with those its foreign keys `joined` name; one query.

        `build` returns a queryset of this kind with the marks in it; the rest is as in `rows`. Fields `without` which
        it does are fetched when they are asked for. `facts` are annotations of the queryset that come with the object.
        """
        kinds, names = _columns(kind, joined, without)
        found: list[M] = []
        for row in self.rows(shape, lambda: build().values_list(*names, *facts), values):
            one, *others = (
                # An outer join that found nothing leaves the key empty.
                model.from_db(connection.alias, of, row[place]) if row[place.start] is not None else None
                for model, of, place in kinds
            )
            for name, other in zip(joined, others, strict=True):
                setattr(one, name, other)
            for name in facts:
                setattr(one, name, getattr(row, name))
            found.append(one)  # type: ignore[arg-type]
        return found


@cache
def _columns(
    kind: type[Model], joined: tuple[str, ...], without: tuple[str, ...]
) -> tuple[list[tuple[type[Model], list[str], slice]], list[str]]:
    """Return each kind with its columns, the key first, and their place in a row; and all names of columns."""
    kinds: list[tuple[type[Model], list[str], slice]] = []
    names: list[str] = []
    for prefix in ("", *joined):
        model: Any = kind._meta.get_field(prefix).related_model if prefix else kind
        of = [field.attname for field in model._meta.concrete_fields if prefix or field.name not in without]
        assert of[0] == model._meta.pk.attname
        kinds.append((model, of, slice(len(names), len(names) + len(of))))
        names += [f"{prefix}__{name}" if prefix else name for name in of]
    return kinds, names


def _write(rows: QuerySet[Any, Any], marks: Mapping[Any, Any]) -> _Text:
    sql, params = rows.query.sql_with_params()
    if wrong := [p for p in params if isinstance(p, date) and p not in marks]:
        raise NotPrepared(f"give {wrong[0]} to the query as a value, so that it is asked for anew each time")
    fields: tuple[str, ...] = rows._fields  # type: ignore[attr-defined]
    return _Text(
        sql,
        params,
        namedtuple("Row", fields),
        f"asked_{next(_NAMES)}",
        tuple(p for p in marks if p in params),
    )


def number(n: int) -> int:
    """Return the mark of the n-th number; those below nought are free for the caller's own."""
    return _FIRST_NUMBER - n if n >= 0 else _FIRST_NUMBER * 2 + n


def mark(n: int, value: Any) -> Any:
    """Return the n-th mark for a number, an instant, a text or a UUID. Raises NotPrepared for anything else."""
    match value:
        case int():
            return number(-10 - n)
        case datetime():
            return FIRST_INSTANT + timedelta(days=1 + n)
        case str():
            return f"mark {n}"
        case UUID():
            return UUID(int=1 + n)
    raise NotPrepared(f"a query cannot be given {value!r}")
