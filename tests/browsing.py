"""The browser of the tests: one Chromium for each process, whoever uses it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Playwright, sync_playwright

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Its maker is asked nothing: neither how forms like these are filled, nor for a newer browser.
    "--host-resolver-rules=MAP *.googleapis.com ~NOTFOUND,MAP *.gvt1.com ~NOTFOUND",
]


def flags() -> list[str]:
    """Return how a browser is started on this machine."""
    return [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS


@pytest.fixture(scope="session")
def playwright_engine() -> Iterator[Playwright]:
    with sync_playwright() as engine:
        yield engine


@pytest.fixture(scope="session")
def browser(playwright_engine: Playwright, chromium: str) -> Iterator[Browser]:
    running = playwright_engine.chromium.launch(executable_path=chromium, args=flags())
    yield running
    running.close()


@pytest.fixture
def assets() -> None:
    """Fail in words when the styles were not built: every picture and contrast check would be of a bare page."""
    built = Path(settings.BASE_DIR) / "escalation" / "static" / "build" / "app.css"
    assert built.exists(), "The styles are missing. Run `make assets` first."
