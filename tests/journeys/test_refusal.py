"""A manager does not support the concern: an independent view takes it past, or the raiser leaves it there."""

from __future__ import annotations

import pytest

from cases.models.deadline import Rule
from cases.workflow import State
from tests.cast import Cast
from tests.journeys import given
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import pages_checked
from tests.journeys.then import Then as then
from tests.journeys.when import When as when

pytestmark = pytest.mark.browser


def test_refused_and_taken_past_it_by_an_independent_view(stage: Cast, person: OpenWindow) -> None:
    # Given a disagreement that the nurse has brought to her manager
    case = given.a_case_at(stage, State.LINE_MANAGER).reference
    nurse, manager = person(stage.nurse).signs_in(), person(stage.nurse_manager).signs_in()
    lead = person(stage.health_lead).signs_in()
    then(lead).cannot_find(case)

    # When the manager does not support it
    when(manager).accepts(case)
    when(manager).does_not_support_the_concern(case)
    # Then the nurse has the reasons, and says what happens now
    then(nurse).has_waiting(case, Rule.ANSWER_REFUSAL, Rule.ACKNOWLEDGE)
    then(manager).has_waiting(case, Rule.SAFETY, Rule.SITUATION)
    when(nurse).begins(case, "answer-refusal").sees("One more visit would tell us more.")

    # When she asks for an independent view
    when(nurse).asks_for_an_independent_view(case)
    # Then the child protection lead is asked, who had no part in it until now
    then(lead).has_waiting(case, Rule.INDEPENDENT_VIEW)

    # When the lead supports the concern
    when(lead).gives_an_independent_view(case, supports=True)
    # Then the next manager up has it, and the one who refused cannot hold it back
    senior = person(stage.health_senior).signs_in()
    then(senior).has_waiting(case, Rule.ACCEPT, Rule.SETTLE, Rule.SAFETY, Rule.SITUATION)
    then(manager).has_nothing_waiting(case)
    when(senior).accepts(case)
    when(senior).supports_the_concern(case)
    then(senior).sees_it_at(case, "Managers meet")
    then(senior).has_waiting(case, Rule.SETTLE, Rule.SAFETY, Rule.SITUATION)
    assert pages_checked(nurse, manager, lead, senior) >= 28
