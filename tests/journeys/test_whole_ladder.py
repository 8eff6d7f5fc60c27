"""The main job: from a practitioner's log to the Chief Social Work Officer's determination, and on to closed."""

from __future__ import annotations

import pytest

from cases.models.deadline import Rule
from cases.workflow import State
from tests.cast import Cast
from tests.journeys import given, words
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import pages_checked
from tests.journeys.then import Then as then
from tests.journeys.when import When as when

pytestmark = pytest.mark.browser


def test_from_log_to_closed_after_determination(stage: Cast, person: OpenWindow) -> None:
    # Given a health visitor with a worry, and a social worker who sees it otherwise
    nurse, social_worker = person(stage.nurse).signs_in(), person(stage.social_worker).signs_in()
    colleague, stranger = person(stage.colleague).signs_in(), person(stage.stranger).signs_in()
    manager = person(stage.nurse_manager).signs_in()

    # When she logs it, page by page
    case = when(nurse).logs_a_disagreement_with("Callum Petrie")
    # Then it is hers to settle, he is asked for his side, and nobody else knows of it
    then(nurse).sees_it_at(case, "Resolution")
    then(social_worker).has_waiting(case, Rule.REPLY)
    for outsider in (colleague, stranger, manager):
        then(outsider).cannot_find(case)

    # When she gives her position
    when(nurse).gives_a_position(case, words.RAISING)
    # Then he cannot read it before he has given his own
    social_worker.goes_to(f"/cases/{case}/").sees(
        "You can read this once your own side has given its position."
    )
    social_worker.does_not_see(*words.RAISING.values())
    when(social_worker).begins(case, "position").does_not_see(*words.RAISING.values())

    # When he gives his
    when(social_worker).gives_a_position(case, words.RECEIVING)
    # Then each reads the other's, and he has done his part
    social_worker.sees(*words.RAISING.values())
    nurse.goes_to(f"/cases/{case}/").sees(*words.RECEIVING.values())
    then(social_worker).has_nothing_waiting(case)

    # When they talk, find what they agree on, and she tells him that she will go on
    when(nurse).records_a_contact(case, people="Callum Petrie, social worker")
    when(nurse).sets_out_common_ground(case)
    when(nurse).tells_the_other_side(case)
    # Then her brief is written already, from what both have recorded
    when(nurse).begins(case, "escalate")
    then(nurse).finds_written("What are your concerns?", words.WHAT)
    then(nurse).finds_written("What could follow for the child if nothing is done?", words.CONSEQUENCE)
    then(nurse).finds_written("What have you done to settle it?", "telephone", words.DISCUSSED)
    then(nurse).finds_written(
        "How do you understand the other practitioner's view?", *words.RECEIVING.values()
    )
    then(nurse).finds_written("How is the child now?", words.SITUATION)

    # When she mends it, asks herself the four questions and takes it to her manager
    nurse.writes("What are your concerns?", f"{words.WHAT} On Friday I saw the same again.")
    when(nurse).asks_herself_first()
    when(nurse).says_why_now()
    when(nurse).takes_it_to("Stage 1")
    # Then her manager has it, and with it what keeps the child safe
    then(nurse).sees_it_at(case, "Talk to your line manager")
    then(nurse).has_nothing_waiting(case)
    then(manager).has_waiting(case, Rule.ACCEPT, Rule.SETTLE, Rule.SAFETY, Rule.SITUATION)
    then(colleague).cannot_find(case)

    # When the manager accepts it, reads the brief and supports it
    when(manager).accepts(case)
    when(manager).supports_the_concern(case)
    # Then the managers meet, and the nurse has word from her manager to read
    other_manager = person(stage.social_work_manager).signs_in()
    then(manager).sees_it_at(case, "Managers meet")
    then(manager).has_waiting(case, Rule.SETTLE, Rule.SAFETY, Rule.SITUATION)
    then(other_manager).has_waiting(case, Rule.REPLY)
    then(nurse).has_waiting(case, Rule.ACKNOWLEDGE)
    when(nurse).reads_the_feedback(case, reply="Thank you. I saw the child again today.")
    then(nurse).has_nothing_waiting(case)

    # When they met and could not settle it
    when(manager).records_a_meeting(
        case, people="Morag Lunan and Tara Munro", agreed_under="A way forward", agreed="No agreement."
    )
    then(other_manager).has_nothing_waiting(case)
    when(manager).tells_the_other_side(case)
    # Then the manager edits the brief, and types none of it anew
    when(manager).begins(case, "escalate")
    then(manager).finds_written("What is the concern?", words.WHAT, "On Friday I saw the same again.")
    then(manager).finds_written(
        "What has been done so far to settle it?", words.DISCUSSED, "No agreement.", "supported the concern"
    )
    then(manager).finds_written("What could follow for the child if it is not settled?", words.CONSEQUENCE)
    when(manager).says_why_now(feedback="We met and did not agree. It goes to Stage 2.")
    when(manager).takes_it_to("Stage 2")

    # And the senior manager takes it on, meets, and takes it to the Chief Social Work Officer
    senior = person(stage.health_senior).signs_in()
    then(senior).has_waiting(case, Rule.ACCEPT, Rule.SETTLE, Rule.SAFETY, Rule.SITUATION)
    then(stranger).cannot_find(case)
    when(senior).accepts(case)
    other_senior = person(stage.social_work_senior).signs_in()
    then(other_senior).has_waiting(case, Rule.REPLY)
    when(senior).records_a_meeting(
        case, people="Stuart Vane and Victor Shaw", agreed_under="Next steps", agreed="It goes to the CSWO."
    )
    when(senior).tells_the_other_side(case)
    when(senior).begins(case, "escalate")
    then(senior).finds_written("What has the disagreement been about?", words.WHAT)
    then(senior).finds_written(
        "What has been done so far to settle it?", "No agreement.", "It goes to the CSWO."
    )
    then(senior).finds_written(
        "What has stood in the way of agreement?", "Whether there is enough food at home.", words.QUESTION
    )
    when(senior).says_why_now(feedback="It goes to the Chief Social Work Officer.")
    when(senior).takes_it_to("Stage 3")

    # Then it waits on the Chief Social Work Officer, and on her deputy for her
    cswo, deputy = person(stage.cswo).signs_in(), person(stage.cswo_deputy).signs_in()
    then(cswo).has_waiting(case, Rule.ACCEPT, Rule.SETTLE, Rule.SAFETY, Rule.SITUATION)
    then(deputy).has_waiting(case, Rule.ACCEPT, Rule.SETTLE, Rule.SAFETY, Rule.SITUATION).sees(
        "Acting for Greta Holm"
    )

    # When she accepts it and determines
    when(cswo).accepts(case)
    when(cswo).begins(case, "determine")
    then(cswo).finds_written("What is the question to decide?", words.QUESTION)
    when(cswo).determines(case, action_for="Callum Petrie")
    # Then both sides read it, he has something to do, and both are asked to check back
    then(cswo).sees_it_settled(case, "Determined, being checked back")
    social_worker.goes_to(f"/cases/{case}/").sees("Yes. An assessment begins this week.")
    then(social_worker).has_waiting(case, Rule.CHECK_UNDERSTOOD, Rule.ACTION, Rule.CHECK_DONE)
    then(cswo).has_waiting(case, Rule.DEBRIEF)
    then(stranger).cannot_find(case)

    # When she has read the feedback, both confirm, he has done it, and both say that it helped
    when(nurse).reads_the_feedback(case)
    when(nurse).confirms_what_was_agreed(case)
    when(social_worker).confirms_what_was_agreed(case)
    when(social_worker).reports_the_action(case)
    when(social_worker).says_that_it_was_done_and_helped(case)
    when(cswo).begins_in_vain(case, "close")
    cswo.sees("Nadia Reid has to say whether it was done and helped")
    when(nurse).says_that_it_was_done_and_helped(case)
    # And the Chief Social Work Officer debriefs and closes
    when(cswo).debriefs_and_closes(case)

    # Then it is closed for everybody, and waits on nobody
    for each in (nurse, social_worker, manager, senior, cswo):
        then(each).has_nothing_waiting(case)
    then(nurse).sees_it_settled(case, "Closed").sees("The determination")
    then(colleague).cannot_find(case)
    acting = (nurse, social_worker, manager, other_manager, senior, other_senior, cswo, deputy)
    assert pages_checked(*acting, colleague, stranger) >= 115


def test_referred_to_the_committee(stage: Cast, person: OpenWindow) -> None:
    # Given a case with the Chief Social Work Officer
    case = given.a_case_at(stage, State.CSWO).reference
    cswo, officer = person(stage.cswo).signs_in(), person(stage.cpc_officer).signs_in()
    then(officer).cannot_find(case)

    # When she accepts it and refers it to the committee
    when(cswo).accepts(case)
    when(cswo).refers_it_to(case, "Child Protection Committee")
    # Then it waits on the committee's officer
    then(cswo).sees_it_at(case, "Committee or chief officers")
    then(officer).has_waiting(case, Rule.SETTLE, Rule.SAFETY, Rule.SITUATION)

    # When the officer records what the committee decided
    when(officer).records_what_the_committee_decided(case)
    # Then both sides are asked to check back
    then(officer).sees_it_settled(case, "Both agencies write down one threshold.")
    nurse = person(stage.nurse).signs_in()
    then(nurse).has_waiting(case, Rule.ACKNOWLEDGE, Rule.CHECK_UNDERSTOOD, Rule.CHECK_DONE)
    assert pages_checked(cswo, officer, nurse) >= 17
