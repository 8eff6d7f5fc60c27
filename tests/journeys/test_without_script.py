"""The main job once more with JavaScript off: every question is on the page, and every button sends."""

from __future__ import annotations

import pytest

from cases.models.deadline import Rule
from tests.cast import Cast
from tests.journeys import words
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import pages_checked
from tests.journeys.then import Then as then
from tests.journeys.when import When as when

pytestmark = pytest.mark.browser


def test_from_log_to_determination_without_script(stage: Cast, person: OpenWindow) -> None:
    # Given people whose browsers run no script
    nurse, social_worker, manager, senior, cswo = (
        person(who, script=False).signs_in()
        for who in (stage.nurse, stage.social_worker, stage.nurse_manager, stage.health_senior, stage.cswo)
    )
    assert nurse.page.evaluate("document.documentElement.className") == "govuk-template"

    # When the nurse logs it and both sides give their positions
    case = when(nurse).logs_a_disagreement_with("Callum Petrie")
    when(nurse).gives_a_position(case, words.RAISING)
    when(social_worker).gives_a_position(case, words.RECEIVING)
    then(social_worker).has_nothing_waiting(case)
    # And she takes it to her manager
    when(nurse).tells_the_other_side(case)
    when(nurse).begins(case, "escalate")
    then(nurse).finds_written("What are your concerns?", words.WHAT)
    when(nurse).asks_herself_first()
    when(nurse).says_why_now()
    when(nurse).takes_it_to("Stage 1")

    # When the manager supports it, and it goes up to the Chief Social Work Officer
    then(manager).has_waiting(case, Rule.ACCEPT, Rule.SETTLE, Rule.SAFETY, Rule.SITUATION)
    when(manager).accepts(case)
    when(manager).supports_the_concern(case)
    when(manager).tells_the_other_side(case)
    when(manager).begins(case, "escalate")
    when(manager).says_why_now(feedback="We met and did not agree.")
    when(manager).takes_it_to("Stage 2")
    when(senior).accepts(case)
    when(senior).tells_the_other_side(case)
    when(senior).begins(case, "escalate")
    senior.writes("What has stood in the way of agreement?", "Each has seen another side of the home.")
    when(senior).says_why_now(feedback="It goes to the Chief Social Work Officer.")
    when(senior).takes_it_to("Stage 3")
    when(cswo).accepts(case)
    when(cswo).begins(case, "determine").writes("What is the question to decide?", words.QUESTION)
    when(cswo).determines(case, action_for="Callum Petrie")

    # Then it is determined, and both sides are asked to check back
    then(cswo).sees_it_settled(case, "Determined, being checked back")
    then(social_worker).has_waiting(case, Rule.CHECK_UNDERSTOOD, Rule.ACTION, Rule.CHECK_DONE)
    assert pages_checked(nurse, social_worker, manager, senior, cswo) >= 48
