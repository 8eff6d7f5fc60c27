"""What the working-time functions refuse, and what they say to do instead."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from cases.working_time import (
    Calendar,
    CalendarExhausted,
    OtherHours,
    add,
    add_calendar_hours,
    add_working_days,
    add_working_minutes,
    count_back_working_days,
    count_back_working_minutes,
    count_working_days,
    count_working_minutes,
    end_of_day,
    explain,
    next_opening,
)
from tests.time.naive import OFFICE, WEEK, local


class TestRefusals:
    @pytest.mark.parametrize(
        "call",
        [
            lambda naive: add(1, "working_days", naive, OFFICE),
            lambda naive: add_working_minutes(1, naive, OFFICE),
            lambda naive: add_calendar_hours(1, naive),
            lambda naive: end_of_day(naive, OFFICE),
            lambda naive: next_opening(naive, OFFICE),
            lambda naive: count_working_minutes(naive, local(2026, 6, 11), OFFICE),
            lambda naive: count_working_days(local(2026, 6, 1), naive, OFFICE),
            lambda naive: count_back_working_days(1, naive, OFFICE),
            lambda naive: count_back_working_minutes(1, naive, OFFICE),
            lambda naive: explain(1, "calendar_days", naive, OFFICE),
        ],
    )
    def test_an_instant_without_a_zone(self, call) -> None:  # noqa: ANN001
        with pytest.raises(ValueError, match=r"has no time zone.*Pass an aware datetime: timezone\.now\(\)"):
            call(datetime(2026, 6, 10, 9))  # noqa: DTZ001

    @pytest.mark.parametrize("unit", ["working_minutes", "working_hours", "working_days", "end_of_day"])
    @pytest.mark.parametrize("amount", [0, -1, 1.5, True, None, 1_000_001])
    def test_an_amount_that_is_no_whole_number_from_1_up(self, amount: int, unit: str) -> None:
        with pytest.raises(ValueError, match="must be a whole number from 1"):
            add(amount, unit, local(2026, 6, 10, 9), OFFICE)

    def test_a_unit_that_does_not_say_which_days(self) -> None:
        with pytest.raises(ValueError, match=r"no unit of time called 'days'\. Use one of working_minutes, "):
            add(1, "days", local(2026, 6, 10, 9), OFFICE)

    def test_an_end_before_its_start(self) -> None:
        for count in (count_working_minutes, count_working_days):
            with pytest.raises(ValueError, match="is before the start"):
                count(local(2026, 6, 11), local(2026, 6, 10), OFFICE)

    def test_more_than_two_years_past_the_known_holidays(self) -> None:
        calendar = Calendar(opening=WEEK, known_until=date(2026, 12, 31))
        assert add_working_days(1, local(2028, 12, 28, 9), calendar) == local(2028, 12, 29, 17)
        with pytest.raises(CalendarExhausted, match=r"known until 31 December 2026.*two years later"):
            add_working_days(1, local(2029, 1, 1, 9), calendar)
        with pytest.raises(CalendarExhausted, match="two years later"):
            add(1_000_000, "working_minutes", local(2026, 6, 10, 9), calendar)

    def test_a_calendar_without_holidays(self) -> None:
        with pytest.raises(CalendarExhausted, match="No public holidays are stored"):
            add_working_days(1, local(2026, 6, 10, 9), Calendar(opening=WEEK))

    def test_a_year_without_a_working_day(self) -> None:
        shut = Calendar(known_until=date(2036, 12, 31))
        for call in (
            lambda: add_working_minutes(1, local(2026, 6, 10), shut),
            lambda: add_working_days(1, local(2026, 6, 10), shut),
            lambda: next_opening(local(2026, 6, 10), shut),
            lambda: count_back_working_days(1, local(2026, 6, 10), shut),
            lambda: count_back_working_minutes(1, local(2026, 6, 10), shut),
        ):
            with pytest.raises(CalendarExhausted, match="No working day in a whole year"):
                call()

    @pytest.mark.parametrize(
        ("parts", "words"),
        [
            ({"zone": "Europe/Perth"}, "no time zone called 'Europe/Perth'"),
            ({"opening": {7: (time(9), time(17))}}, "0 .Monday. to 6 .Sunday., not .7."),
            ({"opening": {0: (time(17), time(9))}}, "closes at 09:00, before it opens at 17:00"),
            ({"opening": {0: (time(9), time(9))}}, "closes at 09:00"),
            ({"opening": {0: (time(9, tzinfo=UTC), time(17))}}, "local times without a zone"),
            (
                {
                    "closed": {date(2026, 6, 15): "Holiday"},
                    "other_hours": {date(2026, 6, 15): OtherHours(time(9), time(12), "Half day")},
                },
                "2026-06-15 is both closed and open",
            ),
        ],
    )
    def test_a_calendar_that_contradicts_itself(self, parts: dict[str, object], words: str) -> None:
        with pytest.raises(ValueError, match=words):
            Calendar(**parts)  # type: ignore[arg-type]

    def test_a_calendar_cannot_be_changed_in_place(self) -> None:
        with pytest.raises(TypeError):
            OFFICE.closed[date(2026, 6, 16)] = "Sneaked in"  # type: ignore[index]
