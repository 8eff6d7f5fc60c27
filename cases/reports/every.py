"""The reports by name, in the order in which a committee reads them: evidence of use for inspectors too (PO07)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from accounts.grants import holds
from accounts.models import Partnership, User
from cases.reports import (
    acknowledged,
    activity,
    decisions,
    learning,
    open_now,
    outcomes,
    over_time,
    process,
    reflection,
    timeliness,
)
from cases.reports.base import Period, Report, Table
from cases.reports.facts import catch_up

REPORTS: dict[str, Report] = {
    report.key: report
    for report in (
        activity.REPORT,
        over_time.REPORT,
        timeliness.REPORT,
        acknowledged.REPORT,
        process.REPORT,
        outcomes.OUTCOME,
        decisions.DECISIONS,
        decisions.REFUSALS,
        decisions.SILENCE,
        outcomes.EXPERIENCE,
        learning.REPORT,
        reflection.REPORT,
        open_now.REPORT,
    )
}


def readable(user: User, partnership: Partnership) -> Iterator[Report]:
    """Return the reports this person may read."""
    return (r for r in REPORTS.values() if holds(user, r.permission, partnership))


def run(report: Report, partnership: Partnership, period: Period, at: datetime) -> list[Table]:
    """Return the tables of a report as of the last committed change."""
    catch_up()
    return report.tables(partnership, period, at)
