"""A role needs two administrators: one asks, another confirms. Each refusal has a twin that goes through."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts import actions
from accounts.actions.requests import waiting
from accounts.audit import THE_SERVICE
from accounts.grants import holds
from accounts.models import Membership, RoleRequest, User
from accounts.permissions import Permission
from accounts.refusals import Refused
from accounts.roles import Role
from tests.accounts.office import DAY, TODAY, events, only, refused
from tests.cast import TUESDAY, Cast
from tests.factories import member

pytestmark = pytest.mark.usefixtures("tuesday")
LEAD = {"role": Role.SENIOR_MANAGER}


def ask(cast: Cast, **changes: Any) -> RoleRequest:
    wanted = {"person": cast.nurse, "place": cast.health, "by": cast.administrator, "at": TUESDAY}
    return actions.request_role(**{**wanted, **LEAD, **changes})


def leads(person: User, cast: Cast) -> bool:
    return holds(User.objects.get(pk=person.pk), Permission.LEAD_AGENCY, cast.health)


def test_a_request_gives_nothing_and_its_confirmation_everything(cast: Cast) -> None:
    request = ask(cast)
    assert not leads(cast.nurse, cast)
    assert Membership.objects.filter(user=cast.nurse).count() == 1
    membership = actions.confirm_role(request=request, by=cast.second_administrator, at=TUESDAY)
    assert leads(cast.nurse, cast)
    assert (membership.granted_by, membership.confirmed_by) == (cast.administrator, cast.second_administrator)
    asked, given = events()
    assert (asked[0], asked[1]) == ("role_requested", cast.administrator.pk)
    assert (given[0], given[1]) == ("role_granted", cast.second_administrator.pk)
    assert given[3]["asked_by"] == cast.administrator.pk


def test_nobody_confirms_alone(cast: Cast) -> None:
    request = ask(cast)
    refused(
        "You asked for this yourself. Another administrator confirms it.",
        actions.confirm_role,
        request=request,
        by=cast.administrator,
        at=TUESDAY,
    )
    about_second = ask(cast, person=cast.second_administrator)
    refused(
        "You cannot confirm a role for yourself. Ask another administrator.",
        actions.confirm_role,
        request=about_second,
        by=cast.second_administrator,
        at=TUESDAY,
    )
    sentence = "Only an administrator of Strathbracken Child Protection Committee changes people and roles."
    foreign = member(
        "Otto Blane", Role.ADMINISTRATOR, cast.stranger.agency.partnership, agency=cast.stranger.agency
    )
    for person in (cast.nurse, cast.cswo, cast.auditor, foreign):
        refused(sentence, actions.confirm_role, request=request, by=person, at=TUESDAY)
        refused(sentence, actions.decline_role, request=request, by=person, at=TUESDAY)
    actions.confirm_role(request=request, by=cast.second_administrator, at=TUESDAY)


def test_nobody_grants_around_the_request(cast: Cast) -> None:
    grant: dict[str, Any] = {"person": cast.nurse, "place": cast.health, **LEAD, "at": TUESDAY}
    refused(
        "A role needs two administrators: ask for it, and another confirms it.",
        actions.grant_role,
        by=cast.administrator,
        **grant,
    )
    membership = actions.grant_role(
        by=THE_SERVICE, **grant
    )  # the service's own command line sets a partnership up
    assert (membership.granted_by, membership.confirmed_by) == (None, None)
    assert events()[-1][:3] == ("role_granted", None, "service")


def test_an_asker_who_is_no_administrator_any_more_asked_for_nothing(cast: Cast) -> None:
    request = ask(cast)
    actions.end_role(membership=only(cast.administrator), by=cast.second_administrator, at=TUESDAY)
    third = member("Petra Wynd", Role.ADMINISTRATOR, cast.partnership, agency=cast.police)
    with pytest.raises(Refused, match="Only an administrator"):
        actions.confirm_role(request=request, by=third, at=TUESDAY)
    assert not leads(cast.nurse, cast)


def test_a_request_is_decided_once_and_grows_old(cast: Cast) -> None:
    request = ask(cast)
    refused(
        "This role of Nadia Reid waits for a second administrator already.",
        actions.request_role,
        person=cast.nurse,
        place=cast.health,
        **LEAD,
        by=cast.second_administrator,
        at=TUESDAY,
    )
    late = TUESDAY + timedelta(days=14)
    old = "This was asked for more than 14 days ago. Ask for it again."
    confirm: dict[str, Any] = {"request": request, "by": cast.second_administrator}
    refused(old, actions.confirm_role, **confirm, at=late)
    assert not waiting(cast.partnership, late).exists()
    actions.confirm_role(**confirm, at=late - timedelta(seconds=1))
    refused("This was decided already.", actions.confirm_role, **confirm, at=TUESDAY)
    refused("This was decided already.", actions.decline_role, **confirm, at=TUESDAY)


def test_a_request_may_be_declined_or_taken_back(cast: Cast) -> None:
    actions.decline_role(request=ask(cast), by=cast.second_administrator, at=TUESDAY)
    actions.decline_role(request=ask(cast), by=cast.administrator, at=TUESDAY)
    assert not leads(cast.nurse, cast)
    assert [e[0] for e in events()] == ["role_requested", "role_declined"] * 2
    assert not waiting(cast.partnership, TUESDAY).exists()


def test_what_changed_since_counts_when_it_is_confirmed(cast: Cast) -> None:
    request = ask(cast)
    actions.deactivate_person(person=cast.nurse, by=cast.administrator, at=TUESDAY)
    refused(
        "Nadia Reid was deactivated. Let them back in first.",
        actions.confirm_role,
        request=request,
        by=cast.second_administrator,
        at=TUESDAY,
    )


def test_a_first_day_that_passed_meanwhile_becomes_today(cast: Cast) -> None:
    request = ask(cast, starts_on=TODAY + DAY)
    then = TUESDAY + timedelta(days=3)
    membership = actions.confirm_role(request=request, by=cast.second_administrator, at=then)
    assert membership.starts_on == then.date()


def test_the_database_itself_refuses_one_pair_of_hands(cast: Cast) -> None:
    """Four rows that no code path writes, each refused as the runtime role."""
    request, held = ask(cast), only(cast.nurse)
    one, two = cast.administrator, cast.second_administrator
    wrong: list[tuple[Any, dict[str, Any]]] = [
        (held, {"granted_by": one, "confirmed_by": one}),
        (held, {"granted_by": one, "confirmed_by": cast.nurse}),
        (request, {"decision": "confirmed", "decided_by": one}),
        (request, {"decision": "confirmed", "decided_by": None}),
    ]
    for row, values in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**values)
    type(held).objects.filter(pk=held.pk).update(granted_by=one, confirmed_by=two)
    type(request).objects.filter(pk=request.pk).update(decision="confirmed", decided_by=two)
