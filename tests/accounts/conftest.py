"""A Tuesday that does not move, and people who click."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    """Register a check of open duties like that of cases: (name, role) -> lines; None stands for every role."""
    lines: LeftToDo = {}

    def check(person: User, role: Role | None) -> list[str]:
        if role is None:
            return [line for (name, _), found in lines.items() if name == person.full_name for line in found]
        return lines.get((person.full_name, role), [])

    duties.register_duty_check(check)
    yield lines
    duties._checks.remove(check)
