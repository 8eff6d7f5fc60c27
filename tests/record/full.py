"""Counts: small in `make test`, whole with RECORD_FULL=1, as the bars of the record ask."""

from __future__ import annotations

import os

FULL = os.environ.get("RECORD_FULL") == "1"


def count(whole: int, small: int) -> int:
    """Return how many cases to try."""
    return whole if FULL else small
