"""A paper is made by the worker while a page shows how far it has come; all of it as of one moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from threading import Thread
from typing import Any

import pytest
import time_machine
from django.db import connection

from cases.models import Paper, PaperRun
from cases.reports import making
from cases.reports.base import Period
from cases.reports.papers import draft
from cases.tasks import make_papers
from escalation.trail.models import Event
from tests.cast import Cast, opened
from tests.reports.test_pages import client_of

JULY = datetime(2026, 7, 7, 9, 30, tzinfo=UTC)
QUARTER = Period(date(2026, 4, 1), date(2026, 6, 30))
Counting = Callable[[int, int, str], None]


@pytest.fixture(autouse=True)
def in_july() -> Any:
    with time_machine.travel(JULY, tick=False):
        yield


def test_asked_for_once_and_led_to_when_it_is_there(cast: Cast) -> None:
    opened(cast)
    officer = client_of(cast.cpc_officer)
    typed = {
        f"{name}_{part}": str(getattr(day, part))
        for name, day in (("first", QUARTER.first), ("last", QUARTER.last))
        for part in ("day", "month", "year")
    }
    run = officer.post("/papers/", typed)
    again = officer.post("/papers/", typed)
    assert run["Location"] == again["Location"] == f"/papers/making/{PaperRun.objects.get().pk}/"
    page = officer.get(run["Location"])
    assert page["Refresh"] == "3"
    assert "It begins in a few seconds." in page.content.decode()
    # Whoever reads slowly stops that (WCAG 2.2.1), and whoever has no part in it finds nothing.
    assert not officer.get(f"{run['Location']}?still=yes").has_header("Refresh")
    assert client_of(cast.auditor).get(run["Location"]).status_code == 403
    assert client_of(cast.nurse).get(run["Location"]).status_code == 403
    make_papers()
    paper = Paper.objects.get()
    assert (paper.made_by, paper.first, paper.last) == (cast.cpc_officer, QUARTER.first, QUARTER.last)
    assert officer.get(run["Location"])["Location"] == f"/papers/{paper.pk}/"
    for verb in ("paper_asked", "paper_drafted"):  # pressed twice is asked once
        assert Event.objects.filter(verb=verb, actor_id=cast.cpc_officer.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_paper_says_what_was_so_at_one_moment(cast: Cast) -> None:
    opened(cast)
    seen: list[str] = []

    def counting(done: int, of: int, title: str) -> None:
        seen.append(title)
        if done != 2:
            return

        def meanwhile() -> None:  # somebody opens another case while the paper is made
            opened(cast)
            connection.close()

        thread = Thread(target=meanwhile)
        thread.start()
        thread.join()

    first = draft(cast.partnership, QUARTER, by=None, at=JULY, counting=counting)
    second = draft(cast.partnership, QUARTER, by=None, at=JULY)
    assert len(seen) == len(set(seen)) == 12
    assert _totals(first) == {1}
    assert _totals(second) == {2}


def _totals(paper: Paper) -> set[int]:
    """Return the different totals of all tables that divide the cases of the period; one when they agree."""
    tables = [t for part in paper.frozen["parts"] for t in part["tables"] if t["universe"] == "cases"]
    whole = [t for t in tables if t["adds_up"] and t["key"] != "months_before"]
    assert len(whole) == 14
    return {sum(sum(row) for row in t["counts"]) for t in whole}


@pytest.mark.django_db(transaction=True)
def test_others_see_how_far_it_is_and_that_it_failed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    run = making.ask(cast.partnership, QUARTER, by=cast.cpc_officer, at=JULY)
    officer, pages = client_of(cast.cpc_officer), []

    def breaks(*args: Any, counting: Counting, **options: Any) -> Paper:
        counting(3, 12, "Acknowledgement")
        pages.append(officer.get(f"/papers/making/{run.pk}/").content.decode())
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(making, "draft", breaks)
    make_papers()
    assert len(pages) == making.TRIES
    assert "3 of 12 parts are counted." in pages[0]
    assert "Now: Acknowledgement." in pages[0]
    page = officer.get(f"/papers/making/{run.pk}/")
    assert "The paper could not be made" in page.content.decode()
    assert not page.has_header("Refresh")
    # What failed is no bar to asking again.
    assert making.ask(cast.partnership, QUARTER, by=cast.cpc_officer, at=JULY).pk != run.pk


def test_what_a_worker_left_behind_is_taken_again(cast: Cast) -> None:
    run = making.ask(cast.partnership, QUARTER, by=cast.cpc_officer, at=JULY)
    PaperRun.objects.update(claimed_at=JULY, tries=1)  # a worker took it, and was killed
    assert making.make_next(JULY + making.GIVEN_UP) is False
    assert making.make_next(JULY + making.GIVEN_UP * 2) is True
    run.refresh_from_db()
    assert run.paper == Paper.objects.get()
