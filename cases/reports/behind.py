"""The cases behind a figure: the list that a number of a report opens. References and facts, never a word of a case."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from accounts.models import Partnership
from cases.models import CaseFacts
from cases.reports.base import Period

#: How the key of a row or column narrows the facts, by dimension.
DECIDED: dict[str, Q] = {
    "neither": Q(determined=0, referred=0),
    "determined": Q(determined__gt=0, referred=0),
    "referred": Q(determined=0, referred__gt=0),
    "both": Q(determined__gt=0, referred__gt=0),
}
#: Report and table -> the dimensions of its rows and columns.
LISTED: dict[tuple[str, str], tuple[str, str]] = {
    ("activity", "agencies"): ("raising", "receiving"),
    ("activity", "state"): ("state", "urgency"),
    ("decisions", "decided"): ("decided", "urgency"),
}


def narrowed(dimension: str, key: str) -> Q:
    """Return the condition of one row or column; ValueError for a key that cannot be one."""
    if not key:
        return Q()
    match dimension:
        case "raising" | "receiving":
            return Q(**{f"{dimension}_id": int(key)})
        case "decided":
            if key not in DECIDED:
                raise ValueError(key)
            return DECIDED[key]
        case _:
            return Q(**{dimension: key})


def behind(
    partnership: Partnership, period: Period, report: str, table: str, row: str, column: str
) -> QuerySet[CaseFacts]:
    """Return the facts of the cases that a figure counts; KeyError for a table without lists, ValueError for a key."""
    rows, columns = LISTED[report, table]
    found: QuerySet[CaseFacts] = CaseFacts.objects.filter(
        narrowed(rows, row),
        narrowed(columns, column),
        partnership=partnership,
        opened_on__gte=period.first,
        opened_on__lte=period.last,
    )
    return found
