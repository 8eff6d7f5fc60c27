"""Open work now, for the committee's officer: what has lapsed and what is near, by agency."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Count, F, Q

from accounts.models import Partnership
from accounts.permissions import Permission
from cases.models import Deadline
from cases.models.deadline import Rule
from cases.reports import lines
from cases.reports.base import Line, Period, Report, Table, crosstab

WHEN = [
    Line("lapsed", "Lapsed"),
    Line("day", "Due within a day"),
    Line("week", "Due within a week"),
    Line("later", "Later"),
]
RULES = [Line(r.value, r.label) for r in Rule]


def tables(partnership: Partnership, period: Period, at: datetime) -> list[Table]:
    """Return the open duties by agency and by kind: one statement over the open ones."""
    agencies = lines.agencies(partnership)
    day, week = at + timedelta(days=1), at + timedelta(days=7)
    # A duty that passed on stands beside the first one: counted once, with whoever had it first. Asked in each count
    # and not of each row: PostgreSQL takes two columns to be equal once in 200 rows, and then sorts them all.
    own = Q(person=F("first_person"))
    counted = (
        Deadline.objects.open()
        # By the person, who works in one partnership as the case does: no case need be read.
        .filter(person__agency__in=[int(a.key) for a in agencies])
        .values_list("person__agency", "rule")
        # Counted apart rather than grouped by: a fourth of the groups, and no text worked out for each duty.
        .annotate(
            lapsed=Count("pk", filter=own & Q(due_at__lte=at)),
            day=Count("pk", filter=own & Q(due_at__gt=at, due_at__lte=day)),
            week=Count("pk", filter=own & Q(due_at__gt=day, due_at__lte=week)),
            later=Count("pk", filter=own & Q(due_at__gt=week)),
        )
        .order_by()
    )
    by_agency, by_rule = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for agency, rule, *numbers in counted:
        for line, n in zip(WHEN, numbers, strict=True):
            by_agency[str(agency), line.key] += n
            by_rule[rule, line.key] += n
    return [
        Table(
            "lapsed",
            "Open duties now, by agency of the person who has them",
            "duties",
            "agency",
            "Agency",
            agencies,
            crosstab(by_agency, agencies, WHEN),
            WHEN,
            "when",
            notes=["A case has several duties at a time."],
        ),
        Table(
            "duties",
            "The same by what is to be done",
            "duties",
            "rule",
            "What is to be done",
            RULES,
            crosstab(by_rule, RULES, WHEN),
            WHEN,
            "when",
        ),
    ]


REPORT = Report(
    "now",
    "Open work now",
    "Duties that have lapsed or fall due soon, by agency, at this moment.",
    tables,
    ["Is an agency short of people, and who could help today?"],
    permission=Permission.RECEIVE_REFERRALS,
    periodic=False,
    public=False,
)
