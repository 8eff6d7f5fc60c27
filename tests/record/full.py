"""Counts: small in `make test`; whole with RECORD_FULL=1, or a part of it with RECORD_FULL=0.2, as the bars ask."""

from __future__ import annotations

import os

PART = float(os.environ.get("RECORD_FULL") or 0)


def count(whole: int, small: int) -> int:
    """Return how many cases to try."""
    return max(small, int(whole * PART))
