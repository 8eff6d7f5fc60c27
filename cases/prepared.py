"""Lists that are read on every page, for whoever is signed in, as prepared queries.

A list is one function that returns a queryset, from what its reader may see like any other. It is called once for
each shape: how many people one acts for, first page or a further one, narrowed by what.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from accounts.models import Agency, User
from accounts.roles import Role
from accounts.standing import standing_of
from cases.paging import Cursor
from escalation.prepared import FIRST_INSTANT, NotPrepared, Prepared, mark, number

__all__ = ["NotPrepared", "anybody", "read", "reader"]

Build = Callable[..., QuerySet[Any, Any]]
_LISTS = Prepared()


def read(build: Build, user: User, cursor: Cursor | None = None, **facts: Any) -> list[Any]:
    """Return the rows of a list for a person, as named tuples; one query. Somebody inactive has none.

    `build(user, cursor, **facts)` returns the queryset, a `values_list`. Facts that are None stay None; a true or
    false one belongs to the shape; numbers, texts and instants may differ from one request to the next.
    """
    if not user.is_active:
        return []
    values, people = reader(user)
    marked = dict(facts)
    for n, (name, value) in enumerate(facts.items()):
        if value is not None and not isinstance(value, bool):
            marked[name] = mark(n, value)
            values[marked[name]] = value
    start = None
    if cursor is not None:
        start = Cursor(cursor.place, FIRST_INSTANT, number(-2))
        values |= {start.at: cursor.at, start.row: cursor.row}
    shape = (build, people, start, tuple(marked.items()))
    return _LISTS.rows(shape, lambda: build(anybody(people), start, **marked), values)


def reader(user: User) -> tuple[dict[Any, Any], int]:
    """Return what stands in place of the marks of `anybody`, and for how many people this one acts, themselves too."""
    people = standing_of(user).acting_ids
    values: dict[Any, Any] = {number(n): pk for n, pk in enumerate(people)}
    values[number(-1)] = user.agency.partnership_id
    return values, len(people)


def anybody(people: int) -> User:
    """Return a person made of marks, who acts for `people` - 1 others."""
    partnership_id = number(-1)
    user = User(pk=number(0), agency=Agency(pk=number(-3), partnership_id=partnership_id))
    place = {"partnership": partnership_id, "agency": None, "team": None}
    others = [{"user": number(n), "name": "", "role": Role.PRACTITIONER, **place} for n in range(1, people)]
    user.held_rows, user.covering_rows = [], others  # type: ignore[attr-defined]
    return user
