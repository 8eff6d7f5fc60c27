"""What it did for the child, and what it was like for those who took part."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Partnership
from cases.models.facts import Helped
from cases.reports import lines
from cases.reports.base import Line, Period, Report, Table, crosstab, single
from cases.reports.counting import figures

HELPED = [Line(h.value, h.label) for h in Helped]
BACK = [Line("no", "Not reopened"), Line("once", "Reopened once"), Line("more", "Reopened more than once")]
HEARD = [
    Line("both", "Both sides"),
    Line("raising", "Only the side that raised it"),
    Line("receiving", "Only the other side"),
    Line("neither", "Neither side"),
    Line("waiting", "Not answered by both yet"),
]


def tables(partnership: Partnership, period: Period, at: datetime) -> list[Table]:
    """Return the tables on the child: one pass over the cases."""
    found, _ = figures(
        "cases_casefacts", partnership, period, [("helped", "settled_in"), ("went_back", "urgency")]
    )
    return [
        Table(
            "helped",
            "Did it help the child? What both sides said at the second check back",
            "cases ever settled",
            "helped",
            "Answer",
            HELPED,
            crosstab(found.by("helped", "settled_in"), HELPED, lines.RUNGS),
            lines.RUNGS,
            "settled in",
            chart="bars",
            notes=["By the stage at which it was last settled. Cases that were never settled are not here."],
        ),
        Table(
            "reopened",
            "Did it hold?",
            "cases",
            "went back",
            "Reopened",
            BACK,
            crosstab(found.by("went_back", "urgency"), BACK, lines.URGENCIES),
            lines.URGENCIES,
            "urgency",
        ),
    ]


def experience(partnership: Partnership, period: Period, at: datetime) -> list[Table]:
    """Return who was satisfied that the child is safer and that they were heard: one pass over the cases."""
    found, _ = figures("cases_casefacts", partnership, period, [("heard", "helped")])
    counts: dict[str, int] = {}
    for (heard, helped), n in found.by("heard", "helped").items():
        if helped:
            counts[heard] = counts.get(heard, 0) + n
    return [
        Table(
            "heard",
            "Who answered yes to every closing question: the child is safer, and we were heard",
            "cases ever settled",
            "heard",
            "Satisfied",
            HEARD,
            single(counts, HEARD),
            chart="bars",
        )
    ]


OUTCOME = Report(
    "outcome",
    "Outcome for the child",
    "Whether it helped the child, in the words of both sides, and whether it held.",
    tables,
    [
        "What do we know of the children for whom it did not help?",
        "Where the two sides do not agree whether it helped, who looks again?",
    ],
)
EXPERIENCE = Report(
    "experience",
    "Experience of those who took part",
    "Whether each side came away satisfied that the child is safer and that it was heard.",
    experience,
    ["Does one side feel heard less often than the other?"],
)
