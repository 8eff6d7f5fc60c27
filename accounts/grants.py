"""Rights on agencies, teams and partnerships: guardian rows that follow from memberships, and how they are asked.

Memberships and covers are the facts; the rows are derived from them here and nowhere else, for each person a change
touched and, for everybody, by `manage.py sync_roles`. A row that outlived its dates counts for nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.models import Permission as StoredPermission
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone
from guardian.models import GroupObjectPermission, UserObjectPermission

from accounts.models import (
    Agency,
    AgencyGroupObjectPermission,
    AgencyUserObjectPermission,
    Cover,
    Membership,
    Partnership,
    PartnershipGroupObjectPermission,
    PartnershipUserObjectPermission,
    Team,
    TeamGroupObjectPermission,
    TeamUserObjectPermission,
    User,
)
from accounts.permissions import Permission
from accounts.roles import ROLES, Role
from accounts.standing import standing_of
from escalation.clock import now

Place = Partnership | Agency | Team
ROWS: dict[type[models.Model], type[Any]] = {
    Partnership: PartnershipUserObjectPermission,
    Agency: AgencyUserObjectPermission,
    Team: TeamUserObjectPermission,
}
#: Nobody is granted anything through these: a row in one of them is always drift.
UNUSED: tuple[type[Any], ...] = (
    PartnershipGroupObjectPermission,
    AgencyGroupObjectPermission,
    TeamGroupObjectPermission,
    UserObjectPermission,
    GroupObjectPermission,
)
#: On which kind of place each permission is granted: the model that declares it.
DECLARED_ON: dict[str, type[models.Model]] = {
    codename: place for place in ROWS for codename, _ in place._meta.permissions
}


@dataclass(frozen=True, order=True)
class Grant:
    """One permission on one place: `kind` is the model's name ("agency"), `place_id` its key."""

    permission: str
    kind: str
    place_id: int


@dataclass(frozen=True)
class Drift:
    """How the stored rows differed from what memberships say: (person, grant) to add and to remove, and strays.

    Strays are rows in tables that are not used here; they count for nothing and are removed.
    """

    added: tuple[tuple[int, Grant], ...] = ()
    removed: tuple[tuple[int, Grant], ...] = ()
    strays: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.strays)


def carried(
    role: Role, partnership_id: int, agency_id: int | None, team_ids: Iterable[int]
) -> frozenset[Grant]:
    """Return what a role carries in a place; `team_ids` are the teams it is held for."""
    places: dict[type[models.Model], Iterable[int]] = {
        Partnership: [partnership_id],
        Agency: [agency_id] if agency_id is not None else [],
        Team: team_ids,
    }
    return frozenset(
        Grant(permission.value, place._meta.model_name or "", pk)
        for permission in ROLES[role].permissions
        for place in (DECLARED_ON[permission.value],)
        for pk in places[place]
    )


def grants_of(membership: Membership) -> frozenset[Grant]:
    """Return the grants that a membership gives to its holder and to whoever covers it.

    A role held for a whole agency is held for each of its teams.
    """
    if membership.team_id is not None:
        team_ids = [membership.team_id]
    elif membership.agency is not None:
        team_ids = [team.pk for team in membership.agency.teams.all()]
    else:
        team_ids = []
    return carried(Role(membership.role), membership.partnership_id, membership.agency_id, team_ids)


def holds(user: User, permission: Permission, place: Place) -> bool:
    """Return whether an active person was granted this permission on this very place, and still holds it today.

    One query. No superuser, group or model-wide short cut counts, nor does a row whose membership
    or cover ended last night, should `sync_roles` not have run since.
    """
    if not user.is_active or user.is_superuser or DECLARED_ON.get(permission.value) is not type(place):
        return False
    wanted = Grant(permission.value, place._meta.model_name or "", place.pk)
    standing = standing_of(user)
    roles = [(h.role, h.partnership_id, h.agency_id, h.team_id) for h in standing.held]
    roles += [(c.role, c.partnership_id, c.agency_id, c.team_id) for c in standing.covering]
    if not any(
        wanted in carried(role, at, agency, _teams(agency, team, place)) for role, at, agency, team in roles
    ):
        return False
    rows = ROWS[type(place)].objects.filter(user=user, content_object=place)
    granted: bool = rows.filter(permission__codename=permission.value).exists()
    return granted


