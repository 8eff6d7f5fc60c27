"""The committee's officer and an auditor: reports, a paper to its publication, and learning that comes back."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.journeys import given
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import pages_checked
from tests.journeys.words import noon

pytestmark = pytest.mark.browser


def test_a_paper_from_its_draft_to_the_public(stage: Cast, person: OpenWindow) -> None:
    # Given a determined and an agreed case
    given.a_determined_case(stage)
    given.an_agreed_case(stage)
    officer = person(stage.cpc_officer).signs_in()

    # When the officer drafts a paper, writes beside its figures and approves it
    officer.follows("Reports").follows("Committee papers")
    officer.dates("From", noon(-30).date()).dates("To", noon(0).date()).presses("Draft the paper")
    officer.sees("Figures frozen", "Quentin Ross", "Questions for the committee")
    paper = officer.page.url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    officer.follows("Write beside the figures")
    officer.writes("Timeliness", "Both were answered on the day.").presses("Keep these words")
    officer.sees("Both were answered on the day.").presses("Approve this paper").sees("Approved")

    # Then it is published with a reason, and not without
    officer.follows("Publish it").presses_in_vain("Publish it").sees("Say why so much is shown, and no more")
    officer.writes("Why is so much shown, and no more?", "Two cases: each could be told.").presses(
        "Publish it"
    )
    officer.sees("For the public", "c stands for a figure that is hidden", "Two cases: each could be told.")
    officer.does_not_see("Both were answered on the day.", "Deference and silence")

    # And the auditor reads both editions, on a telephone too, and changes neither
    auditor = person(stage.auditor, width=375).signs_in().goes_to(f"/papers/{paper}/")
    auditor.sees("Both were answered on the day.").does_not_see("Approve this paper")
    auditor.follows("Read the public edition").sees("For the public")
    assert pages_checked(officer, auditor) >= 1


def test_you_spoke_and_this_changed(stage: Cast, person: OpenWindow) -> None:
    # Given a nurse to whom the guidance is not clear
    nurse, officer = person(stage.nurse).signs_in(), person(stage.cpc_officer).signs_in()
    nurse.follows("Learning").follows("Raise something to learn from")
    nurse.presses_in_vain("Send it").sees("Say what should be learnt")
    nurse.picks("Where does it come from?", "Guidance that was not clear")
    nurse.picks("What is it about?", "The guidance itself").picks("Who should look at it?", "The committee")
    nurse.writes("What should practice, policy or procedure learn?", "Nobody says who is told at night.")
    nurse.presses("Send it").sees("Waiting for a decision")

    # When the officer takes it up
    officer.goes_to("/learning/all/").does_not_see("Nadia Reid").follows("The guidance itself")
    officer.picks("What is the decision?", "Take it up").writes("Who sees to it?", "Lead officer")
    officer.dates("By when?", noon(30).date()).writes("Say so to whoever raised it", "We write it down.")
    officer.picks("Show it on the page of shared learning?", "Yes")
    officer.presses("Keep this and tell whoever raised it").sees("Taken up")

    # Then the nurse reads it, and everybody may
    nurse.goes_to("/learning/mine/").sees("We write it down.", "Lead officer")
    nurse.goes_to("/learning/").sees("Nobody says who is told at night.")

    # And her reflections stay her own
    nurse.follows("My reflective accounts").follows("Write a reflective account")
    nurse.goes_to("/learning/briefing/").goes_to("/learning/supervision/").goes_to("/learning/recognise/")
    assert pages_checked(nurse, officer) >= 1
