"""The pages of the reports: who may read which, the same figures in page and file, and the cases behind a figure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from openpyxl import load_workbook

from accounts.models import User
from cases.actions import settling
from cases.reports import behind
from cases.reports.base import Period
from cases.reports.every import REPORTS, run
from cases.workflow import State
from tests.cases.steps import agreed, audit, case_at, determined
from tests.cast import TUESDAY, Cast, opened

JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))
LATER = TUESDAY + timedelta(days=20)
OF_JUNE = "first_day=1&first_month=6&first_year=2026&last_day=22&last_month=6&last_year=2026"
WORDS_OF_A_CASE = ("unfed", "HV-2041", "Nadia Reid", "Callum Petrie")


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


@pytest.fixture
def later() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


def client_of(person: User) -> Client:
    """Return somebody's browser; the second factor was just given."""
    client = Client()
    client.force_login(person, backend="accounts.backends.PersonBackend")
    return client


def read_by(person: User, address: str, status: int = 200) -> str:
    client = client_of(person)
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode("utf-8-sig") if status == 200 else ""


def test_who_may_read_which_report(cast: Cast) -> None:
    counted = 0
    for key, report in REPORTS.items():
        for form in ("", "file/csv/", "file/xlsx/"):
            for person in (cast.nurse, cast.cswo, cast.administrator, cast.stranger):
                read_by(person, f"/reports/{key}/{form}", 403)
                counted += 1
        auditor = 403 if key == "now" else 200
        for person, status in ((cast.cpc_officer, 200), (cast.auditor, auditor)):
            client = client_of(person)
            assert client.get(f"/reports/{key}/").status_code == status
            assert client.get(f"/reports/{key}/file/csv/").status_code == status
            counted += 2
        assert report.title in read_by(cast.cpc_officer, "/reports/")
    assert counted == len(REPORTS) * 16 == 208
    assert "Open work now" not in read_by(cast.auditor, "/reports/")
    read_by(cast.cpc_officer, "/reports/nothing/", 404)
    read_by(cast.cpc_officer, "/reports/activity/file/exe/", 404)


@pytest.mark.usefixtures("later")
def test_a_figure_opens_as_many_cases_as_it_says(six_cases: Cast) -> None:
    opened_lists = shown_cases = 0
    for report, table_key in behind.LISTED:
        page = read_by(six_cases.auditor, f"/reports/{report}/?{OF_JUNE}")
        links = re.findall(r'href="(/reports/\w+/cases/\?table=(\w+)[^"]*)">(\d+)</a>', page)
        links = [(address, figure) for address, table, figure in links if table == table_key]
        assert links
        for address, figure in links:
            listed = read_by(six_cases.auditor, address.replace("&amp;", "&"))
            assert f"{figure} case{'' if figure == '1' else 's'}</caption>" in listed
            assert len(re.findall(r'<th scope="row"', listed)) == int(figure)
            assert not any(words in listed for words in WORDS_OF_A_CASE)
            opened_lists, shown_cases = opened_lists + 1, shown_cases + int(figure)
    assert (opened_lists, shown_cases) == (27, 72)


@pytest.mark.usefixtures("later")
def test_totals_agree_within_a_report_and_between_reports(six_cases: Cast) -> None:
    totals = {
        table.key: table.grand
        for report in REPORTS.values()
        for table in run(report, six_cases.partnership, JUNE, LATER)
        if table.universe == "cases" and table.adds_up and table.key != "months_before"
    }
    assert set(totals.values()) == {6}
    assert len(totals) == 14


