"""Changes of a partnership's calendar: closed days, opening hours, the holidays of the coming years.

Only administrators make them; each counts the settings version up, adds one line to the registry chain and asks that
open dates be worked out again, all in one transaction. The hours of one agency say when its people are reminded; dates
are counted by the partnership's calendar alone, so that both sides have the same one
(docs/decisions/dates-follow-one-calendar.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from accounts.actions.door import office
from accounts.models import Agency, Partnership, User
from accounts.refusals import Refused
from accounts.roles import Role
from cases import reprojecting
from cases.calendars import OFFICE_HOURS, PACKAGE, Seeded, count_up, seed_holidays
from cases.deadlines import calendar_of
from cases.models import ClosedDay, OpeningHours, Reprojection
from escalation.trail.models import REGISTRY
from escalation.trail.writing import Actor, append

Hours = tuple[time, time]


def set_day(
    partnership: Partnership,
    *,
    day: date,
    name: str,
    hours: Hours | None,
    agency: Agency | None = None,
    reason: str,
    by: User,
    at: datetime,
) -> ClosedDay:
    """Close a local day, or give it hours of its own; of one agency when named. Returns the row.

    A day that is stored already is changed. Raises Refused for hours out of order or a day that is past.
    """
    with office(partnership, by):
        _not_past(day, partnership, at)
        if hours is not None and hours[1] != time(0) and hours[1] <= hours[0]:
            raise Refused("The day must close after it opens.")
        if agency is not None and agency.partnership_id != partnership.pk:
            raise Refused("Choose an agency of this partnership.")
        opens, closes = hours or (None, None)
        row, _ = ClosedDay.objects.update_or_create(
            partnership=partnership,
            agency=agency,
            date=day,
            defaults={"name": name, "opens": opens, "closes": closes, "source": _set_by(by, at)},
        )
        facts = {"day": day, "agency": agency.pk if agency else None, "hours": _words(hours)}
        _changed(partnership, "calendar_day_set", facts, reason or name, by, at, dates=agency is None)
        return row


def take_day_away(row: ClosedDay, *, reason: str, by: User, at: datetime) -> None:
    """Let a day be as its weekday again.

    A holiday from the list stays as a row with the usual hours, or the next list would close it again.
    """
    partnership = row.partnership
    with office(partnership, by):
        _not_past(row.date, partnership, at)
        usual = _usual_hours(partnership, row.date.weekday())
        if row.agency_id is None and row.source.startswith(PACKAGE) and usual is not None:
            row.opens, row.closes = usual
            row.source = _set_by(by, at)
            row.save(update_fields=["opens", "closes", "source"])
        else:
            ClosedDay.objects.filter(pk=row.pk).delete()
        facts = {"day": row.date, "agency": row.agency_id}
        _changed(partnership, "calendar_day_taken_away", facts, reason, by, at, dates=row.agency_id is None)


def set_hours(
    partnership: Partnership,
    week: Mapping[int, Hours],
    *,
    agency: Agency | None = None,
    reason: str,
    by: User,
    at: datetime,
) -> None:
    """Store the opening hours of a week, by weekday (Monday is 0); a weekday left out is not worked.

    For an agency an empty week means that it keeps the partnership's. Raises Refused for a partnership that would
    never open, and for hours out of order.
    """
    with office(partnership, by):
        if agency is None and not week:
            raise Refused("Give hours for at least one day: working time must go on.")
        for opens, closes in week.values():
            if closes != time(0) and closes <= opens:
                raise Refused("Each day must close after it opens.")
        OpeningHours.objects.filter(partnership=partnership, agency=agency).delete()
        OpeningHours.objects.bulk_create(
            OpeningHours(partnership=partnership, agency=agency, weekday=weekday, opens=opens, closes=closes)
            for weekday, (opens, closes) in sorted(week.items())
        )
        facts = {
            "agency": agency.pk if agency else None,
            "week": {str(weekday): _words(hours) for weekday, hours in sorted(week.items())},
        }
        _changed(partnership, "opening_hours_set", facts, reason, by, at, dates=agency is None)


def fill_in(partnership: Partnership, to_year: int, *, by: User, at: datetime) -> Seeded:
    """Fill in the public holidays up to the end of a year from the list that came with this release."""
    with office(partnership, by):
        if not at.year <= to_year <= at.year + 3:
            raise Refused("Fill in at most three years ahead: governments announce single days late.")
        done = seed_holidays(partnership, at.year, to_year)
        facts = {"to": to_year, "added": len(done.added), "kept": done.kept}
        _changed(partnership, "holidays_filled_in", facts, f"Public holidays to the end of {to_year}", by, at)
        return done


def _changed(
    partnership: Partnership,
    verb: str,
    facts: Mapping[str, Any],
    reason: str,
    by: User,
    at: datetime,
    *,
    dates: bool = True,
) -> None:
    count_up(partnership)
    if dates:
        reprojecting.ask(partnership, Reprojection.Cause.CALENDAR, reason=reason, by=by, at=at)
    actor = Actor(by.pk, Role.ADMINISTRATOR.value, by.agency_id)
    append(
        REGISTRY,
        verb,
        actor=actor,
        object_ref=f"partnership:{partnership.pk}",
        facts={"partnership": partnership.pk, **facts},
        at=at,
    )


def _not_past(day: date, partnership: Partnership, at: datetime) -> None:
    if day < calendar_of(partnership).local_day(at):
        raise Refused("This day has passed. Dates that were counted over it stay as they were promised.")


def _usual_hours(partnership: Partnership, weekday: int) -> Hours | None:
    rows = {
        row.weekday: (row.opens, row.closes)
        for row in OpeningHours.objects.filter(partnership=partnership, agency=None)
    }
    return (rows or OFFICE_HOURS).get(weekday)


def _set_by(by: User, at: datetime) -> str:
    return f"set locally by {by.full_name} on {timezone.localdate(at):%-d %B %Y}"[:120]


def _words(hours: Hours | None) -> str:
    return f"{hours[0]:%H:%M}-{hours[1]:%H:%M}" if hours else "closed"
