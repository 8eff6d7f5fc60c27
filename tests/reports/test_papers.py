"""A committee paper from one click to publication: frozen, worded, approved, published, taken as a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import load_workbook

from accounts.models import User
from accounts.roles import Role
from cases.actions import settling
from cases.models import Paper
from cases.reports.base import Period
from cases.reports.papers import approve, draft, draft_quarter, last_quarter
from cases.tasks import draft_papers, make_papers
from cases.workflow import State
from escalation.celery import app
from escalation.trail.models import Event
from tests.cases.steps import agreed, audit, case_at
from tests.cast import TUESDAY, Cast, opened
from tests.factories import member
from tests.sign_in.proof import forgets_proof

JULY = datetime(2026, 7, 7, 9, 30, tzinfo=UTC)
SECOND_QUARTER = {
    f"{name}_{part}": str(getattr(day, part))
    for name, day in (("first", date(2026, 4, 1)), ("last", date(2026, 6, 30)))
    for part in ("day", "month", "year")
}


@pytest.fixture(autouse=True)
def in_july() -> Iterator[None]:
    with time_machine.travel(JULY, tick=False):
        yield


@pytest.fixture
def three_cases(cast: Cast) -> Cast:
    opened(cast)
    case_at(cast, State.MANAGERS)
    agreed(cast)
    return cast


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="accounts.backends.PersonBackend")
    return client


def test_from_one_click_to_publication(three_cases: Cast) -> None:
    officer = client_of(three_cases.cpc_officer)
    waiting = officer.post("/papers/", SECOND_QUARTER)["Location"]
    make_papers()
    answer = officer.get(waiting, follow=True)
    paper = Paper.objects.get()
    here = f"/papers/{paper.pk}/"
    assert answer.redirect_chain == [(here, 302)]
    # It shows who made it, of what, by which procedure, and its digest.
    page = answer.content.decode()
    for words in (
        "Quentin Ross",
        paper.digest,
        "version ",
        "1 April 2026",
        "Questions for the committee",
    ):
        assert words in page
    # Words beside the figures, as long as it is a draft.
    officer.post(f"{here}words/", {"activity": "Few were raised.\n\nWe ask why."})
    assert "We ask why." in officer.get(here).content.decode()
    officer.post(f"{here}approve/")
    answer = officer.post(f"{here}words/", {"activity": "Other words"})
    assert "The words of an approved paper stay as they are." in answer.content.decode()
    # Published with a reason only.
    answer = officer.post(f"{here}publish/", {"reason": " "})
    assert "Say why so much is shown, and no more" in answer.content.decode()
    officer.post(f"{here}publish/", {"reason": "Three cases: every figure could point to a child."})
    paper.refresh_from_db()
    assert paper.status == "published"
    public = officer.get(f"{here}?edition=public").content.decode()
    assert "Three cases: every figure could point to a child." in public
    assert "We ask why." not in public  # what was written for the committee stays with it
    assert "Deference and silence" not in public
    verbs = (
        Event.objects.filter(object_ref=f"paper:{paper.pk}").order_by("seq").values_list("verb", flat=True)
    )
    assert list(verbs) == ["paper_drafted", "paper_worded", "paper_approved", "paper_published"]


def test_where_there_are_two_officers_the_second_approves(three_cases: Cast) -> None:
    quarter = Period(date(2026, 4, 1), date(2026, 6, 30))
    alone = draft(three_cases.partnership, quarter, by=three_cases.cpc_officer, at=JULY)
    approve(alone, by=three_cases.cpc_officer, at=JULY)
    page = client_of(three_cases.cpc_officer).get(f"/papers/{alone.pk}/").content.decode()
    assert "Quentin Ross, who drafted it too" in page
    second = member("Ishbel Crane", Role.CPC_OFFICER, three_cases.partnership, agency=three_cases.social_work)
    paper = draft(three_cases.partnership, quarter, by=three_cases.cpc_officer, at=JULY)
    here = f"/papers/{paper.pk}/"
    answer = client_of(three_cases.cpc_officer).post(f"{here}approve/", follow=True).content.decode()
    assert "You drafted this paper, so somebody else approves it: Ishbel Crane." in answer
    client_of(second).post(f"{here}approve/")
    paper.refresh_from_db()
    assert (paper.status, paper.approved_by) == ("approved", second)


def test_a_paper_reads_the_same_when_the_cases_move_on(three_cases: Cast) -> None:
    paper = draft(three_cases.partnership, Period(date(2026, 4, 1), date(2026, 6, 30)), by=None, at=JULY)
    client = client_of(three_cases.auditor)
    before = client.get(f"/papers/{paper.pk}/").content.decode()
    case = opened(three_cases, at=TUESDAY + timedelta(days=1))
    settling.withdraw(
        case, by=three_cases.nurse, audit=audit(case, TUESDAY + timedelta(days=2)), statement="New facts."
    )
    three_cases.health.short_name = "Another name"
    three_cases.health.save()
    with time_machine.travel(JULY.replace(year=2034), tick=False):  # years later, in a new session
        client = client_of(three_cases.auditor)
        after = client.get(f"/papers/{paper.pk}/").content.decode()
        table = list(
            csv.reader(io.StringIO(client.get(f"/papers/{paper.pk}/committee/csv/").content.decode()))
        )
    assert "Another name" not in str(table)
    assert next(line for line in table if line[:1] == ["Digest of the figures"])[1] == paper.digest
    main = [text[text.index("<main") : text.index("</main>")] for text in (before, after)]
    assert main[0] == main[1]


def test_files_of_a_paper(three_cases: Cast) -> None:
    paper = draft(three_cases.partnership, Period(date(2026, 4, 1), date(2026, 6, 30)), by=None, at=JULY)
    client = client_of(three_cases.auditor)
    text = client.get(f"/papers/{paper.pk}/committee/csv/").content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    book = load_workbook(io.BytesIO(client.get(f"/papers/{paper.pk}/committee/xlsx/").content))
    rows = [[str(c) for c in row if c is not None] for row in book.active.iter_rows(values_only=True)]
    assert rows == [[c for c in line if c] for line in lines]
    assert ["Tables", "41"] in lines
    made = client.get(f"/papers/{paper.pk}/committee/pdf/").content
    assert made.startswith(b"%PDF-")
    assert b"pdfuaid" in made  # tagged, charts and upright headings too
    assert len(made) > 30_000
    assert client.get(f"/papers/{paper.pk}/public/pdf/").status_code == 404  # not published yet
    assert Event.objects.filter(verb="report_exported").count() == 3


def test_who_may_do_what_with_papers(three_cases: Cast) -> None:
    paper = draft(three_cases.partnership, Period(date(2026, 4, 1), date(2026, 6, 30)), by=None, at=JULY)
    here = f"/papers/{paper.pk}/"
    for person in (three_cases.nurse, three_cases.administrator, three_cases.stranger):
        for address in ("/papers/", here, f"{here}committee/csv/"):
            assert client_of(person).get(address).status_code == 403
    auditor = client_of(three_cases.auditor)
    assert auditor.get(here).status_code == 200
    assert auditor.get("/papers/").status_code == 200
    assert "Draft a paper" not in auditor.get("/papers/").content.decode()
    for address in (
        "/papers/",
        f"{here}words/",
        f"{here}approve/",
        f"{here}publish/",
        "/papers/small-numbers/",
    ):
        assert auditor.post(address, SECOND_QUARTER).status_code == 403
    # A file asks for the second factor again; so do approval and publication.
    officer = client_of(three_cases.cpc_officer)
    forgets_proof(officer)
    assert officer.get(f"{here}committee/pdf/").status_code == 401
    assert officer.get("/reports/activity/file/csv/").status_code == 401
    assert officer.post(f"{here}approve/").status_code == 401
    assert Paper.objects.get().status == "draft"


def test_small_numbers_are_treated_as_set_with_a_reason(three_cases: Cast) -> None:
    officer = client_of(three_cases.cpc_officer)
    given = {"threshold": "3", "rounding": "5", "zeros": "yes", "base": "20", "reason": "Agreed on 3 June."}
    answer = officer.post("/papers/small-numbers/", given)
    assert "Round to no more than the number below which counts are hidden" in answer.content.decode()
    officer.post("/papers/small-numbers/", {**given, "rounding": "1"})
    page = officer.get("/papers/small-numbers/").content.decode()
    assert 'value="3"' in page
    assert Event.objects.filter(verb="disclosure_set").count() == 1


def test_a_quarter_is_drafted_by_itself_and_once(three_cases: Cast) -> None:
    assert last_quarter(date(2026, 1, 1)) == Period(date(2025, 10, 1), date(2025, 12, 31))
    assert last_quarter(date(2026, 7, 7)) == Period(date(2026, 4, 1), date(2026, 6, 30))
    beat = {line["task"]: line["schedule"] for line in app.conf.beat_schedule.values()}
    assert beat[draft_papers.name] <= 24 * 3600  # so a quarter is drafted on its first day
    assert beat[make_papers.name] <= 5  # somebody looks at the page that waits for it
    draft_papers()
    assert draft_quarter(JULY.date(), JULY) == 0
    made = Paper.objects.get(partnership=three_cases.partnership)
    assert (made.first, made.last, made.made_by) == (date(2026, 4, 1), date(2026, 6, 30), None)
    assert "by itself, each quarter" in client_of(three_cases.cpc_officer).get("/papers/").content.decode()


def test_the_command_writes_each_format_and_the_public_only_what_was_published(
    three_cases: Cast, tmp_path: Path
) -> None:
    common = {"partnership": "strathbracken", "first": date(2026, 4, 1), "last": date(2026, 6, 30)}
    for kind, begins in (
        ("csv", b"\xef\xbb\xbfActivity"),
        ("xlsx", b"PK"),
        ("html", b"<!DOC"),
        ("pdf", b"%PDF-"),
    ):
        out = tmp_path / f"report.{kind}"
        call_command("report", "activity", format=kind, out=out, verbosity=0, **common)
        assert out.read_bytes().startswith(begins)
    out = tmp_path / "report.json"
    call_command("report", "activity", format="json", out=out, verbosity=0, **common)
    assert json.loads(out.read_text())["tables"][0]["foot"] == ["All", 3]
    with pytest.raises(CommandError, match="Nothing of this was published for that period"):
        call_command("report", "activity", audience="public", **common)
    with pytest.raises(CommandError, match="Say which partnership"):
        call_command("report", "activity")
