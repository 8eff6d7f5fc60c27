"""From requests to remove words to messages: those who keep the records hear of each, and who asked hears the answer.

Listens to `cases.record.wishing`, inside its transaction.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from accounts.models import Membership
from cases.models import RemovalRequest
from cases.record.forgetting import KEEPERS
from cases.record.wishing import recorded
from notifications.models import Kind, Message


def connect() -> None:
    """Listen, once per process, to requests and their answers."""
    recorded.connect(on_request, sender=RemovalRequest, dispatch_uid="notifications-keeping")


def on_request(*, request: RemovalRequest, verb: str, at: datetime, **signal: object) -> None:
    """Plan who hears: all keepers of a new request, and who asked of its answer, which stands on their page."""
    if verb == "removal_wanted":
        held = Membership.objects.on(timezone.localdate(at)).filter(
            role__in=KEEPERS, partnership=request.partnership_id, user__is_active=True
        )
        people = dict.fromkeys(
            held.exclude(user=request.asked_by_id).order_by("pk").values_list("user_id", flat=True)
        )
        told = [_message(Kind.KEEPING, pk, request, verb, at) for pk in people]
    else:
        told = [
            _message(Kind.UPDATED if request.case else Kind.RETHINK, request.asked_by_id, request, verb, at)
        ]
        about = request.case or request.rethink
        assert about is not None
        told[0].case, told[0].rethink, told[0].reference = request.case, request.rethink, about.reference
    Message.objects.bulk_create(told, ignore_conflicts=True)


def _message(kind: Kind, person: int, request: RemovalRequest, verb: str, at: datetime) -> Message:
    key = f"{verb}:{request.pk}:{person}"
    return Message(kind=kind, recipient_id=person, key=key, created_at=at, not_before=at)
