"""A real browser for the journeys: one Chromium for the session, one window for each person."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser

from accounts.models import User
from cases.calendars import seed_holidays
from tests.cast import Cast, make_cast
from tests.journeys.person import Person

#: Screenshots of the pages a journey passes, for looking at by eye; made only when asked for.
PICTURES = os.environ.get("PICTURES")
#: Opens a window for somebody: `person(stage.nurse, width=375, script=False)`.
OpenWindow = Callable[..., Person]


@pytest.fixture
def stage(transactional_db: None) -> Cast:
    """Return the cast, committed, so that the server under test sees it; time runs, so the calendar does too."""
    cast = make_cast()
    year = date.today().year  # noqa: DTZ011 - which holidays to know, give or take one year
    seed_holidays(cast.partnership, year - 1, year + 2)
    return cast


@pytest.fixture
def person(browser: Browser, live_server: Any, assets: None) -> Iterator[OpenWindow]:
    """Return what opens a window for somebody, and close them all when the journey ends."""
    opened: list[Person] = []

    def open_window(user: User, *, width: int = 1280, script: bool = True) -> Person:
        window = Person(browser, live_server.url, user, width=width, script=script, pictures=PICTURES)
        opened.append(window)
        return window

    yield open_window
    for window in opened:
        window.leaves()
