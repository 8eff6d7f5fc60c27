"""A lost second step is taken away by two administrators, never by one, and the person is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts import actions
from accounts.actions import resets
from accounts.models import Membership, User
from accounts.refusals import Refused
from accounts.roles import Role
from accounts.sign_in import recovery
from accounts.sign_in.models import Authenticator, FactorReset, RecoveryCode
from notifications.models import Kind, Message
from tests.cast import TUESDAY, Cast
from tests.factories import join
from tests.sign_in.conftest import Registry
from tests.sign_in.proof import forgets_proof

CHECKED = "I rang her line manager on the number in the directory"


@pytest.fixture
def second(cast: Cast, nurse: User) -> User:
    """A second administrator."""
    join(cast.cpc_officer, Role.ADMINISTRATOR, cast.partnership)
    recovery.make(nurse)
    return cast.cpc_officer


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="accounts.backends.PersonBackend")
    return client


def asks(client: Client, person: User) -> Any:
    return client.post(reverse("ask_reset", args=[person.pk]), {"checked": CHECKED})


def means_left(person: User) -> int:
    mine = {"user": person}
    return Authenticator.objects.filter(**mine).count() + RecoveryCode.objects.filter(**mine).count()


def test_one_asks_another_agrees_and_the_person_sets_up_anew(
    cast: Cast, nurse: User, second: User, inside: Client, registry: Registry
) -> None:
    first, other = as_(cast.administrator), as_(second)
    assert asks(first, nurse).url == reverse("person", args=[nurse.pk])
    assert means_left(nurse) == 11, "nothing has happened yet"
    assert (
        "It waits for another administrator" in first.get(reverse("person", args=[nurse.pk])).content.decode()
    )
    page = other.get(reverse("role_requests")).content.decode()
    assert CHECKED in page
    waiting = FactorReset.objects.get()
    assert other.post(reverse("agree_reset", args=[waiting.pk])).url == reverse("role_requests")
    assert means_left(nurse) == 0
    assert inside.get(reverse("me")).status_code == 302, "signed out everywhere"
    assert list(Message.objects.values_list("kind", "recipient_id")) == [(Kind.SECOND_STEP_RESET, nurse.pk)]
    assert registry("factors_reset_asked", "factors_reset") == [
        ("factors_reset_asked", cast.administrator.pk, {}),
        ("factors_reset", second.pk, {"asked_by": cast.administrator.pk}),
    ]


def test_nobody_does_it_alone_or_for_themselves(cast: Cast, nurse: User, second: User) -> None:
    first = as_(cast.administrator)
    asks(first, nurse)
    waiting = FactorReset.objects.get()
    first.post(reverse("agree_reset", args=[waiting.pk]))
    with pytest.raises(Refused, match="Another administrator has to agree"):
        resets.agree_to_reset(reset=waiting, by=cast.administrator, at=TUESDAY)
    join(nurse, Role.ADMINISTRATOR, cast.partnership)
    with pytest.raises(Refused, match="You cannot reset the second step of yourself"):
        resets.agree_to_reset(reset=waiting, by=nurse, at=TUESDAY)
    with pytest.raises(Refused, match="You cannot reset the second step of yourself"):
        resets.ask_for_reset(person=nurse, checked=CHECKED, by=nurse, at=TUESDAY)
    with pytest.raises(Refused, match="Only an administrator"):
        resets.agree_to_reset(reset=waiting, by=cast.teacher, at=TUESDAY)
    assert means_left(nurse) == 11
    # The database says the same, whatever the code does
    for column, who in (("decided_by", cast.administrator), ("decided_by", nurse), ("asked_by", nurse)):
        values: dict[str, Any] = {column: who, "decided_at": TUESDAY, "agreed": True}
        if column == "asked_by":
            values["decided_by"] = second
        with pytest.raises(IntegrityError), transaction.atomic():
            FactorReset.objects.filter(pk=waiting.pk).update(**values)


def test_what_an_administrator_asked_for_falls_with_their_role(
    cast: Cast, nurse: User, second: User, clock: Any
) -> None:
    waiting = resets.ask_for_reset(person=nurse, checked=CHECKED, by=cast.administrator, at=TUESDAY)
    held = Membership.objects.get(user=cast.administrator, role=Role.ADMINISTRATOR)
    actions.end_role(membership=held, by=second, at=TUESDAY)
    waiting = FactorReset.objects.get(pk=waiting.pk)
    with pytest.raises(Refused, match="Only an administrator"):
        resets.agree_to_reset(reset=waiting, by=second, at=TUESDAY)
    assert means_left(nurse) == 11


def test_declined_taken_back_or_too_old_changes_nothing(
    cast: Cast, nurse: User, second: User, clock: Any, registry: Registry
) -> None:
    first, other = as_(cast.administrator), as_(second)
    for client in (other, first):
        asks(first, nurse)
        waiting = FactorReset.objects.get(decided_at=None)
        assert client.post(reverse("decline_reset", args=[waiting.pk])).url == reverse("role_requests")
        with pytest.raises(Refused, match="decided before"):
            resets.agree_to_reset(reset=waiting, by=second, at=TUESDAY)
    asks(first, nurse)
    with pytest.raises(Refused, match="It waits for another administrator"):
        resets.ask_for_reset(person=nurse, checked=CHECKED, by=second, at=TUESDAY)
    late = TUESDAY + timedelta(days=3)
    with pytest.raises(Refused, match="too old"):
        resets.agree_to_reset(reset=FactorReset.objects.get(decided_at=None), by=second, at=late)
    assert resets.ask_for_reset(person=nurse, checked=CHECKED, by=second, at=late).asked_by == second
    assert means_left(nurse) == 11
    assert [verb for verb, _, _ in registry("factors_reset_declined", "factors_reset")] == [
        "factors_reset_declined"
    ] * 2


def test_both_need_fresh_proof_and_administrators_of_elsewhere_see_nothing(
    cast: Cast, nurse: User, second: User
) -> None:
    first, other = as_(cast.administrator), as_(second)
    forgets_proof(first)
    assert asks(first, nurse).status_code == 401
    assert not FactorReset.objects.exists()
    waiting = resets.ask_for_reset(person=nurse, checked=CHECKED, by=cast.administrator, at=TUESDAY)
    forgets_proof(other)
    assert other.post(reverse("agree_reset", args=[waiting.pk])).status_code == 401
    join(cast.stranger, Role.ADMINISTRATOR, cast.stranger.agency.partnership)
    elsewhere = as_(cast.stranger)
    assert elsewhere.post(reverse("agree_reset", args=[waiting.pk])).status_code == 404
    assert asks(elsewhere, nurse).status_code == 404
    assert asks(as_(cast.teacher), nurse).status_code == 403
    assert means_left(nurse) == 11


def test_who_has_nothing_is_told_that_there_is_nothing_to_take_away(cast: Cast, second: User) -> None:
    with pytest.raises(Refused, match="Eilidh Kerr has set up nothing yet"):
        resets.ask_for_reset(person=cast.teacher, checked=CHECKED, by=second, at=TUESDAY)
