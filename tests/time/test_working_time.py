"""Working days and minutes against a counter written apart from them, and against cases worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.working_time import (
    Calendar,
    add,
    add_working_days,
    add_working_minutes,
    count_back_working_days,
    count_back_working_minutes,
    count_working_days,
    count_working_minutes,
    next_opening,
)
from tests.time.naive import (
    AWKWARD,
    CALENDARS,
    INSTANTS,
    LONDON,
    MODEST,
    OFFICE,
    SCOTLAND,
    every_day,
    local,
    naive_due_day,
    naive_minutes,
)


class TestWorkingDays:
    def test_every_start_day_from_2024_to_2035_agrees_with_the_naive_counter(self) -> None:
        closed, compared = set(SCOTLAND), 0
        for day in every_day(date(2024, 1, 1), date(2035, 12, 31)):
            start = datetime.combine(day, time(compared % 24, 30), tzinfo=LONDON)
            for days in (1, 2, 5, 10, 28):
                due = add_working_days(days, start, OFFICE)
                expected = datetime.combine(naive_due_day(closed, day, days), time(17), tzinfo=LONDON)
                assert due == expected, (start, days)
                compared += 1
        assert compared == 4383 * 5

    @pytest.mark.parametrize(
        ("start", "days", "due"),
        [
            pytest.param(
                local(2026, 6, 10, 10), 1, local(2026, 6, 11, 17), id="the start day is not counted"
            ),
            pytest.param(local(2026, 6, 10, 7), 1, local(2026, 6, 11, 17), id="before opening is that day"),
            pytest.param(
                local(2026, 6, 10, 20), 1, local(2026, 6, 11, 17), id="after closing is that day too"
            ),
            pytest.param(
                local(2026, 6, 6, 10), 1, local(2026, 6, 8, 17), id="from a Saturday, Monday is day 1"
            ),
            pytest.param(
                local(2026, 6, 12, 16), 1, local(2026, 6, 16, 17), id="over the one-off 15 June 2026"
            ),
            pytest.param(local(2026, 6, 15, 10), 2, local(2026, 6, 17, 17), id="from a holiday"),
            pytest.param(
                local(2026, 6, 10, 23, 59), 1, local(2026, 6, 11, 17), id="the last minute of Wednesday"
            ),
            pytest.param(
                local(2026, 6, 11, 0, 0), 1, local(2026, 6, 12, 17), id="the first minute of Thursday"
            ),
            pytest.param(local(2025, 12, 24, 9), 3, local(2025, 12, 31, 17), id="over Christmas 2025"),
            pytest.param(
                local(2025, 12, 31, 12), 1, local(2026, 1, 5, 17), id="2 January is a Scottish holiday"
            ),
            pytest.param(local(2028, 2, 28, 9), 1, local(2028, 2, 29, 17), id="29 February"),
            pytest.param(local(2026, 3, 27, 9), 1, local(2026, 3, 30, 17), id="over the spring change"),
            pytest.param(local(2026, 10, 23, 9), 1, local(2026, 10, 26, 17), id="over the autumn change"),
        ],
    )
    def test_worked_out_by_hand(self, start: datetime, days: int, due: datetime) -> None:
        assert add_working_days(days, start, OFFICE) == due

    def test_the_instants_are_utc_and_follow_the_clock_change(self) -> None:
        winter = add_working_days(1, local(2026, 3, 26, 9), OFFICE)
        summer = add_working_days(1, local(2026, 3, 27, 9), OFFICE)
        assert (winter.isoformat(), summer.isoformat()) == (
            "2026-03-27T17:00:00+00:00",
            "2026-03-30T16:00:00+00:00",
        )

    def test_just_after_midnight_in_summer_is_already_the_new_day(self) -> None:
        """23:30 UTC on 10 June is 00:30 on 11 June in Scotland: a server that counts in UTC is a day out."""
        start = datetime(2026, 6, 10, 23, 30, tzinfo=UTC)
        assert add_working_days(1, start, OFFICE) == local(2026, 6, 12, 17)

    def test_a_date_with_hours_of_its_own_counts_on_a_weekday_that_does_not(self) -> None:
        """AWKWARD has no Tuesdays but 16 June 2026."""
        assert add_working_days(1, local(2026, 6, 14, 9), AWKWARD) == local(2026, 6, 16, 16)
        assert add_working_days(1, local(2026, 6, 22, 9), AWKWARD) == local(2026, 6, 24, 17)
        assert count_back_working_days(1, local(2026, 6, 17, 17), AWKWARD) == local(2026, 6, 16, 10)

    def test_counting_back_more_than_a_year(self) -> None:
        """2026 has 251 working days in Scotland; its last, on which the period ends, is not counted."""
        assert count_back_working_days(251, local(2027, 1, 1), OFFICE) == local(2025, 12, 31, 9)
        assert count_back_working_days(
            600, add_working_days(600, local(2026, 6, 10), OFFICE), OFFICE
        ) == local(2026, 6, 10, 9)

    @MODEST
    @given(start=INSTANTS, days=st.integers(1, 60), calendar=CALENDARS)
    def test_counting_and_counting_back_undo_adding(
        self, start: datetime, days: int, calendar: Calendar
    ) -> None:
        due = add_working_days(days, start, calendar)
        assert start < due
        assert count_working_days(start, due, calendar) == days
        assert count_working_days(start, due - timedelta.resolution, calendar) == days - 1
        back = count_back_working_days(days, due, calendar)
        assert add_working_days(days, back, calendar) == due
        assert next_opening(back, calendar) == back

    @MODEST
    @given(one=INSTANTS, other=INSTANTS, days=st.integers(1, 30), calendar=CALENDARS)
    def test_a_later_start_or_a_longer_limit_never_ends_sooner(
        self, one: datetime, other: datetime, days: int, calendar: Calendar
    ) -> None:
        first, second = sorted((one, other))
        assert add_working_days(days, first, calendar) <= add_working_days(days, second, calendar)
        assert add_working_days(days, first, calendar) < add_working_days(days + 1, first, calendar)


class TestWorkingMinutes:
    def test_friday_16_00_and_four_working_hours_over_the_one_off_holiday(self) -> None:
        due = add(4, "working_hours", local(2026, 6, 12, 16), OFFICE)
        assert due == local(2026, 6, 16, 12)
        assert due.isoformat() == "2026-06-16T11:00:00+00:00"

    @pytest.mark.parametrize(
        ("start", "minutes", "due"),
        [
            pytest.param(
                local(2026, 6, 10, 9), 480, local(2026, 6, 10, 17), id="a whole day ends at closing"
            ),
            pytest.param(
                local(2026, 6, 10, 9), 481, local(2026, 6, 11, 9, 1), id="one more is tomorrow's first"
            ),
            pytest.param(
                local(2026, 6, 10, 17), 1, local(2026, 6, 11, 9, 1), id="closing time is not worked"
            ),
            pytest.param(local(2026, 6, 10, 16, 59), 1, local(2026, 6, 10, 17), id="the last minute is"),
            pytest.param(local(2026, 6, 10, 23, 59), 30, local(2026, 6, 11, 9, 30), id="23:59"),
            pytest.param(local(2026, 6, 11, 0, 0), 30, local(2026, 6, 11, 9, 30), id="00:00"),
            pytest.param(local(2026, 3, 27, 16), 120, local(2026, 3, 30, 10), id="over the spring change"),
            pytest.param(local(2026, 10, 23, 16), 120, local(2026, 10, 26, 10), id="over the autumn change"),
        ],
    )
    def test_worked_out_by_hand(self, start: datetime, minutes: int, due: datetime) -> None:
        assert add_working_minutes(minutes, start, OFFICE) == due

    @pytest.mark.parametrize(
        ("sunday", "hours"), [(date(2026, 3, 29), 23), (date(2026, 6, 14), 24), (date(2026, 10, 25), 25)]
    )
    def test_a_day_worked_round_the_clock_is_as_long_as_the_clocks_make_it(
        self, sunday: date, hours: int
    ) -> None:
        opens, closes = AWKWARD.working_span(sunday)
        assert closes - opens == timedelta(hours=hours)
        assert count_working_minutes(opens, closes, AWKWARD) == hours * 60
        assert add(hours, "working_hours", opens, AWKWARD) == closes

    def test_hours_inside_the_hour_that_spring_skips_are_no_time_at_all(self) -> None:
        night = Calendar(
            opening={6: (time(1, 30), time(2)), 0: (time(9), time(17))}, known_until=date(2026, 12, 31)
        )
        assert add_working_minutes(10, local(2026, 3, 29), night) == local(2026, 3, 30, 9, 10)
        assert count_working_minutes(local(2026, 3, 29), local(2026, 3, 30), night) == 0
        assert next_opening(local(2026, 3, 29), night) == local(2026, 3, 30, 9)
        opens, closes = night.working_span(date(2026, 3, 29))
        assert opens == closes

    @settings(max_examples=40, deadline=None)
    @given(start=INSTANTS, length=st.integers(0, 4 * 24 * 60), calendar=CALENDARS)
    def test_counting_agrees_with_the_naive_counter(
        self, start: datetime, length: int, calendar: Calendar
    ) -> None:
        start = start.replace(second=0, microsecond=0)
        end = start + timedelta(minutes=length)
        assert count_working_minutes(start, end, calendar) == naive_minutes(calendar, start, end)

    @pytest.mark.parametrize(
        "day", [date(2026, 3, 27), date(2026, 10, 23), date(2026, 6, 12), date(2026, 12, 23)]
    )
    def test_counting_agrees_with_the_naive_counter_over_each_hard_week(self, day: date) -> None:
        start = datetime.combine(day, time(12), tzinfo=LONDON).astimezone(UTC)
        end = start + timedelta(days=7)
        naive = naive_minutes(AWKWARD, start, end)
        assert naive > 1000
        assert count_working_minutes(start, end, AWKWARD) == naive

    @MODEST
    @given(start=INSTANTS, minutes=st.integers(1, 5000), calendar=CALENDARS)
    def test_counting_and_counting_back_undo_adding(
        self, start: datetime, minutes: int, calendar: Calendar
    ) -> None:
        due = add_working_minutes(minutes, start, calendar)
        assert count_working_minutes(start, due, calendar) == minutes
        assert count_working_minutes(start, due - timedelta.resolution, calendar) == minutes - 1
        back = count_back_working_minutes(minutes, due, calendar)
        # A start outside working time comes back as the opening it had to wait for.
        assert back == next_opening(start, calendar)

    @MODEST
    @given(end=INSTANTS, minutes=st.integers(1, 5000), calendar=CALENDARS)
    def test_a_reminder_counted_back_falls_in_working_time_and_leaves_exactly_that_long(
        self, end: datetime, minutes: int, calendar: Calendar
    ) -> None:
        back = count_back_working_minutes(minutes, end, calendar)
        assert next_opening(back, calendar) == back
        assert count_working_minutes(back, end, calendar) == minutes
        assert count_working_minutes(back + timedelta.resolution, end, calendar) == minutes - 1

    def test_one_hour_before_a_morning_deadline_is_the_evening_before(self) -> None:
        assert count_back_working_minutes(60, local(2026, 6, 16, 9, 30), OFFICE) == local(2026, 6, 12, 16, 30)

    def test_one_working_day_before_is_the_opening_of_the_working_day_before(self) -> None:
        assert count_back_working_days(1, local(2026, 6, 16, 17), OFFICE) == local(2026, 6, 12, 9)
        assert count_back_working_days(1, local(2026, 6, 14), OFFICE) == local(
            2026, 6, 12, 9
        )  # midnight ends Saturday
