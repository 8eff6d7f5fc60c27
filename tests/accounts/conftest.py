"""A Tuesday that does not move, and people who click."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from tests.cast import TUESDAY


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
