"""Open work now, for the committee's officer: what has lapsed and what is near, by agency."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Case as CaseWhen
from django.db.models import Count, F, Value, When

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
    # A duty that passed on stands beside the first one: counted once, with whoever had it first.
    counted = (
        Deadline.objects.open()
        # By the person, who works in one partnership as the case does: no case need be read.
        .filter(person__agency__partnership=partnership, person=F("first_person"))
        .annotate(
            when=CaseWhen(
                When(due_at__lte=at, then=Value("lapsed")),
                When(due_at__lte=at + timedelta(days=1), then=Value("day")),
                When(due_at__lte=at + timedelta(days=7), then=Value("week")),
                default=Value("later"),
            )
        )
        .values_list("person__agency", "rule", "when")
        .annotate(n=Count("pk"))
        .order_by()
    )
    by_agency: dict[tuple[str, str], int] = {}
    by_rule: dict[tuple[str, str], int] = {}
    for agency, rule, when, n in counted:
        by_agency[str(agency), when] = by_agency.get((str(agency), when), 0) + n
        by_rule[rule, when] = by_rule.get((rule, when), 0) + n
    agencies = lines.agencies(partnership)
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
