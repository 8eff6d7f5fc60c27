"""The same figures over time: five years side by side, and each month by who raised it. For the committee alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from django.db import connection

from accounts.models import Partnership
from cases.reports import lines
from cases.reports.activity import month_lines
from cases.reports.base import Extra, Line, Period, Report, Table, crosstab
from cases.reports.timeliness import ENOUGH
from escalation.templatetags.words import short_day

YEARS = 5
ENDED = [Line("ended", "Settled or ended"), Line("waiting", "Not yet")]
BY_YEAR = """
    SELECT n, count(f.case_id), count(f.waited_hours),
        percentile_disc(0.25) WITHIN GROUP (ORDER BY f.waited_hours),
        percentile_disc(0.5) WITHIN GROUP (ORDER BY f.waited_hours),
        percentile_disc(0.75) WITHIN GROUP (ORDER BY f.waited_hours)
    FROM unnest(%s::date[], %s::date[]) WITH ORDINALITY AS y (first, last, n)
    LEFT JOIN cases_casefacts f ON f.partnership_id = %s AND f.opened_on BETWEEN y.first AND y.last
    GROUP BY n ORDER BY n
"""
BY_MONTH = """
    SELECT to_char(opened_on, 'YYYY-MM'), raising_id::text, count(*) FROM cases_casefacts
    WHERE partnership_id = %s AND opened_on BETWEEN %s AND %s GROUP BY 1, 2
"""


def spans(period: Period) -> list[Period]:
    """Return the period and the same days of the four years before it, earliest first."""
    found = [period]
    while len(found) < YEARS:
        found.append(found[-1].year_before)
    return found[::-1]


def tables(partnership: Partnership, period: Period, at: datetime) -> list[Table]:
    """Return the tables of the report: one statement over five years, one over the period."""
    years = spans(period)
    with connection.cursor() as cursor:
        cursor.execute(BY_YEAR, [[y.first for y in years], [y.last for y in years], partnership.pk])
        found = cursor.fetchall()
        cursor.execute(BY_MONTH, [partnership.pk, period.first, period.last])
        by_month = {(month, agency): n for month, agency, n in cursor.fetchall()}
    rows = [Line(y.first.isoformat(), f"{short_day(y.first)} to {short_day(y.last)}") for y in years]
    agencies = lines.agencies(partnership)
    months = month_lines(period)
    return [
        Table(
            "years",
            "These days in each of five years: how many were logged, and how long the child waited",
            "cases of five years",
            "year",
            "Logged",
            rows,
            [[ended, opened - ended] for _, opened, ended, *_ in found],
            ENDED,
            "ended",
            extras=[
                Extra("A quarter took up to, hours", [line[3] for line in found]),
                Extra("Median, hours", [line[4] for line in found]),
                Extra("Three quarters took up to, hours", [line[5] for line in found]),
            ],
            chart="spread",
            notes=["Hours run round the clock, until it was settled or ended."],
            findings=[_change([line[1] for line in found])],
        ),
        Table(
            "agency_months",
            "Logged in each month, by who raised it",
            "cases by month",
            "month",
            "Month",
            months,
            crosstab(by_month, months, agencies),
            agencies,
            "raising",
            chart="multiples",
        ),
    ]


def _change(opened: Sequence[int]) -> str:
    """Return in words how the last year differs from the one before, as a number and never as a share of few."""
    before, last = list(pairwise(opened))[-1]
    if before == last:
        return f"As many as in the year before: {last}."
    more = "more" if last > before else "fewer"
    share = f" ({abs(last - before) * 100 / before:.0f} per cent)" if before >= 2 * ENOUGH else ""
    return f"{abs(last - before)} {more} than in the year before{share}: {last} after {before}."


REPORT = Report(
    "over-time",
    "Over time",
    "The same days in five years side by side, and each month by the agency that raised it.",
    tables,
    [
        "Is the change from year to year larger than chance would make it with so few cases?",
        "Did an agency stop raising disagreements, and what happened there at that time?",
    ],
    public=False,
)
