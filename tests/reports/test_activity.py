"""The figures of the report, computed again from the rows by a slow path, and its file."""

from __future__ import annotations

import csv as csv_module
import io
from collections import Counter
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from cases.actions import settling
from cases.models import Case, Deadline
from cases.reports import activity, csv
from cases.reports.base import Period
from cases.workflow import State
from tests.cases.steps import agreed, audit, case_at, determined
from tests.cast import TUESDAY, Cast, opened

JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))
LATER = TUESDAY + timedelta(days=20)


@pytest.fixture
def six_cases(cast: Cast) -> Cast:
    """Six cases in June and one in May, in five states."""
    opened(cast)
    opened(cast, reasons=["timescales", "information_sharing"], urgency="urgent")
    opened(cast, by=cast.teacher, counterpart=cast.nurse, counterpart_team_id=None, raising_team_id=None)
    case_at(cast, State.MANAGERS)
    agreed(cast)
    determined(cast)
    opened(cast, at=TUESDAY - timedelta(days=20), horizon_at=None)
    return cast


def rows_of(tables: list, key: str) -> dict[str, list]:
    table = next(t for t in tables if t.key == key)
    return {row[0]: row[1:] for row in table.rows}


def test_states_and_agencies_add_up_to_the_cases_of_the_period(six_cases: Cast) -> None:
    tables = activity.tables(six_cases.partnership, JUNE, LATER)
    cases = list(Case.objects.filter(opened_at__year=2026, opened_at__month=6))
    assert len(cases) == 6
    slow = Counter(State(c.state).label for c in cases)
    assert {k: v[-1] for k, v in rows_of(tables, "state").items() if v[-1]} == dict(slow)
    by_pair = Counter((c.raising_agency.short_name, c.receiving_agency.short_name) for c in cases)
    assert by_pair == {("Health", "Social Work"): 5, ("Education", "Health"): 1}
    table = next(t for t in tables if t.key == "agencies")
    column = table.columns.index("Social Work")
    health = next(r for r in table.rows if r[0] == "Health")
    assert (health[column], health[-1]) == (5, 5)
    assert table.total is not None
    assert table.total[-1] == 6


def test_a_case_counts_under_each_of_its_reasons(six_cases: Cast) -> None:
    reasons = rows_of(activity.tables(six_cases.partnership, JUNE, LATER), "reason")
    assert {k: v[0] for k, v in reasons.items() if v[0]} == {
        "Referral, threshold or screening": 5,
        "Timescale or drift": 1,
        "Information sharing": 1,
    }


def test_stages_against_what_was_first_promised(six_cases: Cast) -> None:
    stages = rows_of(activity.tables(six_cases.partnership, JUNE, LATER), "stages")
    # came here, settled here, left in time, past its time, hours on average
    assert stages["Resolution"] == [6, 1, 3, 3, 1.3]
    assert stages["Between managers"] == [2, 0, 1, 1, 1.0]
    assert stages["With the Chief Social Work Officer"] == [1, 1, 1, 0, 1.0]
    assert stages["With the committee"] == [0, 0, 0, 0, None]


def test_lapsed_now_counts_open_duties_by_agency(six_cases: Cast) -> None:
    lapsed = rows_of(activity.tables(six_cases.partnership, JUNE, LATER), "lapsed")
    slow = Counter(
        d.person.agency.short_name for d in Deadline.objects.filter(state="open", due_at__lte=LATER)
    )
    assert {k: v[0] for k, v in lapsed.items() if v[0]} == dict(slow)
    assert sum(slow.values()) > 5


def test_another_partnership_counts_nothing_of_this_one(six_cases: Cast) -> None:
    other = six_cases.stranger.agency.partnership
    figures = activity.headline(other, JUNE, LATER)
    assert figures == {"opened": 0, "in_dispute": 0, "settled": 0, "lapsed": 0}


def test_the_period_is_counted_in_local_days(cast: Cast) -> None:
    # 23:30 UTC on 31 May is 00:30 on 1 June in Scotland.
    opened(cast, at=TUESDAY.replace(month=5, day=31, hour=23, minute=30))
    assert activity.headline(cast.partnership, JUNE, LATER)["opened"] == 1
    may = Period(date(2026, 5, 1), date(2026, 5, 31))
    assert activity.headline(cast.partnership, may, LATER)["opened"] == 0


def test_only_report_readers_see_it(cast: Cast, client: Client) -> None:
    allowed = refused = 0
    for person in (cast.cpc_officer, cast.auditor):
        client.force_login(person, backend="accounts.backends.PersonBackend")
        assert client.get("/reports/").status_code == 200
        assert client.get("/reports/activity.csv").status_code == 200
        allowed += 1
    for person in (cast.nurse, cast.cswo, cast.administrator, cast.stranger):
        client.force_login(person, backend="accounts.backends.PersonBackend")
        assert client.get("/reports/").status_code == 403
        assert client.get("/reports/activity.csv").status_code == 403
        refused += 1
    assert (allowed, refused) == (2, 4)


def test_page_and_file_hold_the_same_figures_and_no_case_text(six_cases: Cast, client: Client) -> None:
    client.force_login(six_cases.cpc_officer, backend="accounts.backends.PersonBackend")
    with time_machine.travel(LATER, tick=False):
        page = client.get("/reports/").content.decode()
        file = client.get("/reports/activity.csv").content.decode("utf-8-sig")
    for text in (page, file):
        assert "unfed" not in text
        assert "HV-2041" not in text
    lines = list(csv_module.reader(io.StringIO(file)))
    assert ["Resolution", "0", "1", "3", "4"] in lines
    assert "<td" in page


def test_a_wrong_period_is_refused_in_words(cast: Cast, client: Client) -> None:
    client.force_login(cast.cpc_officer, backend="accounts.backends.PersonBackend")
    query = "first_day=2&first_month=6&first_year=2026&last_day=1&last_month=6&last_year=2026"
    page = client.get(f"/reports/?{query}").content.decode()
    assert "The last day must be on or after the first day" in page


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", ' "=1', "|x", "%x"])
def test_no_cell_is_taken_for_a_formula(cell: str) -> None:
    assert str(csv.safe(cell)).startswith("'")


def test_numbers_stay_numbers() -> None:
    assert csv.safe(-3) == -3
    assert csv.safe("Health") == "Health"


def test_withdrawn_cases_are_not_settled(cast: Cast) -> None:
    case = opened(cast)
    settling.withdraw(case, by=cast.nurse, audit=audit(case, TUESDAY), statement="New facts.")
    assert activity.headline(cast.partnership, JUNE, LATER) == {
        "opened": 1,
        "in_dispute": 0,
        "settled": 0,
        "lapsed": 0,
    }
