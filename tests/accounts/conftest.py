"""A Tuesday that does not move, and people who click."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts import duties
from accounts.grants import sync
from accounts.models import User
from accounts.roles import Role
from tests.accounts.office import LeftToDo
from tests.cast import TUESDAY, Cast


@pytest.fixture
def tuesday() -> Iterator[None]:
    """Stop the clock on Tuesday 2 June 2026, 10:30 in Scotland."""
    with time_machine.travel(TUESDAY, tick=False):
        yield


@pytest.fixture
def as_(tuesday: None) -> Callable[[User], Client]:
    """Return a function that gives a browser in which somebody is signed in."""

    def signed_in(person: User) -> Client:
        client = Client()
        client.force_login(person, backend="accounts.backends.PersonBackend")
        return client

    return signed_in


@pytest.fixture
def office(cast: Cast) -> dict[str, Any]:
    """Who acts, and when: for every action."""
    sync(cast.cswo_deputy)  # the cast names the deputy behind the actions' back
    return {"by": cast.administrator, "at": TUESDAY}


@pytest.fixture
def left_to_do() -> Iterator[LeftToDo]:
    """Register duties like those of cases: (name, role) -> (cases, duties). Handing over moves them."""
    left: LeftToDo = {}

    def check(person: User, role: Role | None) -> list[duties.Left]:
        return [
            duties.Left(held, *numbers)
            for (name, held), numbers in left.items()
            if name == person.full_name and role in (None, held)
        ]

    def hand_over(person: User, successors: Mapping[Role, User], by: User | None, at: datetime) -> None:
        for role, successor in successors.items():
            left[successor.full_name, role] = left.pop((person.full_name, role))

    duties.register_duties(check, hand_over)
    yield left
    duties._checks.remove((check, hand_over))
