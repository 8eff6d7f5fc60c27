"""Every page of the service, each by somebody who may see it, looked at in every way; and every form's refusals."""

from __future__ import annotations

import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from playwright.sync_api import Browser

from tests.access.test_routes import EVERY
from tests.pages.desk import NOW
from tests.walk.stops import NO_PAGE, STOPS
from tests.walk.troubles import TROUBLES
from tests.walk.walker import HEAVIEST, Seen, Walker
from tests.walk.world import World, make_world

#: For working on some pages: WALK="^report|case_step" walks the stops that fit alone.
ONLY = os.environ.get("WALK", "")
#: Two walks take turns, so that two processes each take one.
TURNS = 2


def test_a_stop_comes_to_every_route() -> None:
    """Point 1: a route that nobody walks fails here, by its name."""
    walked, declared = {stop.route for stop in STOPS}, {pattern.name for _, pattern in EVERY}
    assert sorted(declared - walked - NO_PAGE.keys()) == [], "add a stop to tests/walk/stops.py"
    assert sorted((walked | NO_PAGE.keys()) - declared) == []
    assert sorted(walked & NO_PAGE.keys()) == []
    assert len({str(stop) + stop.who for stop in STOPS}) == len(STOPS)


@pytest.fixture
def world(transactional_db: None, settings: Any) -> Iterator[World]:
    settings.CSRF_COOKIE_AGE = None  # the browser's own clock runs on: a cookie of our Wednesday would be old
    settings.BASE_URL = urlsplit("http://localhost:8000")  # a name, for which browsers make passkeys
    with time_machine.travel(NOW, tick=False):
        yield make_world()


@pytest.mark.browser
@pytest.mark.parametrize("turn", range(TURNS))
def test_every_page(
    world: World,
    browser: Browser,
    live_server: Any,
    assets: None,
    turn: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Points 1 and 8. A whole walk, both turns together, goes to every stop."""
    stops = STOPS[turn::TURNS]
    walker = Walker(browser, live_server.url, world)
    if not turn:
        assert _of_one_title(walker) == {}
    seen = list[Seen]()
    for stop in (stop for stop in stops if re.search(ONLY, str(stop))):
        seen.append(walker.visit(stop))
        if seen[-1].wrong:  # a walk takes minutes: say it at once
            _tell(capsys, f"\n{stop} as {stop.who or 'nobody'}: {'; '.join(seen[-1].wrong)}")
    for trouble in TROUBLES[turn::TURNS] if not ONLY or "trouble" in ONLY else ():
        seen.append(walker.meet(trouble))
    walker.close()
    _tell(capsys, _told(seen, walker))
    wrong = [f"{s.stop} as {s.stop.who or 'nobody'}: {what}" for s in seen for what in s.wrong]
    assert not wrong, "\n" + "\n".join(wrong)
    assert ONLY or len(seen) == len(stops) + len(TROUBLES[turn::TURNS])


def _tell(capsys: pytest.CaptureFixture[str], words: str) -> None:
    """Say something at once. With several workers only what goes the way of errors is seen."""
    with capsys.disabled():
        print(words, file=sys.stderr)  # noqa: T201


def _of_one_title(walker: Walker) -> dict[str, list[str]]:
    """Return the pages that share a title. A refusal is the same page wherever it comes up, and so counts nowhere."""
    titles: dict[str, set[str]] = defaultdict(set)
    for stop in STOPS:
        if stop.status == 200:
            titles[walker.title(stop)].add(str(stop))
    return {title: sorted(pages) for title, pages in titles.items() if len(pages) > 1}


def _told(seen: list[Seen], walker: Walker) -> str:
    weights = sorted(s.weight for s in seen if s.weight) or [0]
    took = ", ".join(f"{what} {seconds:.0f} s" for what, seconds in walker.took.items())
    return (
        f"\n{len(seen)} pages, {sum(s.runs for s in seen)} runs of axe, {sum(s.refusals for s in seen)} forms refused; "
        f"first load {weights[len(weights) // 2] / 1000:.0f} kB as a rule, {weights[-1] / 1000:.0f} kB at most "
        f"of {HEAVIEST // 1000}; {took}"
    )
