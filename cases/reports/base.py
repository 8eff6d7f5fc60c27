"""What every report is: tables of counts out of SQL, for one partnership and one period."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from accounts.models import Partnership
from cases.models import Case

Cell = str | int | float | None


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both included, in the partnership's own time."""

    first: date
    last: date

    def bounds(self, partnership: Partnership) -> tuple[datetime, datetime]:
        """Return the UTC instants of the period, the second one not included (PEERS.md: October is not lost)."""
        zone = ZoneInfo(partnership.timezone)
        begins = datetime.combine(self.first, time(), zone)
        ends = datetime.combine(self.last + timedelta(days=1), time(), zone)
        return begins.astimezone(UTC), ends.astimezone(UTC)

    @classmethod
    def year_to(cls, today: date) -> Period:
        """Return the twelve months that end today."""
        return cls(today - timedelta(days=364), today)


@dataclass(frozen=True)
class Table:
    """One table of a report: a caption, column headings, rows whose first cell names them, and a total."""

    key: str
    caption: str
    columns: list[str]
    rows: list[list[Cell]]
    total: list[Cell] | None = None
    notes: list[str] = field(default_factory=list)


def cases_in(partnership: Partnership, period: Period) -> QuerySet[Case]:
    """Return the cases of a partnership opened in a period: the one set behind every figure of a report."""
    begins, ends = period.bounds(partnership)
    found: QuerySet[Case] = Case.objects.filter(
        partnership=partnership, opened_at__gte=begins, opened_at__lt=ends
    )
    return found
