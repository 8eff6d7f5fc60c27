"""From a procedure, a start and a calendar to the instants by which things are due (G16).

The only place where due instants are computed. The harm horizon caps each remaining rung: the time left before harm
could occur is shared equally among the rungs still to climb, so that the whole ladder fits before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from accounts.models import Partnership
from cases.calendars import Calendars
from cases.models.procedure import ProcedureVersion
from cases.procedures.definitions import Procedure
from cases.procedures.limits import Clock, Limit, Measure, Reminder, at_urgency
from cases.procedures.publishing import limits_with_local
from cases.working_time import Calendar, add, count_back_working_days, count_back_working_minutes

MINUTES_PER_HOUR = 60
#: However near the harm, nobody is given less than this to act.
LEAST = timedelta(minutes=30)


@dataclass(frozen=True)
class Due:
    """An instant and how it was reached, ready to be stored on a Deadline."""

    at: datetime
    amount: int
    unit: str
    source: str
    capped: bool
    plan: list[list[object]]
    starts: datetime | None = None  # from when it was counted; None: from when it is set
    clock: str = ""  # the key of the procedure's clock


@dataclass(frozen=True)
class Bound:
    """An instant by which several rungs together must be over, and how many of them are left, this one included."""

    at: datetime
    rungs_left: int


def within_stage(clock: Clock, stage_due: datetime | None, bounds: Iterable[Bound] = ()) -> tuple[Bound, ...]:
    """Return bounds for a clock, with the due instant of its stage for all but the stage's own: what belongs to a
    stage, such as a reply that is counted from acceptance, is not due after it."""
    held = stage_due is not None and clock.key != "settle" and not clock.lasts
    return (*bounds, Bound(stage_due, 1)) if held else tuple(bounds)  # type: ignore[arg-type]


@lru_cache(maxsize=64)
def _calendars(partnership_id: int, settings_version: int) -> Calendars:
    return Calendars()


def calendar_of(partnership: Partnership, agency_id: int | None = None) -> Calendar:
    """Return the partnership's calendar, by which dates are counted; kept per process until its settings change.

    That of an agency says when its people are at work: it holds reminders, and moves no date.
    """
    return _calendars(partnership.pk, partnership.settings_version).of(partnership.pk, agency_id)


def with_pauses(calendar: Calendar, pauses: Iterable[tuple[date, date]]) -> Calendar:
    """Return a calendar on which the days of some pauses are not worked: each from its first day up to, but not
    including, the day on which the clock runs again. Limits in calendar hours, and "today", know no pause."""
    days = {
        first + timedelta(days=n): "the clock stood still"
        for first, resumes in pauses
        for n in range((resumes - first).days)
    }
    if not days:
        return calendar
    other = {day: hours for day, hours in calendar.other_hours.items() if day not in days}
    return replace(calendar, closed={**calendar.closed, **days}, other_hours=other)


_in_force: dict[tuple[str, int, int], Procedure] = {}


def in_force(version: ProcedureVersion, partnership: Partnership) -> Procedure:
    """Return a published procedure with the partnership's own limits where the guide leaves them open (X3)."""
    key = (version.sha256, partnership.pk, partnership.settings_version)
    if key not in _in_force:
        _in_force[key] = limits_with_local(version.definition, partnership)
    return _in_force[key]


def forget(partnership: Partnership, settings_version: int) -> None:
    """Let go of what was worked out with settings that were only rehearsed, from this version of them on."""
    for key in [key for key in _in_force if key[1] == partnership.pk and key[2] >= settings_version]:
        _in_force.pop(key, None)


def instant(limit: Limit, starts: datetime, calendar: Calendar) -> datetime:
    """Return the UTC instant at which a limit ends; the sooner or later of its measures as it says."""
    ends = [add(m.amount, m.unit, starts, calendar) for m in limit.measures()]
    return max(ends) if limit.whichever == "later" else min(ends)


def capped(
    due: datetime, starts: datetime, horizon: datetime | None, rungs_left: int
) -> tuple[datetime, bool]:
    """Return the due instant brought forward so that `rungs_left` rungs fit before the horizon, and whether it was."""
    if horizon is None or rungs_left < 1:
        return due, False
    share = max((horizon - starts) / rungs_left, LEAST)
    latest = starts + share
    return (latest, True) if latest < due else (due, False)


