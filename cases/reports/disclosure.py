"""What may be shown to the public: small figures hidden, and others hidden with them until none can be worked out.

Every figure of a release is one unknown, named by what it counts, so the same figure in two tables is one unknown.
Sums of rows and columns, known relations between tables, months that make a year, and everything released before are
equations between them. A figure is safe when, by all these together, it could still lie anywhere in an interval of at
least `WIDTH`; the bounds come from a linear program (HiGHS). As long as one is not, the nearest figure is hidden too.
docs/decisions/small-numbers.md has the reasons.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from typing import Any

from cases.reports.base import Line, Period, Table

#: The narrowest interval that may be left for a hidden figure (bar G4).
WIDTH = 5
#: A figure by what it counts: universe, first and last day, and its place in each dimension.
Name = tuple[str, str, str, tuple[str, ...]]
#: (coefficients, at least, at most); None for no bound.
Relation = tuple[dict[Name, int], float, float]
EXACT = (0.0, 0.0)


@dataclass(frozen=True)
class Rules:
    """The settings of a partnership: counts below `threshold` are hidden, others rounded to `rounding` (1: exact)."""

    threshold: int = 5
    rounding: int = 5
    zeros: bool = True  # nought is shown as nought
    base: int = 20  # no median or share that rests on fewer

    def small(self, value: int) -> bool:
        """Return whether a count is hidden for its own sake."""
        return value < self.threshold and (value > 0 or not self.zeros)

    def rounded(self, value: int) -> int:
        """Return a count as it is shown, rounded half up."""
        return (value + self.rounding // 2) // self.rounding * self.rounding

    def bounds(self, value: int) -> tuple[float, float]:
        """Return what a reader knows of a count that is shown."""
        if value == 0 and self.zeros:
            return 0.0, 0.0
        low = self.rounded(value) - self.rounding // 2
        return float(max(low, self.threshold)), float(low + self.rounding - 1)

    @property
    def least(self) -> float:
        """Return the least that a hidden count can be, as a reader knows."""
        return 1.0 if self.zeros else 0.0


def name_of(table: Table, period: Period, row: str = "", column: str = "") -> Name:
    """Return what a figure of a table counts; "" stands for the total. A month is the whole of a shorter period."""
    period = table.period or period
    first, last = period.first, period.last
    parts = []
    if row and table.row_dim == "month":
        year, month = map(int, row.split("-"))
        first = max(first, date(year, month, 1))
        last = min(last, (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1))
    elif row:
        parts.append(f"{table.row_dim}={row}")
    if column and table.col_dim:
        parts.append(f"{table.col_dim}={column}")
    return table.universe, first.isoformat(), last.isoformat(), tuple(sorted(parts))


def figures_of(table: Table, period: Period) -> Iterator[tuple[Name, int]]:
    """Return every figure that a table prints, totals too."""
    for place, row in enumerate(table.rows):
        for n, column in enumerate(table.columns):
            yield name_of(table, period, row.key, column.key), table.counts[place][n]
        if table.wide:
            yield name_of(table, period, row.key), table.row_total(place)
    if table.adds_up:
        if table.wide:
            for column, total in zip(table.columns, table.column_totals(), strict=True):
                yield name_of(table, period, "", column.key), total
        yield name_of(table, period), table.grand
    elif table.whole is not None:
        yield name_of(table, period), table.whole


def relations_of(table: Table, period: Period) -> Iterator[Relation]:
    """Return how the figures of a table hang together: rows and columns that add up, or overlap."""
    columns = [*table.columns, Line("", "")] if table.wide else list(table.columns)
    if table.wide:
        for row in [*table.rows, *([Line("", "")] if table.adds_up else [])]:
            yield _sum(
                name_of(table, period, row.key),
                [name_of(table, period, row.key, c.key) for c in table.columns],
            )
    for column in columns:
        total = name_of(table, period, "", column.key)
        parts = [name_of(table, period, row.key, column.key) for row in table.rows]
        if table.adds_up:
            yield _sum(total, parts)
        elif (
            table.whole is not None and not table.wide
        ):  # each part lies within the whole, all of them cover it
            for part in parts:
                yield {total: 1, part: -1}, 0.0, math.inf
            yield {total: -1, **dict.fromkeys(parts, 1)}, 0.0, math.inf


def _sum(total: Name, parts: Iterable[Name]) -> Relation:
    coefficients: dict[Name, int] = defaultdict(int)
    coefficients[total] -= 1
    for part in parts:
        coefficients[part] += 1
    return dict(coefficients), *EXACT


def across_periods(names: Iterable[Name]) -> Iterator[Relation]:
    """Return the sums over time: a period that is made of others, of the same thing."""
    spans: dict[tuple[str, tuple[str, ...]], set[tuple[str, str]]] = defaultdict(set)
    for universe, first, last, parts in names:
        spans[universe, parts].add((first, last))
    for (universe, parts), found in spans.items():
        for whole in found:
            inside = sorted(s for s in found if s != whole and whole[0] <= s[0] and s[1] <= whole[1])
            for run in _runs(whole[0], whole[1], inside):
                yield _sum((universe, *whole, parts), [(universe, *span, parts) for span in run])


def _runs(first: str, last: str, spans: Sequence[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Return the ways to fill first to last with spans end to end; the finest and the coarsest at each step."""
    for longest in (False, True):
        run, day = [], first
        while day <= last:
            here = [s for s in spans if s[0] == day]
            if not here:
                break
            run.append(max(here) if longest else min(here))
            day = (date.fromisoformat(run[-1][1]) + timedelta(days=1)).isoformat()
        else:
            yield run


