"""Who holds which role where: finds managers, opposite numbers and deputies in one query (G18).

people = Directory.load(partnership_id, [agency, other_agency], day=today)
people.holder(Role.LINE_MANAGER, agency, team, exclude={...})
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q
from django.db.models.functions import JSONObject

from accounts.models import Agency, Cover, Membership, User
from accounts.roles import Role
from escalation.prepared import DAY, Prepared, number

#: Who stands in when nobody free of a conflict holds the role: the next manager up, and so on.
NEXT_UP: dict[Role, Role] = {
    Role.PRACTITIONER: Role.LINE_MANAGER,
    Role.LINE_MANAGER: Role.SENIOR_MANAGER,
    Role.SENIOR_MANAGER: Role.CSWO,
}


#: What a directory brings of each membership and of its person.
_OF_MEMBERSHIP = ("id", "user_id", "role", "partnership_id", "agency_id", "team_id")
_OF_USER = ("full_name", "job_title", "email", "agency_id")
_DIRECTORIES = Prepared()


@dataclass(frozen=True)
class Holder:
    """A person found for a duty: in which role and place, and on whose behalf."""

    user: User
    role: Role
    agency_id: int | None
    team_id: int | None
    acting_for_id: int | None = None
    why: str = ""  # why this person and not the usual one; empty when they are the usual one


@dataclass
class Directory:
    """The memberships of some agencies and of their partnership today, with those who represent or cover them."""

    rows: list[Membership]
    represented_by: dict[int, int] = field(default_factory=dict)

    @classmethod
    def load(
        cls, partnership_id: int, agencies: Iterable[Agency], day: date, *, people: Collection[int] = ()
    ) -> Directory:
        """Load the directory of these agencies, and of any that acts on their behalf, in one query.

        `people` are practitioners whose deputies are wanted too; practitioners are left out otherwise.
        """
        named = {a.pk: a for a in agencies}
        represented = {pk: a.represented_by_id for pk, a in named.items() if a.represented_by_id}
        places, asked = sorted({*named, *represented.values()}), sorted(people)
        marks = [number(n) for n in range(1 + len(places) + len(asked))]
        values = dict(zip(marks, (partnership_id, *places, *asked), strict=True)) | {DAY: day}
        found = _DIRECTORIES.rows(
            (len(places), len(asked)),
            lambda: _rows(marks[0], marks[1 : 1 + len(places)], marks[1 + len(places) :]),
            values,
        )
        return cls([_membership(row) for row in found], represented)

    def holder(
        self, role: Role, agency_id: int | None, team_id: int | None = None, *, exclude: Collection[int] = ()
    ) -> Holder | None:
        """Return who holds a role for a team or agency, passing over people with a conflict of interest.

        In order: of this team; of the agency as a whole; the deputy of somebody passed over; of another team; of the
        agency that acts on its behalf; the next manager up. None when the directory knows nobody.
        """
        of_role = [m for m in self.rows if m.role == role]
        here = [m for m in of_role if m.agency_id == agency_id]
        exact = [m for m in here if team_id is not None and m.team_id == team_id]
        whole = [m for m in here if m.team_id is None]
        elsewhere = [m for m in here if m not in exact and m not in whole]
        partnership_wide = [m for m in of_role if m.agency_id is None]
        usual = exact or whole or partnership_wide or elsewhere
        for membership in (*exact, *whole, *partnership_wide):
            if membership.user_id not in exclude:
                return _found(membership)
        for membership in usual:
            for deputy in deputies_in(membership):
                if deputy.pk not in exclude:
                    return Holder(
                        deputy,
                        role,
                        membership.agency_id,
                        membership.team_id,
                        why=f"{membership.user} has a part in this or decided it before, so the deputy acts",
                    )
        for membership in elsewhere:
            if membership.user_id not in exclude:
                return _found(membership, why="nobody else free to act holds this role for the team")
        represented = self.represented_by.get(agency_id) if agency_id is not None else None
        if represented is not None:
            found = self.holder(role, represented, exclude=exclude)
            if found is not None:
                return Holder(
                    found.user, found.role, found.agency_id, found.team_id, why="acts on behalf of the agency"
                )
        if role in NEXT_UP:
            found = self.holder(NEXT_UP[role], agency_id, team_id, exclude=exclude)
            if found is not None:
                return Holder(
                    found.user,
                    found.role,
                    found.agency_id,
                    found.team_id,
                    why=f"nobody free to act holds the role of {role.label.lower()}",
                )
        return None

    def holders(self, role: Role, agency_id: int | None = None) -> list[User]:
        """Return everybody who holds a role in an agency, or partnership-wide when no agency is named."""
        return [m.user for m in self.rows if m.role == role and m.agency_id == agency_id]

    @property
    def known(self) -> set[int]:
        """Return the ids of everybody in it."""
        return {m.user_id for m in self.rows}

    def deputies_of(self, user_id: int) -> list[User]:
        """Return who covers any role of a person today."""
        return [d for m in self.rows if m.user_id == user_id for d in deputies_in(m)]


def _rows(partnership_id: int, places: list[int], people: list[int]) -> Any:
    """Return the query of a directory on a day that is a mark."""
    deputies = (
        Cover.objects.on(DAY)
        .filter(membership=OuterRef("pk"), deputy__is_active=True)
        .order_by("pk")
        .values(
            row=JSONObject(
                id="deputy_id",
                full_name="deputy__full_name",
                email="deputy__email",
                agency_id="deputy__agency_id",
            )
        )
    )
    rows: Any = (
        Membership.objects.on(DAY)
        .filter(Q(agency_id__in=places) | Q(agency=None), partnership_id=partnership_id)
        .filter(user__is_active=True)
        .exclude(role__in=[Role.ADMINISTRATOR, Role.AUDITOR])
        .filter(~Q(role=Role.PRACTITIONER) | Q(user_id__in=people))
        .annotate(deputy_rows=ArraySubquery(deputies))
        .order_by("starts_on", "pk")
    )
    return rows.values_list(*_OF_MEMBERSHIP, *(f"user__{name}" for name in _OF_USER), "deputy_rows")


def _membership(row: Any) -> Membership:
    """Return a row as a membership with its person and those who cover it."""
    told = row._asdict()
    person = User(pk=row.user_id, **{name: told[f"user__{name}"] for name in _OF_USER})
    membership: Any = Membership(
        user=person, **{name: told[name] for name in _OF_MEMBERSHIP if name != "user_id"}
    )
    membership.deputy_rows = [json.loads(deputy) for deputy in row.deputy_rows]
    return membership  # type: ignore[no-any-return]


def deputies_in(membership: Membership) -> list[User]:
    """Return who covers this membership today, as `Directory.load` brought them."""
    loaded: Any = membership
    return [User(**row) for row in loaded.deputy_rows]


def _found(membership: Membership, why: str = "") -> Holder:
    return Holder(membership.user, Role(membership.role), membership.agency_id, membership.team_id, why=why)


def colleagues(partnership_id: int, words: str, day: date) -> list[Membership]:
    """Find people by name, job, team or agency for choosing the counterpart (G03): at most 20, by name."""
    found = (
        Membership.objects.on(day)
        .filter(partnership_id=partnership_id, user__is_active=True, agency__isnull=False)
        .exclude(role__in=[Role.ADMINISTRATOR, Role.AUDITOR])
    )
    for word in words.split():
        found = found.filter(
            Q(user__full_name__icontains=word)
            | Q(user__job_title__icontains=word)
            | Q(team__name__icontains=word)
            | Q(agency__name__icontains=word)
            | Q(agency__short_name__icontains=word)
        )
    return list(
        found.select_related("user", "team", "agency").order_by(F("user__full_name").asc(), "pk")[:20]
    )