def work_out(
    clock: Clock,
    urgency: str,
    starts: datetime,
    calendar: Calendar,
    *,
    horizon: datetime | None = None,
    whole_ladder: Limit | None = None,
    rungs_left: int = 0,
    reminders: tuple[Reminder, ...] = (),
    extended_by: Iterable[Measure] = (),
    pace_from: datetime | None = None,
    urgency_since: datetime | None = None,
    bounds: Iterable[Bound] = (),
) -> Due:
    """Return when a clock that starts at `starts` is due, with its reminders as instants.

    `whole_ladder` is the limit of all rungs together at this urgency, such as "today" in danger: hours and days count
    from `urgency_since`, "today" is the day of the start. With the horizon, the sooner of the two counts. `bounds` are
    limits over several rungs together. All share out the time from the start, or from `pace_from` when urgency or
    horizon changed later. `reminders` are the procedure's own, used when the clock names none. `extended_by` is added
    one after the other; horizon and bounds still bind.
    """
    limit, since = clock.limit(urgency), max(starts, pace_from or starts)
    if whole_ladder is not None and rungs_left:
        begun = since if whole_ladder.unit == "end_of_day" else urgency_since or since
        together = instant(whole_ladder, begun, calendar)
        horizon = together if horizon is None else min(horizon, together)
    usual = instant(limit, starts, calendar)
    for more in extended_by:
        usual = add(more.amount, more.unit, usual, calendar)
    due, brought_forward = capped(usual, since, horizon, rungs_left)
    for bound in bounds:
        due, sooner = capped(due, since, bound.at, bound.rungs_left)
        brought_forward = brought_forward or sooner
    if brought_forward and urgency != "immediate":
        due = _in_working_time(due, since, calendar)
    own = clock.reminders_for(urgency) or at_urgency(reminders, urgency)
    return Due(
        due,
        limit.amount,
        limit.unit,
        limit.source,
        brought_forward,
        plan(own, starts, due, calendar),
        starts,
        clock.key,
    )


def until_stale(procedure: Procedure, urgency: str, written_at: datetime, calendar: Calendar) -> Due:
    """Return by when "situation now", written at an instant, must be written afresh (G20)."""
    limit = procedure.urgency(urgency).situation_stale_after
    at = instant(limit, written_at, calendar)
    rows = plan(procedure.reminders_for(urgency), written_at, at, calendar)
    return Due(at, limit.amount, limit.unit, limit.source, False, rows, written_at)


def on_rung(
    procedure: Procedure,
    key: str,
    clock: Clock,
    urgency: str,
    starts: datetime,
    calendar: Calendar,
    horizon: datetime | None,
    *,
    urgency_since: datetime | None = None,
    bounds: Iterable[Bound] = (),
) -> Due:
    """Return when a clock of the rung `key` is due, so that every rung still to climb fits before the horizon.

    `urgency_since` and `bounds` as in `work_out`.
    """
    return work_out(
        clock,
        urgency,
        starts,
        calendar,
        horizon=horizon,
        whole_ladder=procedure.urgency(urgency).whole_ladder,
        rungs_left=len(procedure.rungs_after(key, urgency)) + 1,
        reminders=procedure.reminders,
        urgency_since=urgency_since,
        bounds=bounds,
    )


def _in_working_time(due: datetime, starts: datetime, calendar: Calendar) -> datetime:
    """Return the last working instant up to `due`, so that nobody is asked for something at 2am; `due` itself when
    that would leave less than the least time to act."""
    minute = timedelta(minutes=1)
    earlier = count_back_working_minutes(1, due, calendar) + minute
    return earlier if earlier >= starts + LEAST else due


def plan(
    reminders: tuple[Reminder, ...], starts: datetime, due: datetime, calendar: Calendar
) -> list[list[object]]:
    """Return [UTC instant, when, audiences] for each reminder, earliest first; the due instant itself is always there.

    A reminder that would come before the start is left out: the person has just been told.
    """
    rows: list[list[object]] = []
    for reminder in reminders:
        if reminder.when == "before":
            at = _before(reminder, due, calendar)
        elif reminder.when == "after":
            at = add(reminder.amount, reminder.unit, due, calendar)
        else:
            at = due
        if at > starts:
            rows.append([at.astimezone(UTC).isoformat(), reminder.when, list(reminder.to)])
    if not any(row[1] == "at" for row in rows):
        rows.append([due.astimezone(UTC).isoformat(), "at", ["holder"]])
    order = {"before": 0, "at": 1, "after": 2}
    return sorted(rows, key=lambda row: (datetime.fromisoformat(str(row[0])), order[str(row[1])]))


def _before(reminder: Reminder, due: datetime, calendar: Calendar) -> datetime:
    """Count back in the same arithmetic that counted forward (glpi 22678: else "an hour before" falls at midnight)."""
    match reminder.unit:
        case "working_minutes":
            return count_back_working_minutes(reminder.amount, due, calendar)
        case "working_hours":
            return count_back_working_minutes(reminder.amount * MINUTES_PER_HOUR, due, calendar)
        case "working_days":
            return count_back_working_days(reminder.amount, due, calendar)
        case "calendar_hours":
            return due - timedelta(hours=reminder.amount)
        case _:
            local = due.astimezone(ZoneInfo(calendar.zone))  # the same hour by the clock on the wall
            return (local - timedelta(days=reminder.amount)).astimezone(UTC)
