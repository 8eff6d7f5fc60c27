"""Each rung against its timescale, answers and silence, the time the child waited, and what held meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from accounts.models import Partnership
from cases.models.facts import Kept, Replied
from cases.reports import lines
from cases.reports.base import Extra, Line, Period, Report, Table, crosstab, shares
from cases.reports.counting import figures, spread

KEPT = [Line(k.value, k.label) for k in Kept]
REPLIED = [Line(r.value, r.label) for r in Replied]
WAITED = [
    Line("day", "Less than a day"),
    Line("three_days", "1 day to less than 3"),
    Line("week", "3 days to less than a week"),
    Line("four_weeks", "1 week to less than 4"),
    Line("longer", "4 weeks or longer"),
    Line("waiting", "Not settled yet"),
]
LINE_KEPT = [
    Line("again", "Stated and confirmed again"),
    Line("once", "Stated at the start only"),
    Line("none", "Not stated"),
]
VISITS = [Line("n", "Visits")]
Spread = Mapping[str, tuple[int, int, int, int]]


def tables(partnership: Partnership, period: Period, at: datetime) -> list[Table]:
    """Return the tables of the report: one pass over the visits, two over the cases."""
    visits, at_rung = spread("cases_stagefacts", partnership, period, ("state", "urgency", "kept"), "hours")
    _, waited = spread("cases_casefacts", partnership, period, ("urgency", "replied"), "waited_hours")
    found, _ = figures(
        "cases_casefacts",
        partnership,
        period,
        [("waited", "urgency"), ("replied", "urgency"), ("line", "urgency")],
    )
    by_rung, by_pace = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for (state, urgency, kept), n in visits.items():
        by_rung[state, kept] += n
        by_pace[f"{state} {urgency}", kept] += n
    pace = [
        Line(f"{r.key} {u.key}", f"{r.label}: {u.label.lower()}")
        for r in lines.RUNGS
        for u in lines.URGENCIES
    ]
    pace = [line for line in pace if any(by_pace[line.key, k.key] for k in KEPT)]
    return [
        Table(
            "rungs",
            "Each stage against the timescale first given for it",
            "visits",
            "rung",
            "Stage",
            lines.RUNGS,
            crosstab(by_rung, lines.RUNGS, KEPT),
            KEPT,
            "kept",
            extras=hours(at_rung, lines.RUNGS),
            chart="spread",
            notes=[
                "A case that comes back to a stage counts as another visit. "
                "Where the guide gives no number, the timescale was set by the committee.",
                "Hours run round the clock, over visits that have ended. Half of them took no longer than the "
                "median; half lie between the two quarters.",
            ],
            findings=[bottleneck(at_rung)],
        ),
        Table(
            "rungs_urgency",
            "The same by how urgent it was when it came there",
            "visits",
            "rung and urgency",
            "Stage and urgency",
            pace,
            crosstab(by_pace, pace, KEPT),
            KEPT,
            "kept",
        ),
        Table(
            "replies",
            "Did the other side answer the first question?",
            "cases",
            "replied",
            "Answer",
            REPLIED,
            crosstab(found.by("replied", "urgency"), REPLIED, lines.URGENCIES),
            lines.URGENCIES,
            "urgency",
            extras=[shares(REPLIED)],
        ),
        Table(
            "waited",
            "How long the child waited until it was settled or ended",
            "cases",
            "waited",
            "Time since it was logged",
            WAITED,
            crosstab(found.by("waited", "urgency"), WAITED, lines.URGENCIES),
            lines.URGENCIES,
            "urgency",
            chart="bars",
            findings=[_waited_words(waited)],
        ),
        Table(
            "safety",
            "Was it said what keeps the child safe meanwhile, and confirmed again?",
            "cases",
            "line",
            "What keeps the child safe",
            LINE_KEPT,
            crosstab(found.by("line", "urgency"), LINE_KEPT, lines.URGENCIES),
            lines.URGENCIES,
            "urgency",
            extras=[shares(LINE_KEPT)],
        ),
    ]


def hours(spreads: Spread, rows: Sequence[Line]) -> list[Extra]:
    """Return the columns of median and quarters."""
    found = [spreads.get(row.key) for row in rows]
    return [
        Extra("A quarter took up to, hours", [s[1] if s else None for s in found]),
        Extra("Median, hours", [s[2] if s else None for s in found]),
        Extra("Three quarters took up to, hours", [s[3] if s else None for s in found]),
    ]


def bottleneck(spreads: Spread) -> str:
    """Return a sentence about the rung where cases stay longest, among those with enough visits to compare."""
    many = {key: s for key, s in spreads.items() if s[0] >= ENOUGH}
    if len(many) < 2:
        return f"Too few visits have ended to say at which stage it takes longest: two need {ENOUGH} or more."
    slowest = max(many, key=lambda key: (many[key][2], key))
    label = next(line.label for line in lines.RUNGS if line.key == slowest)
    few = len(spreads) - len(many)
    among = f", among the {len(many)} stages with at least {ENOUGH} visits that have ended" if few else ""
    return f"It takes longest at: {label} (median {many[slowest][2]} hours){among}."


ENOUGH = 10


def _waited_words(spreads: Spread) -> str:
    words = [
        f"{line.label.lower()}: median {spreads[line.key][2]} hours"
        for line in lines.URGENCIES
        if spreads.get(line.key, (0,))[0] >= ENOUGH
    ]
    return "; ".join(words).capitalize() + "." if words else "Too few have ended to give a median."


REPORT = Report(
    "timeliness",
    "Timeliness",
    "Each stage against its timescale, answers and silence, how long the child waited, and what held meanwhile.",
    tables,
    [
        "At which stage do disagreements wait longest, and what would shorten it?",
        "Where the other side did not answer, who noticed and what was done?",
        "Was each child safe while the adults disagreed, and how do we know?",
    ],
)
