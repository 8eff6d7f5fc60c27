"""A Re-think in the browser, in Portsmouth's own words: asked for, arranged, held, taken on without the room's notes.

The formal stages that follow it there are played in test_procedures.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from cases.models import Rethink
from tests import in_place
from tests.cast import Cast
from tests.factories import member
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import pages_checked
from tests.journeys.words import noon
from tests.procedures.walking import published

pytestmark = pytest.mark.browser
FEELINGS = "CANARY I felt dismissed and need to be heard."


def test_asked_for_arranged_held_and_taken_on(stage: Cast, person: OpenWindow) -> None:
    place = stage.partnership
    in_place.adopt(place, published("portsmouth"), from_date=noon(-400).date(), reason="for this journey")
    coordinator = member("Roisin Keel", Role.RETHINK_COORDINATOR, place, agency=stage.education)
    facilitator = member("Bram Tulloch", Role.RETHINK_FACILITATOR, place, agency=stage.police)

    # Given a nurse who is stuck with colleagues, and asks for a Re-think on her telephone
    nurse = person(stage.nurse, width=375).signs_in()
    nurse.goes_to("/rethinks/").follows("Ask for a Re-think")
    nurse.presses_in_vain("Send this to the coordinator")
    nurse.picks("Why do you ask for one?", "The work is stuck")
    nurse.writes("What would you like to think through together?", "The plan has stood still since March.")
    for question in (
        "Have you already raised it with the professional network?",
        "Have you talked with those involved about being stuck, or about the disagreement?",
        "Have you thought about the HIPS policy as a way to settle it?",
    ):
        nurse.picks(question, "No")  # never a bar
    nurse.writes(
        "Email addresses of everybody you would like to be there",
        f"{stage.social_worker.email}\nsam.guest@elsewhere.example",
    )
    nurse.presses("Send this to the coordinator").sees("Asked for")
    rethink = Rethink.objects.get()
    url = f"/rethinks/{rethink.reference}/"

    # When the coordinator arranges it
    arranges = person(coordinator).signs_in()
    arranges.goes_to("/").follows("Re-think").sees("Waiting to be arranged", rethink.reference)
    arranges.goes_to(url).follows("Arrange the meeting")
    arranges.dates("When is it?", noon(3)).picks("How long?", "1 hour and a half")
    arranges.writes("Where?", "Burnside Centre, room 2").picks("Who leads it?", facilitator.full_name)
    arranges.presses("Save this and send the invitations").sees("Burnside Centre, room 2", "Arranged")

    # Then the social worker is invited, and nobody else finds it
    worker = person(stage.social_worker).signs_in()
    worker.goes_to(url).sees("The plan has stood still since March.", "How the meeting goes")
    person(stage.nurse_manager).signs_in().goes_to(url, status=404)

    # When the day has come and the facilitator writes it down
    Rethink.objects.update(meets_at=timezone.now() - timedelta(hours=2))
    leads = person(facilitator).signs_in()
    leads.goes_to(url).follows("Write down what came of it")
    leads.picks("Who was there?", stage.nurse.full_name, "sam.guest@elsewhere.example")
    leads.writes("Name of sam.guest@elsewhere.example", "Sam Guest")
    leads.writes("How each of us sees it: feelings and needs", FEELINGS)
    leads.writes("Introductions, and the strengths of the family", "Her grandmother is there each evening.")
    leads.writes("What it means, as we see it together", "One day of school missed each week.")
    leads.writes("Ways forward", "One plan, with one worker.")
    leads.writes("What we have learnt, and what we will do", "To ask earlier.")
    leads.writes("What is to be done?", "Write one plan", among="Action 1")
    leads.selects("Who does it?", stage.social_worker.full_name, among="Action 1")
    leads.dates("By which day?", noon(7).date())
    leads.picks(
        "What did the meeting bring?",
        "Information was shared, a shared picture found, and each view understood",
        "We explored what more we can do together as a network",
    )
    leads.presses("Save this record and share it").sees(FEELINGS, "Sam Guest")

    # Then the nurse reads the room's notes and the social worker, who stayed away, does not
    nurse.goes_to(url).sees(FEELINGS, "One day of school missed each week.")
    nurse.follows("Raise something to learn from it").does_not_see(FEELINGS)
    nurse.picks("What is it about?", "Roles and working together")
    nurse.writes("What should practice, policy or procedure learn?", "Ask the child who should be there.")
    nurse.picks("Who should look at it?", "The committee").presses("Send this").sees("Waiting for a decision")
    worker.goes_to(url).sees("These notes stay with those who were in the room.").does_not_see(FEELINGS)
    worker.presses("It was done").sees("Done")

    # When the nurse takes it on as a formal escalation
    nurse.goes_to(url).follows("Take it on as a formal escalation").does_not_see(FEELINGS)
    nurse.presses("Begin to log it with these facts")
    nurse.goes_to("/cases/new/what/").does_not_see(FEELINGS)
    written = nurse.box("What happened, and why do you disagree?").input_value()
    assert "One day of school missed each week." in written
    assert FEELINGS not in written
    assert pages_checked(nurse, arranges, worker, leads) >= 20
