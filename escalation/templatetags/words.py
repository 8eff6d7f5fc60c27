"""Days, times and lengths of time as people say them. Filters for templates, plain functions for Python.

Instants are aware and shown as London clocks show them; `now` makes the words relative ("today", "tomorrow").
"""

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

LONDON = ZoneInfo("Europe/London")
register = template.Library()
_BLANK_LINES = re.compile(r"\n[ \t]*\n")
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def _local(value: datetime) -> datetime:
    return value.astimezone(LONDON) if value.tzinfo else value.replace(tzinfo=LONDON)


def _date(value: date) -> date:
    return _local(value).date() if isinstance(value, datetime) else value


@register.filter
def plain_day(value: date | None, year: bool = True) -> str:
    """Return "16 June 2026"; without the year "16 June"; "" for None."""
    if not value:
        return ""
    that = _date(value)
    return f"{that.day} {_MONTHS[that.month - 1]}" + (f" {that.year}" if year else "")


@register.filter
def short_day(value: date | None) -> str:
    """Return "16 Jun 2026", for tables; "" for None."""
    if not value:
        return ""
    that = _date(value)
    return f"{that.day} {_MONTHS[that.month - 1][:3]} {that.year}"


def _relative(that: date, now: date) -> str:
    return {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((that - _date(now)).days, "")


def _named(that: date, now: date | None) -> str:
    return f"{_WEEKDAYS[that.weekday()]} {plain_day(that, year=now is None or that.year != _date(now).year)}"


@register.filter
def day(value: date | None, now: date | None = None) -> str:
    """Return "Tuesday 16 June 2026"; given `now`, "today", "tomorrow", "yesterday" or "Tuesday 16 June".

    With `now` the year is left out when it is the present one. "" for None.
    """
    if not value:
        return ""
    that = _date(value)
    return (_relative(that, now) if now else "") or _named(that, now or None)


@register.filter
def clock(value: datetime | time | None) -> str:
    """Return "4pm", "5:14am", "midday", "midnight"; in October's double hour "1:30am BST" or GMT; "" for None."""
    if value is None or value == "":
        return ""
    at = _local(value) if isinstance(value, datetime) else value
    hour, minute = at.hour, at.minute
    zone = ""
    if isinstance(at, datetime) and at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset():
        zone = f" {at.tzname()}"
    if minute == 0 and hour in (0, 12):
        return "midday" if hour else f"midnight{zone}"
    return f"{hour % 12 or 12}{f':{minute:02}' if minute else ''}{'am' if hour < 12 else 'pm'}{zone}"


def on_day(that: date, now: date | None) -> str:
    """Return a day as it stands in a sentence: "on Tuesday 16 June", and with `now` also "today"."""
    return (_relative(that, now) if now else "") or f"on {_named(that, now)}"


@register.filter
def moment(value: datetime | None, now: date | None = None) -> str:
    """Return "4pm on Tuesday 16 June", "4pm today"; without `now` the year is said. "" for None.

    Midnight says which one: "midnight at the start of Wednesday 17 June".
    """
    if not value:
        return ""
    at, now = _local(value), now or None
    said = clock(at)
    if said == "midnight":
        return f"midnight at the start of {day(value, now)}"
    return f"{said} {on_day(at.date(), now)}"


@register.filter
def by(value: datetime | None, now: date | None = None) -> str:
    """Return when something is due: "by 4pm on Tuesday 16 June", "by 4pm today". "" for None.

    An instant at midnight ends the day before: "by midnight at the end of Tuesday 16 June".
    """
    if not value:
        return ""
    if clock(value) == "midnight":
        return f"by midnight at the end of {day(_date(value) - timedelta(days=1), now or None)}"
    return f"by {moment(value, now)}"


@register.filter
def ago(value: datetime | None, now: datetime | None = None) -> str:
    """Return how far an instant is from `now`: "5 minutes ago", "yesterday", "in 3 hours", "on 3 June 2026".

    Past a week, or without `now`, the date is said.
    """
    if not value:
        return ""
    if not now:
        return f"on {plain_day(value)}"
    seconds = (now - value).total_seconds()
    minutes, past = int(abs(seconds) // 60), seconds >= 0
    days = abs((_date(now) - _date(value)).days)
    if minutes < 1:
        return "just now" if past else "in less than a minute"
    if minutes < 60:
        words = count(minutes, "minute")
    elif days == 0:
        words = count(minutes // 60, "hour")
    elif days == 1:
        return "yesterday" if past else "tomorrow"
    elif days <= 7:
        words = count(days, "day")
    else:
        return f"on {plain_day(value)}"
    return f"{words} ago" if past else f"in {words}"


@register.filter
def count(number: int | None, noun: str) -> str:
    """Return "1 case", "3 cases", "no cases", "1,200 cases"; `noun` may give both forms: "reply,replies"."""
    one, _, many = noun.partition(",")
    if not number:
        return f"no {many or one + 's'}"
    return f"{number:,} {one if number == 1 else many or one + 's'}"


@register.filter
def working_days(number: int | None) -> str:
    """Return "1 working day", "2 working days"."""
    return count(number, "working day")


@register.filter
def in_words(working: timedelta | int | None, day_minutes: int = 480) -> str:
    """Return a length of working time, a timedelta or minutes, in words: "2 working days and 3 hours".

    `day_minutes` is how long one working day is. Minutes are dropped once there are days. "" for None.
    """
    if working is None or working == "":
        return ""
    minutes = int(working.total_seconds() // 60) if isinstance(working, timedelta) else int(working)
    days, rest = divmod(abs(minutes), day_minutes)
    hours, left = divmod(rest, 60)
    if days:
        return working_days(days) + (f" and {count(hours, 'hour')}" if hours else "")
    if hours:
        return count(hours, "working hour") + (f" and {count(left, 'minute')}" if left else "")
    return count(left, "working minute") if left else "no working time"


@register.filter
def lines(text: Any) -> list[str]:
    """Return the paragraphs of plain text: blank lines part them. A list is given back as it is, a number as words."""
    if text is None or text == "":
        return []
    if isinstance(text, list | tuple):
        return [str(part) for part in text]
    parts = _BLANK_LINES.split(str(text).replace("\r\n", "\n"))
    return [part.strip("\n") for part in parts if part.strip()]


@register.filter
def prose(text: Any) -> SafeString:
    """Return plain text as escaped paragraphs; a single line end stays a line end."""
    parts = (str(conditional_escape(part)).replace("\n", "<br>") for part in lines(text))
    return SafeString("".join(f'<p class="govuk-body">{part}</p>' for part in parts))


@register.filter
def machine(value: date) -> str:
    """Return a day or instant for the datetime attribute of a <time>."""
    return value.isoformat()
