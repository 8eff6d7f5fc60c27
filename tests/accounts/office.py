"""What tests of the administrator's actions share: the registry in short, and a refusal that must change nothing."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from accounts import actions
from accounts.audit import Verb
from accounts.models import Agency, Cover, Membership, RoleRequest, Team, User
from accounts.refusals import Refused
from accounts.roles import Role
from escalation.trail.models import REGISTRY, Event

TODAY = date(2026, 6, 2)
DAY = timedelta(days=1)
LeftToDo = dict[tuple[str, Role], tuple[int, int]]


def events() -> list[tuple[str, Any, str, dict[str, Any]]]:
    """Return the registry: verb, who, role, facts."""
    return [
        (e.verb, e.actor_id, e.acting_role, json.loads(e.payload))
        for e in Event.objects.filter(chain=REGISTRY, verb__in=list(Verb)).order_by("seq")
    ]


def only(person: User, **which: Any) -> Membership:
    return Membership.objects.get(user=person, **which)


def refused(sentence: str, act: Any, **kwargs: Any) -> None:
    """Assert that an action is refused with this sentence, and that nothing changed and nothing was recorded."""
    before = snapshot()
    with pytest.raises(Refused) as caught:
        act(**kwargs)
    assert str(caught.value) == sentence
    assert snapshot() == before


def snapshot() -> list[Any]:
    models = (Agency, Team, User, Membership, Cover, RoleRequest)
    rows: list[Any] = [sorted(map(str, model.objects.values_list())) for model in models]
    return [*rows, Event.objects.count()]


def granted(*, by: User, confirmed_by: User | None = None, **asked: Any) -> Membership:
    """Have one administrator ask for a role and another confirm it, and return the membership."""
    request = actions.request_role(by=by, **asked)
    second = confirmed_by or second_administrator(by)
    return actions.confirm_role(request=request, by=second, at=asked["at"])


def second_administrator(first: User) -> User:
    """Return the other administrator of the cast."""
    return User.objects.get(full_name="Bryony Nairn", agency__partnership=first.agency.partnership)
