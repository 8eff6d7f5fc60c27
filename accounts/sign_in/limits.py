"""How long a sign-in lasts: 30 minutes without a click, 12 hours whatever happens (bar E5)."""

from __future__ import annotations

from datetime import datetime, timedelta

IDLE = timedelta(minutes=30)
WHOLE = timedelta(hours=12)
#: Before somebody has confirmed who they are, a session is only a note of how far they came.
UNDER_WAY = timedelta(minutes=15)
#: How long before the end a page with script says so.
WARNING = timedelta(minutes=5)
#: A click is noted at most this often, so that ordinary pages write nothing.
NOTED_EVERY = timedelta(minutes=1)


def ends_at(started_at: datetime, seen_at: datetime) -> datetime:
    """Return the instant at which a sign-in ends that began and was last used then."""
    return min(seen_at + IDLE, started_at + WHOLE)
