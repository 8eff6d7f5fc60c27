"""Two calendars to try the rules on, and a naive counter that takes nothing from the code under test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
from hypothesis import settings
from hypothesis import strategies as st

from cases.working_time import Calendar, OtherHours

LONDON = ZoneInfo("Europe/London")
SCOTLAND = dict(holidays.UnitedKingdom(subdiv="SCT", years=range(2024, 2037), language="en_GB").items())
WEEK = {weekday: (time(9), time(17)) for weekday in range(5)}
OFFICE = Calendar(opening=WEEK, closed=SCOTLAND, known_until=date(2036, 12, 31))
# Awkward on purpose: no Tuesdays but one, long Thursdays, Saturday mornings, Sundays round the clock to meet both
# clock changes, a half day, and a holiday that is worked.
AWKWARD = Calendar(
    opening={
        0: (time(9), time(17)),
        2: (time(9), time(17)),
        3: (time(8, 30), time(20)),
        4: (time(9), time(17)),
        5: (time(9), time(12)),
        6: (time(0), time(0)),
    },
    closed={day: name for day, name in SCOTLAND.items() if day != date(2026, 11, 30)},
    other_hours={
        date(2026, 6, 16): OtherHours(time(10), time(16), "Open for once"),
        date(2026, 12, 24): OtherHours(time(9), time(12, 30), "Christmas Eve"),
        date(2026, 11, 30): OtherHours(time(9), time(17), "Worked as an ordinary day"),
    },
    known_until=date(2036, 12, 31),
)
CALENDARS = st.sampled_from([OFFICE, AWKWARD])
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
MODEST = settings(max_examples=150, deadline=None)


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant as the clock on the wall in London shows it."""
    return datetime(year, month, day, hour, minute, tzinfo=LONDON)


# The naive counter: one day or one minute at a time, by the clock on the wall.


def naive_open(calendar: Calendar, wall: datetime) -> bool:
    opens_closes = calendar.opening.get(wall.weekday())
    if wall.date() in calendar.closed:
        opens_closes = None
    if wall.date() in calendar.other_hours:
        opens_closes = calendar.other_hours[wall.date()][:2]
    if opens_closes is None:
        return False
    minute = wall.hour * 60 + wall.minute
    first = opens_closes[0].hour * 60 + opens_closes[0].minute
    last = opens_closes[1].hour * 60 + opens_closes[1].minute or 24 * 60
    return first <= minute < last


def naive_due_day(closed: set[date], start: date, days: int) -> date:
    day = start
    while days:
        day = date.fromordinal(day.toordinal() + 1)
        if day.isoweekday() <= 5 and day not in closed:
            days -= 1
    return day


def naive_minutes(calendar: Calendar, start: datetime, end: datetime) -> int:
    minutes = range(int((end - start).total_seconds()) // 60)
    walls = ((start + timedelta(minutes=n)).astimezone(LONDON) for n in minutes)
    return sum(naive_open(calendar, wall) for wall in walls)


def every_day(first: date, last: date) -> Iterator[date]:
    return (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))
