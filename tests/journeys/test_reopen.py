"""A check back that fails opens the disagreement again where it was settled."""

from __future__ import annotations

import pytest

from cases.models.deadline import Rule
from tests.cast import Cast
from tests.journeys import given
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import pages_checked
from tests.journeys.then import Then as then
from tests.journeys.when import When as when

pytestmark = pytest.mark.browser


def test_understood_otherwise_goes_back_to_the_two_of_them(stage: Cast, person: OpenWindow) -> None:
    # Given an agreement between the two practitioners
    case = given.an_agreed_case(stage).reference
    nurse, social_worker = person(stage.nurse).signs_in(), person(stage.social_worker).signs_in()

    # When one of them understands it as it is written, and the other does not
    when(nurse).confirms_what_was_agreed(case)
    when(social_worker).understands_it_otherwise(case, "I agreed to a visit in a fortnight.")
    # Then it is open again at Resolution, and the nurse's to settle
    social_worker.sees("It is open again, and both practitioners have been told.")
    then(nurse).has_waiting(case, Rule.SETTLE, Rule.SAFETY, Rule.SITUATION)
    then(social_worker).has_nothing_waiting(case)
    then(nurse).sees_it_at(case, "Resolution").sees(
        "Back here: reopened", "I agreed to a visit in a fortnight.", "Not asked any more"
    )

    # When they agree again and both understand it in the same way
    when(nurse).records_an_agreement(case, action_for="Callum Petrie")
    when(nurse).confirms_what_was_agreed(case)
    when(social_worker).confirms_what_was_agreed(case)
    # Then it is settled, with what is left to do
    then(nurse).sees_it_settled(case, "Agreed, being checked back")
    then(social_worker).has_waiting(case, Rule.ACTION, Rule.CHECK_DONE)
    assert pages_checked(nurse, social_worker) >= 18


def test_did_not_help_goes_back_to_the_one_who_determined(stage: Cast, person: OpenWindow) -> None:
    # Given a determination whose action was done
    case = given.a_determined_case(stage).reference
    nurse, social_worker = person(stage.nurse).signs_in(), person(stage.social_worker).signs_in()
    when(social_worker).reports_the_action(case)

    # When the nurse says that it was done, but did not help, and forgets to say why
    when(nurse).begins(case, "check-done")
    when(nurse).says_that_it_did_not_help()
    nurse.presses_in_vain("Send these answers")
    then(nurse).is_asked_to_mend("Say why you answered no")
    # And then says why
    nurse.writes("What should be known about your answers?", "The child is as hungry as before.")
    nurse.presses("Send these answers")
    # Then it is with the Chief Social Work Officer again
    nurse.sees("It is open again, and both practitioners have been told.")
    then(nurse).sees_it_at(case, "The Chief Social Work Officer decides")
    cswo = person(stage.cswo).signs_in()
    then(cswo).has_waiting(case, Rule.SETTLE, Rule.SAFETY, Rule.SITUATION)
    then(cswo).sees_it_at(case, "Back here: reopened").sees("The child is as hungry as before.")
    assert pages_checked(nurse, social_worker, cswo) >= 12
