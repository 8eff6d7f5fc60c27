"""How was this date reached? Day by day, in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.working_time import Calendar, Step, add, explain
from tests.time.naive import (
    AWKWARD,
    CALENDARS,
    INSTANTS,
    LONDON,
    MODEST,
    OFFICE,
    SCOTLAND,
    WEEK,
    every_day,
    local,
)


class TestExplaining:
    def test_four_working_hours_over_the_long_weekend(self) -> None:
        reached = explain(4, "working_hours", local(2026, 6, 12, 16), OFFICE)
        assert (reached.due, reached.counted_in) == (local(2026, 6, 16, 12), "minutes")
        assert reached.steps == (
            Step(date(2026, 6, 12), 60, "Counted from 4pm to 5pm."),
            Step(date(2026, 6, 13), 0, "Not counted: Saturdays are not worked."),
            Step(date(2026, 6, 14), 0, "Not counted: Sundays are not worked."),
            Step(date(2026, 6, 15), 0, f"Not counted: {SCOTLAND[date(2026, 6, 15)]}."),
            Step(date(2026, 6, 16), 180, "Counted from 9am to midday."),
        )

    def test_two_working_days(self) -> None:
        reached = explain(2, "working_days", local(2026, 6, 12, 16), OFFICE)
        assert (reached.due, reached.counted_in) == (local(2026, 6, 17, 17), "days")
        assert [(step.day.day, step.counted, step.why) for step in reached.steps] == [
            (12, 0, "The clock started at 4pm. The start day is not counted."),
            (13, 0, "Not counted: Saturdays are not worked."),
            (14, 0, "Not counted: Sundays are not worked."),
            (15, 0, f"Not counted: {SCOTLAND[date(2026, 6, 15)]}."),
            (16, 1, "Working day 1 of 2."),
            (17, 1, "Working day 2 of 2. Due at 5pm."),
        ]

    def test_half_days_and_worked_holidays_are_named(self) -> None:
        whys = [step.why for step in explain(1, "working_days", local(2026, 12, 23, 9), AWKWARD).steps]
        assert (
            whys[-1] == "Working day 1 of 1. Open 9am to 12:30pm on this day: Christmas Eve. Due at 12:30pm."
        )
        late = explain(30, "working_minutes", local(2026, 11, 26, 21), AWKWARD).steps
        assert late[0].why == "Not counted: the clock started at 9pm, after closing time."
        assert late[1].why == "Counted from 9am to 9:30am."

    @pytest.mark.parametrize(
        ("start", "minutes", "words"),
        [
            (local(2026, 3, 29, 0), 23 * 60, "The clocks go forward on this day, so it has 23 hours."),
            (local(2026, 10, 25, 0), 25 * 60, "The clocks go back on this day, so it has 25 hours."),
        ],
    )
    def test_clock_changes_are_named(self, start: datetime, minutes: int, words: str) -> None:
        step = explain(30, "calendar_hours", start, OFFICE).steps[0]
        assert step == Step(start.date(), minutes, f"Counted from midnight to midnight. {words}")

    def test_says_from_where_on_holidays_are_not_known(self) -> None:
        short = Calendar(opening=WEEK, closed=SCOTLAND, known_until=date(2026, 12, 31))
        whys = [step.why for step in explain(2, "working_days", local(2026, 12, 30, 9), short).steps]
        assert whys == [
            "The clock started at 9am. The start day is not counted.",
            "Working day 1 of 2.",
            f"Not counted: {SCOTLAND[date(2027, 1, 1)]}. Public holidays after 31 December 2026 are not known yet.",
            "Not counted: Saturdays are not worked.",
            "Not counted: Sundays are not worked.",
            f"Not counted: {SCOTLAND[date(2027, 1, 4)]}.",
            "Working day 2 of 2. Due at 5pm.",
        ]

    def test_danger_today(self) -> None:
        reached = explain(1, "end_of_day", local(2026, 6, 13, 19), OFFICE)
        assert reached.steps == (Step(date(2026, 6, 13), 1, "Day 1 of 1. Due at midnight."),)

    @MODEST
    @given(
        start=INSTANTS,
        amount=st.integers(1, 40),
        unit=st.sampled_from(
            [
                "working_minutes",
                "working_hours",
                "working_days",
                "calendar_hours",
                "calendar_days",
                "end_of_day",
            ]
        ),
        calendar=CALENDARS,
    )
    def test_the_steps_add_up_to_the_limit_and_end_at_the_due_instant(
        self, start: datetime, amount: int, unit: str, calendar: Calendar
    ) -> None:
        reached = explain(amount, unit, start, calendar)
        assert reached.due == add(amount, unit, start, calendar)
        assert sum(step.counted for step in reached.steps) == amount * (60 if unit.endswith("hours") else 1)
        days = [step.day for step in reached.steps]
        assert days == list(every_day(start.astimezone(LONDON).date(), days[-1]))
        assert days[-1] == (reached.due - timedelta.resolution).astimezone(LONDON).date()
