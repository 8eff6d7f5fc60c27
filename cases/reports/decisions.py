"""Determinations and referrals; refusals and independent views; deference and silence."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count

from accounts.models import Partnership
from cases.models import Referral
from cases.models.case import Outcome
from cases.reports import lines
from cases.reports.base import Line, Period, Report, Table, crosstab, single
from cases.reports.counting import figures
from cases.reports.process import answers

DECIDED = [
    Line("neither", "Neither determined nor referred"),
    Line("determined", "Determined"),
    Line("referred", "Referred, no decision yet"),
    Line("both", "Referred and decided"),
]
THEN = [
    Line("went_on", "Went on, or was settled"),
    Line("withdrawn", "Withdrawn"),
    Line("after_senior", "Withdrawn after a senior person had written"),
]
REFUSED = [
    Line("no", "Supported, or not asked"),
    Line("accepted", "Not supported; no independent view asked"),
    Line("view", "Not supported; independent view asked"),
]


def decisions(partnership: Partnership, period: Period, at: datetime) -> list[Table]:
    """Return determinations and referrals: one pass over the cases and one over referrals."""
    found, _ = figures("cases_casefacts", partnership, period, [("determined", "referred", "urgency")])
    counts: dict[tuple[str, str], int] = {}
    for (determined, referred, urgency), n in found.by("determined", "referred", "urgency").items():
        key = (
            "both"
            if determined and referred
            else "determined"
            if determined
            else "referred"
            if referred
            else ""
        )
        counts[key or "neither", urgency] = counts.get((key or "neither", urgency), 0) + n
    begins, ends = period.bounds(partnership)
    bodies = (
        Referral.objects.filter(
            case__partnership=partnership, case__opened_at__gte=begins, case__opened_at__lt=ends
        )
        .values_list("body")
        .annotate(n=Count("pk"))
        .order_by("body")
    )
    sent = dict(bodies)
    words = {"cpc": "The committee", "cog": "The Chief Officers Group"}
    rows = [Line(key, words.get(key, key)) for key in sorted({*words, *sent})]
    return [
        Table(
            "decided",
            "What was determined or referred",
            "cases",
            "decided",
            "Decision",
            DECIDED,
            crosstab(counts, DECIDED, lines.URGENCIES),
            lines.URGENCIES,
            "urgency",
            lists=True,
        ),
        Table(
            "bodies",
            "To whom it was referred",
            "referrals",
            "body",
            "Body",
            rows,
            single(sent, rows),
            columns=[Line("n", "Referrals")],
        ),
    ]


def refusals(partnership: Partnership, period: Period, at: datetime) -> list[Table]:
    """Return refusals and what came of them: one pass over cases, one over visits."""
    found, s = figures(
        "cases_casefacts",
        partnership,
        period,
        [("refused", "urgency")],
        sums={"asked": "views_asked", "for": "views_for", "against": "views_against"},
    )
    ended, _ = figures(
        "cases_stagefacts",
        partnership,
        period,
        [("state",)],
        only=f"outcome = '{Outcome.MANAGER_DECLINED.value}'",
    )
    return [
        Table(
            "refused",
            "Did a manager say no, and was an independent view asked?",
            "cases",
            "refused",
            "What happened",
            REFUSED,
            crosstab(found.by("refused", "urgency"), REFUSED, lines.URGENCIES),
            lines.URGENCIES,
            "urgency",
        ),
        Table(
            "refused_at",
            "Where the manager’s no ended the visit",
            "visits ended by a no",
            "rung",
            "Stage",
            lines.RUNGS,
            single(ended.by("state"), lines.RUNGS),
            columns=[Line("n", "Visits")],
        ),
        answers(
            "views",
            "What the independent views said",
            "independent views",
            "View",
            [
                ("for", "Supports the concern", s["for"]),
                ("against", "Does not support it", s["against"]),
                ("waiting", "Not given yet", s["asked"] - s["for"] - s["against"]),
            ],
        ),
    ]


def silence(partnership: Partnership, period: Period, at: datetime) -> list[Table]:
    """Return who raises and who lets go, by agency in the order of the alphabet: one pass over the cases."""
    found, _ = figures("cases_casefacts", partnership, period, [("raising", "raised_then")])
    agencies = lines.agencies(partnership)
    counts = crosstab(lines.texts(found.by("raising", "raised_then")), agencies, THEN)
    never = [line.label for line, row in zip(agencies, counts, strict=True) if not sum(row)]
    return [
        Table(
            "raised",
            "Who raised disagreements, and what became of them",
            "cases",
            "raising",
            "Raised by",
            agencies,
            counts,
            THEN,
            "raised then",
            notes=[
                "This is not a league table. It is a reason to ask in supervision: is it easy to speak up here, "
                "also to somebody more senior?",
            ],
            findings=[
                f"Nobody raised a disagreement in: {', '.join(never)}."
                if never
                else "Every agency raised at least one."
            ],
        )
    ]


DECISIONS = Report(
    "decisions",
    "Determinations and referrals",
    "How many were determined or referred, without the facts of any case.",
    decisions,
    ["Do the determinations point to something the procedure should say?"],
)
REFUSALS = Report(
    "refusals",
    "Refusals and independent views",
    "Where a manager did not support a concern, and whether somebody independent looked again.",
    refusals,
    ["Do practitioners know that they can ask for an independent view?"],
)
SILENCE = Report(
    "silence",
    "Deference and silence",
    "Who never raises a disagreement, and who lets go after somebody senior has written.",
    silence,
    ["What would make it easier to speak up in an agency that raises none?"],
    public=False,
)
