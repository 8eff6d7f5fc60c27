"""Opening one case after the other is slowed down and told to the lead; whoever has to act is never held back (F8)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from cases.actions import settling
from cases.models import Case
from cases.record.looks import MANY, WITHIN
from notifications.models import Kind, Message
from notifications.people import leads_of
from tests.cases.steps import audit
from tests.cast import TUESDAY, Cast, opened
from tests.notifications.crowd import copies_of
from tests.sign_in.conftest import Registry

EVERY = 200


@pytest.fixture
def crowd(cast: Cast, clock: Any) -> list[Case]:
    """201 cases that the nurse withdrew: nothing in them waits for anybody any more."""
    at = TUESDAY - timedelta(days=1)
    case = opened(cast, at=at, happened_at=at, safety_until=at + timedelta(days=4))
    settling.withdraw(
        case, by=cast.nurse, audit=audit(case, at), statement="We have agreed to visit together."
    )
    return [case, *copies_of(case, EVERY)]


def as_(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="accounts.backends.PersonBackend")
    return client


def opens(client: Client, case: Case) -> int:
    return int(client.get(reverse("case", args=[case.reference])).status_code)


def test_two_hundred_cases_in_ten_minutes_are_slowed_and_told(
    cast: Cast, crowd: list[Case], clock: Any, registry: Registry
) -> None:
    client = as_(cast.nurse)
    answers = []
    for case in crowd[:EVERY]:
        answers.append(opens(client, case))
        clock.shift(timedelta(seconds=2.9))
    assert (answers.count(200), answers.count(429)) == (MANY, EVERY - MANY)
    assert answers[:MANY] == [200] * MANY
    assert registry("many_cases_opened") == [
        ("many_cases_opened", cast.nurse.pk, {"cases": 40, "minutes": 10})
    ]
    (told,) = Message.objects.filter(kind=Kind.MANY_OPENED)
    assert (told.recipient, told.about) == (cast.health_lead, cast.nurse)
    text = client.get(reverse("case", args=[crowd[-1].reference])).content.decode()
    assert "You have opened 40 different cases within 10 minutes." in text
    assert "We have agreed to visit" not in text
    assert opens(client, crowd[3]) == 200, "one of those that were opened lately"
    clock.shift(WITHIN)
    assert opens(client, crowd[-1]) == 200, "slowed down, not locked out"


def test_a_case_seen_lately_opens_again_and_forms_are_never_held_back(
    cast: Cast, crowd: list[Case], clock: Any
) -> None:
    client = as_(cast.nurse)
    assert [opens(client, case) for case in crowd[: MANY + 1]] == [200] * MANY + [429]
    assert opens(client, crowd[0]) == 200
    assert client.get(reverse("home")).status_code == 200
    answer = client.post(reverse("case_step", args=[crowd[-1].reference, "update"]), {})
    assert answer.status_code not in (429, 500), answer.status_code


def test_whoever_has_to_act_opens_as_many_as_wait_for_them(
    cast: Cast, clock: Any, registry: Registry
) -> None:
    case = opened(cast)
    client = as_(cast.social_worker)
    assert {opens(client, one) for one in [case, *copies_of(case, MANY + 10)]} == {200}
    assert registry("many_cases_opened") == []


def test_a_lead_is_one_from_midnight_where_people_work(cast: Cast) -> None:
    """Half past midnight in June is yesterday still by UTC."""
    Membership.objects.filter(user=cast.health_lead).update(starts_on=date(2026, 6, 17))
    midnight = datetime(2026, 6, 16, 23, tzinfo=UTC)
    assert leads_of(cast.nurse, midnight) == [cast.health_lead.pk]
    assert cast.health_lead.pk not in leads_of(cast.nurse, midnight - timedelta(seconds=1))
