"""What people's devices are set to: dark, more contrast, colours of their own, no movement, no images, paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

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
SEEN = """names => names.filter(name =>
    [...document.querySelectorAll(name)].some(e => e.checkVisibility() && e.getBoundingClientRect().height > 1))"""
#: Colours that a page has taken from a set of its own: there is no dark one, so nothing may change halfway.
COLOURS = """() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor,
    getComputedStyle(document.documentElement).colorScheme]"""
#: What is only to be pressed, and so not on paper.
PRESSED = [
    ".esc-header",
    ".esc-nav",
    ".esc-footer",
    ".govuk-button",
    ".govuk-back-link",
    ".govuk-skip-link",
]
#: What a page says, and so on paper as well, wherever the page has it.
SAID = [
    "main h1",
    ".esc-now",
    ".moj-timeline",
    ".govuk-details__text",
    ".esc-position",
    ".esc-ladder",
    "main table",
]


def as_devices_are_set(page: Page, picture: Callable[[str], None]) -> list[str]:
    """Return what goes wrong on a page under each of these settings; `picture` is asked for one of each by name."""
    wrong = list[str]()

    def expect(how: str, found: Any, wanted: Any) -> None:
        if found != wanted:
            wrong.append(f"{how}: {found}, not {wanted}")

    def set_to(how: str, **media: Any) -> None:
        page.emulate_media(**media)
        picture(how)

    light = page.evaluate(COLOURS)
    there = page.evaluate("names => names.filter(name => document.querySelector(name))", SAID)
    set_to("dark", color_scheme="dark")
    expect("dark", page.evaluate("options => walk.axe(options)", CONTRAST), [])
    expect("dark", page.evaluate(COLOURS), light)
    set_to("more contrast", color_scheme="light", contrast="more")
    expect("more contrast", page.evaluate("options => walk.axe(options)", CONTRAST), [])
    set_to("own colours", contrast="no-preference", forced_colors="active")
    expect("own colours: no line around", page.evaluate(UNLINED), [])
    expect("own colours", page.evaluate("options => walk.axe(options)", CONTRAST), [])
    page.emulate_media(forced_colors="none", reduced_motion="reduce")
    expect("moves for those whom it makes ill", page.evaluate(MOVING), [])
    set_to("print", media="print")
    expect("on paper, though only to be pressed", page.evaluate(SEEN, PRESSED), [])
    expect("on paper", page.evaluate(SEEN, there), there)
    page.emulate_media(media="screen")
    return wrong
