"""Somebody who wants to know a hidden figure: reads what is printed, and bounds each "c" by linear programming.

Written against the published text alone, with another solver interface than the protection uses. Knows the rules that
are printed with a release: below what counts are hidden, to what the others are rounded, whether nought is shown.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import lil_matrix

from cases.reports.disclosure import Rules
from cases.reports.showing import Shown

Key = Hashable


@dataclass
class Attacker:
    rules: Rules
    low: dict[Key, float] = field(default_factory=dict)
    high: dict[Key, float] = field(default_factory=dict)
    hidden: set[Key] = field(default_factory=set)
    sums: list[tuple[Key, list[Key]]] = field(default_factory=list)  # total, parts
    covers: list[tuple[Key, list[Key]]] = field(
        default_factory=list
    )  # each part within, all together at least

    def sees(self, key: Key, printed: object) -> None:
        """Take note of what is printed for one figure."""
        low, high = self._read(printed)
        self.low[key] = max(low, self.low.get(key, 0.0))
        self.high[key] = min(high, self.high.get(key, math.inf))
        if printed == "c":
            self.hidden.add(key)
        elif key in self.hidden:
            raise AssertionError(f"{key} is hidden in one place and printed in another")

    def _read(self, printed: object) -> tuple[float, float]:
        least = 1.0 if self.rules.zeros else 0.0
        if printed == "c":
            return least, math.inf
        assert isinstance(printed, int)
        if printed == 0 and self.rules.zeros:
            return 0.0, 0.0
        base = self.rules.rounding
        could_be = [
            n
            for n in range(max(0, printed - base), printed + base + 1)
            if (n + base // 2) // base * base == printed and n >= self.rules.threshold
        ]
        return float(min(could_be)), float(max(could_be))

    def reads(self, table: Shown, name: object, *, row_dim: str = "", adds_up: bool = True) -> None:
        """Take in a whole table. `name` tells what is counted: the same name and key is the same figure."""
        row_dim = row_dim or table.key
        column_dim = table.columns[1 : 1 + table.counted] if table.counted > 1 else [""]
        wide = table.counted > 1

        def key(row: str, column: str) -> Key:
            parts = [f"{row_dim}={row}"] if row else []
            parts += [f"col={column}"] if column else []
            return name, tuple(sorted(parts))

        lines = [(str(row[0]), row) for row in table.rows]
        if table.foot:
            lines.append(("", table.foot))
        for label, row in lines:
            for n, column in enumerate(column_dim):
                self.sees(key(label, column), row[1 + n])
            if wide:
                self.sees(key(label, ""), row[1 + table.counted])
                self.sums.append((key(label, ""), [key(label, c) for c in column_dim]))
        for column in [*column_dim, *([""] if wide else [])]:
            parts = [key(str(row[0]), column) for row in table.rows]
            if table.foot:
                self.sums.append((key("", column), parts))
            elif not adds_up and not wide:
                self.covers.append((key("", ""), parts))

    def knows(self, total: Key, parts: Iterable[Key]) -> None:
        """Use a relation known from elsewhere."""
        self.sums.append((total, list(parts)))

    def intervals(self) -> dict[Key, tuple[float, float]]:
        """Return the narrowest interval that can be proved for each hidden figure."""
        sums = [(t, p) for t, p in self.sums if all(k in self.low for k in (t, *p))]
        covers = [(t, p) for t, p in self.covers if all(k in self.low for k in (t, *p))]
        place = {key: n for n, key in enumerate(self.low)}
        equal = lil_matrix((max(len(sums), 1), len(place)))
        for n, (total, parts) in enumerate(sums):
            equal[n, place[total]] -= 1
            for part in parts:
                equal[n, place[part]] += 1
        least = lil_matrix((sum(len(p) + 1 for _, p in covers) or 1, len(place)))
        line = 0
        for total, parts in covers:
            least[line, place[total]] = 1
            for n, part in enumerate(parts):
                least[line, place[part]] = -1
                least[line + 1 + n, place[part]] = 1
                least[line + 1 + n, place[total]] = -1
            line += len(parts) + 1
        bounds = [(self.low[k], None if math.isinf(self.high[k]) else self.high[k]) for k in place]
        found = {}
        for key in self.hidden:
            ends = []
            for sign in (1, -1):
                cost = np.zeros(len(place))
                cost[place[key]] = sign
                answer = linprog(
                    cost,
                    A_eq=equal.tocsr(),
                    b_eq=np.zeros(equal.shape[0]),
                    A_ub=least.tocsr(),
                    b_ub=np.zeros(least.shape[0]),
                    bounds=bounds,
                    method="highs",
                )
                if answer.status in (3, 4):  # unbounded
                    ends.append(math.inf * sign * -1)
                else:
                    assert answer.status == 0, answer.message
                    ends.append(sign * answer.fun)
            found[key] = (ends[0], ends[1])
        return found
