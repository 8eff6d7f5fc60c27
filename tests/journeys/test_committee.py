"""The committee's officer and an auditor: reports, a paper to its publication, and learning that comes back."""

from __future__ import annotations

import pytest

from cases.tasks import make_papers
from cases.views import papers
from tests.cast import Cast
from tests.journeys import given
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import pages_checked
from tests.journeys.words import noon

pytestmark = pytest.mark.browser


def test_a_paper_from_its_draft_to_the_public(
    stage: Cast, person: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a determined and an agreed case
    given.a_determined_case(stage)
    given.an_agreed_case(stage)
    officer = person(stage.cpc_officer).signs_in()

    # When the officer drafts a paper, writes beside its figures and approves it
    officer.follows("Reports").follows("Committee papers")
    monkeypatch.setattr(papers, "AGAIN", 600)  # time to look at the page
    officer.dates("From", noon(-30).date()).dates("To", noon(0).date()).presses("Draft the paper")
    officer.is_at("The paper is being made").follows("Stop that").does_not_see("looks again every")
    # And the worker makes it, then the page goes on by itself
    make_papers()
    monkeypatch.setattr(papers, "AGAIN", 1)
    officer.follows("Let the page look again by itself")
    officer.sees("Figures frozen", "Quentin Ross", "Questions for the committee")
    paper = officer.page.url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    officer.follows("Write about the figures")
    officer.writes("Timeliness", "Both were answered on the day.").presses("Save these words")
    officer.sees("Both were answered on the day.").presses("Approve this paper").sees("Approved")

    # Then it is published with a reason, and not without
    officer.follows("Publish this paper").presses_in_vain("Publish this paper").sees(
        "Say why so much is shown, and no more"
    )
    officer.writes("Why is so much shown, and no more?", "Two cases: each could be told.").presses(
        "Publish this paper"
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
    nurse.presses_in_vain("Send this").sees("Say what should be learnt")
    nurse.picks("Where does it come from?", "Guidance that was not clear")
    nurse.picks("What is it about?", "The guidance itself").picks("Who should look at it?", "The committee")
    nurse.writes("What should practice, policy or procedure learn?", "Nobody says who is told at night.")
    nurse.presses("Send this").sees("Waiting for a decision")

    # When the officer takes it up
    officer.goes_to("/learning/all/").does_not_see("Nadia Reid").follows("The guidance itself")
    officer.picks("What is the decision?", "Take it up").writes("Who sees to it?", "Lead officer")
    officer.dates("By when?", noon(30).date()).writes("Say so to whoever raised it", "We write it down.")
    officer.picks("Show it on the page of shared learning?", "Yes")
    officer.presses("Save this and tell whoever raised it").sees("Taken up")

    # Then the nurse reads it, and everybody may
    nurse.goes_to("/learning/mine/").sees("We write it down.", "Lead officer")
    nurse.goes_to("/learning/").sees("Nobody says who is told at night.")

    # And when she has read the seven-minute briefing, to its seventh heading and on to the sheet for supervision
    nurse.follows("Seven-minute briefing")
    nurse.sees("1. Why it matters", "4. Talk first, and soon", "7. Questions for your team")
    nurse.follows("See the steps of your own procedure").sees("Stage 1", "Stage 2", "Stage 3")
    nurse.goes_to("/learning/briefing/").follows("Four questions for supervision").sees("Notes on question 4")
    # Then her reflections on it stay her own
    nurse.goes_to("/learning/").follows("My reflective accounts").follows("Write a reflective account")
    nurse.writes("Give it a title", "Speaking up").dates("When was it?", noon(-3).date())
    nurse.picks("How did you reflect?", "In supervision")
    nurse.writes("1. What was it, and how does it link to your practice?", "I disagreed, and said so.")
    nurse.presses_in_vain("Save this account").sees("Say what you learnt", "I disagreed, and said so.")
    nurse.writes("2. What did you learn from it?", "To say early what I fear.")
    nurse.picks("4. To which codes or standards is it relevant?", "NMC Code").presses("Save this account")
    nurse.sees("Nobody but you can read it.", "To say early what I fear.", "NMC Code")
    account = nurse.path
    officer.goes_to(account, status=404)
    with nurse.page.expect_download() as download:
        nurse.page.get_by_role("link", name="take it as PDF").click()
    assert download.value.suggested_filename.startswith("reflective-account-")

    # When she says what a colleague did well
    nurse.goes_to("/learning/").follows("Recognise good practice")
    nurse.writes("Your colleague’s work email", "nobody@elsewhere.example")
    nurse.writes("What did they do well?", "He changed his mind in front of everybody.")
    nurse.presses_in_vain("Tell them").sees("Nobody else here has this address")
    nurse.writes("Your colleague’s work email", stage.social_worker.email).presses("Tell them")
    nurse.sees(f"{stage.social_worker.full_name} has been told, and {stage.social_work_manager.full_name}.")
    # Then he and his manager read it
    for reader in (stage.social_worker, stage.social_work_manager):
        told = person(reader).signs_in().goes_to("/learning/recognised/")
        told.sees("He changed his mind in front of everybody.", stage.nurse.full_name)
    officer.goes_to("/learning/recognised/").does_not_see("He changed his mind")
    assert pages_checked(nurse, officer) >= 20
