"""The clock stands still: days and times are read against it."""

from typing import Any

import pytest
import time_machine

from tests.pages.forms.asking import NOW


@pytest.fixture(autouse=True)
def friday_midday() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield
