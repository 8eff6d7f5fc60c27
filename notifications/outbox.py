"""The only code that changes what becomes of a message: claim, sent, failed, dropped, release, put back.

A claim is a lease: a row counts as sent only after it was handed over, so a crash may repeat a mail (with the same
Message-ID) but never drops one. A lease that ran out says nothing against the message, so it costs no attempt.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case as CaseWhen
from django.db.models import Exists, OuterRef, QuerySet, Value, When

from cases.models import Participation
from notifications.models import WHOLE, Message, MessageQuerySet, Receipt, Status

LEASE = timedelta(minutes=5)
#: How long to wait after each failed try. After the last the message is dead, and people are shown it.
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
MOST_TRIES = len(BACK_OFF) + 1
#: How often a carrier is asked what became of a mail, and how long.
ASK_AGAIN, GIVE_UP_ASKING = timedelta(minutes=5), timedelta(hours=72)


def claim(at: datetime, size: int) -> list[Message]:
    """Lease up to `size` messages that may go by `at`, oldest first, and return them with what sending needs.

    Two senders never get the same one: what one has locked, the other skips.
    """
    with transaction.atomic():
        due: Any = (
            Message.objects.filter(status__in=[Status.WAITING, Status.FAILED], not_before__lte=at)
            .annotate(failed_before=Exists(_failed_before(OuterRef("case"), OuterRef("recipient"))))
            .select_related(*WHOLE)
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("not_before", "pk")[:size]
        )
        claimed: list[Message] = list(due)
        lease = at + LEASE
        Message.objects.filter(pk__in=[m.pk for m in claimed]).update(
            status=Status.SENDING, lease_until=lease
        )
    for message in claimed:
        message.status, message.lease_until = Status.SENDING, lease
    return claimed


def sent(message: Message, at: datetime, carrier_ref: str = "") -> bool:
    """Note that a message was handed over, as it went. False when the lease ran out and somebody else has it by now.

    `carrier_ref`: what a carrier that reads back knows it by; it is asked later what became of the mail.
    """
    kept = _end(
        message,
        status=Status.SENT,
        sent_at=at,
        needed_by=message.needed_by,
        error="",
        carrier_ref=carrier_ref[:60],
        receipt=Receipt.PENDING if carrier_ref else "",
        receipt_asked_at=at if carrier_ref else None,
    )
    if kept and not carrier_ref and getattr(message, "failed_before", False):
        _arrives_again(message)
    return kept


def failed(message: Message, at: datetime, error: Exception) -> bool:
    """Count a failed try: again later, or dead after the last. Keeps the kind of error, never its words."""
    tries = message.attempts + 1
    if tries >= MOST_TRIES:
        _did_not_arrive(message, at)
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


def hold(messages: Collection[Message], until: datetime) -> int:
    """Give leased news back until the person's time of day, when they come together; return how many."""
    return _leased(messages).update(status=Status.WAITING, lease_until=None, not_before=until, together=True)


def claim_with(message: Message, at: datetime) -> list[Message]:
    """Lease what else waits to come together with a leased message to the same person, and return all of it."""
    with transaction.atomic():
        others = list(
            Message.objects.filter(
                recipient=message.recipient_id, together=True, status=Status.WAITING, not_before__lte=at
            )
            .select_related(*WHOLE)
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("pk")
        )
        Message.objects.filter(pk__in=[m.pk for m in others]).update(
            status=Status.SENDING, lease_until=message.lease_until
        )
    for other in others:
        other.status, other.lease_until = Status.SENDING, message.lease_until
    return others


def to_ask_after(at: datetime, size: int) -> list[Message]:
    """Return mails whose carrier is to be asked what became of them, longest not asked first."""
    waiting = Message.objects.filter(receipt=Receipt.PENDING, receipt_asked_at__lte=at - ASK_AGAIN)
    return list(waiting.select_related("recipient").order_by("receipt_asked_at")[:size])


def came_back(message: Message, receipt: Receipt, at: datetime) -> None:
    """Note what the carrier said. What was returned is tried again; what bounced is dead, for people to see."""
    of_it = Message.objects.filter(pk=message.pk, status=Status.SENT)
    match receipt:
        case Receipt.PENDING if message.sent_at is not None and at - message.sent_at < GIVE_UP_ASKING:
            of_it.update(receipt_asked_at=at)
        case Receipt.BOUNCED:
            _did_not_arrive(message, at)
            of_it.update(status=Status.DEAD, sent_at=None, receipt=receipt, error="bounced")
        case Receipt.RETURNED if message.attempts + 1 < MOST_TRIES:
            of_it.update(
                status=Status.FAILED,
                sent_at=None,
                receipt="",
                carrier_ref="",
                attempts=message.attempts + 1,
                not_before=at + BACK_OFF[message.attempts],
                error="returned",
            )
        case Receipt.RETURNED:
            _did_not_arrive(message, at)
            of_it.update(status=Status.DEAD, sent_at=None, receipt=receipt, error="returned")
        case Receipt.DELIVERED:
            _arrives_again(message)
            of_it.update(receipt=receipt)
        case _:
            of_it.update(receipt="")  # nobody says any more


def _did_not_arrive(message: Message, at: datetime) -> None:
    """Let the page of the case say that a person cannot be reached by mail."""
    Participation.objects.live().filter(case=message.case_id, user=message.recipient_id).update(
        mail_failed_at=at
    )


def _arrives_again(message: Message) -> None:
    """Let the page of the case say no more that a person cannot be reached by mail."""
    _failed_before(message.case_id, message.recipient_id).update(mail_failed_at=None)


def _failed_before(case: Any, person: Any) -> QuerySet[Participation]:
    return Participation.objects.live().filter(case=case, user=person, mail_failed_at__isnull=False)


def release_stale(at: datetime) -> int:
    """Give back what a sender claimed and never finished, such as one that was killed; return how many."""
    stale = Message.objects.filter(status=Status.SENDING, lease_until__lte=at)
    return stale.update(status=Status.WAITING, lease_until=None)


def try_again(messages: Collection[int], at: datetime) -> int:
    """Bring dead messages back to life with all their tries; return how many were dead."""
    dead = Message.objects.filter(pk__in=messages, status=Status.DEAD)
    return dead.update(status=Status.WAITING, attempts=0, not_before=at, error="", receipt="", carrier_ref="")


def _leased(messages: Collection[Message] | Mapping[Message, str]) -> MessageQuerySet:
    """Return those of the messages that are still leased to this sender."""
    leases = {m.lease_until for m in messages}
    return Message.objects.filter(
        pk__in=[m.pk for m in messages], status=Status.SENDING, lease_until__in=leases
    )


def _end(message: Message, **values: object) -> bool:
    return _leased([message]).update(lease_until=None, **values) == 1
