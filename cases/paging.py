"""Keyset paging: a page begins after the last row of the one before, so page 40 costs what page 1 costs."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

Row = TypeVar("Row")
M = TypeVar("M", bound=Model)
PAGE = 25
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63


@dataclass(frozen=True)
class Cursor:
    """Where a page ended: in which list, at which instant and row."""

    place: str
    at: datetime
    row: int

    def __str__(self) -> str:
        """Return it as it stands in an address: opaque, though it holds no secret and gives no right."""
        facts = json.dumps([self.place, (self.at - EPOCH) // _MICROSECOND, self.row])
        return base64.urlsafe_b64encode(facts.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str | None, *places: str) -> Cursor | None:
        """Return the cursor of an address; None for none, for a damaged one, and for one of another list."""
        if not text or len(text) > 100:
            return None
        try:
            place, micros, row = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_"))
            at = EPOCH + timedelta(microseconds=int(micros))
        except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError):
            return None
        if place not in places or type(row) is not int or not 0 <= row < _LARGEST:
            return None
        return cls(place, at, row)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, and where the next ones begin; None at the end."""

    rows: list[Row]
    older: Cursor | None


def page_of(found: Iterable[Row], ends_at: Callable[[Row], Cursor], size: int = PAGE) -> Page[Row]:
    """Return the first `size` rows; one row more than that says that there is another page."""
    rows = list(found)
    return Page(rows[:size], ends_at(rows[size - 1]) if len(rows) > size else None)


def after(
    rows: QuerySet[M], cursor: Cursor | None, at: str, row: str = "pk", *, newest_first: bool
) -> QuerySet[M]:
    """Return the rows behind a cursor in the order (at, row); the first condition is one that an index can seek."""
    if cursor is None:
        return rows
    past = "lt" if newest_first else "gt"
    return rows.filter(
        Q(**{f"{at}__{past}e": cursor.at}),
        Q(**{f"{at}__{past}": cursor.at}) | Q(**{f"{row}__{past}": cursor.row}),
    )


def merged(
    people: tuple[int, ...],
    *lists: Callable[[int], QuerySet[Any, Any]],
    order: tuple[str, ...],
    limit: int,
    each: bool = False,
) -> QuerySet[Any, Any]:
    """Return the first rows of several people's lists, each read through that person's own index.

    `person IN (...)` with an order would read and sort every row of all of them.
    With `each`, that many rows of every list: for rows of which the same may stand in several.
    """
    first, *rest = (of(person).order_by(*order)[:limit] for of in lists for person in people)
    if not rest:
        return first
    found = first.union(*rest, all=True).order_by(*order)
    return found if each else found[:limit]


def some(rows: QuerySet[Any]) -> Any:
    """Return 1 when there is such a row and else 0, asked once for each row that is looked at: `.filter(~Q(x=1))`.

    EXISTS would be turned into a join, for which the planner reads a busy person's whole list; and of a comparison
    with `~Q` it expects nearly all rows to pass, so that it reads a list in its order and stops at the limit.
    """
    return Coalesce(Subquery(rows.values(one=Value(1))[:1]), Value(0))
