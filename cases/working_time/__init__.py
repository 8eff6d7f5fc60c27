"""Working time: pure functions over instants and a calendar. No Django, no database, no clock.

Every function takes an aware instant and gives back an instant in UTC. The rules of counting, and the
reasons for them, stand in docs/decisions/counting-time.md.
"""

from cases.working_time.adding import (
    Unit,
    add,
    add_calendar_days,
    add_calendar_hours,
    add_working_days,
    add_working_minutes,
    end_of_day,
    next_opening,
)
from cases.working_time.calendar import Calendar, CalendarExhausted, OtherHours
from cases.working_time.counting import (
    count_back_working_days,
    count_back_working_minutes,
    count_working_days,
    count_working_minutes,
)
from cases.working_time.explaining import Reached, Step, explain

__all__ = [
    "Calendar",
    "CalendarExhausted",
    "OtherHours",
    "Reached",
    "Step",
    "Unit",
    "add",
    "add_calendar_days",
    "add_calendar_hours",
    "add_working_days",
    "add_working_minutes",
    "count_back_working_days",
    "count_back_working_minutes",
    "count_working_days",
    "count_working_minutes",
    "end_of_day",
    "explain",
    "next_opening",
]
