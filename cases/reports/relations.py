"""What tables of different reports say of the same cases: known to every reader, so known to the protection too."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from cases.reports.base import Period
from cases.reports.disclosure import EXACT, Name, Relation
from cases.reports.lines import DISPUTED, SETTLED_STATES, SETTLING
from cases.workflow import State

#: What was told -> the decision it goes with.
TOLD = [
    (["waiting"], "raised"),
    (["noted"], "noted"),
    (["taken_up", "late"], "adopted"),
    (["changed", "procedure"], "done"),
]


def between_tables(period: Period) -> Iterator[Relation]:
    """Return the equations between the figures of one period. One that does not hold in truth is left out later."""

    def cases(*parts: str) -> Name:
        return "cases", period.first.isoformat(), period.last.isoformat(), tuple(sorted(parts))

    def visits(*parts: str) -> Name:
        return "visits", period.first.isoformat(), period.last.isoformat(), tuple(sorted(parts))

    def states(keys: Iterable[str]) -> list[Name]:
        return [cases(f"state={key}") for key in keys]

    yield _equal([cases("waited=waiting")], states(DISPUTED))
    yield _equal([cases("ended=not_yet")], states(DISPUTED))
    yield _equal([cases("ended=diverted")], states([State.DIVERTED.value]))
    yield _equal([cases("ended=withdrawn"), cases("ended=manager_declined")], states([State.WITHDRAWN.value]))
    yield _equal([cases(f"ended={key}") for key in SETTLING], states([*SETTLED_STATES, State.CLOSED.value]))
    for rung in DISPUTED:  # whoever is in dispute is on one visit that has not ended
        yield _equal([visits(f"rung={rung}", "kept=open")], states([rung]))
        yield _within(visits(f"rung={rung}", "accepted=waiting"), visits(f"rung={rung}", "kept=open"))
    items = ("learning items", *cases()[1:3])
    for told, decided in TOLD:
        yield _equal([(*items, (f"told={key}",)) for key in told], [(*items, (f"decision={decided}",))])
    rethinks, held = ("Re-thinks", *cases()[1:3]), ("Re-thinks held", *cases()[1:3])
    yield _equal([(*held, ())], [(*rethinks, ("rethink state=held",))])
    yield _within((*rethinks, ("rethinks_beside=taken_on",)), (*held, ()))
    ever = ("cases ever settled", *cases()[1:3])
    yield _equal([(*ever, ("debrief=held",)), (*ever, ("debrief=learning",))], states([State.CLOSED.value]))


def _within(part: Name, whole: Name) -> Relation:
    return {whole: 1, part: -1}, 0.0, math.inf


def _equal(left: Iterable[Name], right: Iterable[Name]) -> Relation:
    return {**dict.fromkeys(left, 1), **dict.fromkeys(right, -1)}, *EXACT
