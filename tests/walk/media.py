"""Point 1: what people's devices are set to. The gallery holds every component, so it is the page to look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.walk.walker import LOOK

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
MOVING = """() => [...document.querySelectorAll("*")].filter(e => ["", "::before", "::after"].some(part => {
    const s = getComputedStyle(e, part || null);
    return s.transitionDuration.split(", ").some(t => t !== "0s") || s.animationName !== "none";
})).map(e => e.outerHTML.slice(0, 80))"""
#: Things told apart on a page by the colour behind them: where colours are taken away they need a line around them.
UNLINED = """() => [...document.querySelectorAll(
    ".govuk-tag, .govuk-button, .moj-alert, .esc-now, .govuk-panel, .govuk-inset-text, .esc-position, .govuk-input")]
    .filter(e => e.checkVisibility() && !["Top", "Left"].some(side =>
        parseFloat(getComputedStyle(e)[`border${side}Width`]) > 0))
    .map(e => e.className)"""
HIDDEN = """names => names.filter(name =>
    [...document.querySelectorAll(name)].some(e => e.checkVisibility() && e.getBoundingClientRect().height > 1))"""


@pytest.fixture
def gallery(browser: Browser, live_server: Any, assets: None) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{live_server.url}/gallery/")
    page.evaluate(AXE_SCRIPT + LOOK)
    yield page
    page.close()


def test_every_component_as_devices_are_set(gallery: Page) -> None:
    light = gallery.evaluate("getComputedStyle(document.body).color")
    # A device set to dark: there is no dark set of colours, so nothing may change halfway.
    gallery.emulate_media(color_scheme="dark")
    assert gallery.evaluate("options => walk.axe(options)", CONTRAST) == []
    assert gallery.evaluate("getComputedStyle(document.body).color") == light
    assert gallery.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    # More contrast
    gallery.emulate_media(color_scheme="light", contrast="more")
    assert gallery.evaluate("options => walk.axe(options)", CONTRAST) == []
    # Colours of the device's own: what was told apart by its background has a line around it.
    gallery.emulate_media(contrast="no-preference", forced_colors="active")
    assert gallery.evaluate(UNLINED) == []
    # Nothing moves for those whom it makes ill.
    gallery.emulate_media(forced_colors="none", reduced_motion="reduce")
    assert gallery.evaluate(MOVING) == []
    # On paper stands what the page says, without what is only to be pressed.
    gallery.emulate_media(media="print")
    pressed = [
        ".esc-header",
        ".esc-nav",
        ".esc-footer",
        ".govuk-button",
        ".govuk-back-link",
        ".govuk-skip-link",
    ]
    assert gallery.evaluate(HIDDEN, pressed) == []
    assert gallery.evaluate(HIDDEN, ["main h1", ".esc-now", ".moj-timeline", ".govuk-details__text"]) == [
        "main h1",
        ".esc-now",
        ".moj-timeline",
        ".govuk-details__text",
    ]
