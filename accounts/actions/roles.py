"""Roles: granted in a place from one day to another, and ended."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q

from accounts.actions.door import (
    day_of,
    end_membership,
    not_oneself,
    nothing_left_behind,
    office,
    over,
    read_again,
    someone_still_administers,
)
from accounts.audit import Verb, by_administrator, of_membership, record
from accounts.duties import Left, open_duties
from accounts.grants import Place, sync
from accounts.models import Agency, Membership, Partnership, Team, User
from accounts.refusals import Refused
from accounts.roles import ROLES, Role


def grant_role(
    *,
    person: User,
    role: Role,
    place: Place,
    starts_on: date | None = None,
    ends_on: date | None = None,
    by: None,
    at: datetime,
) -> Membership:
    """Give a person a role from the service's own command line, where a partnership has no two administrators yet.

    People in the office use `request_role` and `confirm_role`. Raises Refused as `check_grant` does, and for anybody
    who is not the service.
    """
    if by is not None:
        raise Refused("A role needs two administrators: ask for it, and another confirms it.")
    today = day_of(at)
    with office(person.agency.partnership, None):
        first = check_grant(person, role, place, starts_on, ends_on, today)
        membership = write_grant(person, role, place, first, ends_on, today, None, None)
        facts = of_membership(membership)
        record(Verb.ROLE_GRANTED, actor=by_administrator(None), about=membership, facts=facts, at=at)
        return membership


def left_behind(membership: Membership, today: date) -> list[Left]:
    """Return what ending this role would leave behind: nothing while the person holds it in the same agency still."""
    again = Membership.objects.filter(
        user=membership.user_id, role=membership.role, agency=membership.agency_id, ends_on=None
    ).exclude(pk=membership.pk)
    if again.filter(starts_on__lte=today).exists():
        return []
    return open_duties(membership.user, Role(membership.role))


def check_grant(
    person: User, role: Role, place: Place, starts_on: date | None, ends_on: date | None, today: date
) -> date:
    """Return the first day of a role that may be given.

    Raises Refused when the role is not held in such a place, the place is not the person's, the days run backwards
    or lie behind, or they hold it there already.
    """
    first = starts_on or today
    _, agency, team = place_parts(person, place)
    if not person.is_active:
        raise Refused(f"{person} was deactivated. Let them back in first.")
    _right_place(person, role, place, agency)
    _right_days(first, ends_on, today)
    held = Membership.objects.filter(user=person, role=role, agency=agency, team=team)
    if held.filter(_overlaps(first, ends_on)).exists():
        raise Refused(f"{person} holds this role there already. Choose other days, or end it first.")
    return first


def write_grant(
    person: User,
    role: Role,
    place: Place,
    first: date,
    last: date | None,
    today: date,
    granted_by: User | None,
    confirmed_by: User | None,
) -> Membership:
    """Write a membership that was checked, with the rights that follow, and return it. For `accounts.actions` only."""
    partnership, agency, team = place_parts(person, place)
    membership = Membership.objects.create(
        user=person,
        role=role,
        partnership=partnership,
        agency=agency,
        team=team,
        starts_on=first,
        ends_on=last,
        granted_by=granted_by,
        confirmed_by=confirmed_by,
    )
    sync(person, day=today)
    return membership


def place_parts(person: User, place: Place) -> tuple[Partnership, Agency | None, Team | None]:
    """Return the partnership of a person, and the agency and team that a place names."""
    team = place if isinstance(place, Team) else None
    agency = team.agency if team else place if isinstance(place, Agency) else None
    return person.agency.partnership, agency, team


def end_role(
    *,
    membership: Membership,
    last_day: date | None = None,
    successor: User | None = None,
    by: User | None,
    at: datetime,
) -> None:
    """End a role after its last day, or at once, with the covers of it; what is open in it goes to the successor now.

    Raises Refused when something would be left behind, for one's own role, for the last administrator, and for a day
    that lies behind or after the day it ends anyway.
    """
    today, person = day_of(at), membership.user
    with office(membership.partnership, by):
        not_oneself(by, person, "end a role of")
        read_again(membership)
        if over(membership, today):
            raise Refused("This role has ended.")
        if last_day is not None and last_day < max(today, membership.starts_on):
            raise Refused("The last day must be today or later, and not before the role starts.")
        if last_day is not None and membership.ends_on is not None and last_day > membership.ends_on:
            raise Refused("The role ends before that day. Grant it again for a longer time.")
        role = Role(membership.role)
        if left_behind(membership, today):
            nothing_left_behind(person, role, {role: successor} if successor else {}, by, at)
        if membership.role == Role.ADMINISTRATOR:
            someone_still_administers(membership.partnership, person, today)
        facts = of_membership(membership) | {"until": last_day or "at once"}
        deputies = end_membership(membership, today, last_day)
        sync([person, *deputies], day=today)
        record(Verb.ROLE_ENDED, actor=by_administrator(by), about=membership, facts=facts, at=at)


def hand_over_role(*, membership: Membership, successor: User | None, by: User | None, at: datetime) -> None:
    """Hand over what a role left that has ended by its date; the administrators are told of it (`ended_roles`).

    Raises Refused while the role lasts, for what one left oneself, when nothing is left, and as `end_role` does.
    """
    today, person = day_of(at), membership.user
    with office(membership.partnership, by):
        not_oneself(by, person, "hand over what is left by")
        read_again(membership)
        if not over(membership, today):
            raise Refused("This role lasts still. End it, and say who takes over.")
        role = Role(membership.role)
        if not left_behind(membership, today):
            raise Refused("Nothing is left to do in this role.")
        nothing_left_behind(person, role, {role: successor} if successor else {}, by, at)
        facts = of_membership(membership)
        record(Verb.ROLE_HANDED_OVER, actor=by_administrator(by), about=membership, facts=facts, at=at)


def _right_place(person: User, role: Role, place: Place, agency: Agency | None) -> None:
    held_at = ROLES[role].held_at
    if held_at == "partnership":
        if place != person.agency.partnership or not isinstance(place, Partnership):
            raise Refused(f"The role of {role.label} is held for the whole partnership.")
        return
    if agency is None or (held_at == "agency" and isinstance(place, Team)):
        wanted = "an agency" if held_at == "agency" else "a team or an agency"
        raise Refused(f"The role of {role.label} is held in {wanted}.")
    if person.agency_id not in {agency.pk, agency.represented_by_id}:
        raise Refused(f"{person} works for {person.agency}, so a role in {agency} cannot be theirs.")


def _right_days(first: date, last: date | None, today: date) -> None:
    if first < today:
        raise Refused("A role starts today or later. What was done before cannot be made right afterwards.")
    if last is not None and last < first:
        raise Refused("The last day lies before the first. Check both days.")


def _overlaps(first: date, last: date | None) -> Q:
    after = Q(ends_on=None) | Q(ends_on__gte=first)
    return after if last is None else after & Q(starts_on__lte=last)