@pytest.mark.usefixtures("later")
def test_page_csv_and_workbook_hold_the_same_figures_and_no_case_text(six_cases: Cast) -> None:
    compared = 0
    for key in REPORTS:
        page = read_by(six_cases.cpc_officer, f"/reports/{key}/?{OF_JUNE}")
        lines = list(
            csv.reader(io.StringIO(read_by(six_cases.cpc_officer, f"/reports/{key}/file/csv/?{OF_JUNE}")))
        )
        client = client_of(six_cases.cpc_officer)
        book = load_workbook(io.BytesIO(client.get(f"/reports/{key}/file/xlsx/?{OF_JUNE}").content))
        rows = [["" if c is None else str(c) for c in row] for row in book.active.iter_rows(values_only=True)]
        assert [[c for c in row if c] for row in rows] == [[c for c in line if c] for line in lines]
        assert "Error: " not in page
        said = {"learning": "Raised", "rethink": "Re-thinks asked for"}.get(key, "Cases logged")
        assert (f"{said} from Monday 1 June 2026 to Monday 22 June 2026." in page) == REPORTS[key].periodic
        assert ([f"{said} from", "2026-06-01"] in lines) == REPORTS[key].periodic
        for words in WORDS_OF_A_CASE:
            assert words not in page
            assert words not in str(lines)
        in_page = [
            re.findall(r'<(?:th scope="row"[^>]*|span)>([^<]*|<a[^>]*>[^<]*</a>)</(?:th|span)>', row)
            for row in re.findall(r'<tr class="govuk-table__row" role="row"><th scope="row".*?</tr>', page)
        ]
        for row in in_page:
            plain = [re.sub(r"<[^>]+>", "", cell).replace(",", "").replace("–", "") for cell in row]
            cells = [re.sub("&#x27;", "'", cell) for cell in plain]
            assert cells in [[c.replace(",", "") for c in line] for line in lines], cells
            compared += len(cells)
        counted = [int(line[1]) for line in lines if line[:1] == ["Rows"]]
        assert counted
        assert ["Rows in all tables", str(sum(counted))] in lines
    assert compared > 700


def test_another_partnership_counts_nothing_of_this_one(six_cases: Cast) -> None:
    other = six_cases.stranger.agency.partnership
    tables = [t for r in REPORTS.values() for t in run(r, other, JUNE, LATER)]
    assert len(tables) == 43
    assert sum(t.grand for t in tables) == 0


def test_the_period_is_counted_in_local_days(cast: Cast) -> None:
    # 23:30 UTC on 31 May is 00:30 on 1 June in Scotland.
    opened(cast, at=TUESDAY.replace(month=5, day=31, hour=23, minute=30))
    months = run(REPORTS["activity"], cast.partnership, JUNE, LATER)[0]
    assert months.grand == 1
    may = Period(date(2026, 5, 1), date(2026, 5, 31))
    assert run(REPORTS["activity"], cast.partnership, may, LATER)[0].grand == 0


def test_a_report_knows_what_was_committed_before_it(cast: Cast) -> None:
    case = opened(cast)
    states = run(REPORTS["activity"], cast.partnership, JUNE, LATER)[4]
    assert states.counts[0] == [0, 0, 1]
    settling.withdraw(case, by=cast.nurse, audit=audit(case, TUESDAY), statement="New facts.")
    states = run(REPORTS["activity"], cast.partnership, JUNE, LATER)[4]
    assert states.counts[0] == [0, 0, 0]
    assert next(r for r, row in zip(states.counts, states.rows, strict=True) if row.key == "withdrawn") == [
        0,
        0,
        1,
    ]


def test_a_wrong_period_is_refused_in_words(cast: Cast) -> None:
    query = "first_day=2&first_month=6&first_year=2026&last_day=1&last_month=6&last_year=2026"
    page = read_by(cast.cpc_officer, f"/reports/activity/?{query}")
    assert "The last day must be on or after the first day" in page
    assert 'value="2026"' in page
    # No file and no list of other days than those asked for: both lead back to what is to be mended.
    client = client_of(cast.cpc_officer)
    for address in ("file/csv/", "file/xlsx/", "cases/"):
        assert client.get(f"/reports/activity/{address}?{query}").url == f"/reports/activity/?{query}"
