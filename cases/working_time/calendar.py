"""The calendar as a plain value: which days are worked, between which hours, in which time zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
MIDNIGHT = time(0)
LONGEST_GAP = timedelta(days=366)
GRACE = timedelta(days=731)
NOTHING_KNOWN = date.min


class CalendarExhausted(Exception):
    """The calendar cannot answer: its holidays end too early, or no day in a whole year is worked."""


class OtherHours(NamedTuple):
    """Hours of one date that differ from its weekday: a half day, or a holiday that is worked after all."""

    opens: time
    closes: time
    name: str


@dataclass(frozen=True)
class Calendar:
    """One place's working time.

    `opening`: weekday (Monday is 0) to local (opens, closes); a weekday left out is not worked. A day is
    open from `opens` up to but not including `closes`; closing at 00:00 means the midnight that ends the day.
    `closed`: date to the name of the holiday or local day. `other_hours`: dates with hours of their own; a
    date may not stand in both. `known_until`: the last day whose public holidays are known; `date.min` when
    none is stored. Raises ValueError for hours that end before they begin, a weekday outside 0 to 6, or an
    unknown zone.
    """

    zone: str = "Europe/London"
    opening: Mapping[int, tuple[time, time]] = field(default_factory=dict)
    closed: Mapping[date, str] = field(default_factory=dict)
    known_until: date = NOTHING_KNOWN
    other_hours: Mapping[date, OtherHours] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # One calendar is shared by everything in a request, so nobody may change it in place.
        for name in ("opening", "closed", "other_hours"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        if strange := set(self.opening) - set(range(7)):
            raise ValueError(f"Weekdays go from 0 (Monday) to 6 (Sunday), not {sorted(strange)}.")
        for where, (opens, closes) in self.opening.items():
            _check_hours(f"weekday {where}", opens, closes)
        for day, hours in self.other_hours.items():
            _check_hours(day.isoformat(), hours.opens, hours.closes)
        if both := self.closed.keys() & self.other_hours.keys():
            raise ValueError(f"{min(both)} is both closed and open for other hours. Keep one of the two.")
        _ = self.tz  # an unknown zone is refused here, not at the first deadline

    @cached_property
    def tz(self) -> ZoneInfo:
        """The zone in which days and hours are read."""
        try:
            return ZoneInfo(self.zone)
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(
                f"There is no time zone called {self.zone!r}. Use a name like Europe/London."
            ) from error

    @cached_property
    def horizon(self) -> date:
        """The last day on which a new date may fall: two years after the last known holidays."""
        return min(self.known_until, date.max - GRACE) + GRACE

    def hours(self, day: date) -> tuple[time, time] | None:
        """Return the local hours of this date, or None when it is not worked."""
        if other := self.other_hours.get(day):
            return other.opens, other.closes
        return None if day in self.closed else self.opening.get(day.weekday())

    def is_working_day(self, day: date) -> bool:
        """Say whether this local date is worked, if only for part of it."""
        return self.hours(day) is not None

    def span(self, day: date) -> tuple[datetime, datetime] | None:
        """Return (opens, closes) of a local date as UTC instants, half-open; None when it is not worked."""
        hours = self.hours(day)
        if hours is None:
            return None
        opens = self.instant(day, hours[0])
        closes = self.instant(day + ONE_DAY if hours[1] == MIDNIGHT else day, hours[1])
        # Hours within the hour that spring skips could end before they begin: then nothing is worked.
        return opens, max(opens, closes)

    def working_span(self, day: date) -> tuple[datetime, datetime]:
        """Return the span of a local date that is worked; raises ValueError for one that is not."""
        span = self.span(day)
        if span is None:
            raise ValueError(f"{day.isoformat()} is not a working day: ask is_working_day first.")
        return span

    def instant(self, day: date, clock: time = MIDNIGHT) -> datetime:
        """Return the UTC instant of a local date and time; of two in the autumn change, the earlier."""
        return datetime.combine(day, clock, tzinfo=self.tz).astimezone(UTC)

    def local_day(self, moment: datetime) -> date:
        """Return the local date of an aware instant; raises ValueError for one without a time zone."""
        return as_utc(moment).astimezone(self.tz).date()

    def last_day(self, end: datetime) -> date:
        """Return the last local date of a period that ends at `end`: midnight ends the day before it."""
        return self.local_day(as_utc(end) - timedelta.resolution)

    def working_days_after(self, day: date, *, beyond_horizon: bool = False) -> Iterator[date]:
        """Yield the working days after a local date, without end.

        Raises CalendarExhausted past the horizon (unless allowed) or when a whole year has no working day.
        """
        opening, closed, other = self.opening, self.closed, self.other_hours
        horizon = date.max if beyond_horizon else self.horizon
        stop = min(day + LONGEST_GAP, horizon)
        while True:
            day += ONE_DAY
            if day > stop:
                raise CalendarExhausted(self._why_exhausted(day > horizon))
            if (day not in closed and day.weekday() in opening) or day in other:
                yield day
                stop = min(day + LONGEST_GAP, horizon)

    def working_days_before(self, day: date) -> Iterator[date]:
        """Yield the working days before a local date, latest first; CalendarExhausted as above."""
        stop = day - LONGEST_GAP
        while True:
            day -= ONE_DAY
            if day < stop:
                raise CalendarExhausted(self._why_exhausted(False))
            if self.is_working_day(day):
                yield day
                stop = day - LONGEST_GAP

    def _why_exhausted(self, past_horizon: bool) -> str:
        if not past_horizon:
            return "No working day in a whole year. Give the calendar opening hours, then try again."
        if self.known_until == NOTHING_KNOWN:
            return "No public holidays are stored for this calendar. Fill them in, then try again."
        return (
            f"Public holidays are known until {self.known_until:%-d %B %Y}, and this date falls more than "
            "two years later. Add the later holidays to the calendar, then try again."
        )


def as_utc(moment: datetime) -> datetime:
    """Return an aware instant in UTC; raises ValueError for a datetime without a time zone."""
    if moment.utcoffset() is None:
        raise ValueError(
            f"{moment.isoformat()} has no time zone, so it is not an instant. Pass an aware datetime: "
            "timezone.now(), or datetime(..., tzinfo=ZoneInfo('Europe/London'))."
        )
    return moment.astimezone(UTC)


def whole(amount: int, unit: str) -> int:
    """Return a limit's amount; raises ValueError unless it is a whole number from 1 to a million."""
    if isinstance(amount, bool) or not isinstance(amount, int) or not 1 <= amount <= 1_000_000:
        raise ValueError(f"A limit in {unit} must be a whole number from 1 to 1,000,000, not {amount!r}.")
    return amount


def _check_hours(where: str, opens: time, closes: time) -> None:
    if opens.tzinfo or closes.tzinfo:
        raise ValueError(f"Opening hours are local times without a zone ({where}).")
    if opens >= closes != MIDNIGHT:
        raise ValueError(f"On {where} the day closes at {closes:%H:%M}, before it opens at {opens:%H:%M}.")
