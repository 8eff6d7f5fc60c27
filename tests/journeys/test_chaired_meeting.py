"""A chaired meeting in the browser: the board's officer calls it, the chair records it, and it settles the case."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import ChairedMeeting
from tests.cast import Cast
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import pages_checked
from tests.journeys.words import noon
from tests.meetings.panel import Panel

pytestmark = pytest.mark.browser


def test_called_held_and_decided(stage: Cast, person: OpenWindow) -> None:
    # Given a case that has come to the last stage, which is a chaired meeting
    began = timezone.now() - timedelta(hours=9)
    panel = Panel.of(stage, lambda hour: began + timedelta(hours=hour))
    case = f"/cases/{panel.case.reference}/"

    # When the officer calls the meeting
    officer = person(stage.cpc_officer).signs_in()
    officer.goes_to(case).follows("Call the chaired meeting")
    officer.dates("When is it?", noon(4)).picks("How long?", "2 hours").writes(
        "Where?", "Old Mill, board room"
    )
    officer.picks("Who chairs it?", "Ivor Strand")
    officer.writes(
        "Who is invited?", f"{stage.nurse.email}\n{stage.social_worker.email}\n{stage.health_lead.email}"
    )
    officer.presses("Save this and send the invitations").sees(
        "Chaired meeting called: Ivor Strand chairs it"
    )

    # Then somebody invited sees when and where, and not the case
    meeting = ChairedMeeting.objects.get()
    lead = person(stage.health_lead, width=375).signs_in()
    lead.goes_to(f"/meetings/{meeting.reference}/").sees("Old Mill, board room", "does not open the case")
    lead.goes_to(case, status=404)

    # When the day has come and the chair records it
    ChairedMeeting.objects.update(meets_at=timezone.now() - timedelta(hours=3))
    chair = person(panel.chair).signs_in()
    chair.goes_to(case).follows("Record the chaired meeting")
    chair.picks("Who was there?", "Ivor Strand", stage.nurse.full_name)
    chair.writes("Minutes", "Both sides spoke. The panel asked about the visits.")
    chair.writes("Where is the record of the meeting held?", "The board, file 12")
    chair.picks("How did it end?", "The meeting decided")
    chair.writes("What was decided, and why?", "Health leads, social work attends.")
    chair.writes("How is the child now?", "At home with her grandmother.")
    chair.writes("What do you tell the person who raised it?", "Health leads from now on.")
    chair.presses("Record the meeting and tell them").sees("Health leads, social work attends.")

    # Then the nurse reads minutes and outcome
    nurse = person(stage.nurse, width=375).signs_in()
    nurse.goes_to(case).sees("The panel asked about the visits.", "The board, file 12")
    assert pages_checked(officer, lead, chair, nurse) >= 13
