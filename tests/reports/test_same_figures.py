"""Every figure of every report, computed again by the slow way on a generated year and on the demonstration."""

from __future__ import annotations

import os
import random
import statistics
from collections import Counter
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.core.management import call_command

from accounts.models import Partnership
from cases.demo import bulk, people
from cases.models import Case, CaseFacts, Deadline, FactsDue
from cases.reports.base import Period, Table
from cases.reports.every import REPORTS, run
from cases.reports.facts import catch_up
from tests.reports import slow_beside
from tests.reports.beside import learnt, thought_again
from tests.reports.slow import Slow

#: REPORT_CASES=9000 for the whole of it: they lie within two years, more than 5,000 of them in the last.
CASES = int(os.environ.get("REPORT_CASES", "500"))
AT = datetime(2026, 6, 2, 9, 30, tzinfo=UTC)
YEAR = Period.year_to(AT.date())


@pytest.mark.requirement("X13", "PO07")
@pytest.mark.django_db
def test_every_figure_is_the_same_by_the_slow_way(capsys: pytest.CaptureFixture[str]) -> None:
    with time_machine.travel(AT, tick=False):
        call_command("seed_demo", cases=CASES, seed=7, verbosity=0)
        rng = random.Random(7)
        learnt(Partnership.objects.get(slug=bulk.SLUG), AT, count=max(CASES // 5, 100), rng=rng)
        learnt(Partnership.objects.get(slug=people.SLUG), AT, count=20, rng=rng)
        thought_again(Partnership.objects.get(slug=people.SLUG), AT, count=24, rng=rng)
    compared: Counter[str] = Counter()
    for slug in (bulk.SLUG, people.SLUG):
        partnership = Partnership.objects.get(slug=slug)
        slow = Slow(partnership)
        beside = slow_beside.learning(partnership, YEAR, slow.zone, AT.date())
        beside |= slow_beside.rethinks(partnership, YEAR, slow.zone)
        for report in REPORTS.values():
            if not report.periodic:
                continue
            for table in run(report, partnership, YEAR, AT):
                expected = (
                    beside[table.key] if report.key in ("learning", "rethink") else slow.table(table, YEAR)
                )
                assert given(table) == {k: n for k, n in expected.items() if n}, (
                    f"{slug} {report.key} {table.key}"
                )
                compared[slug] += len(table.rows) * len(table.columns)
                compared["with something in it"] += sum(n > 0 for row in table.counts for n in row)
        compared["medians"] += check_medians(slow, run(REPORTS["timeliness"], partnership, YEAR, AT)[0])
        check_now(partnership)
    in_year = CaseFacts.objects.filter(opened_on__gte=YEAR.first, opened_on__lte=YEAR.last).count()
    with capsys.disabled():
        print(f"\n{dict(compared)} figures of {in_year} cases of a year compared, 0 differences")  # noqa: T201
    assert compared["with something in it"] > 200
    assert compared["medians"] >= 5
    assert Case.objects.count() == CaseFacts.objects.count() >= CASES
    assert not FactsDue.objects.exists()


def given(table: Table) -> dict[tuple[str, str], int]:
    """Return the counts of a table that are not nought, by row and column."""
    return {
        (row.key, column.key): table.counts[m][n]
        for m, row in enumerate(table.rows)
        for n, column in enumerate(table.columns)
        if table.counts[m][n]
    }


def check_medians(slow: Slow, table: Table) -> int:
    """Compare the quarters of each stage with those of a sorted list; return how many were compared."""
    checked = 0
    for place, row in enumerate(table.rows):
        hours = sorted(
            int((v.left - v.entered).total_seconds() // 3600)
            for w in slow.within(YEAR)
            for v in w.visits
            if v.state == row.key and v.left is not None
        )
        shown = [extra.values[place] for extra in table.extras]
        if not hours:
            assert shown == [None, None, None]
            continue
        # The smallest value that so many reach.
        assert shown == [hours[-(-len(hours) * q // 4) - 1] for q in (1, 2, 3)]
        assert shown[1] == statistics.median_low(hours)
        checked += 3
    return checked


def check_now(partnership: Partnership) -> None:
    """Compare the open duties with those counted one by one."""
    by_agency, by_rule = run(REPORTS["now"], partnership, YEAR, AT)
    slow_agency: Counter[tuple[str, str]] = Counter()
    slow_rule: Counter[tuple[str, str]] = Counter()
    for duty in Deadline.objects.filter(state="open", case__partnership=partnership).select_related("person"):
        if duty.person_id != duty.first_person_id:
            continue
        left = duty.due_at - AT
        when = "lapsed" if left <= timedelta(0) else "day" if left <= timedelta(1) else "week"
        when = "later" if left > timedelta(7) else when
        slow_agency[str(duty.person.agency_id), when] += 1
        slow_rule[duty.rule, when] += 1
    assert given(by_agency) == slow_agency
    assert given(by_rule) == slow_rule
    assert sum(slow_agency.values()) > 10


@pytest.mark.django_db
def test_catching_up_twice_changes_nothing() -> None:
    with time_machine.travel(datetime.combine(AT.date(), time(9), UTC), tick=False):
        call_command("seed_demo", verbosity=0)
    assert catch_up() == Case.objects.count() == 16
    before = list(CaseFacts.objects.order_by("pk").values())
    assert catch_up() == 0
    for case in Case.objects.all():
        FactsDue.objects.create(case_id=case.pk)
    FactsDue.objects.create(case_id=999_999)  # a case that is gone
    assert catch_up() == 17
    assert list(CaseFacts.objects.order_by("pk").values()) == before
