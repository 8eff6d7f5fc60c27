"""Roles with two administrators: one asks, another confirms; both stand in the registry (abuse case T12)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from accounts.actions.door import day_of, not_oneself, office
from accounts.actions.roles import check_grant, place_parts, write_grant
from accounts.audit import Verb, by_administrator, of_request, record
from accounts.grants import Place
from accounts.models import Asked, Membership, Partnership, RoleRequest, User
from accounts.refusals import Refused
from accounts.roles import Role

#: A request that nobody confirmed in this time is asked anew: people and reasons have changed since.
STANDS_FOR = timedelta(days=14)


def request_role(
    *,
    person: User,
    role: Role,
    place: Place,
    starts_on: date | None = None,
    ends_on: date | None = None,
    by: User,
    at: datetime,
) -> RoleRequest:
    """Ask that a person be given a role, and return the request. It gives nothing until `confirm_role`.

    Raises Refused for whatever a grant would be refused for, and when the same is waiting already.
    """
    with office(person.agency.partnership, by):
        not_oneself(by, person, "ask for a role for")
        first = check_grant(person, role, place, starts_on, ends_on, day_of(at))
        partnership, agency, team = place_parts(person, place)
        same = waiting(partnership, at).filter(person=person, role=role, agency=agency, team=team)
        if same.exists():
            raise Refused(f"This role of {person} waits for a second administrator already.")
        request = RoleRequest.objects.create(
            person=person,
            role=role,
            partnership=partnership,
            agency=agency,
            team=team,
            starts_on=first,
            ends_on=ends_on,
            asked_by=by,
            asked_at=at,
        )
        facts = of_request(request)
        record(Verb.ROLE_REQUESTED, actor=by_administrator(by), about=request, facts=facts, at=at)
        return request


def confirm_role(*, request: RoleRequest, by: User, at: datetime) -> Membership:
    """Confirm what another administrator asked for: from now on the person holds the role. Returns the membership.

    Everything is asked again inside the lock. Raises Refused for one's own request, a role for oneself, a request
    that was decided or is too old, an asker who no longer administers, and whatever has changed since.
    """
    with office(request.partnership, by), office(request.partnership, request.asked_by):
        found = _waiting_one(request, at)
        if found.asked_by_id == by.pk:
            raise Refused("You asked for this yourself. Another administrator confirms it.")
        not_oneself(by, found.person, "confirm a role for")
        today = day_of(at)
        first = max(found.starts_on, today)
        check_grant(found.person, Role(found.role), found.place, first, found.ends_on, today)
        _decide(found, Asked.Decision.CONFIRMED, by, at)
        membership = write_grant(
            found.person, Role(found.role), found.place, first, found.ends_on, today, found.asked_by, by
        )
        facts = of_request(found) | {"membership": membership.pk, "from": first}
        record(Verb.ROLE_GRANTED, actor=by_administrator(by), about=membership, facts=facts, at=at)
        return membership


def decline_role(*, request: RoleRequest, by: User, at: datetime) -> None:
    """Decline a request, or take back one's own. Raises Refused when it was decided before."""
    with office(request.partnership, by):
        found = _waiting_one(request, at, however_old=True)
        _decide(found, Asked.Decision.DECLINED, by, at)
        record(Verb.ROLE_DECLINED, actor=by_administrator(by), about=found, facts=of_request(found), at=at)


def waiting(partnership: Partnership, at: datetime) -> QuerySet[RoleRequest]:
    """Return the requests of a partnership that may still be confirmed, oldest first."""
    return RoleRequest.objects.filter(
        partnership=partnership, decision=Asked.Decision.WAITING, asked_at__gt=at - STANDS_FOR
    ).order_by("asked_at", "pk")


def _waiting_one(request: RoleRequest, at: datetime, *, however_old: bool = False) -> RoleRequest:
    found = (
        RoleRequest.objects.select_for_update(of=("self",))
        .select_related("person__agency__partnership", "agency", "team__agency", "partnership", "asked_by")
        .get(pk=request.pk)
    )
    if found.decision != Asked.Decision.WAITING:
        raise Refused("This was decided already.")
    if not however_old and found.asked_at <= at - STANDS_FOR:
        raise Refused("This was asked for more than 14 days ago. Ask for it again.")
    return found


def _decide(request: RoleRequest, decision: str, by: User, at: datetime) -> None:
    request.decision, request.decided_by, request.decided_at = decision, by, at
    request.save(update_fields=["decision", "decided_by", "decided_at"])
