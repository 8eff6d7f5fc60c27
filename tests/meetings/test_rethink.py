"""A Re-think from the first question to its actions: who may do what, when, and what the trail keeps of it."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest

from cases.actions import rethinking
from cases.audit import Audit
from cases.models import Case, Deadline, Invitation, Rethink, RethinkAction, RethinkNote
from cases.refusals import AlreadyDone, NotAllowed, NotNow, Stale
from escalation.trail.models import Event
from tests.cast import TUESDAY, Cast, opened
from tests.meetings.room import FEELINGS, GUEST, LATER, MEETS, Room

pytestmark = pytest.mark.django_db


def verbs(rethink: Rethink) -> list[str]:
    return list(Event.objects.filter(chain=rethink.chain).order_by("seq").values_list("verb", flat=True))


@pytest.mark.requirement("PO01", "PO02")
def test_any_professional_asks_for_one_without_a_dispute(room: Room) -> None:
    rethink = room.asked()
    assert (rethink.state, rethink.case, rethink.reason) == ("asked", None, "stuck")
    rows = {(i.email, i.part, i.user) for i in Invitation.objects.filter(rethink=rethink)}
    cast = room.cast
    assert rows == {
        (cast.nurse.email, "asker", cast.nurse),
        (cast.social_worker.email, "invitee", cast.social_worker),
        (cast.teacher.email, "invitee", cast.teacher),
        (GUEST, "invitee", None),
    }
    assert verbs(rethink) == ["rethink_asked"]


@pytest.mark.parametrize("who", ["nursery_worker", "police_officer", "nurse_manager", "cswo", "cpc_officer"])
def test_people_of_every_kind_may_ask(room: Room, who: str) -> None:
    assert room.asked(by=getattr(room.cast, who)).state == "asked"


@pytest.mark.parametrize("who", ["auditor", "administrator"])
def test_those_without_a_part_in_the_work_ask_for_none(room: Room, who: str) -> None:
    with pytest.raises(NotAllowed, match="work with children"):
        room.asked(by=getattr(room.cast, who))


@pytest.mark.requirement("PO02")
def test_no_answer_to_the_three_points_stops_anybody_but_each_is_answered(room: Room) -> None:
    assert room.asked(considered=dict.fromkeys(("raised", "talked", "formal"), False)).state == "asked"
    with pytest.raises(NotNow, match="Answer each of the points"):
        room.asked(considered={"raised": True, "talked": True})


def test_without_a_coordinator_it_says_whom_to_ask(cast: Cast) -> None:
    room = Room(cast, cast.cswo, cast.cswo, cast.cswo)
    with pytest.raises(NotNow, match="Ask your administrator to name a coordinator"):
        room.asked()
    assert not Rethink.objects.exists()


def test_the_same_form_sent_twice_asks_once(room: Room) -> None:
    token = uuid.uuid4()
    new = rethinking.NewRethink(
        "stuck", "Stuck.", dict.fromkeys(("raised", "talked", "formal"), True), "", ()
    )
    audit = Audit(TUESDAY, token)
    rethinking.ask(new, by=room.cast.nurse, audit=audit, procedure=room.cast.procedure)
    with pytest.raises(AlreadyDone):
        rethinking.ask(new, by=room.cast.nurse, audit=audit, procedure=room.cast.procedure)
    assert Rethink.objects.count() == 1


def test_beside_a_case_the_case_says_so_and_its_clocks_run_on(room: Room) -> None:
    case = opened(room.cast)
    before = list(Deadline.objects.filter(case=case).order_by("pk").values_list("rule", "state", "due_at"))
    rethink = room.asked(case=case, reason="disagreement")
    assert rethink.case == case
    assert Event.objects.filter(chain=case.chain, verb="rethink_asked").count() == 1
    after = list(Deadline.objects.filter(case=case).order_by("pk").values_list("rule", "state", "due_at"))
    assert before == after and len(before) == 4
    with pytest.raises(NotNow, match="being arranged already"):
        room.asked(case=case)
    with pytest.raises(NotAllowed):
        room.asked(case=case, by=room.cast.colleague)  # no part in the case


@pytest.mark.requirement("PO03")
def test_only_the_coordinator_arranges(room: Room) -> None:
    rethink = room.asked()
    for person in (room.cast.nurse, room.facilitator, room.cast.administrator, room.cast.stranger):
        with pytest.raises(NotAllowed):
            rethinking.arrange(rethink, room.arrangement(), by=person, audit=Audit(TUESDAY))
    assert room.arranged(rethink=rethink).state == "arranged"


@pytest.mark.requirement("PO03")
@pytest.mark.requirement("PO03")
def test_arranging_again_moves_withdraws_and_invites(room: Room) -> None:
    rethink = room.arranged()
    assert rethink.sequence == 0
    cast = room.cast
    again = room.arranged(
        rethink=rethink,
        at=TUESDAY + timedelta(hours=1),
        meets_at=MEETS + timedelta(days=1),
        facilitator=room.other_facilitator,
        addresses=(cast.social_worker.email, cast.police_officer.email),
    )
    live = {(i.email, i.part) for i in Invitation.objects.live().filter(rethink=rethink)}
    assert live == {
        (cast.nurse.email, "asker"),
        (cast.social_worker.email, "invitee"),
        (cast.police_officer.email, "invitee"),
        (room.other_facilitator.email, "facilitator"),
    }
    assert again.sequence == 1
    assert not Rethink.objects.visible_to(cast.teacher).exists()  # no longer invited


@pytest.mark.parametrize("who", ["nurse", "social_worker"])
def test_the_facilitator_takes_no_side(room: Room, who: str) -> None:
    from accounts.roles import Role
    from tests.factories import join

    person = getattr(room.cast, who)
    join(person, Role.RETHINK_FACILITATOR, room.cast.partnership)
    with pytest.raises(NotNow, match="somebody else must lead it"):
        room.arranged(facilitator=person)


def test_somebody_with_a_part_in_the_case_does_not_lead_the_rethink_beside_it(room: Room) -> None:
    from accounts.roles import Role
    from tests.factories import join

    case = opened(room.cast)
    join(room.cast.social_worker, Role.RETHINK_FACILITATOR, room.cast.partnership)
    rethink = room.asked(case=case, addresses=(room.cast.teacher.email,))
    with pytest.raises(NotNow, match="has a part in the case"):
        room.arranged(rethink=rethink, facilitator=room.cast.social_worker, addresses=())


def test_a_time_that_has_passed_and_a_facilitator_who_is_none_are_refused(room: Room) -> None:
    with pytest.raises(NotNow, match="still to come"):
        room.arranged(meets_at=TUESDAY)
    with pytest.raises(NotNow, match="is not a Re-think facilitator"):
        room.arranged(rethink=Rethink.objects.get(), facilitator=room.cast.police_officer)


def test_the_request_is_the_askers_until_it_is_arranged(room: Room) -> None:
    rethink, cast = room.asked(), room.cast
    sees = [
        u
        for u in (cast.nurse, cast.social_worker, cast.teacher, room.coordinator, room.facilitator)
        if Rethink.objects.visible_to(u).exists()
    ]
    assert sees == [cast.nurse, room.coordinator]
    room.arranged(rethink=rethink)
    assert Rethink.objects.visible_to(cast.social_worker).exists()
    for nobody in (cast.colleague, cast.nurse_manager, cast.cpc_officer, cast.administrator, cast.stranger):
        assert not Rethink.objects.visible_to(nobody).exists()


@pytest.mark.requirement("PO04")
def test_it_is_written_down_by_the_facilitator_once_it_has_begun(room: Room) -> None:
    rethink = room.arranged()
    what = rethinking.Held({}, {}, frozenset(), {})
    with pytest.raises(NotNow, match="once the meeting has begun"):
        rethinking.hold(rethink, what, by=room.facilitator, audit=Audit(MEETS - timedelta(minutes=1)))
    for person in (room.coordinator, room.cast.nurse):
        with pytest.raises(NotAllowed, match="Only the facilitator"):
            rethinking.hold(rethink, what, by=person, audit=Audit(MEETS))
    assert room.held(rethink).state == "held"
    with pytest.raises(NotNow, match="written down already"):
        rethinking.hold(rethink, what, by=room.facilitator, audit=Audit(LATER))


@pytest.mark.requirement("PO04", "PO05")
def test_who_came_guests_too_outcomes_and_actions(room: Room) -> None:
    rethink = room.held()
    came = {i.who: i.attended for i in Invitation.objects.filter(rethink=rethink)}
    assert came == {
        "Nadia Reid": True,
        "Callum Petrie": True,
        "Eilidh Kerr": False,
        "Sam Guest": True,
        "Bram Tulloch": True,
    }
    assert rethink.outcomes == ["shared_picture", "support"]
    action = RethinkAction.objects.get()
    assert (action.number, action.owner.who, action.note.words) == (1, "Callum Petrie", "Write one plan")
    rethinking.report_action(rethink, action, by=room.cast.social_worker, audit=Audit(LATER), done=True)
    with pytest.raises(NotNow, match="reported already"):
        rethinking.report_action(rethink, action, by=room.cast.nurse, audit=Audit(LATER), done=False)
    assert verbs(rethink) == [
        "rethink_asked",
        "rethink_arranged",
        "rethink_held",
        "rethink_action_reported",
    ]


@pytest.mark.requirement("PO06")
def test_the_room_keeps_its_notes(room: Room) -> None:
    rethink, cast = room.held(), room.cast

    def reads(person: object) -> set[str]:
        notes = RethinkNote.objects.readable_by(person).filter(rethink=rethink, kind="step")  # type: ignore[arg-type]
        return {n.key for n in notes}

    everything = {"strengths", "perspectives", "impact", "ways_forward", "learning"}
    assert reads(cast.nurse) == reads(cast.social_worker) == reads(room.facilitator) == everything
    # Invited and stayed away; arranged it: all but the room.
    assert reads(cast.teacher) == reads(room.coordinator) == everything - {"perspectives"}
    for nobody in (cast.nurse_manager, cast.cswo, cast.cpc_officer, cast.administrator, cast.stranger):
        assert reads(nobody) == set()


def test_a_deputy_does_not_sit_in_the_room_for_somebody(room: Room) -> None:
    from accounts.models import Membership
    from tests.factories import cover

    rethink = room.held()
    cover(Membership.objects.get(user=room.cast.nurse), room.cast.colleague)
    colleague = type(room.cast.colleague).objects.get(pk=room.cast.colleague.pk)
    assert not Rethink.objects.visible_to(colleague).exists()
    assert not RethinkNote.objects.readable_by(colleague).filter(rethink=rethink).exists()


@pytest.mark.requirement("PO06")
@pytest.mark.requirement("PO06")
def test_only_facts_are_carried_on(room: Room) -> None:
    rethink = room.held()
    carried = rethinking.facts_to_carry(rethink, room.cast.nurse)
    assert [words for _, words in carried] == [
        "The plan has stood still since March and the school sees no change.",
        "The grandmother is there every evening.",
        "The child misses one day of school a week.",
        "One plan with one worker.",
    ]
    assert FEELINGS not in str(carried)


@pytest.mark.requirement("PO06")
@pytest.mark.requirement("PO06")
def test_taken_on_as_a_case_once_by_somebody_it_is_about(room: Room) -> None:
    rethink, cast = room.held(), room.cast
    case = opened(cast)
    for person in (room.facilitator, room.coordinator, cast.colleague):
        with pytest.raises(NotAllowed):
            rethinking.became(rethink, case, by=person, audit=Audit(LATER))
    rethinking.became(rethink, case, by=cast.nurse, audit=Audit(LATER))
    assert Rethink.objects.get().became == case
    with pytest.raises(NotNow, match="taken on"):
        rethinking.became(rethink, case, by=cast.social_worker, audit=Audit(LATER))


def test_a_request_is_redirected_taken_back_or_an_arranged_one_called_off(room: Room) -> None:
    first, second, third = room.asked(), room.asked(), room.arranged()
    rethinking.redirect(first, by=room.coordinator, audit=Audit(LATER), why="A talk with the school first.")
    rethinking.call_off(second, by=room.cast.nurse, audit=Audit(LATER), why="It has moved on.")
    with pytest.raises(NotAllowed):
        rethinking.call_off(third, by=room.cast.nurse, audit=Audit(LATER), why="No.")
    rethinking.call_off(third, by=room.coordinator, audit=Audit(LATER), why="The room is flooded.")
    states = [Rethink.objects.get(pk=r.pk).state for r in (first, second, third)]
    assert states == ["redirected", "cancelled", "cancelled"]
    with pytest.raises(NotNow):
        room.arranged(rethink=first)


def test_a_page_that_is_out_of_date_changes_nothing(room: Room) -> None:
    rethink = room.arranged()
    with pytest.raises(Stale):
        rethinking.call_off(rethink, by=room.coordinator, audit=Audit(LATER, version=1), why="Old page.")


def test_the_trail_holds_no_word_and_no_address(room: Room) -> None:
    rethink = room.held()
    payloads = " ".join(Event.objects.values_list("payload", flat=True))
    for word in (FEELINGS, GUEST, "Sam Guest", "grandmother", "stood still", room.cast.nurse.email):
        assert word not in payloads
    held = json.loads(Event.objects.get(chain=rethink.chain, verb="rethink_held").payload)
    written = {
        str(n.pk): n.commitment for n in RethinkNote.objects.filter(rethink=rethink, written_at__gt=MEETS)
    }
    assert {n["id"]: n["commitment"] for n in held["notes"]} == written
    assert len(written) == 7  # five steps, one outcome with words, one action


def test_it_stands_beside_cases_and_is_none(room: Room) -> None:
    room.held()
    assert Case.objects.count() == 0
