"""Point 1: the two main jobs without a mouse, and the focus seen at every stop on the way."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from cases.models import Case, Entry
from cases.models.entry import Kind
from cases.workflow import State
from tests.cast import Cast
from tests.journeys import given, words
from tests.journeys.keyboard import ByKeyboard
from tests.journeys.when import When as when

pytestmark = pytest.mark.browser


def test_log_a_disagreement_and_give_a_position_by_keyboard_alone(
    stage: Cast, browser: Browser, live_server: Any, assets: None
) -> None:
    nurse = ByKeyboard(browser, live_server.url, stage.nurse, width=1280, script=True, pictures=None)
    # Given a nurse without a mouse
    nurse.signs_in()
    nurse.skips_to_the_main_part()
    # When she logs a disagreement, page by page
    when(nurse).begins_to_log()
    for no in nurse.page.get_by_role("radio", name="No", exact=True).all():
        nurse.chooses(no)
    nurse.presses("Save and go on")
    when(nurse).says_what_it_is_about()
    when(nurse).says_what_happened()
    when(nurse).says_what_keeps_the_child_safe()
    when(nurse).says_how_urgent_it_is()
    when(nurse).finds_the_other_side("Callum Petrie")
    case = when(nurse).opens_it("Callum Petrie")
    # And gives her side's position
    when(nurse).gives_a_position(case, words.RAISING)
    # Then both are in the record
    assert Case.objects.get().reference == case
    assert [e.kind for e in Entry.objects.filter(kind=Kind.POSITION)] == [Kind.POSITION]
    assert nurse.stops >= 150
    nurse.leaves()


def test_from_home_to_a_determination_by_keyboard_alone(
    stage: Cast, browser: Browser, live_server: Any, assets: None
) -> None:
    # Given a Chief Social Work Officer without a mouse, for whom a case waits
    case = given.a_case_at(stage, State.CSWO).reference
    cswo = ByKeyboard(browser, live_server.url, stage.cswo, width=1280, script=True, pictures=None)
    cswo.signs_in().goes_to("/")
    # When she opens it from her first page, accepts it and determines it
    cswo.follows("Accept this")
    when(cswo).accepts(case)
    question = "Does this child need an assessment now?"
    when(cswo).determines(case, action_for="Callum Petrie", question=question)
    # Then the determination is in the record
    assert [e.author for e in Entry.objects.filter(kind=Kind.DETERMINATION)] == [stage.cswo]
    assert cswo.stops >= 100
    cswo.leaves()
