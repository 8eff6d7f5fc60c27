"""What every report is: tables of counts out of SQL, for one partnership and one period, each with its own meaning.

A table says which set it divides and by what, so that the same page can be shown to the committee, protected for the
public (`cases.reports.disclosure`), drawn as a chart and written to a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Partnership
from accounts.permissions import Permission

Cell = str | int | float | None


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both included, in the partnership's own time."""

    first: date
    last: date

    def bounds(self, partnership: Partnership) -> tuple[datetime, datetime]:
        """Return the UTC instants of the period, the second one not included."""
        zone = ZoneInfo(partnership.timezone)
        begins = datetime.combine(self.first, time(), zone)
        ends = datetime.combine(self.last + timedelta(days=1), time(), zone)
        return begins.astimezone(UTC), ends.astimezone(UTC)

    @classmethod
    def year_to(cls, today: date) -> Period:
        """Return the twelve months that end today."""
        return cls(today - timedelta(days=364), today)

    @property
    def year_before(self) -> Period:
        """Return the same days one year earlier (28 February for the 29th)."""
        return Period(_year_before(self.first), _year_before(self.last))

    def months(self) -> list[tuple[int, int]]:
        """Return the (year, month) pairs it touches, earliest first."""
        first, last = self.first.year * 12 + self.first.month - 1, self.last.year * 12 + self.last.month - 1
        return [(n // 12, n % 12 + 1) for n in range(first, last + 1)]


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


@dataclass(frozen=True)
class Line:
    """One row or column of a table: its key, the same in every table, and its words."""

    key: str
    label: str


@dataclass(frozen=True)
class Extra:
    """A column that is not a count: a median, or what share each row is of all (worked out from what is shown).

    `base` names the count a value rests on: a column's key, or "all".
    """

    label: str
    values: Sequence[float | None]
    base: str = "all"
    share: bool = False


@dataclass(frozen=True)
class Table:
    """Counts by `row_dim`, and by `col_dim` when there are several columns.

    `universe` names what is counted; two tables with the same universe and dimension hold the same figures there.
    `adds_up`: the rows divide the universe, so a total row is true. `across`: the columns divide each row.
    """

    key: str
    caption: str
    universe: str
    row_dim: str
    head: str
    rows: Sequence[Line]
    counts: Sequence[Sequence[int]]
    columns: Sequence[Line] = (Line("n", "Cases"),)
    col_dim: str = ""
    adds_up: bool = True
    across: bool = True
    extras: Sequence[Extra] = ()
    notes: Sequence[str] = ()
    findings: Sequence[str] = ()  # sentences with figures in them: for the committee alone
    chart: str = ""  # "bars", "months" or "spread": how it is drawn beside the table
    lists: bool = False  # its figures open lists of cases
    whole: int | None = None  # the size of the universe, where the rows do not add up to it
    period: Period | None = None  # when it is not that of the report

    @property
    def wide(self) -> bool:
        """Return whether there is an "All" column."""
        return self.across and len(self.columns) > 1

    def row_total(self, place: int) -> int:
        """Return the sum of a row, or its one count."""
        return sum(self.counts[place])

    def column_totals(self) -> list[int]:
        """Return the sum of each column of counts."""
        return [sum(row[n] for row in self.counts) for n in range(len(self.columns))]

    @property
    def grand(self) -> int:
        """Return the sum of all counts."""
        return sum(self.column_totals())


@dataclass(frozen=True)
class Report:
    """One report: what it is called, what it tells, who may read it, its tables, and what to ask of them."""

    key: str
    title: str
    about: str
    tables: Callable[[Partnership, Period, datetime], list[Table]]
    questions: Sequence[str] = ()
    permission: Permission = Permission.VIEW_REPORTS
    periodic: bool = True  # over a period; otherwise the position now
    public: bool = True  # has a public version
    counted: str = "Cases logged"  # what falls into the period, and by which of its days


def shares(rows: Sequence[Line]) -> Extra:
    """Return the column that says how many in a hundred each row is."""
    return Extra("In a hundred", [None for _ in rows], share=True)


def crosstab(counts: Mapping[Any, int], rows: Sequence[Line], columns: Sequence[Line]) -> list[list[int]]:
    """Return counts keyed by (row key, column key) as rows of numbers; what is not there is nought."""
    return [[counts.get((row.key, column.key), 0) for column in columns] for row in rows]


def single(counts: Mapping[Any, int], rows: Sequence[Line]) -> list[list[int]]:
    """Return counts keyed by row key as rows of one number."""
    return [[counts.get(row.key, 0)] for row in rows]


@dataclass
class Figures:
    """What one statement gave: for each grouping its counts by key."""

    found: dict[tuple[str, ...], dict[Any, int]] = field(default_factory=dict)

    def by(self, *dims: str) -> dict[Any, int]:
        """Return counts by one dimension (plain keys) or several (tuples)."""
        return self.found.get(dims, {})
