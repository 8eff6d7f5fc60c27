"""What a person holds today: their roles, and whom they act for.

Loaded with the person in the one query of each request and never cached across requests, so that a change of role or
cover counts at the next click (ASVS 8.3.2).
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone

from accounts.models import Cover, Membership, User
from accounts.roles import Role
from escalation.clock import now


@dataclass(frozen=True)
class Held:
    """One role held today, in its place."""

    role: Role
    partnership_id: int
    agency_id: int | None
    team_id: int | None


@dataclass(frozen=True)
class Covered:
    """One person for whom somebody acts today, and in which role."""

    user_id: int
    name: str
    role: Role
    partnership_id: int
    agency_id: int | None
    team_id: int | None


@dataclass(frozen=True)
class Standing:
    """The roles a person holds today and the people they cover."""

    user_id: int
    held: tuple[Held, ...]
    covering: tuple[Covered, ...]

    @property
    def acting_ids(self) -> tuple[int, ...]:
        """Return the ids of the person and of everybody they act for today."""
        return (self.user_id, *dict.fromkeys(c.user_id for c in self.covering))

    @property
    def roles(self) -> frozenset[Role]:
        """Return every role held, own or covered."""
        return frozenset(h.role for h in self.held) | frozenset(c.role for c in self.covering)

    def name_of(self, user_id: int) -> str:
        """Return the name of a covered person; empty for oneself or anybody else."""
        return next((c.name for c in self.covering if c.user_id == user_id), "")


def acted_for(user: User, *roles: Role, agencies: Container[int | None] | None = None) -> int | None:
    """Return for whom a person acts who holds one of these roles only as a deputy; None when one is their own.

    `agencies` are those in which a role counts (all when not given); a role for the whole partnership counts anywhere.
    Whatever is done in a role beside a case stands in the trail with it (G18).
    """

    def counts(row: Held | Covered) -> bool:
        here = agencies is None or row.agency_id is None or row.agency_id in agencies
        return row.role in roles and here

    standing = standing_of(user)
    if any(counts(held) for held in standing.held):
        return None
    return next((covered.user_id for covered in standing.covering if counts(covered)), None)


def with_standing(people: QuerySet[User], day: date | None = None) -> QuerySet[User]:
    """Return the people with agency, partnership and what `standing_of` needs, in one query."""
    today = day or timezone.localdate(now())  # a day is a local one, not that of UTC
    held = Membership.objects.on(today).filter(user=OuterRef("pk"))
    covered = Cover.objects.on(today).filter(
        deputy=OuterRef("pk"), membership__in=Membership.objects.on(today)
    )
    return people.select_related("agency__partnership").annotate(
        held_rows=ArraySubquery(
            held.order_by("pk").values(
                row=JSONObject(role="role", partnership="partnership_id", agency="agency_id", team="team_id")
            )
        ),
        covering_rows=ArraySubquery(
            covered.order_by("pk").values(
                row=JSONObject(
                    user="membership__user_id",
                    name="membership__user__full_name",
                    role="membership__role",
                    partnership="membership__partnership_id",
                    agency="membership__agency_id",
                    team="membership__team_id",
                )
            )
        ),
    )


def standing_of(user: User) -> Standing:
    """Return what a person holds today; asks the database only when they were not loaded by `with_standing`."""
    loaded: Any = user  # with the rows that `with_standing` adds
    if not hasattr(loaded, "held_rows"):
        loaded = with_standing(User.objects.filter(pk=user.pk)).get()
    return Standing(
        user_id=user.pk,
        held=tuple(Held(Role(r["role"]), r["partnership"], r["agency"], r["team"]) for r in loaded.held_rows),
        covering=tuple(
            Covered(r["user"], r["name"], Role(r["role"]), r["partnership"], r["agency"], r["team"])
            for r in loaded.covering_rows
        ),
    )
