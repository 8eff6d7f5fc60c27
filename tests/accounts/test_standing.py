"""What a person holds today, and whom they act for: by date, in one query."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.backends import PersonBackend
from accounts.furniture import in_header
from accounts.models import Membership, User
from accounts.roles import Role
from accounts.standing import standing_of
from tests.cast import Cast
from tests.factories import cover, join, member

pytestmark = pytest.mark.usefixtures("tuesday")
TODAY = date(2026, 6, 2)
DAY = timedelta(days=1)


def fresh(person: User) -> User:
    """Return the person as the next request has them."""
    found = PersonBackend().get_user(person.pk)
    assert found is not None
    return found


def only(person: User) -> Membership:
    return Membership.objects.get(user=person)


def test_roles_held_today_in_their_places(cast: Cast) -> None:
    standing = standing_of(fresh(cast.health_lead))
    assert [(h.role, h.agency_id, h.team_id) for h in standing.held] == [
        (Role.DESIGNATED_LEAD, cast.health.pk, None),
        (Role.PRACTITIONER, cast.health.pk, cast.health_team.pk),
    ]
    assert standing.covering == ()
    assert standing.acting_ids == (cast.health_lead.pk,)


@pytest.mark.parametrize(
    ("first", "last", "held"),
    [
        (TODAY, None, True),
        (TODAY, TODAY, True),
        (TODAY - DAY, TODAY - DAY, False),
        (TODAY + DAY, None, False),
        (TODAY - DAY, TODAY + DAY, True),
    ],
)
def test_a_role_counts_on_its_days_first_and_last_included(
    cast: Cast, first: date, last: date | None, held: bool
) -> None:
    person = member("Una Gray", Role.PRACTITIONER, cast.police, starts_on=first, ends_on=last)
    assert (standing_of(fresh(person)).roles == {Role.PRACTITIONER}) is held
    deputy = member("Ivo Rae", Role.PRACTITIONER, cast.police)
    cover(only(cast.health_senior), deputy, starts_on=first, ends_on=last)
    assert (Role.SENIOR_MANAGER in standing_of(fresh(deputy)).roles) is held


def test_the_days_are_local_ones(cast: Cast) -> None:
    person = member("Una Gray", Role.PRACTITIONER, cast.police, starts_on=TODAY, ends_on=TODAY)
    with time_machine.travel(datetime.fromisoformat("2026-06-02T22:59:00+00:00"), tick=False):
        assert standing_of(fresh(person)).roles == {Role.PRACTITIONER}
    with time_machine.travel(datetime.fromisoformat("2026-06-02T23:01:00+00:00"), tick=False):
        assert standing_of(fresh(person)).roles == frozenset()


def test_a_deputy_acts_for_somebody_in_their_role(cast: Cast) -> None:
    standing = standing_of(fresh(cast.cswo_deputy))
    assert standing.roles == {Role.SENIOR_MANAGER, Role.CSWO}
    assert standing.acting_ids == (cast.cswo_deputy.pk, cast.cswo.pk)
    assert standing.name_of(cast.cswo.pk) == "Greta Holm"
    assert standing.name_of(cast.nurse.pk) == ""


def test_a_cover_ends_with_the_role_it_covers(cast: Cast) -> None:
    Membership.objects.filter(user=cast.cswo).update(ends_on=TODAY - DAY)
    assert standing_of(fresh(cast.cswo_deputy)).covering == ()


def test_somebody_who_left_is_nobody(cast: Cast) -> None:
    User.objects.filter(pk=cast.nurse.pk).update(is_active=False)
    assert PersonBackend().get_user(cast.nurse.pk) is None


def test_person_partnership_roles_and_covers_come_in_one_query(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        person = fresh(cast.cswo_deputy)
        assert person.agency.partnership == cast.partnership
        assert len(standing_of(person).covering) == 1


def test_the_header_names_the_chief_role_and_whom_one_acts_for(cast: Cast) -> None:
    lead, deputy = fresh(cast.health_lead), fresh(cast.cswo_deputy)
    assert in_header(lead, standing_of(lead)) == "Designated child protection lead, Health"
    assert in_header(deputy, standing_of(deputy)) == "Senior manager, Social Work, acting for Greta Holm"
    nobody = member("Una Gray", Role.PRACTITIONER, cast.police, starts_on=TODAY + DAY)
    assert in_header(nobody, standing_of(fresh(nobody))) == "No role yet, Police"
    join(cast.nurse, Role.CSWO, cast.partnership)
    assert in_header(cast.nurse, standing_of(fresh(cast.nurse))) == "Chief Social Work Officer, Health"
