"""Which version of a procedure a partnership follows from which day: adopting, and what was adopted when (G32)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from accounts.actions.door import office
from accounts.models import Partnership, User
from accounts.refusals import Refused
from cases.models import Case, ProcedureVersion
from cases.models.procedure import Adoption
from cases.procedures import publishing
from cases.procedures.publishing import NothingAdopted, current_for
from escalation.templatetags.words import plain_day


@dataclass(frozen=True)
class Period:
    """One version with the days on which cases are opened under it; `until` None means until further notice."""

    adoption: Adoption
    since: date
    until: date | None

    def holds_on(self, day: date) -> bool:
        """Return whether cases are opened under it on this day."""
        return self.since <= day and (self.until is None or day <= self.until)


def adopt_version(
    partnership: Partnership,
    version: ProcedureVersion,
    *,
    from_date: date,
    reason: str,
    by: User,
    at: datetime,
) -> Adoption:
    """Let a partnership open its cases under a version from a local day on; open cases stay on theirs.

    One row and one line of the registry chain. Raises Refused, with nothing written, for somebody who does not
    administer the partnership, a day that is past, no reason, or a version that is followed on that day already.
    """
    with office(partnership, by):
        if from_date < timezone.localdate(at):
            raise Refused("Choose today or a later day: cases logged before it stay on their version.")
        if not reason.strip():
            raise Refused("Say why the partnership adopts this version.")
        if _followed(partnership, from_date) == version.pk:
            raise Refused(f"Your partnership follows this version on {plain_day(from_date)} already.")
        return publishing.adopt(
            partnership, version, from_date=from_date, by=by, reason=reason.strip(), at=at
        )


def _followed(partnership: Partnership, day: date) -> int | None:
    try:
        return current_for(partnership, day).pk
    except NothingAdopted:
        return None


def periods(partnership: Partnership) -> list[Period]:
    """Return what was, is and will be followed, latest first; what was replaced before it began is left out."""
    rows = (
        Adoption.objects.filter(partnership=partnership)
        .select_related("version", "adopted_by", "note")
        .defer("version__text")
        .order_by("-from_date", "-id")
    )
    found: list[Period] = []
    next_begins: date | None = None
    for row in rows:
        if next_begins is not None and row.from_date >= next_begins:
            continue  # adopted for the same day before, and replaced by a later decision
        last = None if next_begins is None else date.fromordinal(next_begins.toordinal() - 1)
        found.append(Period(row, row.from_date, last))
        next_begins = row.from_date
    return found


def cautions(partnership: Partnership, version: ProcedureVersion, from_date: date) -> list[str]:
    """Return what an administrator should know before adopting a version, one sentence each; they may still go on."""
    found = []
    countries = dict(Partnership.DIVISIONS)
    jurisdiction = version.definition.jurisdiction
    if jurisdiction != partnership.division:
        found.append(
            f"This procedure is written for {countries[jurisdiction]}. Your partnership keeps the public holidays of "
            f"{countries[partnership.division]}."
        )
    if version.effective_until is not None and version.effective_until < from_date:
        found.append(
            f"The document says that it holds until {plain_day(version.effective_until)}, which is before that day."
        )
    if version.effective_from is not None and version.effective_from > from_date:
        found.append(
            f"The document says that it holds from {plain_day(version.effective_from)}, which is after that day."
        )
    later = (
        Adoption.objects.filter(partnership=partnership, from_date__gt=from_date)
        .order_by("from_date")
        .first()
    )
    if later is not None:
        found.append(
            f"Another version is to follow on {plain_day(later.from_date)}, and will take its place then."
        )
    return found


def open_cases(partnership: Partnership) -> int:
    """Return how many cases are open, on whatever version; a count alone, since administrators see no case."""
    number: int = Case.objects.open().filter(partnership=partnership).count()
    return number
