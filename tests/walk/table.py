"""`make pages`: every page as each person who may see it, in docs/pages.md: axe, weight, queries and server time.

Not part of `make test`: pytest collects it only by its name. A page whose main part has the same elements as another
person's is seen by axe once: what differs between them are words, which axe does not judge. The frame around it is seen
for each person on home.
"""

from __future__ import annotations

import gzip
import os
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import Browser

from tests.pages.desk import NOW, client_of
from tests.walk.raw import raw_words
from tests.walk.stops import STOPS, Stop
from tests.walk.walker import Walker
from tests.walk.world import World, make_world

#: For trying this out: WALK="^home|^case " takes the pages that fit alone, and writes them to .dev/.
ONLY = os.environ.get("WALK", "")
DOCS = Path(__file__).parents[2] / "docs"
TIMES = 5
#: Whose page it is in the table, and which of the cast that is here.
PEOPLE = {
    "practitioner who raised it": "nurse",
    "practitioner on the other side": "social_worker",
    "line manager": "nurse_manager",
    "line manager on the other side": "social_work_manager",
    "senior manager": "health_senior",
    "Chief Social Work Officer": "cswo",
    "designated lead": "health_lead",
    "committee’s officer": "cpc_officer",
    "Re-think facilitator": "facilitator",
    "Re-think coordinator": "coordinator",
    "auditor": "auditor",
    "administrator": "administrator",
    "somebody new without a role": "newcomer",
    "practitioner of another partnership": "stranger",
}
NOT_COUNTED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


@dataclass(frozen=True)
class Row:
    page: str
    person: str
    axe: str
    raw: str  # words of a program on it
    weight: int
    queries: int
    milliseconds: float


@pytest.fixture
def world(transactional_db: None, settings: Any) -> Iterator[World]:
    settings.CSRF_COOKIE_AGE = None
    settings.BASE_URL = urlsplit("http://localhost:8000")  # a name, for which browsers make passkeys
    with time_machine.travel(NOW, tick=False):
        world = make_world()
        begun = reverse("log_draft", args=["what"])  # so that there is something to check
        client_of(world.cast.nurse).post(begun, {"what": "Half a sentence about"})
        yield world


def test_write_the_table(world: World, browser: Browser, live_server: Any, assets: None) -> None:
    walker, rows, looked = Walker(browser, live_server.url, world), list[Row](), dict[tuple[str, str], str]()
    pages = {
        str(stop): stop
        for stop in STOPS
        if stop.status == 200 and not stop.under_way and re.search(ONLY, str(stop))
    }
    furniture = _furniture()
    for name, stop in pages.items():
        address = stop.address(world)
        for kind, client in _clients(world, stop).items():
            first = client.get(address)
            if first.status_code != 200:
                continue
            body = first.content.decode()
            key = (name, kind if stop.route == "home" else _elements(body))
            if key not in looked:
                found = walker.look(replace(stop, who=PEOPLE.get(kind, "")))
                looked[key] = f"{len(found)}: {'; '.join(found)}" if found else "none"
            weight = len(gzip.compress(first.content, 6)) + furniture
            raw = "; ".join(raw_words(body))
            rows.append(Row(name, kind, looked[key], raw, weight, *_measured(client, address)))
    walker.close()
    (DOCS.parent / ".dev" / "pages.md" if ONLY else DOCS / "pages.md").write_text(_written(rows, len(looked)))
    assert {row.page for row in rows} == pages.keys()
    assert [row for row in rows if row.axe != "none" or row.raw] == []


def _clients(world: World, stop: Stop) -> dict[str, Client]:
    if not stop.who:
        return {"nobody signed in": Client()}
    return {kind: client_of(world.person(who)) for kind, who in PEOPLE.items()}


def _measured(client: Client, address: str) -> tuple[int, float]:
    """Return how many statements a page takes, and the median of its server time in milliseconds."""
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    queries = [q for q in captured.captured_queries if not q["sql"].upper().startswith(NOT_COUNTED)]
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        client.get(address)
        took.append(time.perf_counter() - began)
    return len(queries), statistics.median(took) * 1000


def _elements(body: str) -> str:
    """Return a page without its words and addresses: two pages with the same elements look the same to axe."""
    main = body[body.index("<main") : body.index("</main>")] if "<main" in body else body
    return re.sub(r'(href|value|id|for|name|action|content|datetime|aria-[a-z]+)="[^"]*"|>[^<]+<', "><", main)


def _furniture() -> int:
    """Return what styles and scripts of a first visit weigh, compressed."""
    found = (Path(finders.find(f"build/{name}") or "") for name in ("app.css", "app.js", "on.js"))
    return sum(len(gzip.compress(path.read_bytes(), 6)) for path in found)


def _written(rows: list[Row], looked: int) -> str:
    times = sorted(row.milliseconds for row in rows)
    clean = sum(row.axe == "none" for row in rows)
    head = [
        "# Every page, as each person who may see it",
        "",
        "Written by `make pages`; do not edit. The pages are those of `tests/walk/stops.py`, one case for each step.",
        "",
        "- **axe**: what axe finds of WCAG 2.2 AA and of good practice, at 1280 and at 320 px. A page with the same",
        "  elements as another person’s is looked at once. `make test` looks at each page, and at each refusal of its",
        "  forms, at 1280, 768, 375 and 320 px and with text at 200 %.",
        "- **words of a program**: names with underscores, dates for machines and the like (`tests/walk/raw.py`).",
        "- **weight**: a first visit, compressed, without images: page, styles and scripts. The bar is 100 kB.",
        "- **queries**: SQL statements of the page, the session and the person included.",
        f"- **server**: median of {TIMES} loads in one process on the machine that wrote this, in milliseconds.",
        "",
        f"{len({row.page for row in rows})} pages, {len(rows)} pages x people, of which {looked} have other elements; "
        f"{clean} of {len(rows)} without a finding, "
        f"{sum(not row.raw for row in rows)} without a word of a program. "
        f"Heaviest {max(row.weight for row in rows) / 1000:.0f} kB; "
        f"at most {max(row.queries for row in rows)} queries; server time {times[len(times) // 2]:.0f} ms as a rule, "
        f"{times[int(len(times) * 0.95)]:.0f} ms for 95 %.",
        "",
        "| page | person | axe | weight | queries | server |",
        "|---|---|---|---|---|---|",
    ]
    body = [
        f"| {r.page} | {r.person} | {r.axe} | {r.weight / 1000:.0f} kB | {r.queries} | {r.milliseconds:.0f} ms |"
        for r in rows
    ]
    return "\n".join([*head, *body]) + "\n"
