"""Two practitioners settle it between them on the first stage, on their telephones, from the log to closed."""

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
PHONE = 375


@pytest.mark.requirement("G09", "G24", "G29", "G36")
def test_agreement_at_resolution_on_a_phone(stage: Cast, person: OpenWindow) -> None:
    # Given a nurse and a social worker, each at a telephone
    nurse = person(stage.nurse, width=PHONE).signs_in()
    social_worker = person(stage.social_worker, width=PHONE).signs_in()

    # When the nurse logs it
    case = when(nurse).logs_a_disagreement_with("Callum Petrie")
    # Then it is hers to settle, and he is asked for his side
    then(nurse).is_told("Logged. Callum Petrie has been told.")
    then(nurse).sees_it_at(case, "Resolution")
    then(social_worker).has_waiting(case, Rule.REPLY)
    then(nurse).has_waiting(case, Rule.SETTLE, Rule.SAFETY, Rule.SITUATION)

    # When he gives his position
    when(social_worker).gives_a_position(case, words.RECEIVING)
    # Then nothing waits on him any more
    then(social_worker).has_nothing_waiting(case)

    # When they talk and agree
    when(nurse).records_a_contact(case, people="Callum Petrie, social worker")
    when(nurse).records_an_agreement(case, action_for="Callum Petrie")
    # Then each is asked to check back, and he has something to do
    then(nurse).sees_it_settled(case, "Agreed, being checked back")
    then(nurse).has_waiting(case, Rule.CHECK_UNDERSTOOD, Rule.CHECK_DONE, Rule.DEBRIEF)
    then(social_worker).has_waiting(case, Rule.CHECK_UNDERSTOOD, Rule.ACTION, Rule.CHECK_DONE)

    # When both confirm it, he reports what he did, and both say that it helped
    when(nurse).confirms_what_was_agreed(case)
    when(social_worker).confirms_what_was_agreed(case)
    when(social_worker).reports_the_action(case)
    when(social_worker).says_that_it_was_done_and_helped(case)
    when(nurse).says_that_it_was_done_and_helped(case)
    then(social_worker).has_nothing_waiting(case)

    # And the nurse debriefs and closes
    when(nurse).debriefs_and_closes(case)
    # Then it is closed for both, and nothing waits
    then(nurse).sees_it_settled(case, "Closed")
    then(nurse).has_nothing_waiting(case)
    then(social_worker).sees_it_settled(case, "Closed")
    assert pages_checked(nurse, social_worker) >= 40
