"""What is published gives no hidden figure away: to margins, to other months, to other reports."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError, transaction

from accounts.models import Partnership
from accounts.roles import Role
from cases.demo import bulk, people
from cases.models import Paper
from cases.refusals import NotNow
from cases.reports.base import Extra, Line, Period, Table, shares
from cases.reports.disclosure import WIDTH, Release, Rules, figures_of, name_of, relations_of
from cases.reports.lines import DISPUTED
from cases.reports.papers import approve, draft, intact, publish, table_of, tables_of
from cases.reports.showing import shown
from cases.workflow import LADDER
from tests.reports.attacker import Attacker
from tests.reports.beside import people as in_role

#: DISCLOSURE_TABLES=1000 for the whole of it.
TABLES = int(os.environ.get("DISCLOSURE_TABLES", "60"))
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
QUARTERS = [
    Period(date(2026, 1, 1), date(2026, 3, 31)),
    Period(date(2026, 4, 1), date(2026, 6, 30)),
    Period(date(2026, 7, 1), date(2026, 9, 30)),
    Period(date(2026, 10, 1), date(2026, 12, 31)),
]
YEARS = [Period(date(y, 1, 1), date(y, 12, 31)) for y in (2024, 2025, 2026)]
THREE_YEARS = Period(date(2024, 1, 1), date(2026, 12, 31))


def lines(letter: str, n: int) -> list[Line]:
    return [Line(f"{letter}{i}", f"{letter}{i}") for i in range(n)]


def a_table(rng: random.Random, rows: int = 6, columns: int = 5, **changes: Any) -> Table:
    scale = rng.choice([1.5, 3, 6, 15, 40])
    counts = [[int(rng.expovariate(1 / scale)) for _ in range(columns)] for _ in range(rows)]
    given: dict[str, Any] = {"counts": counts, **changes}
    return Table(
        "t",
        "t",
        "cases",
        "row",
        "Row",
        lines("r", rows),
        columns=lines("c", columns),
        col_dim="column",
        **given,
    )


def some_rules(rng: random.Random) -> Rules:
    threshold = rng.choice([3, 5, 6, 10])
    return Rules(threshold, rng.choice([1, 3, min(5, threshold)]), rng.random() < 0.6)


def narrowest(attacker: Attacker, truth: dict[Any, int] | None = None) -> tuple[int, float, int]:
    """Return how many figures are hidden, the narrowest interval found, and how many were recovered."""
    found = attacker.intervals()
    if truth is not None:
        for key, (low, high) in found.items():
            assert low - 1e-6 <= truth[key] <= high + 1e-6, "the attacker's own sums are wrong"
    widths = [high - low for low, high in found.values()]
    return len(widths), min(widths, default=float("inf")), sum(w < 1 for w in widths)


def test_random_tables_with_margins(capsys: pytest.CaptureFixture[str]) -> None:
    hidden = primary = recovered = 0
    least = float("inf")
    for seed in range(TABLES):
        rng = random.Random(seed)
        table, rules = a_table(rng), some_rules(rng)
        release = Release(rules)
        release.add(table, YEAR)
        primary += sum(rules.small(v) for v in release.values.values())
        gone = release.protect()
        attacker = Attacker(rules)
        attacker.reads(shown(table, YEAR, rules=rules, hidden=gone), "cases", row_dim="row")
        truth = {
            ("cases", tuple(sorted([*([f"row={r}"] if r else []), *([f"col={c}"] if c else [])]))): v
            for name, v in figures_of(table, YEAR)
            for r, c in [_place(name[3])]
        }
        many, width, exact = narrowest(attacker, truth)
        hidden, least, recovered = hidden + many, min(least, width), recovered + exact
    with capsys.disabled():
        told = f"{primary} small, {hidden} hidden, {recovered} recovered, narrowest {least:.2f}"
        print(f"\n{TABLES} tables: {told}")  # noqa: T201
    assert hidden > primary > 5 * TABLES
    assert recovered == 0
    assert least >= WIDTH - 1e-6


def _place(parts: tuple[str, ...]) -> tuple[str, str]:
    found = dict(part.split("=") for part in parts)
    return found.get("row", ""), found.get("column", "")


def test_hiding_small_figures_alone_would_give_them_away() -> None:
    """The attacker is able: with primary suppression only, many figures are recovered exactly (bar M18)."""
    hidden = recovered = 0
    for seed in range(40):
        rng = random.Random(seed)
        table, rules = a_table(rng), Rules(5, 1)
        gone = {name for name, value in figures_of(table, YEAR) if rules.small(value)}
        attacker = Attacker(rules)
        attacker.reads(shown(table, YEAR, rules=rules, hidden=gone), "cases", row_dim="row")
        many, _, exact = narrowest(attacker)
        hidden, recovered = hidden + many, recovered + exact
    assert recovered / hidden > 0.25


@pytest.mark.parametrize(
    ("parts", "whole"), [(QUARTERS, YEAR), (YEARS, THREE_YEARS)], ids=["a year", "years"]
)
def test_periods_and_all_of_them_pooled_published_one_after_the_other(
    parts: list[Period], whole: Period
) -> None:
    narrow, recovered, hidden = float("inf"), 0, 0
    for seed in range(8):
        rng = random.Random(1000 + seed)
        rules = some_rules(rng)
        made = [a_table(rng, 4, 3) for _ in parts]
        counts = [[sum(t.counts[m][n] for t in made) for n in range(3)] for m in range(4)]
        tables = [*zip(made, parts, strict=True), (a_table(rng, 4, 3, counts=counts), whole)]
        published: list[tuple[Table, Period, set[Any]]] = []
        attacker = Attacker(rules)
        for table, period in tables:
            release = Release(rules)
            for old, span, gone in published:
                release.add_earlier(dict(figures_of(old, span)), gone, rules, relations_of(old, span))
            release.add(table, period)
            gone = release.protect()
            own = {name for name, _ in figures_of(table, period)} & gone
            published.append((table, period, own))
            attacker.reads(shown(table, period, rules=rules, hidden=own), period, row_dim="row")
        for places in {key[1] for key in attacker.low}:  # type: ignore[index]
            attacker.knows((whole, places), [(part, places) for part in parts])
        many, width, exact = narrowest(attacker)
        hidden, narrow, recovered = hidden + many, min(narrow, width), recovered + exact
    assert hidden > 150
    assert recovered == 0
    assert narrow >= WIDTH - 1e-6


def test_years_pooled_in_one_paper_show_more_than_a_paper_of_one_year() -> None:
    left: dict[bool, list[bool]] = {
        False: [],
        True: [],
    }  # each figure of one year, and of three years together
    for seed in range(8):
        rng, rules = random.Random(2000 + seed), Rules(5, 1)
        years = [a_table(rng, 4, 3) for _ in YEARS]
        counts = [[sum(t.counts[m][n] for t in years) for n in range(3)] for m in range(4)]
        for table, period in ((years[0], YEARS[0]), (a_table(rng, 4, 3, counts=counts), THREE_YEARS)):
            release = Release(rules)
            release.add(table, period)
            gone = release.protect()
            left[period == THREE_YEARS] += [name not in gone for name, _ in figures_of(table, period)]
            attacker = Attacker(rules)
            attacker.reads(shown(table, period, rules=rules, hidden=gone), period, row_dim="row")
            _, width, exact = narrowest(attacker)
            assert (exact, width >= WIDTH - 1e-6) == (0, True)
    assert sum(left[True]) > sum(left[False]) * 1.2


def test_two_tables_that_share_a_margin() -> None:
    narrow = float("inf")
    for seed in range(8):
        rng = random.Random(2000 + seed)
        rules = some_rules(rng)
        first = a_table(rng, 5, 3)
        split = [[rng.randint(0, first.row_total(n)) for _ in range(1)] for n in range(5)]
        counts = [[part[0], first.row_total(n) - part[0]] for n, part in enumerate(split)]
        second = Table("u", "u", "cases", "row", "Row", first.rows, counts, lines("d", 2), "other")
        release = Release(rules)
        release.add(first, YEAR)
        release.add(second, YEAR)
        gone = release.protect()
        attacker = Attacker(rules)
        for table in (first, second):
            attacker.reads(shown(table, YEAR, rules=rules, hidden=gone), "cases", row_dim="row")
        narrow = min(narrow, narrowest(attacker)[1])
    assert narrow >= WIDTH - 1e-6


def test_nought_is_shown_or_hidden_by_choice_and_medians_need_a_base() -> None:
    table = Table(
        "t",
        "t",
        "cases",
        "row",
        "Row",
        lines("r", 3),
        [[0], [30], [90]],
        extras=[Extra("Median", [None, 7, 8])],
    )
    seen = shown(table, YEAR, rules=Rules(base=40), hidden=set())
    assert [row[1:] for row in seen.rows] == [[0, None], [30, "c"], [90, 8]]
    release = Release(Rules(zeros=False))
    release.add(table, YEAR)
    assert name_of(table, YEAR, "r0") in release.protect()


def test_a_share_tells_nothing_that_the_figures_shown_do_not() -> None:
    rows = lines("r", 3)
    table = Table("t", "t", "cases", "row", "Row", rows, [[4], [31], [67]], extras=[shares(rows)])
    assert [row[2] for row in shown(table, YEAR).rows] == [4, 30, 66]
    # For the public out of the rounded figures (30 and 65 of 100), and none where a figure is hidden.
    seen = shown(table, YEAR, rules=Rules(), hidden={name_of(table, YEAR, "r0")})
    assert [row[1:] for row in seen.rows] == [["c", "c"], [30, 30], [65, 65]]
    total = {name_of(table, YEAR)}
    assert [row[2] for row in shown(table, YEAR, rules=Rules(), hidden=total).rows] == ["c", "c", "c"]
    # Of few there is none at all.
    few = Table("t", "t", "cases", "row", "Row", rows, [[5], [6], [8]], extras=[shares(rows)])
    assert [row[2] for row in shown(few, YEAR).rows] == [None, None, None]
    assert [row[2] for row in shown(few, YEAR, rules=Rules(), hidden=set()).rows] == ["c", "c", "c"]


@pytest.fixture
def published(db: None) -> Iterator[list[Paper]]:
    """The papers of two partnerships for two quarters, published one after the other."""
    at = datetime(2026, 7, 20, 9, 30, tzinfo=UTC)
    papers = []
    with time_machine.travel(at, tick=False):
        call_command("seed_demo", cases=120, seed=3, verbosity=0)
        for slug in (people.SLUG, bulk.SLUG):
            partnership = Partnership.objects.get(slug=slug)
            officer = in_role(partnership, Role.CPC_OFFICER)[0]
            for period in QUARTERS[:2]:
                paper = draft(partnership, period, by=officer, at=at)
                approve(paper, by=officer, at=at)
                publish(paper, "Few cases: nobody is to be told from a figure.", by=officer, at=at)
                paper.refresh_from_db()
                papers.append(paper)
    yield papers


def test_the_papers_of_the_demonstration_give_nothing_away(
    published: list[Paper], capsys: pytest.CaptureFixture[str]
) -> None:
    hidden = 0
    for paper in published:
        attacker = Attacker(Rules(**(paper.public or {})["rules"]))
        kept = {t["key"]: t for part in paper.frozen["parts"] for t in part["tables"]}
        for seen in tables_of((paper.public or {})["parts"]):
            table = table_of(kept[seen.key])
            attacker.reads(
                seen,
                (table.universe, str(table.period or "")),
                row_dim=table.row_dim,
                adds_up=table.adds_up,
            )
        _use_what_everybody_knows(attacker)
        many, width, exact = narrowest(attacker)
        hidden += many
        assert exact == 0
        assert width >= WIDTH - 1e-6
    with capsys.disabled():
        print(f"\n{len(published)} published papers: {hidden} figures hidden, 0 recovered")  # noqa: T201
    assert hidden > 100
    a_period_that_overlaps_a_published_one_is_refused(published[0])
    what_was_frozen_reads_the_same(published[0])


#: What was decided -> what was told then, in the words that are printed.
TOLD_AFTER = {
    "Waiting for a decision": ["Nothing yet: no decision"],
    "Noted, nothing to change": ["Noted, and why nothing changes"],
    "Taken up": [
        "Taken up, with an owner and a day still to come",
        "Taken up; the day has passed and nothing has changed yet",
    ],
    "Changed": ["What changed", "What changed, in a version of the procedure"],
}


def _use_what_everybody_knows(attacker: Attacker) -> None:
    """Whoever is in dispute has not been settled, is on one open visit, and stands on one rung."""
    cases, visits = ("cases", ""), ("visits", "")
    labels = {s.value: s.label for s in LADDER}
    in_dispute = [(cases, (f"state={labels[key]}",)) for key in DISPUTED]
    attacker.knows((cases, ("waited=Not settled yet",)), in_dispute)
    attacker.knows((cases, ("ended=Not settled yet",)), in_dispute)
    for key in DISPUTED:
        open_visits = (visits, tuple(sorted(["col=Still there", f"rung={labels[key]}"])))
        attacker.knows((cases, (f"state={labels[key]}",)), [open_visits])
    items = ("learning items", "")
    for decided, told in TOLD_AFTER.items():
        attacker.knows((items, (f"col={decided}",)), [(items, (f"told={words}",)) for words in told])
    before = len(attacker.sums)
    assert all(
        key in attacker.low for total, parts in attacker.sums[before - 12 :] for key in (total, *parts)
    )


def a_period_that_overlaps_a_published_one_is_refused(paper: Paper) -> None:
    officer = paper.made_by
    assert officer is not None
    at = paper.made_at + timedelta(hours=1)

    def attempt(first: date, last: date) -> None:
        made = draft(paper.partnership, Period(first, last), by=officer, at=at)
        approve(made, by=officer, at=at)
        publish(made, "Why", by=officer, at=at)

    for first, last in (
        (date(2026, 1, 1), date(2026, 3, 31)),  # the same again
        (date(2026, 2, 1), date(2026, 4, 30)),  # in part
        (date(2025, 10, 1), date(2026, 3, 31)),  # one published, one not
    ):
        with pytest.raises(NotNow, match="overlaps a published one"):
            attempt(first, last)
    attempt(date(2026, 1, 1), date(2026, 6, 30))  # made of both published quarters
    attempt(date(2025, 10, 1), date(2025, 12, 31))  # before them
    assert Paper.objects.filter(partnership=paper.partnership, status="published").count() == 4


def what_was_frozen_reads_the_same(paper: Paper) -> None:
    """The database itself refuses a change; and a changed figure would show by the digest."""
    assert intact(paper)
    paper.frozen["parts"][0]["shown"][0]["rows"][0][1] = 77
    assert not intact(paper)
    for fields in (["frozen"], ["words"], ["public"], ["reason"]):
        paper.words, paper.reason = {"activity": "Other words"}, "Another reason"
        with pytest.raises(DatabaseError, match="what was frozen stays"), transaction.atomic():
            paper.save(update_fields=fields)
    with pytest.raises(DatabaseError, match="only a draft"), transaction.atomic():
        paper.delete()
    paper.refresh_from_db()
    assert intact(paper)
    assert paper.words == {}
