"""Who may be given an action: those who take part, and the managers and leads of both agencies (G24)."""

from __future__ import annotations

from accounts.models import User
from accounts.roles import Role
from cases.access import Look
from cases.holders import directory_for

#: Roles of the directory that carry out actions themselves.
MAY_OWN = (Role.LINE_MANAGER, Role.SENIOR_MANAGER, Role.DESIGNATED_LEAD)

Groups = list[tuple[str, list[tuple[str, str]]]]


def owners(look: Look) -> Groups:
    """Return (agency, [(id, name and job)]) for a list of people; two queries."""
    case = look.case
    agencies = {a.pk: a.name for a in case.agencies()}
    found: dict[int, tuple[str, User]] = {p.user_id: (p.agency.name, p.user) for p in look.parts}
    for row in directory_for(case, look.at).rows:
        if row.role in MAY_OWN and row.agency_id in agencies:
            found.setdefault(row.user_id, (agencies[row.agency_id], row.user))
    groups: dict[str, list[tuple[str, str]]] = {}
    for pk, (agency, user) in sorted(found.items(), key=lambda item: (item[1][0], item[1][1].full_name)):
        words = f"{user.full_name}, {user.job_title}" if user.job_title else user.full_name
        groups.setdefault(agency, []).append((str(pk), words))
    return list(groups.items())


def chosen(ids: list[int]) -> dict[int, User]:
    """Return these people with their agency, by id; one query, none for nobody."""
    return User.objects.select_related("agency").in_bulk(ids) if ids else {}