class CannotBeProtected(ValueError):
    """A small figure could be worked out whatever else is hidden: what was published before gives it away."""


@dataclass
class Release:
    """Tables that are published together, with what was published before; finds what to hide."""

    rules: Rules
    values: dict[Name, int] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    bounds: dict[Name, tuple[float, float]] = field(default_factory=dict)  # as published earlier
    hidden: set[Name] = field(default_factory=set)
    fresh: set[Name] = field(default_factory=set)
    settled: set[Name] = field(default_factory=set)  # known from earlier releases whatever is hidden now

    def add(self, table: Table, period: Period) -> None:
        """Add a table to be published now."""
        for name, value in figures_of(table, period):
            if self.values.setdefault(name, value) == value:
                self.fresh.add(name)
            else:
                raise ValueError(f"{table.caption}: the same figure twice with different values ({name})")
        self.relations += relations_of(table, period)

    def add_earlier(
        self, values: Mapping[Name, int], hidden: Iterable[Name], rules: Rules, relations: Iterable[Relation]
    ) -> None:
        """Add an earlier release: its figures as the public saw them. One that is also new keeps its new value."""
        gone = set(hidden)
        for name, value in values.items():
            if self.values.setdefault(name, value) != value:
                continue  # it has changed since: what was said then is of something else
            if name in gone:
                self.hidden.add(name)
                self.bounds[name] = (rules.least, math.inf)
            else:
                self.bounds[name] = rules.bounds(value)
        self.relations += relations

    def protect(self) -> set[Name]:
        """Return the figures to hide, so that each hidden one is left an interval of WIDTH at least."""
        self.relations += across_periods(self.values)
        # A relation that does not hold in truth (a case moved on between two releases) tells a reader nothing true.
        self.relations = [r for r in self.relations if _holds(r, self.values)]
        self.hidden |= {n for n in self.fresh if n not in self.bounds and self.rules.small(self.values[n])}
        problem = _Program(self)
        near: dict[Name, list[Relation]] = defaultdict(list)
        for relation in self.relations:
            for name in relation[0]:
                near[name].append(relation)
        waiting = sorted(self.hidden)
        while waiting:
            name = waiting.pop()
            while name in self.hidden and problem.width(name) < WIDTH - 1e-6:
                more = self._next(name, near)
                if more is not None:
                    self.hidden.add(more)
                    problem.hide(more)
                    waiting.append(more)
                elif name in self.fresh and not self.rules.small(self.values[name]):
                    # With nothing new shown it is known already, from what was published before: hiding it is idle.
                    self.settled.add(name)
                    self.hidden.discard(name)
                    problem.show(name)
                    waiting = sorted(self.hidden)
                else:
                    raise CannotBeProtected(name)
        return self.hidden

    def _next(self, name: Name, near: Mapping[Name, Sequence[Relation]]) -> Name | None:
        """Return the figure to hide next: the smallest that stands in a sum with this one, else further away."""
        seen, edge = {name}, {name}
        while edge:
            around = {n for e in edge for r in near[e] for n in r[0]} - seen
            free = [n for n in around if self._may_hide(n)]
            if free:
                return min(free, key=lambda n: (-len(n[3]), self.values[n], n))
            seen |= around
            edge = around
        return None

    def _may_hide(self, name: Name) -> bool:
        if name in self.hidden or name in self.settled or name not in self.fresh or name in self.bounds:
            return False
        return self.values[name] > 0 or not self.rules.zeros

    def known(self, name: Name) -> tuple[float, float]:
        """Return the bounds a reader sees printed."""
        if name in self.bounds:
            return self.bounds[name]
        if name in self.hidden:
            return self.rules.least, math.inf
        return self.rules.bounds(self.values[name])


