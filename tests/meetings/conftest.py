from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Cast
from tests.meetings.room import Room


@pytest.fixture
def room(cast: Cast) -> Room:
    """Return the cast with the people of a Re-think."""
    return Room.of(cast)


@pytest.fixture(autouse=True)
def _mail_goes_out(settings: Any) -> None:
    settings.SEND_MAIL = True
