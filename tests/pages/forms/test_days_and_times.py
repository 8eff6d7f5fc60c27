"""Days, times and instants: what is read, what is refused and how, London clocks in both directions."""

import re
from datetime import UTC, date, datetime, time

import pytest
import time_machine

from escalation.forms import (
    ClockField,
    DayField,
    EscalationForm,
    WhenField,
)
from escalation.templatetags.form_tags import field
from tests.pages.forms.asking import NOW, day_of, errors, form_of, given

# Days


@pytest.mark.parametrize(
    "typed", [("16", "6", "2026"), (" 16", "06", "2026 "), ("16", "June", "2026"), ("16", "jun", "2026")]
)
def test_a_day_is_read(typed: tuple[str, str, str]) -> None:
    assert given(DayField(), x_day=typed[0], x_month=typed[1], x_year=typed[2]) == date(2026, 6, 16)


@pytest.mark.parametrize(
    ("typed", "said", "box"),
    [
        (("31", "2", "2026"), "must be a real date", "day"),
        (("29", "2", "2027"), "must be a real date", "day"),
        (("0", "6", "2026"), "must be a real date", "day"),
        (("x", "6", "2026"), "must be a real date", "day"),
        (("16", "13", "2026"), "must be a real date", "month"),
        (("16", "someday", "2026"), "must be a real date", "month"),
        (("16", "6", "26"), "must have a year of 4 numbers, like 2026", "year"),
        (("16", "6", "20226"), "must have a year of 4 numbers, like 2026", "year"),
        (("16", "6", ""), "must include a year", "year"),
        (("", "", "2026"), "must include a day and month", "day"),
        (("²", "6", "2026"), "must be a real date", "day"),
    ],
)
def test_what_is_no_day_is_said_and_led_to(typed: tuple[str, str, str], said: str, box: str) -> None:
    form = form_of(
        DayField(noun="Date it happened"), dict(zip(("x_day", "x_month", "x_year"), typed, strict=True))
    )
    assert form.error_summary() == [{"text": f"Date it happened {said}", "href": f"#id_x_{box}"}]


def test_days_of_the_past_and_of_the_future() -> None:
    today, tomorrow = date(2026, 6, 12), date(2026, 6, 13)
    assert given(DayField(past=True), **day_of(today)) == today
    assert errors(DayField(past=True, noun="Day"), **day_of(tomorrow)) == ["Day must be today or in the past"]
    assert given(DayField(future=True), **day_of(today)) == today
    assert errors(DayField(future=True, noun="Day"), **day_of(date(2026, 6, 11))) == [
        "Day must be today or in the future"
    ]
    limits = DayField(noun="Day", earliest=today, latest=lambda: tomorrow)
    assert errors(limits, **day_of(date(2026, 6, 11))) == ["Day must be on or after 12 June 2026"]
    assert errors(limits, **day_of(date(2026, 6, 14))) == ["Day must be on or before 13 June 2026"]


@time_machine.travel(datetime(2026, 6, 12, 23, 30, tzinfo=UTC), tick=False)
def test_today_is_today_in_london() -> None:
    assert given(DayField(past=True), **day_of(date(2026, 6, 13))) == date(2026, 6, 13)


def test_an_optional_day_may_be_left_empty() -> None:
    assert given(DayField(required=False), x_day=" ", x_month="", x_year="") is None


# Times


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("4:30pm", time(16, 30)),
        ("4.30 p.m.", time(16, 30)),
        ("16:30", time(16, 30)),
        ("1630", time(16, 30)),
        ("16 30", time(16, 30)),
        ("04:30", time(4, 30)),
        ("0430", time(4, 30)),
        ("4 PM", time(16)),
        ("12am", time(0)),
        ("12pm", time(12)),
        ("12:05am", time(0, 5)),
        ("midday", time(12)),
        ("12 noon", time(12)),
        ("midnight", time(0)),
        ("0:15", time(0, 15)),
        ("23", time(23)),
        ("12:15", time(12, 15)),
    ],
)
def test_a_time_is_read(typed: str, read: time) -> None:
    assert given(ClockField(), x=typed) == read


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("4:30", "must say am or pm: 4:30am or 4:30pm"),
        ("430", "must say am or pm: 430am or 430pm"),
        ("9", "must say am or pm: 9am or 9pm"),
        ("12", "must say which 12 it is: midday or midnight"),
        ("25:00", "must have a real time, like 4:30pm or 16:30"),
        ("13pm", "must have a real time, like 4:30pm or 16:30"),
        ("4:75pm", "must have a real time, like 4:30pm or 16:30"),
        ("teatime", "must have a time like 4:30pm or 16:30"),
    ],
)
def test_what_is_no_time_is_asked_about(typed: str, said: str) -> None:
    assert errors(ClockField(noun="Start of the meeting"), x=typed) == [f"Start of the meeting {said}"]


# Instants


def at(day: date, clock: str) -> dict[str, str]:
    return {**day_of(day), "x_time": clock}


SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@pytest.mark.parametrize(
    ("day", "clock", "instant"),
    [
        (date(2026, 6, 12), "11am", datetime(2026, 6, 12, 10, 0, tzinfo=UTC)),
        (date(2026, 1, 12), "11am", datetime(2026, 1, 12, 11, 0, tzinfo=UTC)),
        (SPRING, "00:59", datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        (SPRING, "2am", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (AUTUMN, "1:30am", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (AUTUMN, "1:30am BST", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (AUTUMN, "1:30am GMT", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (AUTUMN, "2am", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
        (date(2026, 6, 12), "midnight", datetime(2026, 6, 11, 23, 0, tzinfo=UTC)),
    ],
)
def test_what_london_clocks_show_becomes_an_instant(day: date, clock: str, instant: datetime) -> None:
    read = given(WhenField(), **at(day, clock))
    assert read == instant
    assert read.utcoffset().total_seconds() == 0


@pytest.mark.parametrize(
    ("day", "clock", "said"),
    [
        (SPRING, "1:30am", "has a time that was left out when the clocks went forward. Try 02:30"),
        (date(2026, 6, 12), "11am GMT", "has a time in GMT, but clocks here did not show GMT then"),
        (date(2026, 6, 12), "", "must include a time, like 4:30pm"),
        (date(2026, 6, 12), "4", "must say am or pm: 4am or 4pm"),
    ],
)
def test_an_instant_that_cannot_be_leads_to_its_time(day: date, clock: str, said: str) -> None:
    form = form_of(WhenField(noun="Time you spoke"), at(day, clock))
    assert form.error_summary() == [{"text": f"Time you spoke {said}", "href": "#id_x_time"}]


def test_an_instant_may_have_to_be_past_or_to_come() -> None:
    field_past, field_future = WhenField(past=True, noun="Time"), WhenField(future=True, noun="Time")
    assert given(field_past, **at(date(2026, 6, 12), "midday")) == NOW
    assert errors(field_past, **at(date(2026, 6, 12), "12:01pm")) == ["Time must be in the past"]
    assert errors(field_future, **at(date(2026, 6, 12), "11:59am")) == ["Time must be in the future"]


def test_an_instant_in_the_double_hour_comes_back_as_it_went_out() -> None:
    later = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    form = type("When", (EscalationForm,), {"x": WhenField()})(initial={"x": later})
    shown = dict(re.findall(r'name="(x_\w+)"[^>]* value="([^"]+)"', field(form["x"])))
    assert shown["x_time"] == "1:30am GMT"
    assert given(WhenField(), **shown) == later
