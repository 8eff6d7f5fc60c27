"""Whoever leaves hands their part in every open case over in the same step; the administrator sees numbers alone."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from accounts import actions
from accounts.duties import Left, open_duties
from accounts.models import Membership, User
from accounts.refusals import Refused
from accounts.roles import Role
from cases.actions import following, managing, talking
from cases.models import Action, Case, CheckBack, Deadline, Participation
from cases.models.participation import Relation
from cases.presenters.timeline import timeline
from cases.reading import Record
from cases.refusals import NotNow
from cases.workflow import State
from escalation.trail.models import Event
from notifications.models import Message
from tests.cases.steps import POSITION, agreed, audit, case_at, check_back_all, close, fresh, last_recorded
from tests.cast import TUESDAY, Cast, opened
from tests.factories import join, member

LATER = TUESDAY + timedelta(hours=8)


def orphans() -> list[Any]:
    """Return whatever in an open case points to somebody who left or takes no part in it."""
    found: list[Any] = []
    for case in Case.objects.exclude(state__in=["closed", "withdrawn", "diverted"]):
        parts = set(
            Participation.objects.live()
            .filter(case=case, user__is_active=True)
            .values_list("user_id", flat=True)
        )
        named = {"raiser": case.raiser_id, "counterpart": case.counterpart_id, "holder": case.holder_id}
        named["stand-in"] = case.stand_in_id or case.holder_id
        for duty in Deadline.objects.open().filter(case=case):
            named[f"duty {duty.rule}"] = duty.person_id
        for action in Action.objects.filter(case=case, status="open"):
            named[f"action {action.number}"] = action.owner_id
        for asked in CheckBack.objects.filter(case=case, answered_at=None):
            named[f"check back {asked.pk}"] = asked.asked_of_id
        found += [
            (case.pk, what) for what, person in named.items() if person is not None and person not in parts
        ]
    return found


def leave(cast: Cast, person: User, **successors: User) -> None:
    actions.deactivate_person(
        person=person,
        successors={Role(role): user for role, user in successors.items()},
        by=cast.administrator,
        at=LATER,
    )


def test_the_administrator_sees_numbers_and_no_reference(cast: Cast) -> None:
    case = case_at(cast, State.LINE_MANAGER)
    manager = cast.nurse_manager
    assert open_duties(manager) == [Left(Role.LINE_MANAGER, 1, 4)]
    assert open_duties(manager, Role.LINE_MANAGER) == open_duties(manager)
    assert open_duties(manager, Role.SENIOR_MANAGER) == []
    assert open_duties(cast.health_senior) == []
    assert open_duties(cast.nurse) == [Left(Role.PRACTITIONER, 1, 0)], "what she raised is not left behind"
    sentence = "Line manager: 1 open disagreement, with 4 things to do."
    office = {"by": cast.administrator, "at": TUESDAY}
    with pytest.raises(Refused, match=sentence) as refusal:
        actions.end_role(membership=Membership.objects.get(user=manager), **office)
    assert case.reference not in str(refusal.value)
    with pytest.raises(Refused, match=sentence):
        actions.deactivate_person(person=manager, **office)
    assert not Event.objects.filter(verb="handed_over").exists()


def test_a_line_manager_leaves_and_another_goes_on(cast: Cast) -> None:
    case = case_at(cast, State.LINE_MANAGER)
    successor = member("Elspeth Dunn", Role.LINE_MANAGER, cast.health_team)
    before = Case.objects.get(pk=case.pk).version
    leave(cast, cast.nurse_manager, line_manager=successor)
    case = fresh(case)
    assert (case.holder, case.current_stage.acting, case.version) == (successor, successor, before + 1)
    assert set(
        Deadline.objects.open().filter(case=case, rule__in=["accept", "settle"]).values_list("person")
    ) == {(successor.pk,)}
    assert orphans() == []
    assert not Case.objects.visible_to(User.objects.get(pk=cast.nurse_manager.pk)).exists()
    event = Event.objects.get(verb="handed_over")
    assert (event.chain, event.actor_id, event.acting_role) == (
        case.chain,
        cast.administrator.pk,
        "administrator",
    )
    assert json.loads(event.payload) == {
        "from": cast.nurse_manager.pk,
        "to": successor.pk,
        "relations": ["line_manager"],
        "duties": 4,
    }
    assert json.loads(case.last_change) == last_recorded(case)
    told = dict(Message.objects.filter(event=event.pk).values_list("recipient__full_name", "kind"))
    assert told["Elspeth Dunn"] == "updated"
    assert {"Nadia Reid", "Callum Petrie"} <= told.keys()
    assert Message.objects.get(event=event.pk, recipient=successor).deadline is not None
    rows = timeline(Record.load(case, cast.nurse, LATER))
    assert rows[0]["heading"] == "Elspeth Dunn took over from Morag Lunan"
    assert rows[0]["by"] == "Anders Blair, Social Work (administrator)"
    managing.accept(case, by=successor, audit=audit(case, LATER))  # and the door lets them through


def test_a_raiser_leaves_and_a_colleague_stands_in_their_place(cast: Cast) -> None:
    case = opened(cast)
    leave(cast, cast.nurse, practitioner=cast.colleague)
    case = fresh(case)
    assert (case.raiser, case.holder) == (cast.colleague, cast.colleague)
    assert orphans() == []
    part = Participation.objects.live().get(case=case, relation=Relation.RAISER)
    assert (part.user, part.agency, part.team, part.why) == (
        cast.colleague,
        cast.health,
        cast.health_team,
        "took over from Nadia Reid",
    )
    concern = Record.load(case, cast.colleague, LATER).entries[0]
    assert concern.author == cast.nurse, "what she wrote stays hers"


def test_actions_and_check_backs_go_along(cast: Cast) -> None:
    case = agreed(cast)
    successor = member("Rory Lamont", Role.PRACTITIONER, cast.social_work_team)
    leave(cast, cast.social_worker, practitioner=successor)
    assert Action.objects.get(case=case).owner == successor
    assert CheckBack.objects.get(case=case, side="receiving", round="understood").asked_of == successor
    assert orphans() == []


def test_everybody_of_a_case_may_leave_one_after_the_other(cast: Cast) -> None:
    """Six leavers in one case high up the ladder; nothing points to any of them afterwards."""
    case_at(cast, State.CSWO)
    line, senior = Role.LINE_MANAGER, Role.SENIOR_MANAGER
    new = {
        name: member(name, role, place)
        for name, role, place in (
            ("Elspeth Dunn", line, cast.health_team),
            ("Rory Lamont", line, cast.social_work_team),
            ("Una Gray", senior, cast.health),
            ("Ivor Sim", senior, cast.social_work),
            ("Jean Ure", Role.PRACTITIONER, cast.social_work_team),
        )
    }
    join(new["Ivor Sim"], Role.CSWO, cast.partnership)
    leave(cast, cast.nurse, practitioner=cast.colleague)
    leave(cast, cast.social_worker, practitioner=new["Jean Ure"])
    leave(cast, cast.nurse_manager, line_manager=new["Elspeth Dunn"])
    leave(cast, cast.social_work_manager, line_manager=new["Rory Lamont"])
    leave(cast, cast.health_senior, senior_manager=new["Una Gray"])
    leave(cast, cast.cswo, cswo=new["Ivor Sim"])
    assert orphans() == []
    assert Event.objects.filter(verb="handed_over").count() == 6


def test_who_may_not_take_over(cast: Cast) -> None:
    case_at(cast, State.MANAGERS)
    for successor, sentence in (
        (cast.nurse_manager, "nobody takes over from themselves"),
        (cast.stranger, "does not work in this partnership now"),
        (cast.colleague, "Kirsty Adair is no Line manager"),
        (cast.social_work_manager, "works for another agency"),
    ):
        with pytest.raises(Refused, match=sentence):
            leave(cast, cast.nurse_manager, line_manager=successor)
    join(cast.nurse, Role.LINE_MANAGER, cast.health_team)
    with pytest.raises(Refused, match="Nadia Reid has a part in one of these disagreements already"):
        leave(cast, cast.nurse_manager, line_manager=cast.nurse)
    assert not Event.objects.filter(verb="handed_over").exists()
    leave(cast, cast.nurse_manager, line_manager=cast.health_senior)
    assert orphans() == []


def test_a_failing_event_hands_nothing_over(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    case = case_at(cast, State.LINE_MANAGER)

    def fails(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("cases.duties.trail.record", fails)
    with pytest.raises(RuntimeError):
        leave(cast, cast.nurse_manager, line_manager=cast.health_senior)
    assert fresh(case).holder == cast.nurse_manager
    assert User.objects.get(pk=cast.nurse_manager.pk).is_active


def _closed_without(cast: Cast, person: User) -> Case:
    """Return a case that was closed before this person left, who then had nothing to hand over."""
    case = agreed(cast)
    check_back_all(case, cast, TUESDAY + timedelta(hours=3))
    close(case, cast.nurse, TUESDAY + timedelta(hours=4))
    leave(cast, person)
    return fresh(case)


@pytest.mark.requirement("G25", "X7")
def test_a_closed_case_comes_back_to_the_manager_of_whoever_left(cast: Cast) -> None:
    case = _closed_without(cast, cast.nurse)
    following.reopen(case, by=cast.social_worker, audit=audit(case, LATER), reason="It happened again.")
    case = fresh(case)
    assert (case.state, case.raiser, case.holder) == (
        State.RESOLUTION,
        cast.nurse_manager,
        cast.nurse_manager,
    )
    assert orphans() == []
    assert not Participation.objects.live().filter(case=case, user=cast.nurse).exists()
    part = Participation.objects.live().get(case=case, relation=Relation.RAISER)
    assert (part.user, part.agency, part.side) == (cast.nurse_manager, cast.health, "raising")
    assert part.why == "took over from Nadia Reid, who has left"
    facts = json.loads(Event.objects.filter(verb="reopened").latest("seq").payload)
    assert facts["replaced"] == [{"from": cast.nurse.pk, "to": cast.nurse_manager.pk}]
    assert Message.objects.filter(case=case, recipient=cast.nurse_manager, kind="reopened").exists()
    talking.give_position(case, by=cast.nurse_manager, audit=audit(case, LATER), position=POSITION)


def test_without_a_manager_the_designated_lead_stands_in_never_who_decides(cast: Cast) -> None:
    """The directory would go on to the CSWO, who must not be a party to what they may have to decide."""
    case = _closed_without(cast, cast.social_worker)
    Membership.objects.filter(agency=cast.social_work).exclude(role=Role.DESIGNATED_LEAD).delete()
    following.reopen(case, by=cast.nurse, audit=audit(case, LATER), reason="It happened again.")
    assert fresh(case).counterpart == cast.social_work_lead
    assert orphans() == []


def test_a_closed_case_stays_closed_when_nobody_could_stand_in(cast: Cast) -> None:
    case = _closed_without(cast, cast.social_worker)
    Membership.objects.filter(agency=cast.social_work).delete()
    with pytest.raises(NotNow, match="Callum Petrie no longer works there"):
        following.reopen(case, by=cast.nurse, audit=audit(case, LATER), reason="It happened again.")
    assert fresh(case).state == State.CLOSED


def test_who_is_still_there_stays_and_who_moved_away_does_not(cast: Cast) -> None:
    """A role elsewhere is no role here: an agency's side is taken by its own people."""
    case = agreed(cast)
    check_back_all(case, cast, TUESDAY + timedelta(hours=3))
    close(case, cast.nurse, TUESDAY + timedelta(hours=4))
    Membership.objects.filter(user=cast.nurse).delete()
    join(cast.nurse, Role.PRACTITIONER, cast.education)
    following.reopen(case, by=cast.social_worker, audit=audit(case, LATER), reason="It happened again.")
    case = fresh(case)
    assert (case.raiser, case.counterpart) == (cast.nurse_manager, cast.social_worker)