def _teams(agency_id: int | None, team_id: int | None, asked: Place) -> list[int]:
    """Return the teams a role is held for, as far as the place asked about needs them."""
    if team_id is not None:
        return [team_id]
    return [asked.pk] if isinstance(asked, Team) and asked.agency_id == agency_id else []


def sync(
    people: User | Iterable[User] | None = None, *, day: date | None = None, write: bool = True
) -> Drift:
    """Make the stored rows of these people, or of everybody, those that memberships and covers give on a day.

    Returns what differed; with `write=False` nothing is changed. The people are locked first, so that two changes at
    once end with the rows of both.
    """
    today = day or timezone.localdate(now())
    ids = None if people is None else [p.pk for p in ([people] if isinstance(people, User) else people)]
    with transaction.atomic():
        people_asked = User.objects.all() if ids is None else User.objects.filter(pk__in=ids)
        if write:
            # no_key: a new membership of the same person, in another transaction, needs only the person's key.
            people_asked = people_asked.select_for_update(no_key=True)
        active = {
            pk for pk, is_active in people_asked.order_by("pk").values_list("pk", "is_active") if is_active
        }
        wanted = {(user_id, grant) for user_id, grant in _wanted(ids, today) if user_id in active}
        stored = {(user_id, grant): (table, pk) for user_id, grant, table, pk in _stored(ids)}
        drift = Drift(
            added=tuple(sorted(wanted - stored.keys())),
            removed=tuple(sorted(stored.keys() - wanted)),
            strays=sum(t.objects.count() for t in UNUSED) if ids is None else 0,
        )
        if write and drift:
            _write(drift, stored)
    return drift


def _wanted(ids: list[int] | None, today: date) -> Iterator[tuple[int, Grant]]:
    """Yield what memberships and covers of this day give, each read from its own table alone.

    Joined, the two thousand people of a new staff list took minutes as long as PostgreSQL had not counted them.
    """
    live = Membership.objects.on(today).prefetch_related("agency__teams")
    for membership in live if ids is None else live.filter(user_id__in=ids):
        for grant in grants_of(membership):
            yield membership.user_id, grant
    covers = Cover.objects.on(today)
    deputies = defaultdict(list)
    for deputy_id, membership_id in (covers if ids is None else covers.filter(deputy_id__in=ids)).values_list(
        "deputy_id", "membership_id"
    ):
        deputies[membership_id].append(deputy_id)
    for membership in live.filter(pk__in=list(deputies)):
        for grant in grants_of(membership):
            for deputy_id in deputies[membership.pk]:
                yield deputy_id, grant


def _stored(ids: list[int] | None) -> Iterator[tuple[int, Grant, type[Any], int]]:
    for place, table in ROWS.items():
        rows = table.objects.all() if ids is None else table.objects.filter(user_id__in=ids)
        for pk, user_id, codename, place_id in rows.values_list(
            "pk", "user_id", "permission__codename", "content_object_id"
        ):
            yield user_id, Grant(codename, place._meta.model_name or "", place_id), table, pk


def _write(drift: Drift, stored: dict[tuple[int, Grant], tuple[type[Any], int]]) -> None:
    old: dict[type[Any], list[int]] = defaultdict(list)
    for key in drift.removed:
        table, pk = stored[key]
        old[table].append(pk)
    for table, pks in old.items():
        table.objects.filter(pk__in=pks).delete()
    if drift.strays:
        for table in UNUSED:
            table.objects.all().delete()
    new: dict[type[Any], list[Any]] = defaultdict(list)
    permissions = _permissions() if drift.added else {}
    for user_id, grant in drift.added:
        table = ROWS[DECLARED_ON[grant.permission]]
        new[table].append(
            table(
                user_id=user_id, permission_id=permissions[grant.permission], content_object_id=grant.place_id
            )
        )
    for table, rows in new.items():
        table.objects.bulk_create(rows)


def _permissions() -> dict[str, int]:
    """Return the key of each stored permission by its codename."""
    kinds = [ContentType.objects.get_for_model(place).pk for place in ROWS]
    rows = StoredPermission.objects.filter(content_type_id__in=kinds, codename__in=DECLARED_ON)
    return dict(rows.values_list("codename", "pk"))
