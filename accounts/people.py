"""Looking people up: the directory of a partnership, its tiers side by side, and what is missing in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from accounts.directory import NEXT_UP
from accounts.models import Agency, Cover, DatedQuerySet, Membership, Partnership, Team, User
from accounts.roles import ROLES, Role

#: The tiers of an agency at which people meet their opposite number (G18).
TIERS = (Role.SENIOR_MANAGER, Role.DESIGNATED_LEAD, Role.LINE_MANAGER)
MOST = 100  # people on one page; more are found by searching


def live(partnership: Partnership, day: date) -> DatedQuerySet:
    """Return the roles held in a partnership on a day by active people, with person, team and agency."""
    return (
        Membership.objects.on(day)
        .filter(partnership=partnership, user__is_active=True)
        .select_related("user", "team__agency", "agency", "partnership")
        .order_by("user__full_name", "user_id", "pk")
    )


def held_by(person: User, day: date) -> QuerySet[Membership]:
    """Return the roles that a person holds on a day or will hold later, those that started first at the top."""
    not_over = Membership.objects.filter(Q(ends_on=None) | Q(ends_on__gte=day), user=person)
    return not_over.select_related("team__agency", "agency", "partnership").order_by("starts_on", "pk")


def found(
    partnership: Partnership, day: date, *, words: str = "", agency: int | None = None, role: str = ""
) -> list[Membership]:
    """Return the roles that a search finds, by name: those of an agency, in a role, matching each word."""
    rows = live(partnership, day)
    if agency is not None:
        rows = rows.filter(agency_id=agency)
    if role:
        rows = rows.filter(role=role)
    for word in words.split():
        rows = rows.filter(
            Q(user__full_name__icontains=word)
            | Q(user__job_title__icontains=word)
            | Q(team__name__icontains=word)
            | Q(agency__name__icontains=word)
            | Q(agency__short_name__icontains=word)
        )
    return list(rows[: MOST + 1])


def covers_of(memberships: Iterable[Membership], day: date) -> list[Cover]:
    """Return who deputises for these roles on a day; one query."""
    return list(
        Cover.objects.on(day)
        .filter(membership__in=[m.pk for m in memberships], deputy__is_active=True)
        .select_related("deputy")
        .order_by("starts_on", "pk")
    )


@dataclass(frozen=True)
class Tiers:
    """An agency with the people of each tier; those of the agency that acts on its behalf where it has none."""

    agency: Agency
    people: dict[Role, list[User]]
    on_behalf: dict[Role, Agency]


def tiers(partnership: Partnership, day: date) -> tuple[list[Tiers], list[Membership]]:
    """Return each agency's tiers, and the roles held for the whole partnership; two queries."""
    rows = list(live(partnership, day).exclude(role=Role.PRACTITIONER))
    agencies = list(
        Agency.objects.filter(partnership=partnership).select_related("represented_by").order_by("name")
    )

    def holders(agency: Agency, role: Role) -> list[User]:
        return list({m.user_id: m.user for m in rows if m.agency_id == agency.pk and m.role == role}.values())

    table = []
    for agency in agencies:
        people = {role: holders(agency, role) for role in TIERS}
        other, behalf = agency.represented_by, {}
        for role in TIERS:
            if not people[role] and other is not None and (stand_ins := holders(other, role)):
                people[role], behalf[role] = stand_ins, other
        table.append(Tiers(agency, people, behalf))
    return table, [m for m in rows if m.agency_id is None]


def able_to_follow(person: User, role: Role, day: date) -> QuerySet[User]:
    """Return who may take over what a person leaves behind in a role: colleagues who hold it, or the one above.

    A practitioner is followed by anybody of the agency. A role for the whole partnership is followed from any agency.
    """
    wanted = {role, *([NEXT_UP[role]] if role in NEXT_UP else [])}
    held = Membership.objects.on(day)
    people = User.objects.filter(is_active=True, agency__partnership=person.agency.partnership_id)
    if ROLES[role].held_at != "partnership":
        theirs = [pk for pk in (person.agency_id, person.agency.represented_by_id) if pk]
        people = people.filter(agency_id__in=theirs)
    if role != Role.PRACTITIONER:
        held = held.filter(role__in=wanted)
    else:
        held = held.exclude(role__in=[Role.ADMINISTRATOR, Role.AUDITOR])
    return (
        people.filter(pk__in=held.values("user"))
        .exclude(pk=person.pk)
        .select_related("agency")
        .order_by("full_name", "pk")
    )


def administrators(partnership: Partnership, day: date) -> QuerySet[User]:
    """Return who administers a partnership on a day: two are needed to give a role."""
    held = Membership.objects.on(day).filter(partnership=partnership, role=Role.ADMINISTRATOR)
    return User.objects.filter(pk__in=held.values("user"), is_active=True)


def gaps(partnership: Partnership, day: date) -> list[str]:
    """Return, in words, which managers nobody is: where a disagreement would find nobody to go to."""
    table, wide = tiers(partnership, day)
    missing = []
    for row in table:
        missing += [
            f"{row.agency.name} has no {role.label.lower()}."
            for role in (Role.SENIOR_MANAGER, Role.DESIGNATED_LEAD)
            if not row.people[role]
        ]
    managers = Membership.objects.on(day).filter(
        partnership=partnership, role=Role.LINE_MANAGER, user__is_active=True
    )
    teams = Team.objects.filter(agency__partnership=partnership, agency__represented_by=None)
    unled = teams.exclude(pk__in=managers.filter(team__isnull=False).values("team")).exclude(
        agency__in=managers.filter(team=None).values("agency")
    )
    missing += [
        f"{team.name} ({team.agency.name}) has no line manager."
        for team in unled.select_related("agency").order_by("agency__name", "name")
    ]
    if not any(m.role == Role.CSWO for m in wide):
        missing.append("The partnership has no Chief Social Work Officer.")
    elif not covers_of([m for m in wide if m.role == Role.CSWO], day):
        missing.append("The Chief Social Work Officer has no deputy.")
    if len({m.user_id for m in wide if m.role == Role.ADMINISTRATOR}) < 2:
        missing.append("There is one administrator only, so nobody can confirm a role.")
    return missing


def staff(partnership: Partnership, day: date, *, words: str = "", show: str = "") -> QuerySet[User]:
    """Return the people of a partnership for its administrator: those who work here, hold no role, or left."""
    people = User.objects.filter(agency__partnership=partnership, is_active=show != "left")
    if show == "none":
        people = people.exclude(memberships__in=Membership.objects.on(day))
    for word in words.split():
        people = people.filter(
            Q(full_name__icontains=word) | Q(email__icontains=word) | Q(job_title__icontains=word)
        )
    return people.select_related("agency").order_by("full_name", "pk")
