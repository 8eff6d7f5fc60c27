"""On a telephone: the key pages, and what every form says when something is missing."""

from __future__ import annotations

import pytest

from cases.steps import STEPS
from cases.workflow import State
from tests.cast import Cast
from tests.journeys import given, words
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import Person, pages_checked
from tests.journeys.then import Then as then
from tests.journeys.when import When as when
from tests.journeys.words import noon

pytestmark = pytest.mark.browser
PHONE = 375
FIRST_SCREEN = 600  # what the smallest telephones still in use show of a page, in pixels of the page
TELEPHONE = 812  # and what most of them show

#: What each page of the log asks for when it is sent empty.
OF_THE_LOG = {
    "scope": [
        "Choose yes or no: “Is this a new worry about a child that no service has been told about yet?”",
        "Choose yes or no: “Is it about how a colleague behaved: their conduct, or something they may have done "
        "wrong?”",
        "Choose yes or no: “Is it strong disagreement with what a Child Protection Planning Meeting decided?”",
        "Choose yes or no: “Do you need to speak up in confidence about wrongdoing that your service is hiding or "
        "ignoring?”",
    ],
    "about": [
        "Choose what you disagree with",
        "Choose at least one kind of disagreement",
        "Choose who it is about",
        "Choose an age",
    ],
    "what": [
        "Say what happened and why you disagree",
        "Enter when it happened",
        "Say what is likely to happen to the child if nothing changes",
    ],
    "safety": [
        "Choose whether the child is safe now",
        "Say what the situation is now",
        "Say what holds until this is settled",
        "Say who makes sure of it",
        "Enter when this must be confirmed again",
    ],
    "pace": ["Choose how soon the child could be harmed"],
}


def test_each_page_of_the_log_says_what_is_missing(stage: Cast, person: OpenWindow) -> None:
    # Given a nurse at a telephone
    nurse = person(stage.nurse, width=PHONE).signs_in()
    # When she sends each page empty, it says what is missing
    for page, missing in OF_THE_LOG.items():
        nurse.goes_to(f"/cases/new/{page}/").presses_in_vain("Save and go on")
        then(nurse).is_asked_to_mend(*missing)
    # And the last one, once people were found
    nurse.goes_to("/cases/new/who/").writes("Search for a name, job, team or agency", "nobody of this name")
    nurse.presses("Search").sees("Nobody found")
    nurse.writes("Search for a name, job, team or agency", "children").presses("Search")
    nurse.presses_in_vain("Save and go on")
    then(nurse).is_asked_to_mend("Find and choose the person or the team you disagree with")
    # And the page before it opens says what is still to be answered
    nurse.goes_to("/cases/new/check/").sees("Not finished yet", "Not answered yet")
    nurse.goes_to("/cases/new/").sees("Begun")
    assert pages_checked(nurse) >= 1


def test_another_route_fits_better_and_the_child_is_not_safe(stage: Cast, person: OpenWindow) -> None:
    nurse = person(stage.nurse, width=PHONE).signs_in()
    # When it is about how a colleague behaved
    when(nurse).begins_to_log()
    for no in nurse.page.get_by_role("radio", name="No", exact=True).all():
        no.check()
    conduct = "Is it about how a colleague behaved: their conduct, or something they may have done wrong?"
    nurse.picks(conduct, "Yes").presses("Save and go on")
    # Then the right procedure is named, and the way back
    nurse.is_at("Another route fits better").sees("Use the complaints or disciplinary procedure")
    nurse.follows("Change my answers").picks(conduct, "No").presses("Save and go on")
    # When she says that the child is not safe
    when(nurse).says_what_it_is_about()
    when(nurse).says_what_happened()
    when(nurse).says_what_keeps_the_child_safe(safe="No, not safe")
    # Then the numbers come first, and then she goes on, with a day by which harm could occur
    nurse.is_at("Get help first").sees("01632 960001").follows("They know: go on")
    when(nurse).says_how_urgent_it_is(harm_by=noon(20))
    when(nurse).finds_the_other_side("Callum Petrie")
    case = when(nurse).opens_it("Callum Petrie")
    # And the case says at the top that the child is not safe, and by when harm could occur
    nurse.sees("Harm could occur by midday", "Every stage still to come is timed to fit before then.")
    assert then(nurse).reads_the_fact("Is the child safe now?") == "No"
    # On the first screen, since the menu is folded away until she asks for it
    nurse.goes_to(f"/cases/{case}/")
    assert then(nurse).finds_how_far_down("Is the child safe now?") < FIRST_SCREEN
    assert then(nurse).finds_how_far_down("What is due from you?") < TELEPHONE
    then(nurse).finds_the_next_step_on_the_first_screen("Record contact with the other side")
    assert not nurse.page.get_by_role("link", name="Learning", exact=True).is_visible()
    nurse.unfolds_the_menu().follows("Learning").is_at("Learning")
    # When she throws a second draft away
    when(nurse).begins_to_log()
    when(nurse).finds_it_in_scope()
    nurse.goes_to("/cases/new/").follows("Throw the draft away").presses("Throw it away")
    nurse.sees("Your draft was thrown away.", case)
    assert pages_checked(nurse) >= 1


