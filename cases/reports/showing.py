"""A table as people read it: the same cells for page, file and print. What is hidden is hidden here, once."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from cases.reports.base import Cell, Extra, Period, Table
from cases.reports.disclosure import Name, Rules, name_of

#: Stands where a figure is hidden.
HIDDEN = "c"
#: No share of fewer than these, not for the committee either: one case more or less would turn it over.
FEWEST = 20


@dataclass(frozen=True)
class Shown:
    """One table as text and numbers; the first cell of a row names it."""

    key: str
    caption: str
    columns: list[str]
    rows: list[list[Cell]]
    foot: list[Cell] | None
    notes: list[str]
    chart: str = ""
    counted: int = 0  # columns of counts after the first, the "All" column not among them
    lists: bool = False
    row_keys: tuple[str, ...] = ()
    column_keys: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, to be kept with a frozen run."""
        return {**self.__dict__, "row_keys": list(self.row_keys), "column_keys": list(self.column_keys)}

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Shown:
        """Return it as it was kept."""
        keys = {"row_keys": tuple(kept["row_keys"]), "column_keys": tuple(kept["column_keys"])}
        return cls(**{**kept, **keys})

    @property
    def cells(self) -> int:
        """Return the number of its rows of figures, the foot left out."""
        return len(self.rows)


def shown(
    table: Table, period: Period, *, rules: Rules | None = None, hidden: Set[Name] = frozenset()
) -> Shown:
    """Return a table ready to be shown: whole for the committee, or by the rules with what is hidden left out."""

    def figure(value: int, row: str = "", column: str = "") -> Cell:
        if rules is None:
            return value
        return HIDDEN if name_of(table, period, row, column) in hidden else rules.rounded(value)

    def share(place: int) -> Cell:
        part, whole = table.row_total(place), table.grand
        if rules is None:
            return round(100 * part / whole) if whole >= FEWEST else None
        names = (name_of(table, period, table.rows[place].key), name_of(table, period))
        if whole < max(rules.base, FEWEST) or not hidden.isdisjoint(names):
            return HIDDEN
        # Out of the rounded figures: it tells nothing that they do not.
        return min(round(100 * rules.rounded(part) / rules.rounded(whole)), 100)

    def extra(given: Extra, place: int) -> Cell:
        if given.share:
            return share(place)
        value, base = given.values[place], given.base
        if rules is None or value is None:
            return value
        row = table.rows[place].key
        rests_on = _base(table, place, base)
        seen = name_of(table, period, row, "" if base == "all" else base) not in hidden
        return value if seen and rests_on >= rules.base else HIDDEN

    rows: list[list[Cell]] = []
    for place, row in enumerate(table.rows):
        cells = [figure(table.counts[place][n], row.key, c.key) for n, c in enumerate(table.columns)]
        if table.wide:
            cells.append(figure(table.row_total(place), row.key))
        cells += [extra(e, place) for e in table.extras]
        rows.append([row.label, *cells])
    foot: list[Cell] | None = None
    if table.adds_up:
        totals = table.column_totals()
        foot = ["All"]
        if table.wide:
            foot += [figure(totals[n], "", c.key) for n, c in enumerate(table.columns)]
        foot += [figure(table.grand), *(None for _ in table.extras)]
    return Shown(
        table.key,
        table.caption,
        [
            table.head,
            *(c.label for c in table.columns),
            *(["All"] if table.wide else []),
            *(e.label for e in table.extras),
        ],
        rows,
        foot,
        [*table.notes, *(table.findings if rules is None else ())],
        table.chart,
        len(table.columns),
        table.lists and rules is None,
        tuple(r.key for r in table.rows),
        tuple(c.key for c in table.columns),
    )


def _base(table: Table, place: int, base: str) -> int:
    if base == "all":
        return table.row_total(place)
    return table.counts[place][[c.key for c in table.columns].index(base)]
