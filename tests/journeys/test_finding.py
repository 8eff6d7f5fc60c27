"""A head of service finds what is late in one press, looks for words, keeps a search, and blanks the screen."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from cases.workflow import State
from tests.cases.steps import case_at
from tests.cast import Cast
from tests.journeys import given
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import pages_checked
from tests.journeys.words import noon

pytestmark = pytest.mark.browser


def test_what_has_lapsed_in_my_service_is_one_press_from_home(stage: Cast, person: OpenWindow) -> None:
    # Given one case that lapsed at the head of service, and one that did not
    long_ago = timezone.now() - timedelta(days=20)
    changes = {"happened_at": long_ago - timedelta(days=1), "safety_until": noon(6)}
    late = case_at(stage, State.SENIOR_MANAGERS, at=long_ago, **changes).reference
    given.a_case_at(stage, State.SENIOR_MANAGERS)
    head = person(stage.health_senior, width=375).signs_in()

    # When they press one link on the first page, then they see the one that is late
    head.follows(f"Everything lapsed in {stage.health.short_name}").is_at("Some of your cases")
    head.sees(f"Lapsed, with {stage.health.short_name}, most urgent first.")
    references = head.page.locator(".esc-duty__facts span:first-child").all_inner_texts()
    assert references == [late]
    # And they can keep that search, and find it again
    head.follows("Save this search").writes("Name of this search", "Late with us")
    head.presses("Save this search").sees("Saved.").follows("Late with us").sees(late)

    # When they look for words, the words stand on the page and in no address
    head.goes_to("/cases/").writes("Find a case", "not getting enough to eat").presses("Find")
    head.is_at("Cases found").sees(late, "The words stand in: ")
    assert "eat" not in head.page.url
    head.page.locator(".esc-duty__title a").last.click()  # newest first: the late one is the older one
    expect(head.page).to_have_url(re.compile(rf"/cases/{late}/#entry-"))

    # When somebody comes up behind them, Escape blanks the page, and brings it back with what was typed
    head.goes_to("/help/unclear/?page=case").writes("What is not clear on that page?", "Half a sent")
    title = head.page.title()
    head.page.keyboard.press("Escape")
    expect(head.page.get_by_role("button", name="Show the page again (Esc)")).to_be_focused()
    expect(head.page.get_by_role("heading", level=1)).not_to_be_visible()
    told = head.page.locator("[role=status]", has_text="The screen is blank. Press Escape")
    expect(told).to_have_css("visibility", "visible")  # what is hidden is not read out
    assert head.page.title() == "New tab"
    head.page.keyboard.press("Escape")
    assert head.page.title() == title
    expect(head.box("What is not clear on that page?")).to_be_focused()
    head.page.keyboard.type("ence")
    expect(head.box("What is not clear on that page?")).to_have_value("Half a sentence")
    assert pages_checked(head) >= 8
