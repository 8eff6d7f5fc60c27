"""Danger keeps no office hours; messages do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cases.working_time import (
    Calendar,
    CalendarExhausted,
    add,
    add_calendar_days,
    add_calendar_hours,
    add_working_days,
    end_of_day,
    next_opening,
)
from tests.time.naive import OFFICE, WEEK, local


class TestRoundTheClock:
    @pytest.mark.parametrize(
        ("start", "due"),
        [
            pytest.param(local(2026, 6, 13, 16), local(2026, 6, 14, 16), id="over a weekend"),
            pytest.param(local(2026, 3, 28, 12), local(2026, 3, 29, 13), id="24 real hours in spring"),
            pytest.param(local(2026, 10, 24, 12), local(2026, 10, 25, 11), id="24 real hours in autumn"),
        ],
    )
    def test_calendar_hours_are_real_hours(self, start: datetime, due: datetime) -> None:
        assert add_calendar_hours(24, start) == due
        assert (due - start.astimezone(UTC)) == timedelta(hours=24)

    def test_calendar_days_end_at_the_midnight_after_the_last(self) -> None:
        assert add_calendar_days(28, local(2026, 3, 2, 15), OFFICE) == local(2026, 3, 31)
        assert add_calendar_days(1, local(2026, 12, 24, 23, 59), OFFICE) == local(2026, 12, 26)

    @pytest.mark.parametrize(
        ("start", "end"),
        [
            pytest.param(local(2026, 6, 13, 19), local(2026, 6, 14), id="a Saturday evening still has today"),
            pytest.param(local(2026, 12, 25, 8), local(2026, 12, 26), id="so has Christmas Day"),
            pytest.param(local(2026, 6, 10, 23, 59), local(2026, 6, 11), id="23:59"),
            pytest.param(local(2026, 6, 11, 0, 0), local(2026, 6, 12), id="00:00 begins a day"),
            pytest.param(local(2026, 3, 29, 0, 30), local(2026, 3, 30), id="a day of 23 hours"),
            pytest.param(local(2026, 10, 25, 0, 30), local(2026, 10, 26), id="a day of 25 hours"),
        ],
    )
    def test_today_ends_at_local_midnight(self, start: datetime, end: datetime) -> None:
        assert end_of_day(start, OFFICE) == end
        assert add(1, "end_of_day", start, OFFICE) == end
        assert add(2, "end_of_day", start, OFFICE) == end_of_day(end, OFFICE)

    def test_neither_hours_nor_holidays_are_needed(self) -> None:
        empty = Calendar()
        for unit in ("calendar_hours", "calendar_days", "end_of_day"):
            assert add(1, unit, local(2026, 6, 13, 19), empty) == add(1, unit, local(2026, 6, 13, 19), OFFICE)


class TestNextOpening:
    @pytest.mark.parametrize(
        ("instant", "opening"),
        [
            pytest.param(local(2026, 6, 10, 12), local(2026, 6, 10, 12), id="working time is now"),
            pytest.param(local(2026, 6, 10, 9), local(2026, 6, 10, 9), id="opening time is open"),
            pytest.param(local(2026, 6, 10, 17), local(2026, 6, 11, 9), id="closing time is closed"),
            pytest.param(local(2026, 6, 11, 0, 30), local(2026, 6, 11, 9), id="after midnight"),
            pytest.param(local(2026, 6, 12, 18), local(2026, 6, 16, 9), id="over the long weekend"),
        ],
    )
    def test_waits_for_working_time(self, instant: datetime, opening: datetime) -> None:
        assert next_opening(instant, OFFICE) == opening

    def test_answers_although_the_holidays_ran_out_long_ago(self) -> None:
        """Else an old list of holidays would hold back every message."""
        old = Calendar(opening=WEEK, known_until=date(2020, 12, 31))
        assert next_opening(local(2026, 6, 13, 10), old) == local(2026, 6, 15, 9)
        with pytest.raises(CalendarExhausted):
            add_working_days(1, local(2026, 6, 13, 10), old)
