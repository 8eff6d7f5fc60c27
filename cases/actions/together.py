"""Limits over several rungs together: from when the first of them was entered, shared by those still to climb."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from cases.deadlines import Bound, calendar_of, instant
from cases.models import Stage
from cases.models.case import Outcome
from cases.procedures.definitions import Procedure
from cases.procedures.limits import Together
from cases.working_time import Calendar

if TYPE_CHECKING:
    from cases.actions.change_duties import Acting

#: How a stage was left on the way up. What was settled and came back begins its time anew.
LEFT_UPWARDS = (Outcome.ESCALATED, Outcome.SKIPPED, Outcome.MANAGER_DECLINED, Outcome.NOT_ESCALATED)
#: A visit to a rung: its key, when it was entered, and the outcome with which it was left.
Visit = tuple[str, datetime, str]


def bounds_of(c: Acting) -> tuple[Bound, ...]:
    """Return the bounds that hold for the rung the case is on; one query where the procedure has any, else none."""

    def earlier() -> list[Visit]:
        if c.case._state.adding:
            return []
        rows = Stage.objects.filter(case=c.case, ordinal__lt=c.stage.ordinal).order_by("-ordinal")
        found: list[Visit] = list(rows.values_list("rung_key", "entered_at", "outcome"))
        if c.new_stage is not None and found:  # the stage being left has its outcome in memory only
            left = c.case.current_stage
            found[0] = (left.rung_key, left.entered_at, left.outcome)
        return found

    return bounds_on(
        c.procedure,
        c.stage.rung_key,
        c.case.urgency,
        c.stage.entered_at,
        calendar_of(c.by.agency.partnership),
        earlier,
    )


def bounds_on(
    procedure: Procedure,
    key: str,
    urgency: str,
    entered_at: datetime,
    calendar: Calendar,
    earlier: Callable[[], Sequence[Visit]],
) -> tuple[Bound, ...]:
    """Return the bounds of a rung entered at an instant; `earlier` gives the visits before it, newest first, and is
    called only when a limit spans this rung."""
    spans = [
        (one, limit)
        for one in procedure.together
        if (limit := one.limits.get(urgency)) is not None and key in _rungs_of(one, procedure)  # type: ignore[call-overload]
    ]
    if not spans:
        return ()
    visits = earlier()
    found = []
    for one, limit in spans:
        rungs = _rungs_of(one, procedure)
        above = [r for r in procedure.rungs_after(key, urgency) if r.key in rungs]
        found.append(Bound(instant(limit, _begun(entered_at, visits, rungs), calendar), len(above) + 1))
    return tuple(found)


def _rungs_of(one: Together, procedure: Procedure) -> tuple[str, ...]:
    ladder = procedure.ladder
    return ladder[ladder.index(one.first) : ladder.index(one.last) + 1]


def _begun(entered: datetime, earlier: Sequence[Visit], rungs: tuple[str, ...]) -> datetime:
    begun = entered
    for key, entered_at, outcome in earlier:
        if key not in rungs or outcome not in LEFT_UPWARDS:
            break
        begun = entered_at
    return begun
