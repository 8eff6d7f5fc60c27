"""Test data by noun. All names are fictional."""

from __future__ import annotations

from datetime import date
from typing import Any

import factory

from accounts.models import Agency, Cover, Membership, Partnership, Team, User
from accounts.roles import Role

LONG_AGO = date(2024, 1, 1)
PASSWORD = "a long password for tests only"


class PartnershipFactory(factory.django.DjangoModelFactory[Partnership]):
    class Meta:
        model = Partnership
        django_get_or_create = ("slug",)

    name = "Strathbracken Child Protection Committee"
    slug = "strathbracken"
    division = "SCT"
    emergency_contacts = factory.LazyFunction(
        lambda: [
            {"label": "Child protection and duty team, day and night", "number": "01632 960001"},
            {"label": "Police, not an emergency", "number": "101"},
            {"label": "Emergency", "number": "999"},
        ]
    )


class AgencyFactory(factory.django.DjangoModelFactory[Agency]):
    class Meta:
        model = Agency

    partnership = factory.SubFactory(PartnershipFactory)
    name = factory.Sequence(lambda n: f"Agency {n}")
    short_name = factory.LazyAttribute(lambda a: a.name[:40])


class TeamFactory(factory.django.DjangoModelFactory[Team]):
    class Meta:
        model = Team

    agency = factory.SubFactory(AgencyFactory)
    name = factory.Sequence(lambda n: f"Team {n}")


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    agency = factory.SubFactory(AgencyFactory)
    full_name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.LazyAttribute(lambda u: u.full_name.lower().replace(" ", ".") + "@example.org")


def member(
    name: str,
    role: Role,
    place: Team | Agency | Partnership,
    *,
    agency: Agency | None = None,
    job: str = "",
    grants: bool = True,
    **dates: Any,
) -> User:
    """Return a new person who holds a role in a place, with the grants that follow from it (`grants=False`: later)."""
    team = place if isinstance(place, Team) else None
    of_agency = team.agency if team else place if isinstance(place, Agency) else None
    employer = of_agency or agency
    assert employer is not None, "say which agency employs somebody with a partnership-wide role"
    user = UserFactory(full_name=name, agency=employer, job_title=job or role.label)
    join(user, role, place, grants=grants, **dates)
    return user


def join(
    user: User, role: Role, place: Team | Agency | Partnership, *, grants: bool = True, **dates: Any
) -> Membership:
    """Give a person one more role, with its grants."""
    from accounts.grants import sync

    team = place if isinstance(place, Team) else None
    of_agency = team.agency if team else place if isinstance(place, Agency) else None
    partnership = of_agency.partnership if of_agency else place
    membership = Membership.objects.create(
        user=user,
        role=role,
        partnership=partnership,
        agency=of_agency,
        team=team,
        starts_on=dates.get("starts_on", LONG_AGO),
        ends_on=dates.get("ends_on"),
    )
    if grants:
        sync(user)
    return membership


def cover(membership: Membership, deputy: User, **dates: Any) -> Cover:
    """Let a deputy act for somebody."""
    from accounts.grants import sync

    row = Cover.objects.create(
        membership=membership,
        deputy=deputy,
        starts_on=dates.get("starts_on", LONG_AGO),
        ends_on=dates.get("ends_on"),
    )
    sync(deputy)
    return row