def _holds(relation: Relation, values: Mapping[Name, int]) -> bool:
    coefficients, low, high = relation
    if any(name not in values for name in coefficients):
        return False
    return low <= sum(k * values[name] for name, k in coefficients.items()) <= high


class _Program:
    """The linear program over all figures; bounds of one figure after the other, from where the last one ended."""

    def __init__(self, release: Release) -> None:
        import highspy  # 40 MB of memory: loaded where a release is made, not by every web process

        self._kinds = highspy
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        names = sorted(set(chain.from_iterable(r[0] for r in release.relations)) | release.hidden)
        self.place = {name: n for n, name in enumerate(names)}
        self.release = release
        infinite = highspy.kHighsInf
        for name in names:
            low, high = release.known(name)
            self.solver.addCol(0.0, low, min(high, infinite), 0, [], [])
        for coefficients, low, high in release.relations:
            places = [self.place[n] for n in coefficients]
            self.solver.addRow(
                low, min(high, infinite), len(places), places, [float(k) for k in coefficients.values()]
            )

    def hide(self, name: Name) -> None:
        """Let a figure be anything a hidden one can be."""
        if name in self.place:
            self.solver.changeColBounds(self.place[name], self.release.rules.least, self._kinds.kHighsInf)

    def show(self, name: Name) -> None:
        """Let a figure be what a reader of it knows."""
        low, high = self.release.known(name)
        self.solver.changeColBounds(self.place[name], low, high)

    def width(self, name: Name) -> float:
        """Return how far apart the largest and the smallest value of a figure are that agree with all that is shown."""
        high = self._best(name, self._kinds.ObjSense.kMaximize)
        return high if math.isinf(high) else high - self._best(name, self._kinds.ObjSense.kMinimize)

    def _best(self, name: Name, sense: Any) -> float:
        place = self.place[name]
        self.solver.changeColCost(place, 1.0)
        self.solver.changeObjectiveSense(sense)
        self.solver.run()
        kinds = self._kinds.HighsModelStatus
        known = (kinds.kOptimal, kinds.kUnbounded, kinds.kUnboundedOrInfeasible)
        if (
            self.solver.getModelStatus() not in known
        ):  # lost its way from where the last one ended: begin afresh
            self.solver.clearSolver()
            self.solver.run()
        status = self.solver.getModelStatus()
        found = float(self.solver.getInfo().objective_function_value)
        self.solver.changeColCost(place, 0.0)
        if status == kinds.kOptimal:
            return found
        if status in (kinds.kUnbounded, kinds.kUnboundedOrInfeasible):
            return math.inf
        raise RuntimeError(f"the program for {name} ended with {status}")
