"""The alarm when somebody opens one case after the other (bar F8): an event, and from it a message to their lead."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts.audit import Verb, by_person, record
from accounts.models import User
from cases.record import looks
from escalation.trail.models import REGISTRY, Event

#: One alarm an hour says it all: the looks themselves are in the trail.
ONCE_IN = timedelta(hours=1)


def alarm(user: User, *, at: datetime) -> bool:
    """Record that a person opens unusually many cases, at most once an hour; return whether it was recorded now."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two windows at once are one alarm
        told = Event.objects.filter(
            chain=REGISTRY,
            verb=Verb.MANY_CASES_OPENED.value,
            actor_id=user.pk,
            claimed_at__gt=at - ONCE_IN,
        )
        if told.exists():
            return False
        minutes = int(looks.WITHIN.total_seconds() // 60)
        facts = {"cases": looks.MANY, "minutes": minutes}
        record(Verb.MANY_CASES_OPENED, actor=by_person(user), about=user, facts=facts, at=at)
        return True
