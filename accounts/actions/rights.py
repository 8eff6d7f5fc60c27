"""Rights rebuilt from roles and deputies, with one event when something had drifted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.audit import Verb, record
from accounts.grants import Drift, sync
from accounts.models import User
from escalation.trail.writing import SERVICE


def rebuild(*, at: datetime, person: User | None = None) -> Drift:
    """Rebuild the rights of one person, or of everybody, for the day of `at`, and return what had drifted.

    Roles and deputies start and end by date, with nobody there: so this runs every hour, and for each person when they
    sign in.
    """
    with transaction.atomic():
        drift = sync(person, day=timezone.localdate(at))
        if drift:
            facts = {"added": len(drift.added), "removed": len(drift.removed), "strays": drift.strays}
            record(Verb.GRANTS_REBUILT, actor=SERVICE, about=person, facts=facts, at=at)
        return drift
