"""Nothing that a test of this folder has started outlives it, even when it fails."""

from collections.abc import Iterator

import pytest

from tests.infrastructure.processes import STARTED


@pytest.fixture(autouse=True)
def ends_what_it_started() -> Iterator[None]:
    """Kill each supervisor that is left; its guard does the rest."""
    yield
    while STARTED:
        process = STARTED.pop()
        process.kill()
        process.wait()
