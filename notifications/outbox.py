"""The only code that changes what becomes of a message: claim, sent, failed, dropped, release, put back.

A claim is a lease: a row counts as sent only after it was handed over, so a crash may repeat a mail (with the same
Message-ID) but never drops one. A lease that ran out says nothing against the message, so it costs no attempt.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case as CaseWhen
from django.db.models import Value, When

from notifications.models import WHOLE, Message, MessageQuerySet, Status

LEASE = timedelta(minutes=5)
#: How long to wait after each failed try. After the last the message is dead, and people are shown it.
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
MOST_TRIES = len(BACK_OFF) + 1


def claim(at: datetime, size: int) -> list[Message]:
    """Lease up to `size` messages that may go by `at`, oldest first, and return them with what sending needs.

    Two senders never get the same one: what one has locked, the other skips.
    """
    with transaction.atomic():
        claimed = list(
            Message.objects.filter(status__in=[Status.WAITING, Status.FAILED], not_before__lte=at)
            .select_related(*WHOLE)
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("not_before", "pk")[:size]
        )
        lease = at + LEASE
        Message.objects.filter(pk__in=[m.pk for m in claimed]).update(
            status=Status.SENDING, lease_until=lease
        )
    for message in claimed:
        message.status, message.lease_until = Status.SENDING, lease
    return claimed


def sent(message: Message, at: datetime) -> bool:
    """Note that a message was handed over, as it went. False when the lease ran out and somebody else has it by now."""
    return _end(message, status=Status.SENT, sent_at=at, needed_by=message.needed_by, error="")


def failed(message: Message, at: datetime, error: Exception) -> bool:
    """Count a failed try: again later, or dead after the last. Keeps the kind of error, never its words."""
    tries = message.attempts + 1
    if tries >= MOST_TRIES:
        return _end(message, status=Status.DEAD, attempts=tries, error=type(error).__name__[:60])
    return _end(
        message,
        status=Status.FAILED,
        attempts=tries,
        not_before=at + BACK_OFF[tries - 1],
        error=type(error).__name__[:60],
    )


def dropped(why: Mapping[Message, str]) -> int:
    """Note that leased messages are no longer wanted, each with its reason; return how many."""
    if not why:
        return 0
    reasons = [When(pk=message.pk, then=Value(reason)) for message, reason in why.items()]
    return _leased(why).update(
        status=Status.DROPPED, lease_until=None, error=CaseWhen(*reasons, default=Value(""))
    )


def put_back(messages: Collection[Message], at: datetime) -> int:
    """Give leased messages back untried because the mail server is out of reach; return how many."""
    return _leased(messages).update(status=Status.WAITING, lease_until=None, not_before=at + BACK_OFF[0])


def release_stale(at: datetime) -> int:
    """Give back what a sender claimed and never finished, such as one that was killed; return how many."""
    stale = Message.objects.filter(status=Status.SENDING, lease_until__lte=at)
    return stale.update(status=Status.WAITING, lease_until=None)


def try_again(messages: Collection[int], at: datetime) -> int:
    """Bring dead messages back to life with all their tries; return how many were dead."""
    dead = Message.objects.filter(pk__in=messages, status=Status.DEAD)
    return dead.update(status=Status.WAITING, attempts=0, not_before=at, error="")


def _leased(messages: Collection[Message] | Mapping[Message, str]) -> MessageQuerySet:
    """Return those of the messages that are still leased to this sender."""
    leases = {m.lease_until for m in messages}
    return Message.objects.filter(
        pk__in=[m.pk for m in messages], status=Status.SENDING, lease_until__in=leases
    )


def _end(message: Message, **values: object) -> bool:
    return _leased([message]).update(lease_until=None, **values) == 1
