"""The rows and columns that reports share: the same keys in every table, so that the same figure is known again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import Agency, Partnership
from cases.models.case import Outcome, Urgency
from cases.reports.base import Line
from cases.workflow import ENDED, LADDER, SETTLED, State

URGENCIES = [Line(u.value, u.label) for u in Urgency]
STATES = [Line(s.value, s.label) for s in State]
RUNGS = [Line(s.value, s.label) for s in LADDER]
#: By its place on the ladder: how far a case went.
REACHED = [Line(str(n), s.label) for n, s in enumerate(LADDER)]
DISPUTED = [s.value for s in LADDER]
SETTLED_STATES = [s.value for s in SETTLED]
ENDED_STATES = [s.value for s in ENDED]
SETTLING = [
    Outcome.RESOLVED_AGREED.value,
    Outcome.AGREED_TO_DIFFER.value,
    Outcome.DETERMINED.value,
    Outcome.COMMITTEE_DETERMINED.value,
]


def agencies(partnership: Partnership) -> list[Line]:
    """Return the agencies of a partnership by name; those that raised nothing are among them."""
    found = Agency.objects.filter(partnership=partnership).order_by("short_name", "pk")
    return [Line(str(a.pk), a.short_name) for a in found]


def texts(counts: Mapping[Any, int]) -> dict[Any, int]:
    """Return counts with every key as text, as lines have them."""
    return {
        (tuple(str(part) for part in key) if isinstance(key, tuple) else str(key)): n
        for key, n in counts.items()
    }
