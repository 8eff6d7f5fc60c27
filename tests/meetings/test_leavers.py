"""Whoever leads, arranges, asks for or chairs a meeting hands it over when they leave; nothing is orphaned."""

from __future__ import annotations

import json
from typing import Any

import pytest
import time_machine

from accounts import actions
from accounts.duties import Left, open_duties
from accounts.models import User
from accounts.refusals import Refused
from accounts.roles import Role
from cases.actions import chairing, rethinking
from cases.audit import Audit
from cases.models import ChairedMeeting, Invitation, Participation, Rethink, RethinkAction, RethinkNote
from escalation.trail.models import Event
from notifications.models import Kind, Message
from tests.cast import TUESDAY, Cast
from tests.factories import member
from tests.meetings.panel import HOUR, Panel
from tests.meetings.room import FEELINGS, Room

pytestmark = pytest.mark.django_db
LATER = TUESDAY + 6 * HOUR


@pytest.fixture(autouse=True)
def _tuesday() -> Any:
    with time_machine.travel(LATER, tick=False):
        yield


def leaves(cast: Cast, person: User, **successors: User) -> None:
    found = {Role(role): user for role, user in successors.items()}
    actions.deactivate_person(person=person, successors=found, by=cast.administrator, at=LATER)


def orphans() -> list[Any]:
    """Return whatever beside the ladder still waits for somebody who left."""
    ahead = Rethink.objects.filter(state__in=["asked", "arranged"])
    found = [r for r in ahead if not r.asked_by.is_active or (r.arranged_by and not r.arranged_by.is_active)]
    live = Invitation.objects.live().filter(user__is_active=False)
    todo = RethinkAction.objects.filter(status="open", owner__user__is_active=False)
    return [
        *found,
        *live.filter(rethink__in=ahead),
        *live.filter(meeting__in=ChairedMeeting.objects.ahead()),
        *todo,
        *ChairedMeeting.objects.ahead().filter(chair__is_active=False),
        *ChairedMeeting.objects.ahead().filter(convener__is_active=False),
    ]


def told(person: User) -> list[str]:
    return sorted(Message.objects.filter(recipient=person).values_list("kind", flat=True))


def test_a_facilitator_leaves_and_another_leads(room: Room) -> None:
    cast, rethink = room.cast, room.arranged()
    assert open_duties(room.facilitator) == [Left(Role.RETHINK_FACILITATOR, 0, 0, 1)]
    sentence = "Re-think facilitator: 1 thing to do beside the ladder"
    with pytest.raises(Refused, match=sentence) as refusal:
        leaves(cast, room.facilitator)
    assert rethink.reference not in str(refusal.value)
    with pytest.raises(Refused, match="is no Re-think facilitator"):
        leaves(cast, room.facilitator, rethink_facilitator=cast.police_officer)
    leaves(cast, room.facilitator, rethink_facilitator=room.other_facilitator)
    lead = Invitation.objects.live().get(rethink=rethink, part=Invitation.Part.FACILITATOR)
    assert lead.user == room.other_facilitator
    assert told(room.other_facilitator) == [Kind.INVITED, Kind.RETHINK]
    assert Kind.MEETING_OFF in told(room.facilitator)
    event = Event.objects.get(verb="rethink_handed_over")
    assert (event.chain, event.actor_id) == (rethink.chain, cast.administrator.pk)
    assert json.loads(event.payload)["as"] == "facilitator"
    assert orphans() == []
    room.facilitator = room.other_facilitator
    room.held(Rethink.objects.get(pk=rethink.pk))  # and the door lets them write down what came of it


def test_a_facilitator_is_followed_by_somebody_neutral(room: Room) -> None:
    room.arranged(addresses=(room.other_facilitator.email,))
    with pytest.raises(Refused, match="Dora Linn is invited to it, so somebody else must lead it"):
        leaves(room.cast, room.facilitator, rethink_facilitator=room.other_facilitator)
    assert User.objects.get(pk=room.facilitator.pk).is_active


def test_a_coordinator_leaves_and_another_arranges(room: Room) -> None:
    cast = room.cast
    arranged, asked = room.arranged(), room.asked(by=cast.colleague)
    with pytest.raises(Refused, match="Re-think coordinator: 2 things to do beside the ladder"):
        leaves(cast, room.coordinator)  # the last one: what nobody has arranged yet would be orphaned too
    second = member("Senga Orr", Role.RETHINK_COORDINATOR, cast.partnership, agency=cast.education)
    assert open_duties(room.coordinator) == [Left(Role.RETHINK_COORDINATOR, 0, 0, 1)]
    leaves(cast, room.coordinator, rethink_coordinator=second)
    arranged.refresh_from_db()
    assert (arranged.arranged_by, told(second)) == (second, [Kind.RETHINK])
    assert orphans() == []
    rethinking.redirect(asked, by=second, audit=Audit(LATER), why="Talk to your manager first.")


def test_who_asked_or_has_something_to_do_is_followed_and_the_room_stays_closed(room: Room) -> None:
    cast, held = room.cast, room.held()
    ahead = room.asked()
    assert open_duties(cast.nurse) == [Left(Role.PRACTITIONER, 0, 0, 1)]
    leaves(cast, cast.nurse, practitioner=cast.colleague)
    ahead.refresh_from_db()
    assert (ahead.asked_by, Rethink.objects.visible_to(cast.colleague).get()) == (cast.colleague, ahead)
    successor = member("Jean Ure", Role.PRACTITIONER, cast.social_work_team)
    with pytest.raises(Refused, match="works for another agency"):
        leaves(cast, cast.social_worker, practitioner=cast.teacher)
    leaves(cast, cast.social_worker, practitioner=successor)
    action = RethinkAction.objects.get(rethink=held)
    assert action.owner.user == successor
    notes = " ".join(n.words for n in RethinkNote.objects.readable_by(successor))
    assert "One plan with one worker" in notes
    assert FEELINGS not in notes, "nobody who was not there reads what stays in the room"
    assert orphans() == []


def test_a_chair_and_a_convener_leave_before_the_meeting(cast: Cast) -> None:
    panel = Panel.of(cast)
    office = {"by": cast.cpc_officer, "audit": Audit(TUESDAY + 5 * HOUR)}
    chairing.convene(panel.case, panel.convening(), **office)
    assert [left.role for left in open_duties(panel.chair)] == [Role.INDEPENDENT_CHAIR]
    leaves(cast, panel.chair, independent_chair=panel.other_chair)
    meeting = ChairedMeeting.objects.get()
    assert meeting.chair == panel.other_chair
    seat = Invitation.objects.live().get(meeting=meeting, part=Invitation.Part.CHAIR)
    assert seat.user == panel.other_chair
    assert Kind.INVITED in told(panel.other_chair)
    assert Kind.MEETING_OFF in told(panel.chair)
    successor = member("Blair Croy", Role.CPC_OFFICER, cast.partnership, agency=cast.social_work)
    leaves(cast, cast.cpc_officer, cpc_officer=successor)
    meeting.refresh_from_db()
    assert meeting.convener == successor
    leaves(cast, cast.nurse, practitioner=cast.colleague)
    invited = set(Invitation.objects.live().filter(meeting=meeting).values_list("user__full_name", flat=True))
    assert {"Kirsty Adair", "Petra Vale"} <= invited
    assert "Nadia Reid" not in invited
    assert orphans() == []
    assert not Participation.objects.live().filter(case=panel.case, user__is_active=False).exists()
