"""What is due when, from whom, if a disagreement begins at a given instant: nobody's case, only the procedure.

Everybody is taken to use all the time they have, and each rung to begin where the one below it ends: the slowest way up
that keeps every limit. The instants come from `deadlines`, as those of a case do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.actions.together import Visit, bounds_on
from cases.deadlines import LEAST, Bound, Due, instant, on_rung, within_stage, work_out
from cases.models.case import Outcome
from cases.procedures.definitions import Procedure
from cases.procedures.limits import Clock, Limit
from cases.procedures.rungs import Rung
from cases.working_time import Calendar, Reached, explain


@dataclass(frozen=True)
class DutyAhead:
    """One duty of a rung. `usual` is when its limit would end by itself; `due.at` is earlier when brought forward."""

    clock: Clock
    limit: Limit
    starts: datetime
    due: Due
    usual: datetime
    reached: Reached


@dataclass(frozen=True)
class RungAhead:
    """One rung: when the case would come there, and by when it would have to leave it."""

    rung: Rung
    starts: datetime
    ends: datetime
    duties: tuple[DutyAhead, ...]


@dataclass(frozen=True)
class Projection:
    """The ladder laid against the time by which harm could occur (G16).

    `horizon` is that time, or the end of the procedure's own limit for all rungs together where that is sooner; None
    when there is neither. `usual_end` is when the ladder would end with no horizon named.
    """

    begins: datetime
    rungs: tuple[RungAhead, ...]
    horizon: datetime | None
    usual_end: datetime

    @property
    def ends(self) -> datetime:
        """Return when the last rung would have to be left."""
        return self.rungs[-1].ends

    @property
    def brought_forward(self) -> bool:
        """Return whether any limit was cut short so that the ladder fits."""
        return any(duty.due.capped for rung in self.rungs for duty in rung.duties)

    @property
    def fits(self) -> bool:
        """Return whether the whole ladder can be climbed before harm could occur.

        It cannot when a rung would be left with less than the least time to act, `deadlines.LEAST`.
        """
        return self.horizon is None or self.ends <= self.horizon

    @property
    def room(self) -> timedelta | None:
        """Return how long there is until harm could occur; None without such a time."""
        return None if self.horizon is None else self.horizon - self.begins


def project(
    procedure: Procedure, urgency: str, begins: datetime, calendar: Calendar, horizon: datetime | None = None
) -> Projection:
    """Return what is due when, from whom, on every rung that escalation reaches.

    Raises KeyError for an urgency the procedure does not have, ValueError for a horizon that is not after `begins`, and
    CalendarExhausted when working time runs past the known holidays.
    """
    if horizon is not None and horizon <= begins:
        raise ValueError("harm must lie after the beginning")
    whole = procedure.urgency(urgency).whole_ladder
    together = None if whole is None else instant(whole, begins, calendar)
    bounds = [each for each in (horizon, together) if each is not None]
    rungs = _climb(procedure, urgency, begins, calendar, horizon)
    usual = rungs if horizon is None else _climb(procedure, urgency, begins, calendar, None)
    return Projection(begins, rungs, min(bounds, default=None), usual[-1].ends)


@dataclass(frozen=True)
class _OfRung:
    """What the duties of one rung are worked out from."""

    procedure: Procedure
    rung: Rung
    urgency: str
    calendar: Calendar
    horizon: datetime | None
    begins: datetime
    starts: datetime
    bounds: tuple[Bound, ...]

    def duties(self, stage_due: datetime | None) -> dict[str, DutyAhead]:
        """Return the duties by the keys of their clocks, none after the due instant of the stage when it is given."""
        found: dict[str, DutyAhead] = {}
        for clock in self.rung.clocks:
            at = _starts(clock, self.rung, self.starts, self.begins, found)
            due = self._due(clock, at, stage_due)
            limit = clock.limit(self.urgency)
            reached = _reached(limit, at, self.calendar)
            found[clock.key] = DutyAhead(clock, limit, at, due, reached.due, reached)
        return found

    def _due(self, clock: Clock, at: datetime, stage_due: datetime | None) -> Due:
        if clock.lasts:  # as in a case, it outlives its stage and so the ladder
            return work_out(clock, self.urgency, at, self.calendar, reminders=self.procedure.reminders)
        return on_rung(
            self.procedure,
            self.rung.key,
            clock,
            self.urgency,
            at,
            self.calendar,
            self.horizon,
            urgency_since=self.begins,
            bounds=within_stage(clock, stage_due, self.bounds),
        )


def _climb(
    procedure: Procedure, urgency: str, begins: datetime, calendar: Calendar, horizon: datetime | None
) -> tuple[RungAhead, ...]:
    first = procedure.first_rung
    found: list[RungAhead] = []
    visits: list[Visit] = []  # newest first, as a case's own stages would be
    starts = begins
    for rung in (first, *procedure.rungs_after(first.key, urgency)):
        bounds = bounds_on(procedure, rung.key, urgency, starts, calendar, lambda: visits)
        of_rung = _OfRung(procedure, rung, urgency, calendar, horizon, begins, starts, bounds)
        duties = of_rung.duties(None)
        if "settle" in duties:  # what belongs to a stage is not due after it
            duties = of_rung.duties(duties["settle"].due.at)
        ends = duties["settle"].due.at if "settle" in duties else max(d.due.at for d in duties.values())
        found.append(RungAhead(rung, starts, ends, tuple(duties.values())))
        visits.insert(0, (rung.key, starts, Outcome.ESCALATED))
        starts = ends
    return tuple(found)


def _starts(
    clock: Clock, rung: Rung, entered: datetime, begins: datetime, before: dict[str, DutyAhead]
) -> datetime:
    """Return from when a clock counts, where everybody before has used all their time."""
    if clock.starts in ("case_opened", "disagreement_arose"):
        return begins
    if clock.starts == "outcome_recorded":
        return before["settle"].due.at if "settle" in before else entered
    if clock.starts == "accepted":
        return before["acknowledge"].due.at if "acknowledge" in before else entered
    named = clock.starts.removeprefix("previous_clock:")
    return before[named].due.at if named in before else entered


def _reached(limit: Limit, starts: datetime, calendar: Calendar) -> Reached:
    """Return the count, day by day, of whichever measure of the limit binds."""
    counted = [explain(m.amount, m.unit, starts, calendar) for m in limit.measures()]
    return (max if limit.whichever == "later" else min)(counted, key=lambda reached: reached.due)


def least_time(procedure: Procedure, urgency: str) -> timedelta:
    """Return the time below which the whole ladder cannot be climbed."""
    return LEAST * (len(procedure.rungs_after(procedure.first_rung.key, urgency)) + 1)
