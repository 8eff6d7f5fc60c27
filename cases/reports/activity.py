"""The first audit report: how many, between whom, about what, how far, how long, and what has lapsed (X13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Func, Q, TextField
from django.db.models.functions import Extract

from accounts.models import Agency, Partnership
from cases.models import Deadline, Diversion, Stage
from cases.models.case import Outcome, Urgency
from cases.procedures.vocabulary import FAMILY_WORDS
from cases.reports.base import Cell, Period, Table, cases_in
from cases.workflow import LADDER, State

TITLE = "Disagreements: activity and timescales"
HOUR = 3600


def tables(partnership: Partnership, period: Period, at: datetime) -> list[Table]:
    """Return the tables of the report; one GROUP BY each, never a case row in Python."""
    makers: list[Callable[[], Table]] = [
        lambda: by_state(partnership, period),
        lambda: by_agencies(partnership, period),
        lambda: by_reason(partnership, period),
        lambda: by_rung(partnership, period, at),
        lambda: lapsed_now(partnership, at),
        lambda: diverted(partnership, period),
    ]
    return [make() for make in makers]


def by_state(partnership: Partnership, period: Period) -> Table:
    """Count the cases by where they stand, and by urgency."""
    urgencies = list(Urgency)
    found: dict[str, Any] = {
        row["state"]: row
        for row in cases_in(partnership, period)
        .values("state")
        .annotate(n=Count("pk"), **{u.value: Count("pk", filter=Q(urgency=u)) for u in urgencies})
    }
    rows: list[list[Cell]] = [
        [
            state.label,
            *(found.get(state, {}).get(u.value, 0) for u in urgencies),
            found.get(state, {}).get("n", 0),
        ]
        for state in State
    ]
    return Table(
        "state",
        "Where the cases opened in this period stand now",
        ["Where it stands", *(u.label for u in urgencies), "All"],
        rows,
        _total(rows),
    )


def by_agencies(partnership: Partnership, period: Period) -> Table:
    """Count the cases by raising and receiving agency; agencies that raised none are shown too."""
    agencies = list(Agency.objects.filter(partnership=partnership).order_by("short_name"))
    counts = {
        (row["raising_agency"], row["receiving_agency"]): row["n"]
        for row in cases_in(partnership, period)
        .values("raising_agency", "receiving_agency")
        .annotate(n=Count("pk"))
    }
    rows: list[list[Cell]] = []
    for raising in agencies:
        cells = [counts.get((raising.pk, receiving.pk), 0) for receiving in agencies]
        rows.append([raising.short_name, *cells, sum(cells)])
    return Table(
        "agencies",
        "Who raised it (down) and with whom (across)",
        ["Raised by", *(a.short_name for a in agencies), "All"],
        rows,
        _total(rows),
    )


def by_reason(partnership: Partnership, period: Period) -> Table:
    """Count the cases by reporting family; a case with several reasons counts under each."""
    families = (
        cases_in(partnership, period)
        .annotate(family=Func(F("reason_families"), function="unnest", output_field=TextField()))
        .values("family")
        .annotate(n=Count("pk"))
    )
    counts = {row["family"]: row["n"] for row in families}
    rows: list[list[Cell]] = [[words, counts.get(key, 0)] for key, words in FAMILY_WORDS.items()]
    return Table(
        "reason",
        "What the disagreement was about",
        ["Reason", "Cases"],
        rows,
        notes=["A case can have more than one reason, so the column can add up to more than all cases."],
    )


def by_rung(partnership: Partnership, period: Period, at: datetime) -> Table:
    """Count visits to each rung, how long they took, and how many ended or run past what was first promised."""
    begins, ends = period.bounds(partnership)
    took = ExpressionWrapper(F("left_at") - F("entered_at"), output_field=DurationField())
    late = Q(left_at__gt=F("first_due_at")) | Q(left_at=None, first_due_at__lt=at)
    in_time = Q(left_at__lte=F("first_due_at"))
    found: dict[str, Any] = {
        row["state"]: row
        for row in Stage.objects.filter(
            case__partnership=partnership, case__opened_at__gte=begins, case__opened_at__lt=ends
        )
        .values("state")
        .annotate(
            n=Count("pk"),
            left=Count("pk", filter=Q(left_at__isnull=False)),
            in_time=Count("pk", filter=in_time),
            late=Count("pk", filter=late),
            settled=Count("pk", filter=Q(outcome__in=SETTLING)),
            average=Avg(Extract(took, "epoch")),
        )
    }
    rows: list[list[Cell]] = []
    for state in LADDER:
        row = found.get(state, {})
        average = row.get("average")
        rows.append(
            [
                state.label,
                row.get("n", 0),
                row.get("settled", 0),
                row.get("in_time", 0),
                row.get("late", 0),
                round(float(average) / HOUR, 1) if average is not None else None,
            ]
        )
    return Table(
        "stages",
        "Each stage against its timescale",
        ["Stage", "Came here", "Settled here", "Left in time", "Past its time", "Hours there, on average"],
        rows,
        notes=[
            "A timescale is the one first given when the case came to the stage. "
            "Where the guide gives no number, it was set by the committee.",
            "Hours run round the clock, over stages that have been left.",
        ],
    )


SETTLING = [
    Outcome.RESOLVED_AGREED,
    Outcome.AGREED_TO_DIFFER,
    Outcome.DETERMINED,
    Outcome.COMMITTEE_DETERMINED,
]


def lapsed_now(partnership: Partnership, at: datetime) -> Table:
    """Count open duties past their instant, by the agency of the person who has them."""
    # A duty that passed on stands beside the first one: counted once, with whoever had it first.
    open_ones = Deadline.objects.open().filter(case__partnership=partnership, person=F("first_person"))
    soon = Q(due_at__gt=at, due_at__lte=at + timedelta(days=1))
    rows: list[list[Cell]] = [
        [row["person__agency__short_name"], row["lapsed"], row["soon"], row["n"]]
        for row in open_ones.values("person__agency__short_name")
        .annotate(n=Count("pk"), lapsed=Count("pk", filter=Q(due_at__lte=at)), soon=Count("pk", filter=soon))
        .order_by("person__agency__short_name")
    ]
    return Table(
        "lapsed",
        "Open duties now, by agency",
        ["Agency", "Lapsed", "Due within a day", "All open"],
        rows,
        _total(rows),
        notes=["Whatever the period above: this is the position now."],
    )


def diverted(partnership: Partnership, period: Period) -> Table:
    """Count what the scope screen sent elsewhere."""
    rows: list[list[Cell]] = [
        [ROUTES.get(row["route"], row["route"]), row["n"]]
        for row in Diversion.objects.filter(
            partnership=partnership, on__gte=period.first, on__lte=period.last
        )
        .values("route")
        .annotate(n=Count("pk"))
        .order_by("route")
    ]
    return Table(
        "diverted",
        "Sent to another procedure before a case was opened",
        ["Where to", "Times"],
        rows,
        _total(rows),
    )


ROUTES = {
    "referral": "Referral of a new concern",
    "complaint": "Complaint or conduct",
    "whistleblowing": "Whistleblowing",
    "conference_dissent": "Dissent at a planning meeting",
    "cumulative_concern": "Concern about an agency as a whole",
    "agency_procedure": "The agency's own procedure",
}


def headline(partnership: Partnership, period: Period, at: datetime) -> dict[str, int]:
    """Return the few figures that stand above the tables; one statement."""
    settled_states = Q(state__in=[State.AGREED, State.DETERMINED, State.CLOSED])
    figures = cases_in(partnership, period).aggregate(
        opened=Count("pk"),
        in_dispute=Count("pk", filter=Q(state__in=[s.value for s in LADDER])),
        settled=Count("pk", filter=settled_states),
        lapsed=Count("pk", filter=Q(due_at__lte=at, state__in=[s.value for s in LADDER])),
    )
    return {k: int(v) for k, v in figures.items()}


def _total(rows: list[list[Cell]]) -> list[Cell] | None:
    """Return the sum of each column of numbers; None for a table without rows."""
    if not rows:
        return None
    return ["All", *(sum(int(row[i] or 0) for row in rows) for i in range(1, len(rows[0])))]
