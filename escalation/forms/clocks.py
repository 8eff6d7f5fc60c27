"""Days and times as people type them. No Django: pure functions from text to date and time."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h ]?(\d{2}))?(am|pm|noon)?(gmt|bst)?")


class Unclear(ValueError):
    """What was typed is no day or time; the text goes on from "Date it happened ...", `part` is the box to mend."""

    def __init__(self, text: str, part: str) -> None:
        super().__init__(text)
        self.text, self.part = text, part


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def read_month(text: str) -> int | None:
    """Return 1 to 12 from a number or an English month name ("6", "June", "jun"), None when it is neither."""
    if (number := _number(text)) is not None:
        return number if 1 <= number <= 12 else None
    return MONTHS.index(text[:3].lower()) + 1 if text[:3].lower() in MONTHS else None


def read_day(day: str, month: str, year: str) -> date:
    """Return the date three boxes say. Raises Unclear, naming the first box to mend."""
    typed = {"day": day.strip(), "month": month.strip(), "year": year.strip()}
    if absent := [name for name, text in typed.items() if not text]:
        raise Unclear(f"must include a {' and '.join(absent)}", absent[0])
    day_number, month_number, year_number = (
        _number(typed["day"]),
        read_month(typed["month"]),
        _number(typed["year"]),
    )
    if day_number is None or not 1 <= day_number <= 31:
        raise Unclear("must be a real date", "day")
    if month_number is None:
        raise Unclear("must be a real date", "month")
    if year_number is None or not 1900 <= year_number <= 2199:
        raise Unclear("must have a year of 4 numbers, like 2026", "year")
    try:
        return date(year_number, month_number, day_number)
    except ValueError as error:
        raise Unclear("must be a real date", "day") from error


def read_clock(text: str) -> tuple[time, str]:
    """Return the time of day typed, and "GMT" or "BST" when that was typed behind it (else "").

    Reads 4:30pm, 4.30 pm, 16:30, 1630, 04:30, 4pm, midday, noon, midnight. "4:30" and "4" alone could be either half
    of the day, so they are asked about rather than guessed. Raises Unclear.
    """
    squeezed = re.sub(r"\s+|\.(?=m)|(?<=m)\.", "", text.strip().lower())
    if squeezed in {"midday", "noon", "12noon", "12midday"}:
        return time(12), ""
    if squeezed in {"midnight", "12midnight"}:
        return time(0), ""
    match = _CLOCK.fullmatch(squeezed)
    if not match:
        raise Unclear("must have a time like 4:30pm or 16:30", "time")
    hour, minute, half, zone = int(match[1]), int(match[2] or 0), match[3], (match[4] or "").upper()
    if half in {"am", "pm"} and 1 <= hour <= 12 and minute < 60:
        return time(hour % 12 + (12 if half == "pm" else 0), minute), zone
    if half or hour > 23 or minute > 59:
        raise Unclear("must have a real time, like 4:30pm or 16:30", "time")
    if 1 <= hour <= 12 and (match[2] is None or len(match[1]) == 1):
        if squeezed == "12":
            raise Unclear("must say which 12 it is: midday or midnight", "time")
        raise Unclear(f"must say am or pm: {text.strip()}am or {text.strip()}pm", "time")
    return time(hour, minute), zone


def to_instant(day: date, clock: time, zone: str = "") -> datetime:
    """Return the UTC instant when London clocks showed this.

    In the hour that happens twice in October the first one is taken, unless `zone` says "GMT". The hour that is left
    out in March, and a zone that was not in force, raise Unclear.
    """
    instants = [datetime.combine(day, clock, LONDON).replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    there = [
        at for at in instants if at.astimezone(LONDON).replace(tzinfo=None) == datetime.combine(day, clock)
    ]
    if not there:
        later = (datetime.combine(day, clock) + timedelta(hours=1)).strftime("%H:%M")
        raise Unclear(f"has a time that was left out when the clocks went forward. Try {later}", "time")
    for at in there:
        if zone in {"", at.astimezone(LONDON).tzname()}:
            return at
    raise Unclear(f"has a time in {zone}, but clocks here did not show {zone} then", "time")
