"""People, roles and deputies made ready for pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any

from accounts.models import Cover, Membership, RoleRequest, User
from accounts.roles import Role
from escalation.templatetags.words import plain_day


def place_words(membership: Membership | RoleRequest) -> str:
    """Return where a role is held, with the agency of a team."""
    if membership.team is not None:
        return f"{membership.team.name}, {membership.team.agency.name}"
    return str(membership.agency or membership.partnership)


def place_within(membership: Membership, agency_named: bool) -> str:
    """Return where a role is held under a heading: nothing that the heading or the role itself says."""
    if membership.agency is None:
        return ""
    if not agency_named:
        return place_words(membership)
    return membership.team.name if membership.team else ""


def days_words(row: Membership | Cover | RoleRequest, today: date) -> str:
    """Return from when to when, in words: "since 1 January 2024", "from 3 July 2026 until 9 July 2026"."""
    start = f"{'since' if row.starts_on <= today else 'from'} {plain_day(row.starts_on)}"
    if row.ends_on is None:
        return start
    if row.ends_on < today:
        return f"{plain_day(row.starts_on)} to {plain_day(row.ends_on)}"
    return f"{start} until {plain_day(row.ends_on)}"


def until_words(row: Membership | Cover) -> str:
    """Return "until 9 July 2026", or "until further notice"."""
    return f"until {plain_day(row.ends_on)}" if row.ends_on else "until further notice"


def role_rows(
    memberships: Iterable[Membership], covers: Iterable[Cover], today: date
) -> list[dict[str, Any]]:
    """Return a dict for each role: what, where, when, and who deputises now or later."""
    by_membership: dict[int, list[Cover]] = {}
    for cover in covers:
        by_membership.setdefault(cover.membership_id, []).append(cover)
    return [
        {
            "id": m.pk,
            "role": Role(m.role).label,
            "place": place_words(m),
            "moves": m.agency_id
            is not None,  # ends when the person moves; others are for the whole partnership
            "days": days_words(m, today),
            "has_deputies": m.role != Role.ADMINISTRATOR,
            "deputies": [
                {"id": c.pk, "name": c.deputy.full_name, "days": days_words(c, today), "reason": c.reason}
                for c in by_membership.get(m.pk, [])
            ],
        }
        for m in memberships
    ]


def acting_rows(covers: Iterable[Cover], today: date) -> list[dict[str, Any]]:
    """Return a dict for each person somebody acts for: who, in which role and place, and when."""
    return [
        {
            "id": c.pk,
            "name": c.membership.user.full_name,
            "role": Role(c.membership.role).label,
            "place": place_words(c.membership),
            "days": days_words(c, today),
        }
        for c in covers
    ]


def people_rows(
    memberships: Iterable[Membership], covers: Iterable[Cover], me: User, *, placed: bool = False
) -> list[dict[str, Any]]:
    """Return one dict for each person, in the order they come first: name, job, address, roles with deputies.

    `placed`: a heading above says which agency and team it is, so that the rows need not.
    """
    deputies: dict[int, list[str]] = {}
    for cover in covers:
        deputies.setdefault(cover.membership_id, []).append(f"{cover.deputy.full_name} {until_words(cover)}")
    rows: dict[int, dict[str, Any]] = {}
    for m in memberships:
        person = {
            "id": m.user_id,
            "name": m.user.full_name,
            "job": m.user.job_title,
            "email": m.user.email,
            "me": m.user_id == me.pk,
        }
        row = rows.setdefault(m.user_id, {**person, "roles": []})
        row["roles"].append(
            {
                "role": Role(m.role).label,
                "place": "" if placed else place_within(m, agency_named=False),
                "deputies": deputies.get(m.pk, []),
            }
        )
    for row in rows.values():
        if row["job"] in {role["role"] for role in row["roles"]}:
            row["job"] = ""  # said by the role
    return list(rows.values())


def by_team(memberships: Iterable[Membership]) -> list[tuple[str, list[Membership]]]:
    """Return the memberships of one agency under its teams; those for the whole agency come first."""
    ordered = sorted(
        memberships, key=lambda m: (m.team.name if m.team else "", order_of(m), m.user.full_name)
    )
    return [
        (name or "The whole agency", list(group))
        for name, group in groupby(ordered, key=lambda m: m.team.name if m.team else "")
    ]


def order_of(membership: Membership) -> int:
    """Return where a role stands among others in lists: managers before practitioners."""
    return ORDER.index(Role(membership.role))


ORDER = [
    Role.CSWO,
    Role.SENIOR_MANAGER,
    Role.DESIGNATED_LEAD,
    Role.LINE_MANAGER,
    Role.PRACTITIONER,
    Role.CPC_OFFICER,
    Role.RETHINK_COORDINATOR,
    Role.RETHINK_FACILITATOR,
    Role.INDEPENDENT_CHAIR,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
]
