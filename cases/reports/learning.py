"""What was raised to learn from and what became of it: counts by theme, without a case, a child or a person (G30)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Value, When
from django.utils import timezone

from accounts.models import Partnership
from cases.models.learning import LearningItem, Theme
from cases.reports.base import Line, Period, Report, Table, crosstab, single

State = LearningItem.State
THEMES = [Line(t.value, t.label) for t in Theme]
DECISIONS = [Line(s.value, s.label) for s in State]
SOURCES = [Line(s.value, s.label) for s in LearningItem.Source]
ROUTES = [Line(r.value, r.label) for r in LearningItem.Route]
#: What whoever raised it has heard. Each decision and each change tells them in the same transaction.
TOLD = [
    Line("waiting", "Nothing yet: no decision"),
    Line("noted", "Noted, and why nothing changes"),
    Line("taken_up", "Taken up, with an owner and a day still to come"),
    Line("late", "Taken up; the day has passed and nothing has changed yet"),
    Line("changed", "What changed"),
    Line("procedure", "What changed, in a version of the procedure"),
]


def tables(partnership: Partnership, period: Period, at: datetime) -> list[Table]:
    """Return the tables of the report: one statement over the items raised in the period."""
    begins, ends = period.bounds(partnership)
    counted = (
        LearningItem.objects.filter(partnership=partnership, raised_at__gte=begins, raised_at__lt=ends)
        .order_by()
        .annotate(
            told=Case(
                When(state=State.RAISED, then=Value("waiting")),
                When(state=State.NOTED, then=Value("noted")),
                When(state=State.ADOPTED, due_on__gte=timezone.localdate(at), then=Value("taken_up")),
                When(state=State.ADOPTED, then=Value("late")),
                When(procedure=None, then=Value("changed")),
                default=Value("procedure"),
            )
        )
        .values_list("theme", "state", "source", "route", "told")
        .annotate(n=Count("pk"))
    )
    themes: dict[Any, int] = {}
    ways: dict[Any, int] = {}
    heard: dict[Any, int] = {}
    for theme, state, source, route, told, n in counted:
        themes[theme, state] = themes.get((theme, state), 0) + n
        ways[source, route] = ways.get((source, route), 0) + n
        heard[told] = heard.get(told, 0) + n
    return [
        Table(
            "learning_themes",
            "What was raised to learn from, by theme, and what was decided",
            UNIVERSE,
            "theme",
            "Theme",
            THEMES,
            crosstab(themes, THEMES, DECISIONS),
            DECISIONS,
            "decision",
            chart="bars",
        ),
        Table(
            "learning_ways",
            "Where it came from, and who was asked to look at it",
            UNIVERSE,
            "source",
            "From",
            SOURCES,
            crosstab(ways, SOURCES, ROUTES),
            ROUTES,
            "route",
        ),
        Table(
            "learning_told",
            "What whoever raised it has been told",
            UNIVERSE,
            "told",
            "Told",
            TOLD,
            single(heard, TOLD),
            columns=[Line("n", "Items")],
        ),
    ]


UNIVERSE = "learning items"
REPORT = Report(
    "learning",
    "Learning",
    "What was raised to learn from, what was decided, and whether those who raised it were told what changed.",
    tables,
    [
        "Which theme comes back, although something was changed because of it?",
        "What was taken up and is late, and what is in the way?",
    ],
    counted="Raised",
)
