"""The whole trail checked where it stands, with every text: what runs each night and on request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cases.record import texts
from escalation import health
from escalation.trail import exporting
from escalation.trail.models import REGISTRY
from escalation.trail.verify import Verifier
from escalation.trail.writing import SERVICE, append


def verify_database(at: datetime, mails: Iterable[dict[str, Any]] = ()) -> Verifier:
    """Check every chain, text and checkpoint of the database as an export would be checked; return the verifier.

    The registry says that it was done and how it ended. Memory does not grow with the trail.
    """
    done = Verifier(mails).read(exporting.lines(exporting.Wanted(at, None, "all"), texts.every))
    facts = {"code": done.code, "wrong": done.wrong, "counts": done.counts}
    append(REGISTRY, "trail_verified", actor=SERVICE, object_ref="everything", facts=facts, at=at)
    if done.code != 1:
        health.heard(health.TRAIL, at)  # without it for a day, /readyz and every page speak up
    return done
