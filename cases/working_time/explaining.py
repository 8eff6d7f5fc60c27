"""How was this date reached? The same limit again, day by day, in words a person can check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from cases.working_time.adding import Unit, add
from cases.working_time.calendar import ONE_DAY, Calendar, as_utc

MINUTE = timedelta(minutes=1)
IN_DAYS = frozenset({Unit.WORKING_DAYS, Unit.CALENDAR_DAYS, Unit.END_OF_DAY})
ROUND_THE_CLOCK = frozenset({Unit.CALENDAR_HOURS, Unit.CALENDAR_DAYS, Unit.END_OF_DAY})


@dataclass(frozen=True)
class Step:
    """One local day on the way: how much of the limit it used (0 when it did not count), and why."""

    day: date
    counted: int
    why: str


@dataclass(frozen=True)
class Reached:
    """The due instant in UTC, the unit of the steps ("days" or "minutes"), and each day from the start to it.

    The counts of the steps add up to the limit.
    """

    due: datetime
    counted_in: str
    steps: tuple[Step, ...]


def explain(limit_amount: int, unit: str, start: datetime, calendar: Calendar) -> Reached:
    """Return the instant that `add` gives, with one step for each local day; the same errors as `add`."""
    kind = Unit.named(unit)
    due = add(limit_amount, kind, start, calendar)
    if kind in IN_DAYS:
        steps = tuple(_by_days(limit_amount, kind, as_utc(start), due, calendar))
    else:
        steps = tuple(_by_minutes(kind, as_utc(start), due, calendar))
    return Reached(due, "days" if kind in IN_DAYS else "minutes", _with_unknown(steps, kind, calendar))


def _by_days(amount: int, kind: Unit, start: datetime, due: datetime, calendar: Calendar) -> Iterator[Step]:
    first, last = calendar.local_day(start), calendar.last_day(due)
    noun = "Working day" if kind is Unit.WORKING_DAYS else "Day"
    number = 0
    for day in _days(first, last):
        if day == first and kind is not Unit.END_OF_DAY:
            began = _clock(start, calendar)
            yield Step(day, 0, f"The clock started at {began}. The start day is not counted.")
        elif kind is Unit.WORKING_DAYS and not calendar.is_working_day(day):
            yield Step(day, 0, _why_closed(day, calendar))
        else:
            number += 1
            ends = f" Due at {_clock(due, calendar)}." if day == last else ""
            note = _note(day, calendar) if kind is Unit.WORKING_DAYS else ""
            yield Step(day, 1, f"{noun} {number} of {amount}.{note}{ends}")


def _by_minutes(kind: Unit, start: datetime, due: datetime, calendar: Calendar) -> Iterator[Step]:
    used = timedelta()
    for day in _days(calendar.local_day(start), calendar.last_day(due)):
        midnights = calendar.instant(day), calendar.instant(day + ONE_DAY)
        span = midnights if kind is Unit.CALENDAR_HOURS else calendar.span(day)
        if span is None:
            yield Step(day, 0, _why_closed(day, calendar))
            continue
        begins, ends = max(span[0], start), min(span[1], due)
        if begins >= ends:
            yield Step(
                day, 0, f"Not counted: the clock started at {_clock(start, calendar)}, after closing time."
            )
            continue
        # Odd seconds are carried to the next day, so that the whole minutes shown add up to the limit.
        before, used = used // MINUTE, used + (ends - begins)
        note = _clock_change(midnights) if kind is Unit.CALENDAR_HOURS else _note(day, calendar)
        words = f"Counted from {_clock(begins, calendar)} to {_clock(ends, calendar)}.{note}"
        yield Step(day, used // MINUTE - before, words)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _why_closed(day: date, calendar: Calendar) -> str:
    if name := calendar.closed.get(day) if day.weekday() in calendar.opening else None:
        return f"Not counted: {name}."
    return f"Not counted: {day:%A}s are not worked."


def _note(day: date, calendar: Calendar) -> str:
    other = calendar.other_hours.get(day)
    if other is None:
        return ""
    return f" Open {_words(other.opens)} to {_words(other.closes)} on this day: {other.name}."


def _clock_change(midnights: tuple[datetime, datetime]) -> str:
    length = midnights[1] - midnights[0]
    if length == ONE_DAY:
        return ""
    way = "forward" if length < ONE_DAY else "back"
    return f" The clocks go {way} on this day, so it has {length // timedelta(hours=1)} hours."


def _with_unknown(steps: tuple[Step, ...], kind: Unit, calendar: Calendar) -> tuple[Step, ...]:
    """Say on the first day past the known holidays that later ones are not known."""
    if kind in ROUND_THE_CLOCK:
        return steps
    for index, step in enumerate(steps):
        if step.day > calendar.known_until:
            words = f"{step.why} Public holidays after {calendar.known_until:%-d %B %Y} are not known yet."
            return (*steps[:index], Step(step.day, step.counted, words), *steps[index + 1 :])
    return steps


def _clock(instant: datetime, calendar: Calendar) -> str:
    return _words(instant.astimezone(calendar.tz).time())


def _words(clock: time) -> str:
    """Return a time of day as the pages say it: "10:30am", "5pm", "midday", "midnight"."""
    if clock.minute == 0 and clock.hour in (0, 12):
        return "midday" if clock.hour else "midnight"
    minutes = f":{clock.minute:02}" if clock.minute else ""
    return f"{clock.hour % 12 or 12}{minutes}{'am' if clock.hour < 12 else 'pm'}"
