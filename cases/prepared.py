"""Lists that are read on every page: the ORM writes their SQL once per process, and each request fills in its values.

Writing the SQL of the home page anew costs more than running it and drawing the page together. A list is still one
function that returns a queryset, from `Case.objects.visible_to()` like any other. It is called once for each shape
(how many people one acts for, first page or a further one, narrowed by what) with marks in place of every value that
belongs to a person or a request; afterwards the marks are replaced.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from accounts.models import Agency, User
from accounts.roles import Role
from accounts.standing import standing_of
from cases.paging import Cursor

Build = Callable[..., QuerySet[Any, Any]]
_FIRST_NUMBER = -(10**15)
_FIRST_INSTANT = datetime(1000, 1, 1, tzinfo=UTC)


class NotPrepared(TypeError):
    """A list bakes in a value that belongs to a request, so that its SQL cannot be kept."""


@dataclass(frozen=True)
class _Text:
    sql: str
    params: tuple[Any, ...]
    row: Any


_kept: dict[Hashable, _Text] = {}


def read(build: Build, user: User, cursor: Cursor | None = None, **facts: Any) -> list[Any]:
    """Return the rows of a list for a person, as named tuples; one query. Somebody inactive has none.

    `build(user, cursor, **facts)` returns the queryset, a `values_list`. Facts that are None stay None; a true or
    false one belongs to the shape; numbers, texts and instants may differ from one request to the next.
    """
    if not user.is_active:
        return []
    people = standing_of(user).acting_ids
    values: dict[Any, Any] = {_number(n): pk for n, pk in enumerate(people)}
    values[_number(-1)] = user.agency.partnership_id
    marked = dict(facts)
    for n, (name, value) in enumerate(facts.items()):
        if value is not None and not isinstance(value, bool):
            marked[name] = _mark(n, value)
            values[marked[name]] = value
    start = None
    if cursor is not None:
        start = Cursor(cursor.place, _FIRST_INSTANT, _number(-2))
        values |= {start.at: cursor.at, start.row: cursor.row}
    key = (build, len(people), start, tuple(marked.items()))
    text = _kept.get(key)
    if text is None:
        text = _kept[key] = _write(build(_anybody(len(people)), start, **marked), values)
    with connection.cursor() as database:
        database.execute(text.sql, [values.get(p, p) for p in text.params])
        return [text.row(*row) for row in database.fetchall()]


def _write(rows: QuerySet[Any, Any], marks: dict[Any, Any]) -> _Text:
    """Return the SQL of a queryset. Raises NotPrepared when an instant other than a mark would be kept with it."""
    sql, params = rows.query.sql_with_params()
    if wrong := [p for p in params if isinstance(p, date) and p not in marks]:
        raise NotPrepared(f"give {wrong[0]} to the list as a fact, so that it is asked for anew each time")
    fields: tuple[str, ...] = rows._fields  # type: ignore[attr-defined]
    return _Text(sql, params, namedtuple("Row", fields))


def _anybody(people: int) -> User:
    """Return a person made of marks, who acts for `people` - 1 others."""
    partnership_id = _number(-1)
    user = User(pk=_number(0), agency=Agency(pk=_number(-3), partnership_id=partnership_id))
    place = {"partnership": partnership_id, "agency": None, "team": None}
    others = [{"user": _number(n), "name": "", "role": Role.PRACTITIONER, **place} for n in range(1, people)]
    user.held_rows, user.covering_rows = [], others  # type: ignore[attr-defined]
    return user


def _mark(n: int, value: Any) -> Any:
    match value:
        case int():
            return _number(-10 - n)
        case datetime():
            return _FIRST_INSTANT + timedelta(days=1 + n)
        case str():
            return f"mark {n}"
    raise NotPrepared(f"a list cannot be given {value!r}")


def _number(n: int) -> int:
    return _FIRST_NUMBER - n if n >= 0 else _FIRST_NUMBER * 2 + n
