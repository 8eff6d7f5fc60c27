"""A Tuesday on which the clock stands still, and a nurse who is signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from tests.cast import TUESDAY, Cast
from tests.pages.log.desk import signed_in


@pytest.fixture(autouse=True)
def tuesday() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(TUESDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def nurse(cast: Cast) -> Client:
    return signed_in(cast.nurse)
