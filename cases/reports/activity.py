"""How many, between whom, about what, how urgent, how far, and how they ended (X13, PO07)."""

from __future__ import annotations

from calendar import month_abbr
from collections import Counter
from datetime import datetime

from django.db.models import Count

from accounts.models import Partnership
from cases.models import Diversion, ProcedureVersion
from cases.models.case import About, Outcome
from cases.procedures.vocabulary import FAMILY_WORDS
from cases.reports import lines
from cases.reports.base import Figures, Line, Period, Report, Table, crosstab, single
from cases.reports.counting import figures

GROUPINGS = [
    ("day",),
    ("raising", "receiving"),
    ("reached", "urgency"),
    ("state", "urgency"),
    ("families",),
    ("reasons",),
    ("ended",),
    ("about",),
]
ROUTES = {
    "referral": "Referral of a new concern",
    "complaint": "Complaint or conduct",
    "whistleblowing": "Whistleblowing",
    "conference_dissent": "Dissent at a planning meeting",
    "cumulative_concern": "Concern about an agency as a whole",
    "agency_procedure": "The agency’s own procedure",
}


def tables(partnership: Partnership, period: Period, at: datetime) -> list[Table]:
    """Return the tables of the report: two passes over the facts, one for the period and one for the year before."""
    found, _ = figures("cases_casefacts", partnership, period, GROUPINGS)
    before, _ = figures("cases_casefacts", partnership, period.year_before, [("day",)])
    agencies = lines.agencies(partnership)
    return [
        by_month(found, period, "months", "Logged in each month"),
        by_month(before, period.year_before, "months_before", "Logged in each month of the year before"),
        Table(
            "agencies",
            "Who raised it (down) and with whom (across)",
            "cases",
            "raising",
            "Raised by",
            agencies,
            crosstab(lines.texts(found.by("raising", "receiving")), agencies, agencies),
            agencies,
            "receiving",
            lists=True,
        ),
        Table(
            "reached",
            "How far it went, by urgency",
            "cases",
            "reached",
            "Highest stage reached",
            lines.REACHED,
            crosstab(lines.texts(found.by("reached", "urgency")), lines.REACHED, lines.URGENCIES),
            lines.URGENCIES,
            "urgency",
            chart="bars",
        ),
        Table(
            "state",
            "Where the cases logged in this period stand now",
            "cases",
            "state",
            "Where it stands",
            lines.STATES,
            crosstab(found.by("state", "urgency"), lines.STATES, lines.URGENCIES),
            lines.URGENCIES,
            "urgency",
            lists=True,
        ),
        by_family(found),
        by_reason(found, partnership),
        _plain(
            found,
            "about",
            "What kind of thing it was about",
            "About",
            [Line(a.value, a.label) for a in About],
        ),
        _plain(
            found,
            "ended",
            "How they ended or were settled",
            "Outcome",
            [Line("not_yet", "Not settled yet"), *(Line(o.value, o.label) for o in Outcome if o in ENDINGS)],
        ),
        diverted(partnership, period),
    ]


ENDINGS = (
    Outcome.RESOLVED_AGREED,
    Outcome.AGREED_TO_DIFFER,
    Outcome.DETERMINED,
    Outcome.COMMITTEE_DETERMINED,
    Outcome.MANAGER_DECLINED,
    Outcome.WITHDRAWN,
    Outcome.DIVERTED,
)


def by_month(found: Figures, period: Period, key: str, caption: str) -> Table:
    """Count the cases by the month in which they were opened."""
    counts: Counter[str] = Counter()
    for day, n in found.by("day").items():
        counts[f"{day:%Y-%m}"] += n
    rows = month_lines(period)
    counted = single(counts, rows)
    return Table(key, caption, "cases", "month", "Month", rows, counted, chart="months", period=period)


def month_lines(period: Period) -> list[Line]:
    """Return a row for each month that a period touches."""
    return [Line(f"{y:04}-{m:02}", f"{month_abbr[m]} {y}") for y, m in period.months()]


def by_family(found: Figures) -> Table:
    """Count the cases by reporting family; a case with several reasons counts under each."""
    rows = [Line(key, words) for key, words in FAMILY_WORDS.items()]
    counts: Counter[str] = Counter()
    for bits, n in found.by("families").items():
        for place, row in enumerate(rows):
            counts[row.key] += n if bits >> place & 1 else 0
    return Table(
        "reason",
        "What the disagreement was about",
        "cases",
        "family",
        "Reason",
        rows,
        single(counts, rows),
        adds_up=False,
        chart="bars",
        notes=[MANY],
        whole=sum(found.by("families").values()),
    )


MANY = "A case can have more than one reason, so the column can add up to more than all cases."


def by_reason(found: Figures, partnership: Partnership) -> Table:
    """Count the cases by the reason as the procedure words it."""
    counts: Counter[str] = Counter()
    for keys, n in found.by("reasons").items():
        for key in keys:
            counts[key] += n
    words = {key: key.replace("_", " ").capitalize() for key in counts}
    for version in (
        ProcedureVersion.objects.filter(adoptions__partnership=partnership).defer("text").distinct()
    ):
        words |= {r.key: r.label for r in version.definition.reasons}
    rows = [Line(key, label) for key, label in sorted(words.items(), key=lambda pair: pair[1])]
    return Table(
        "local_reason",
        "The same in the words of the procedure",
        "cases",
        "reason",
        "Reason",
        rows,
        single(counts, rows),
        adds_up=False,
        notes=[MANY],
        whole=sum(found.by("reasons").values()),
    )


def _plain(found: Figures, dim: str, caption: str, head: str, rows: list[Line]) -> Table:
    return Table(dim, caption, "cases", dim, head, rows, single(found.by(dim), rows))


def diverted(partnership: Partnership, period: Period) -> Table:
    """Count what the scope screen sent elsewhere."""
    counted = (
        Diversion.objects.filter(partnership=partnership, on__gte=period.first, on__lte=period.last)
        .values_list("route")
        .annotate(n=Count("pk"))
    )
    rows = [Line(key, words) for key, words in ROUTES.items()]
    return Table(
        "diverted",
        "Sent to another procedure before a case was logged",
        "diversions",
        "route",
        "Where to",
        rows,
        single(dict(counted), rows),
        columns=[Line("n", "Times")],
    )


REPORT = Report(
    "activity",
    "Activity",
    "How many disagreements there were, between whom, about what, how far they went and how they ended.",
    tables,
    [
        "Which agencies raised none, and is that because there was nothing to raise?",
        "Has the number changed since the year before, and do we know why?",
        "Is one kind of reason or one pair of agencies behind many of them?",
    ],
)
