"""From a start and a limit to the instant it ends: in working time, or round the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice

from cases.working_time.calendar import ONE_DAY, Calendar, as_utc, whole


class Unit(StrEnum):
    """The units a limit may have. None is called just "days" or "hours": which kind must be said."""

    WORKING_MINUTES = "working_minutes"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    CALENDAR_HOURS = "calendar_hours"
    CALENDAR_DAYS = "calendar_days"
    END_OF_DAY = "end_of_day"

    @classmethod
    def named(cls, name: str) -> Unit:
        """Return the unit of this name; raises ValueError with the list of names."""
        try:
            return cls(name)
        except ValueError as error:
            raise ValueError(
                f"There is no unit of time called {name!r}. Use one of {', '.join(cls)}."
            ) from error


def add(limit_amount: int, unit: str, start: datetime, calendar: Calendar) -> datetime:
    """Return the UTC instant at which a limit ends that started at `start`; from then on it has lapsed.

    Raises ValueError for an unknown unit, an amount below 1 or a start without a time zone, and
    CalendarExhausted when working time would run more than two years past the known holidays.
    """
    match Unit.named(unit):
        case Unit.WORKING_MINUTES:
            return add_working_minutes(limit_amount, start, calendar)
        case Unit.WORKING_HOURS:
            return add_working_minutes(whole(limit_amount, "working hours") * 60, start, calendar)
        case Unit.WORKING_DAYS:
            return add_working_days(limit_amount, start, calendar)
        case Unit.CALENDAR_HOURS:
            return add_calendar_hours(limit_amount, start)
        case Unit.CALENDAR_DAYS:
            return add_calendar_days(limit_amount, start, calendar)
        case Unit.END_OF_DAY:
            # 1 is today, 2 tomorrow.
            return end_of_day(start, calendar, days_later=whole(limit_amount, "ends of days") - 1)


def add_working_minutes(minutes: int, start: datetime, calendar: Calendar) -> datetime:
    """Return the UTC instant by which this many minutes have been worked after `start`.

    A limit that is used up exactly at closing time ends then, not at the next opening.
    """
    left = timedelta(minutes=whole(minutes, "working minutes"))
    moment = as_utc(start)
    ahead = calendar.working_days_after(calendar.local_day(moment) - ONE_DAY)
    while True:
        opens, closes = calendar.working_span(next(ahead))
        begins = max(opens, moment)
        if begins < closes:
            if left <= closes - begins:
                return begins + left
            left -= closes - begins


def add_working_days(days: int, start: datetime, calendar: Calendar) -> datetime:
    """Return the UTC instant at which the nth working day after the start's local day closes.

    The start day is never counted, worked or not: from a Saturday, working day 1 is the Monday.
    """
    ahead = calendar.working_days_after(calendar.local_day(start))
    day = next(islice(ahead, whole(days, "working days") - 1, None))
    return calendar.working_span(day)[1]


def add_calendar_hours(hours: int, start: datetime) -> datetime:
    """Return the UTC instant this many real hours after `start`, round the clock, whatever the clocks do."""
    return as_utc(start) + timedelta(hours=whole(hours, "calendar hours"))


def add_calendar_days(days: int, start: datetime, calendar: Calendar) -> datetime:
    """Return the UTC instant of the midnight that ends the nth local day after the start day."""
    return end_of_day(start, calendar, days_later=whole(days, "calendar days"))


def end_of_day(instant: datetime, calendar: Calendar, *, days_later: int = 0) -> datetime:
    """Return the UTC instant of the midnight that ends the local day of `instant`, or a day some days later.

    Danger keeps no office hours, so neither opening hours nor holidays move it (G16: danger today, answer
    today).
    """
    return calendar.instant(calendar.local_day(instant) + timedelta(days=days_later + 1))


def next_opening(instant: datetime, calendar: Calendar) -> datetime:
    """Return `instant` itself (UTC) when it falls in working time, else the next opening (UTC).

    Messages are held by this, so it answers even when the list of holidays has run out; CalendarExhausted
    only when no day in a whole year is worked.
    """
    moment = as_utc(instant)
    ahead = calendar.working_days_after(calendar.local_day(moment) - ONE_DAY, beyond_horizon=True)
    while True:
        opens, closes = calendar.working_span(next(ahead))
        begins = max(opens, moment)
        if begins < closes:
            return begins
