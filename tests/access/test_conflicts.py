"""A12: nobody decides a case in which they have a part: by policy, by the button, by raw rows as the runtime role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Membership, User
from accounts.roles import Role
from cases import policies
from cases.access import Look
from cases.actions import managing, settling
from cases.conflicts import barred
from cases.models import Case, Entry, Participation
from cases.models.entry import Kind
from cases.models.participation import Relation, Side
from cases.refusals import NotAllowed
from cases.workflow import State
from tests.cases.steps import audit, case_at, fresh, tell_and_escalate
from tests.cast import TUESDAY, Cast
from tests.factories import cover, join, member
from tests.pages.desk import accepted, referred

LATER = TUESDAY + timedelta(hours=9)
HELD_BY = {State.CSWO: "cswo", State.COMMITTEE: "cpc_officer"}
Conflict = Callable[[Cast, Case, User], Any]


def take_part(cast: Cast, case: Case, person: User, side: str, *, ended: bool = False) -> Any:
    relation = Relation.SENIOR_MANAGER if side != Side.NEUTRAL else Relation.ADVISER
    return Participation.of(
        case,
        user=person,
        agency_id=person.agency_id,
        relation=relation,
        side=side,
        started_at=TUESDAY,
        ended_at=LATER if ended else None,
    ).save()


def judged(cast: Cast, case: Case, person: User, kind: Kind) -> None:
    """Let a person have judged the case on its first rung."""
    Entry.objects.bulk_create([entry_of(case, person, kind, stage=case.stages.order_by("ordinal")[0])])


def entry_of(case: Case, person: User, kind: Kind, **changes: Any) -> Entry:
    facts: dict[str, Any] = {
        "case": case,
        "stage": case.current_stage,
        "kind": kind,
        "author": person,
        "agency": person.agency,
        "role": "Tester",
        "side": Side.NEUTRAL,
        "happened_at": LATER,
        "written_at": LATER,
    }
    return Entry.compose({"decision": "Yes"}, **{**facts, **changes})


def wrote_for(case: Case, person: User, whom: User, side: str) -> None:
    """Let a person have written an update as the deputy of somebody."""
    stage = case.stages.order_by("ordinal")[0]
    Entry.objects.bulk_create([entry_of(case, person, Kind.UPDATE, stage=stage, acting_for=whom, side=side)])


#: Each conflict, and what gives it to somebody who held none before.
CONFLICTS: dict[str, Conflict] = {
    "stands on the raising side": lambda c, case, p: take_part(c, case, p, Side.RAISING),
    "stands on the receiving side": lambda c, case, p: take_part(c, case, p, Side.RECEIVING),
    "stood on the raising side": lambda c, case, p: take_part(c, case, p, Side.RAISING, ended=True),
    "stood on the receiving side": lambda c, case, p: take_part(c, case, p, Side.RECEIVING, ended=True),
    "manages the raiser's team": lambda c, case, p: join(p, Role.LINE_MANAGER, c.health_team),
    "manages the counterpart's team": lambda c, case, p: join(p, Role.LINE_MANAGER, c.social_work_team),
    "manages all teams of the raising agency": lambda c, case, p: join(p, Role.LINE_MANAGER, c.health),
    "manages all teams of the receiving agency": lambda c, case, p: join(p, Role.LINE_MANAGER, c.social_work),
    "wrote for the raiser as a deputy": lambda c, case, p: wrote_for(case, p, c.nurse, Side.RAISING),
    "gave the independent view": lambda c, case, p: judged(c, case, p, Kind.INDEPENDENT_VIEW),
    "determined it on another rung": lambda c, case, p: judged(c, case, p, Kind.DETERMINATION),
}
#: What looks like a conflict and is none: the allowed twins.
NO_CONFLICT: dict[str, Conflict] = {
    "nothing at all": lambda c, case, p: None,
    "advised on neither side": lambda c, case, p: take_part(c, case, p, Side.NEUTRAL),
    "manages another team of the agency": lambda c, case, p: join(p, Role.LINE_MANAGER, c.school_team),
    "managed the raiser's team long ago": lambda c, case, p: join(
        p, Role.LINE_MANAGER, c.health_team, ends_on=TUESDAY.date() - timedelta(days=1)
    ),
    "leads the receiving agency": lambda c, case, p: join(p, Role.SENIOR_MANAGER, c.social_work),
    "wrote on no side as a deputy": lambda c, case, p: wrote_for(case, p, c.cpc_officer, Side.NEUTRAL),
    "wrote an update on another rung": lambda c, case, p: judged(c, case, p, Kind.UPDATE),
}


def at_rung(cast: Cast, state: State) -> tuple[Case, User]:
    """Return a case on a deciding rung, accepted, and who holds it."""
    case = accepted(cast, State.CSWO) if state == State.CSWO else referred(cast)
    return fresh(case), getattr(cast, HELD_BY[state])


def may_decide(case: Case, person: User) -> dict[str, bool]:
    """Return for each decision of this rung whether the policy lets a person make it now."""
    look = Look.at_case(fresh(case), person, LATER)
    rules = (
        [policies.determine, policies.refer] if case.state == State.CSWO else [policies.decide_for_committee]
    )
    return {rule.__name__: policies.can(rule, look) for rule in rules}


def raw(case: Case, person: User, acting_for: User | None = None) -> bool:
    """Return whether the database takes the row of a decision, whoever writes it; nothing is kept."""
    kind = Kind.DETERMINATION if case.state == State.CSWO else Kind.COMMITTEE_OUTCOME
    try:
        with transaction.atomic():
            Entry.objects.bulk_create([entry_of(case, person, kind, acting_for=acting_for)])
            transaction.set_rollback(True)
    except IntegrityError as error:
        assert "decide it" in str(error)
        return False
    return True


@pytest.mark.parametrize("state", HELD_BY, ids=str)
@pytest.mark.parametrize("conflict", CONFLICTS)
def test_a_conflict_bars_every_decision_and_its_row(cast: Cast, state: State, conflict: str) -> None:
    """22 situations: policy, door and database each refuse, for oneself and for whoever one acts for."""
    case, person = at_rung(cast, state)
    assert all(may_decide(case, person).values()), "the allowed twin: the same person before the conflict"
    assert raw(case, person)
    CONFLICTS[conflict](cast, case, person)
    assert not any(may_decide(case, person).values())
    assert person.pk in barred(case, case.state, LATER)
    assert not raw(case, person)
    assert not raw(case, cast.auditor, acting_for=person)
    if state == State.CSWO:
        with pytest.raises(NotAllowed, match="You have a part in this disagreement"):
            determine(case, person)


@pytest.mark.parametrize("state", HELD_BY, ids=str)
@pytest.mark.parametrize("none", NO_CONFLICT)
def test_what_is_no_conflict_bars_nobody(cast: Cast, state: State, none: str) -> None:
    case, person = at_rung(cast, state)
    NO_CONFLICT[none](cast, case, person)
    assert all(may_decide(case, person).values())
    assert person.pk not in barred(case, case.state, LATER)
    assert raw(case, person)


def determine(case: Case, by: User) -> None:
    settling.determine(
        case,
        by=by,
        audit=audit(case, LATER),
        question="Is the threshold met?",
        decision="Yes.",
        reasons="Three visits.",
        told="Both sides.",
        actions=[],
        feedback="Upheld.",
    )


def test_the_deputy_decides_where_the_chief_officer_is_a_party(cast: Cast) -> None:
    """The CSWO stood in for a senior manager, so the case goes past them to the deputy, who may decide."""
    case = case_at(cast, State.SENIOR_MANAGERS)
    take_part(cast, case, cast.cswo, Side.RECEIVING)
    managing.accept(case, by=cast.health_senior, audit=audit(case, TUESDAY + timedelta(hours=5)))
    tell_and_escalate(case, cast.health_senior, TUESDAY + timedelta(hours=6))
    case = fresh(case)
    assert case.holder == cast.cswo_deputy
    managing.accept(case, by=cast.cswo_deputy, audit=audit(case, TUESDAY + timedelta(hours=8)))
    assert may_decide(case, cast.cswo) == {"determine": False, "refer": False}
    determine(case, cast.cswo_deputy)
    assert fresh(case).state == State.DETERMINED


def test_a_deputy_who_is_a_party_does_not_decide_in_the_chief_officers_place(cast: Cast) -> None:
    case, cswo = at_rung(cast, State.CSWO)
    cover(Membership.objects.get(user=cswo), cast.social_work_senior)  # stands on the receiving side
    assert may_decide(case, cast.social_work_senior) == {"determine": False, "refer": False}
    free = member("Ivor Sim", Role.SENIOR_MANAGER, cast.education)
    cover(Membership.objects.get(user=cswo), free)
    assert may_decide(case, free) == {"determine": True, "refer": True}


@pytest.mark.parametrize("party", ["nurse", "social_worker", "nurse_manager", "social_work_senior"])
def test_whoever_acts_for_a_party_today_does_not_decide(cast: Cast, party: str) -> None:
    """The raiser, the counterpart, a manager of either side: in the place of one of them nobody is neutral."""
    case, cswo = at_rung(cast, State.CSWO)
    covered = cover(Membership.objects.get(user=getattr(cast, party)), cast.cswo_deputy)
    assert may_decide(case, cast.cswo_deputy) == {"determine": False, "refer": False}
    with pytest.raises(NotAllowed, match="or act for somebody who has"):
        determine(case, cast.cswo_deputy)
    assert may_decide(case, cswo) == {"determine": True, "refer": True}, "whose place it is still may"
    covered.delete()
    assert may_decide(case, User.objects.get(pk=cast.cswo_deputy.pk)) == {"determine": True, "refer": True}


@pytest.mark.parametrize("state", HELD_BY, ids=str)
def test_a_deputy_for_another_role_sees_and_helps_and_does_not_decide(cast: Cast, state: State) -> None:
    """A cover of any role lets see all cases of a person; what they decide is for who covers the deciding role."""
    case, person = at_rung(cast, state)
    join(person, Role.LINE_MANAGER, cast.school_team)
    other, deputy = (
        member("Ivor Sim", Role.SENIOR_MANAGER, cast.education),
        member("Ailsa Low", Role.SENIOR_MANAGER, cast.education),
    )
    cover(Membership.objects.get(user=person, role=Role.LINE_MANAGER), other)
    cover(Membership.objects.exclude(role=Role.LINE_MANAGER).get(user=person), deputy)
    assert list(Case.objects.visible_to(other)) == list(Case.objects.visible_to(deputy)) == [case]
    assert not any(may_decide(case, other).values())
    assert all(may_decide(case, deputy).values())
    look = Look.at_case(fresh(case), other, LATER)
    assert policies.can(policies.give_update, look)
    assert policies.can(policies.set_safety_line, look), "the child does not wait for the right deputy"
    with pytest.raises(NotAllowed, match=f"You act for {person.full_name} in another role"):
        policies.free_to_decide(look)


def test_nobody_decides_while_standing_on_a_side(cast: Cast) -> None:
    """The database takes no participation that decides on a side: 2 relations x 2 sides."""
    case, person = at_rung(cast, State.CSWO)
    for relation in (Relation.DECIDER, Relation.COMMITTEE):
        for side in (Side.RAISING, Side.RECEIVING):
            with pytest.raises(IntegrityError, match="decides_on_no_side"), transaction.atomic():
                Participation.of(
                    case,
                    user=cast.auditor,
                    agency_id=person.agency_id,
                    relation=relation,
                    side=side,
                    started_at=TUESDAY,
                ).save()


def test_a_manager_of_a_party_is_passed_over_when_the_case_comes_up(cast: Cast) -> None:
    join(cast.cswo, Role.LINE_MANAGER, cast.health_team)
    assert case_at(cast, State.CSWO).holder == cast.cswo_deputy
