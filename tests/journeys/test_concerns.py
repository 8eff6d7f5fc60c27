"""A concern about an agency in the browser: raised, decided by the designated lead, and the raiser told."""

from __future__ import annotations

import pytest

from cases.models import AgencyConcern
from tests.cast import Cast
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import pages_checked
from tests.journeys.words import noon

pytestmark = pytest.mark.browser


def test_raised_decided_and_answered(stage: Cast, person: OpenWindow) -> None:
    # Given a nurse who has noticed something over months
    nurse = person(stage.nurse, width=375).signs_in()
    nurse.goes_to("/concerns/").follows("Raise a concern")
    nurse.picks("Which agency is it about?", stage.social_work.name)
    nurse.picks("What kind of concern is it?", "Timescale or drift")
    nurse.presses_in_vain("Send this to your designated lead")
    nurse.writes("What have you noticed?", "Minutes arrive weeks late.")
    nurse.presses("Send this to your designated lead").sees("With the designated lead")
    concern = AgencyConcern.objects.get()

    # When her designated lead decides
    lead = person(stage.health_lead).signs_in()
    lead.goes_to("/").follows("Concerns").sees(concern.reference, "Pattern over time")
    lead.goes_to(f"/concerns/lead/{concern.reference}/").sees(
        "Minutes arrive weeks late.", stage.nurse.full_name
    )
    lead.follows("Decide what is done about it").picks("What do you decide?", "Take it up with the agency")
    lead.writes("Why?", "CANARY Three people say the same.")
    lead.writes("What do you tell the person who raised it?", "I will talk to their lead.")
    lead.dates("When will you look at it again?", noon(30).date())
    lead.presses("Record this decision and tell the person who raised it")
    lead.sees("CANARY Three people say the same.", "Decided, to be followed up")

    # Then the nurse reads what came of it, and others find nothing
    nurse.goes_to(f"/concerns/{concern.reference}/").sees("I will talk to their lead.").does_not_see("CANARY")
    person(stage.social_work_lead).signs_in().goes_to(f"/concerns/lead/{concern.reference}/", status=404)

    # When the lead follows it up
    lead.follows("Say what came of it").writes("What came of it?", "Their rota has changed.")
    lead.writes("What do you tell the person who raised it?", "It has changed.")
    lead.presses("Save this and tell the person who raised it").sees("Ended")
    nurse.goes_to("/concerns/").sees("Ended")
    assert pages_checked(nurse, lead) >= 15
