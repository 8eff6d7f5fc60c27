"""Sentences that several pages of signing in share."""

from __future__ import annotations

import math
from datetime import timedelta

from escalation.templatetags.words import count


def too_soon(wait: timedelta) -> str:
    """Return how long somebody has to wait before their next try is heard."""
    seconds = max(1, math.ceil(wait.total_seconds()))
    return f"Too many tries in a row. Wait {count(seconds, 'second')}, then try again."
