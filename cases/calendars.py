"""Calendars out of the database: filled from the holidays package, edited by people, read once a request.

The holidays package is asked only when a partnership is set up or refreshed, never to reckon a deadline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from django.core import checks
from django.db import transaction
from django.db.models import F, Max, QuerySet

from accounts.models import Partnership
from cases.models.calendar import ClosedDay, OpeningHours
from cases.working_time.calendar import NOTHING_KNOWN, Calendar, OtherHours

OFFICE_HOURS = {weekday: (time(9), time(17)) for weekday in range(5)}
PACKAGE = "holidays package"
WARN_WITHIN = timedelta(days=365)


@dataclass(frozen=True)
class Seeded:
    """What filling in the holidays did.

    `added`: dates now closed that were not stored before; `kept`: how many listed dates already had a row,
    left as it was; `no_longer_listed`: dates an earlier list closed and this one does not. Nothing is
    removed: an administrator decides. Whoever calls this re-projects open deadlines when `added` holds any.
    """

    added: tuple[date, ...]
    kept: int
    no_longer_listed: tuple[date, ...]


@transaction.atomic
def seed_holidays(partnership: Partnership, from_year: int, to_year: int) -> Seeded:
    """Store the public holidays of the partnership's division for these years, both included.

    Safe to repeat, and to run twice at once: a date that already has a row, edited or not, is left alone.
    Raises ValueError for years out of order or for a division without a list.
    """
    import holidays  # 14 MB that only this function needs

    if not 1900 <= from_year <= to_year <= 2100 or to_year - from_year >= 50:
        raise ValueError(
            f"Ask for years from 1900 to 2100, first year first, at most 50: not {from_year} to {to_year}."
        )
    if partnership.division not in holidays.UnitedKingdom.subdivisions:
        known = ", ".join(holidays.UnitedKingdom.subdivisions)
        raise ValueError(f"There is no list of holidays for {partnership.division!r}. Use one of {known}.")
    years = range(from_year, to_year + 1)
    listed = holidays.UnitedKingdom(subdiv=partnership.division, years=years, language="en_GB")
    source = f"{PACKAGE} {holidays.__version__}, {partnership.get_division_display()}"
    rows = [
        ClosedDay(partnership=partnership, date=day, name=_plain(name), source=source)
        for day, name in sorted(listed.items())
    ]
    Partnership.objects.select_for_update().get(pk=partnership.pk)  # two at once: the second finds the rows
    before = ClosedDay.objects.filter(
        partnership=partnership, agency=None, date__year__range=(from_year, to_year)
    )
    stored = dict(before.values_list("date", "source"))
    ClosedDay.objects.bulk_create(rows, ignore_conflicts=True)
    dates = {row.date for row in rows}
    gone = sorted(day for day, origin in stored.items() if origin.startswith(PACKAGE) and day not in dates)
    added = tuple(sorted(dates - stored.keys()))
    if added:
        count_up(partnership)
    return Seeded(added, len(dates) - len(added), tuple(gone))


@transaction.atomic
def seed_opening_hours(partnership: Partnership) -> bool:
    """Store Monday to Friday, 09:00 to 17:00, for a partnership without hours; return whether it did."""
    if OpeningHours.objects.filter(partnership=partnership, agency=None).exists():
        return False
    week = [
        OpeningHours(partnership=partnership, weekday=weekday, opens=opens, closes=closes)
        for weekday, (opens, closes) in OFFICE_HOURS.items()
    ]
    OpeningHours.objects.bulk_create(week, ignore_conflicts=True)
    count_up(partnership)
    return True


def count_up(partnership: Partnership) -> None:
    """Count up the settings version, so that no process goes on with the calendar it kept.

    Call it in the same transaction as every change of opening hours or closed days.
    """
    Partnership.objects.filter(pk=partnership.pk).update(settings_version=F("settings_version") + 1)
    partnership.refresh_from_db(fields=["settings_version"])


class Calendars:
    """The calendars of one request or one sweep: two statements for each partnership, however many agencies.

    Make one where the request or the sweep begins and let it go at its end. It is never kept longer, so an
    edited calendar counts from the very next request.
    """

    def __init__(self) -> None:
        self._rows: dict[int, tuple[str, list[OpeningHours], list[ClosedDay]]] = {}
        self._built: dict[tuple[int, int | None], Calendar] = {}

    def of(self, partnership_id: int, agency_id: int | None = None) -> Calendar:
        """Return the calendar of a partnership, or of one agency in it; Partnership.DoesNotExist if unknown."""
        key = partnership_id, agency_id
        if key not in self._built:
            if partnership_id not in self._rows:
                self._rows[partnership_id] = _rows(partnership_id)
            self._built[key] = _build(*self._rows[partnership_id], agency_id)
        return self._built[key]


def calendar_for(partnership_id: int, agency_id: int | None = None) -> Calendar:
    """Return one calendar, read afresh in two statements. For several, keep a `Calendars`."""
    return Calendars().of(partnership_id, agency_id)


def runs_out(partnership: Partnership, today: date) -> date | None:
    """Return the last day with known holidays when it is less than a year ahead, else None.

    `date.min` says that none was ever stored.
    """
    ends = _known_until(_seeded().filter(partnership=partnership).aggregate(last=Max("date"))["last"])
    return ends if _soon(ends, today) else None


def warn_of_expiry(today: date) -> list[checks.Warning]:
    """Return one warning for each partnership whose known holidays end within a year, for pages and checks.

    Each has `msg`, `hint` and the partnership as `obj`.
    """
    last = dict(_seeded().values_list("partnership").annotate(Max("date")))
    warnings = []
    for partnership in Partnership.objects.order_by("name", "pk"):
        ends = _known_until(last.get(partnership.pk))
        if not _soon(ends, today):
            continue
        if ends == NOTHING_KNOWN:
            said = f"{partnership.name}: no public holidays are stored, so no working day can be counted."
        elif ends < today:
            said = f"{partnership.name}: public holidays were known until {ends:%-d %B %Y}, which has passed."
        else:
            said = f"{partnership.name}: public holidays are known until {ends:%-d %B %Y}."
        hint = "Ask an administrator to fill in the coming years on the calendar page."
        warnings.append(checks.Warning(said, hint=hint, obj=partnership, id="cases.W001"))
    return warnings


def _plain(name: str) -> str:
    return name.replace("(observed)", "(substitute day)")


def _rows(partnership_id: int) -> tuple[str, list[OpeningHours], list[ClosedDay]]:
    hours = list(OpeningHours.objects.filter(partnership=partnership_id).select_related("partnership"))
    days = list(ClosedDay.objects.filter(partnership=partnership_id))
    home = hours[0].partnership if hours else Partnership.objects.get(pk=partnership_id)
    return home.timezone, hours, days


def _build(
    zone: str, hours: Sequence[OpeningHours], days: Sequence[ClosedDay], agency_id: int | None
) -> Calendar:
    shared = [row for row in days if row.agency_id is None]
    week = [row for row in hours if row.agency_id is None]
    dates = {row.date: row for row in shared}
    if agency_id is not None:
        week = [row for row in hours if row.agency_id == agency_id] or week
        dates |= {row.date: row for row in days if row.agency_id == agency_id}
    return Calendar(
        zone=zone,
        opening={row.weekday: (row.opens, row.closes) for row in week} or OFFICE_HOURS,
        closed={day: row.name for day, row in dates.items() if row.opens is None},
        other_hours={
            day: OtherHours(row.opens, row.closes, row.name)
            for day, row in dates.items()
            if row.opens is not None and row.closes is not None
        },
        known_until=_known_until(
            max((row.date for row in shared if row.source.startswith(PACKAGE)), default=None)
        ),
    )


def _known_until(last_seeded: date | None) -> date:
    """Return the end of the last year that was filled in: every year has holidays to show for it."""
    return date(last_seeded.year, 12, 31) if last_seeded else NOTHING_KNOWN


def _soon(ends: date, today: date) -> bool:
    return ends < today + WARN_WITHIN


def _seeded() -> QuerySet[ClosedDay]:
    """Return the partnerships' days that came from the package and were not edited since."""
    return ClosedDay.objects.filter(agency=None, source__startswith=PACKAGE)