def sends_it_empty(who: Person, case: str, step: str, button: str) -> None:
    """Open the form of a step, empty what stands in it already, and send it."""
    when(who).begins(case, step)
    for box in who.page.get_by_role("main").get_by_role("textbox").all():
        if box.is_visible():
            box.fill("")
    who.presses_in_vain(button).is_at(STEPS[step].label)


def test_each_step_says_what_is_missing(stage: Cast, person: OpenWindow) -> None:
    # Given a nurse at a telephone, with a case to settle
    case = given.a_case_at(stage, State.RESOLUTION).reference
    nurse = person(stage.nurse, width=PHONE).signs_in()
    # When she sends a step with nothing in it, then it says what is missing
    sends_it_empty(nurse, case, "contact", "Add this to the record")
    then(nurse).is_asked_to_mend(
        "Enter the date and time it happened",
        "Choose how it took place",
        "Say who it was with",
        "Say whether you spoke with them",
        "Say what was said, or that nobody answered",
    )
    sends_it_empty(nurse, case, "position", "Give this position")
    then(nurse).is_asked_to_mend(
        *(f"Write something under “{h}”: a sentence is enough" for h in words.RAISING)
    )
    sends_it_empty(nurse, case, "agree", "Record this agreement and tell them")
    then(nurse).is_asked_to_mend("Say what you have agreed", "Say how the child is now")
    sends_it_empty(nurse, case, "safety", "Save this and tell them")
    then(nurse).is_asked_to_mend(
        "Say what keeps the child safe until this is settled",
        "Say who makes sure of it",
        "Enter by when this must be confirmed again",
    )
    sends_it_empty(nurse, case, "withdraw", "Withdraw it and tell everybody")
    then(nurse).is_asked_to_mend("Say why you withdraw it and why the child is safe")
    sends_it_empty(nurse, case, "intention", "Tell them")
    then(nurse).is_asked_to_mend("Write what you tell the other side")
    when(nurse).tells_the_other_side(case)
    sends_it_empty(nurse, case, "escalate", "Take it to Stage 1 and tell them")
    nurse.sees("Answer “What are your concerns?”", "Say how the child is now")
    # And a date that is none is shown again as it was typed
    when(nurse).begins(case, "contact").writes("Day", "31", among="When was it?")
    nurse.writes("Month", "2", among="When was it?").writes("Time", "25:00", among="When was it?")
    nurse.presses_in_vain("Add this to the record")
    then(nurse).finds_written("Time", "25:00")
    assert pages_checked(nurse) >= 1


def test_key_pages(stage: Cast, person: OpenWindow) -> None:
    # Given a determined case
    case = given.a_determined_case(stage).reference
    people = [person(who, width=PHONE).signs_in() for who in (stage.cswo, stage.social_worker)]
    # When each side looks around on a telephone, every page fits
    for who in people:
        who.goes_to(f"/cases/{case}/").sees("Yes. An assessment begins this week.")
        who.goes_to("/cases/").sees(case).unfolds("Choose which, and in which order").selects(
            "Due", "Lapsed only"
        ).presses("Show").sees("No case fits")
        who.goes_to("/directory/").goes_to("/inbox/").goes_to("/me/")
    cswo = people[0]
    cswo.goes_to(f"/cases/{case}/do/close/", status=409).sees("Before this can be closed")
    officer = person(stage.cpc_officer, width=PHONE).signs_in().goes_to("/reports/")
    officer.goes_to("/reports/activity/").goes_to("/reports/timeliness/")
    administrator = person(stage.administrator, width=PHONE).signs_in().goes_to("/administration/")
    administrator.goes_to("/administration/people/")
    visitor = person(stage.stranger, width=PHONE).goes_to("/sign-in/?password").presses_in_vain("Sign in")
    visitor.goes_to("/no-such-page/", status=404)
    assert pages_checked(*people, officer, administrator, visitor) >= 1
