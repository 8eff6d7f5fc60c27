"""The other direction: how much working time lies between two instants, and how far back a limit began."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice

from cases.working_time.calendar import ONE_DAY, Calendar, as_utc, whole


def count_working_minutes(start: datetime, end: datetime, calendar: Calendar) -> int:
    """Return the whole minutes worked from `start` up to but not including `end`.

    Raises ValueError when `end` is before `start`. Counts what has passed with the holidays that are known.
    """
    begins, ends = _in_order(start, end)
    worked = timedelta()
    day, last = calendar.local_day(begins), calendar.local_day(ends)
    while day <= last:
        if span := calendar.span(day):
            worked += max(timedelta(), min(span[1], ends) - max(span[0], begins))
        day += ONE_DAY
    return worked // timedelta(minutes=1)


def count_working_days(start: datetime, end: datetime, calendar: Calendar) -> int:
    """Return how many working days after the start day have closed by `end`: adding them leads back.

    Raises ValueError when `end` is before `start`.
    """
    begins, ends = _in_order(start, end)
    day, last = calendar.local_day(begins) + ONE_DAY, calendar.last_day(ends)
    count = 0
    while day < last:
        count += calendar.is_working_day(day)
        day += ONE_DAY
    if day == last and (span := calendar.span(last)):
        count += span[1] <= ends
    return count


def count_back_working_minutes(minutes: int, end: datetime, calendar: Calendar) -> datetime:
    """Return the latest UTC instant from which this many minutes are worked up to `end`.

    It always lies in working time or at an opening, so a reminder planned by it never falls at midnight.
    """
    left = timedelta(minutes=whole(minutes, "working minutes"))
    moment = as_utc(end)
    behind = calendar.working_days_before(calendar.last_day(moment) + ONE_DAY)
    while True:
        opens, closes = calendar.working_span(next(behind))
        ends = min(closes, moment)
        if opens < ends:
            if left <= ends - opens:
                return ends - left
            left -= ends - opens


def count_back_working_days(days: int, end: datetime, calendar: Calendar) -> datetime:
    """Return the UTC opening of the nth working day before the day on which `end` falls.

    Whoever is told then has that whole day and n working days more: adding n to it gives a due instant back.
    """
    behind = calendar.working_days_before(calendar.last_day(end))
    day = next(islice(behind, whole(days, "working days") - 1, None))
    return calendar.working_span(day)[0]


def _in_order(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    begins, ends = as_utc(start), as_utc(end)
    if ends < begins:
        raise ValueError(f"The end {ends.isoformat()} is before the start {begins.isoformat()}: swap them.")
    return begins, ends
