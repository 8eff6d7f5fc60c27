"""A person moves to another agency or team: what they had to do goes to others in the same step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from accounts.actions.door import (
    day_of,
    end_dated,
    end_membership,
    not_oneself,
    nothing_left_behind,
    office,
    over,
)
from accounts.actions.requests import request_role
from accounts.audit import Verb, by_administrator, record
from accounts.duties import Left, open_duties
from accounts.grants import sync
from accounts.models import Agency, Cover, Membership, RoleRequest, Team, User
from accounts.refusals import Refused
from accounts.roles import ROLES, Role


def left_by_moving(person: User) -> list[Left]:
    """Return what a move would leave behind: all but what is theirs in a role for the whole partnership."""
    return [left for left in open_duties(person) if _stays_behind(left.role)]


def move_person(
    *,
    person: User,
    agency: Agency,
    team: Team | None = None,
    role: Role | None = None,
    successors: Mapping[Role, User] | None = None,
    by: User,
    at: datetime,
) -> RoleRequest | None:
    """Let a person work elsewhere from now on; return the request for their role there, which another confirms.

    Roles in the old place, their deputies and what is covered there end at once, and what is open in them goes to the
    successors, in one transaction. A role for the whole partnership stays. Raises Refused when something would be left
    behind, for oneself, for a leaver, for another partnership's agency, and for whoever works just there already.
    """
    today = day_of(at)
    with office(person.agency.partnership, by):
        not_oneself(by, person, "move")
        # As they are behind the lock: another administrator may have let them go meanwhile.
        person.refresh_from_db(fields=["is_active", "agency"])
        before = person.agency
        _may_move(person, agency, team)
        held = [m for m in Membership.objects.filter(user=person) if m.agency_id and not over(m, today)]
        if agency == before and held and all(m.team_id == (team.pk if team else None) for m in held):
            raise Refused(f"{person} works there already. Nothing was changed.")
        for left in left_by_moving(person):
            nothing_left_behind(person, left.role, successors or {}, by, at)
        deputies = [deputy for m in held for deputy in end_membership(m, today, None)]
        covering = [
            c
            for c in Cover.objects.filter(deputy=person, membership__agency__isnull=False)
            if not over(c, today) and agency != before
        ]
        for cover in covering:
            end_dated(cover, today, None)
        person.agency = agency
        person.save(update_fields=["agency"])
        sync([person, *deputies], day=today)
        facts = {
            "from": before.pk,
            "to": agency.pk,
            "team": team.pk if team else None,
            "memberships": [m.pk for m in held],
            "covering": [c.pk for c in covering],
        }
        record(Verb.PERSON_MOVED, actor=by_administrator(by), about=person, facts=facts, at=at)
        if role is None:
            return None
        return request_role(person=person, role=role, place=team or agency, by=by, at=at)


def _stays_behind(role: Role) -> bool:
    return ROLES[role].held_at != "partnership"


def _may_move(person: User, agency: Agency, team: Team | None) -> None:
    if not person.is_active:
        raise Refused(f"{person} was deactivated. Let them back in first.")
    if agency.partnership_id != person.agency.partnership_id:
        raise Refused("Choose an agency of this partnership.")
    if team is not None and team.agency_id != agency.pk:
        raise Refused(f"{team} is no team of {agency}. Choose a team of that agency, or none.")
