"""What follows here when something happens to a person: listens to `accounts.audit`, inside its transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from accounts.audit import Verb, recorded
from accounts.models import User
from cases import rethinks
from cases.actions.aside import record_aside
from cases.actions.rethinking import RethinkChange
from cases.audit import Audit
from cases.models import ChairedMeeting, Invitation, Participation, Rethink
from cases.models.participation import Relation
from cases.rethinks import RethinkLook
from escalation.trail.models import Event
from escalation.trail.writing import SERVICE

#: Parts that somebody has for the whole partnership, whatever agency employs them.
WIDE = (Relation.DECIDER, Relation.CHAIR, Relation.COMMITTEE)
AHEAD = (Rethink.State.ASKED, Rethink.State.ARRANGED)


def connect() -> None:
    """Listen, once per process, to what is recorded of people."""
    recorded.connect(on_event, sender=Event, dispatch_uid="cases-people")


def on_event(*, verb: Verb, about: Any, facts: Mapping[str, Any], at: datetime, **signal: Any) -> None:
    """Take a leaver out of the meetings to come, and keep invitations at a person's present address."""
    if not isinstance(about, User):
        return
    if verb == Verb.PERSON_DEACTIVATED:
        _stays_away(about, at)
    elif verb == Verb.EMAIL_CHANGED:
        Invitation.objects.filter(user=about).update(email=about.email)
    elif verb == Verb.PERSON_MOVED and facts["from"] != facts["to"]:
        # What is open was handed over before. What is closed stays with the agency for which they were in it.
        before = Participation.objects.live().filter(user=about, agency=facts["from"])
        before.exclude(relation__in=WIDE).update(ended_at=at)


def _stays_away(person: User, at: datetime) -> None:
    """Withdraw the invitations that are left once everything was handed over; who arranges it is told."""
    mine = Invitation.objects.live().filter(user=person)
    here = Exists(mine.filter(rethink=OuterRef("pk")))
    ahead = Rethink.objects.filter(here, state__in=AHEAD).select_for_update(of=("self",)).order_by("pk")
    for rethink in ahead.select_related("procedure", "partnership"):
        look = RethinkLook.at_rethink(rethink, person, at)
        change = RethinkChange("rethink_invitation_withdrawn", Audit(at), look=look)
        mine.filter(rethink=rethink).update(withdrawn_at=at)
        change.told = set(rethinks.coordinators(rethink.partnership_id, at))
        change.facts |= {"left": person.pk}
        rethink.version += 1
        rethink.save(update_fields=["version"])
        record_aside(change, rethink, rethink.chain, f"rethink:{rethink.pk}", SERVICE)
    mine.filter(meeting__in=ChairedMeeting.objects.ahead()).update(withdrawn_at=at)
