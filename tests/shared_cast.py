"""One cast for many tests: it stands in a transaction around theirs, and goes when a test wants an empty database.

To make the cast takes longer than most tests that use it. Each test has its own copy of the objects, and rolls back
what it wrote. A test with real commits, or without the cast, finds the database as empty as ever.
"""

from __future__ import annotations

import pickle
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

_around = ExitStack()
_cast: bytes | None = None
_blocker: Any = None  # pytest-django's; set once the database is there


def database_is_there(blocker: Any) -> None:
    """From now on the cast may be kept."""
    global _blocker
    _blocker = blocker


def wanted_by(item: pytest.Item) -> bool:
    """Return whether a test has the cast, and leaves no trace of its own."""
    names = getattr(item, "fixturenames", ())
    marker = item.get_closest_marker("django_db")
    commits = "transactional_db" in names or (marker is not None and marker.kwargs.get("transaction", False))
    return "cast" in names and not commits


def stand_ready(item: pytest.Item) -> None:
    """Make the cast before a test that wants it, or take it away before one that does not."""
    global _cast
    if _blocker is None or wanted_by(item) == (_cast is not None):
        return
    if _cast is not None:
        leave()
        return
    from tests.cast import TUESDAY, make_cast

    with _blocker.unblock(), time_machine.travel(TUESDAY - timedelta(hours=1)):
        _around.enter_context(transaction.atomic())
        _cast = pickle.dumps(make_cast())


def leave() -> None:
    """Take the cast away."""
    global _cast
    if _cast is not None:
        _cast = None
        with _blocker.unblock():
            transaction.set_rollback(True)
            _around.close()


def copy() -> Any:
    """Return the cast as it was made, for one test; None when there is none to copy."""
    return None if _cast is None else pickle.loads(_cast)  # noqa: S301 - ours, from this process
