"""Checkpoints: the heads of all chains as one Merkle root, chained, and mailed to people outside.

Taken once a day and soon after each determination. What was mailed cannot be rewritten without it showing: any one mail
that somebody kept pins everything before it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.module_loading import import_string

from escalation import health
from escalation.trail.anchors import Checkpoint, Head, Receipt, Witness
from escalation.trail.models import REGISTRY
from escalation.trail.verify import leaf, root_of
from escalation.trail.writing import SERVICE, append

log = logging.getLogger(__name__)

#: The longest time between two; health and staff pages speak up two hours later (bar C13).
EVERY = timedelta(hours=24)
#: As the trigger takes it (sql/anchors.sql).
LOCK = 7301
WITNESSES_WANTED = 2
ATTEMPTS = 12
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def take(at: datetime) -> Checkpoint:
    """Take a checkpoint of all chains, with a receipt for each witness, and return it. `at` is the claimed instant.

    One transaction. The registry says that it was taken, so that one more event stands behind each checkpoint.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            cursor.execute("SELECT chain, seq, hash FROM trail_heads()")
            heads = [(str(chain), seq, bytes(hash_)) for chain, seq, hash_ in cursor.fetchall()]
        root = root_of([leaf(*head) for head in heads])
        point = Checkpoint(chains=len(heads), events=sum(seq for _, seq, _ in heads), root=root)
        point.save(force_insert=True)
        point = Checkpoint.objects.latest("n")
        before = dict(Head.objects.values_list("chain").annotate(seq=Max("seq")))
        grown = [head for head in heads if before.get(UUID(head[0])) != head[1]]
        Head.objects.bulk_create(
            [Head(checkpoint=point, chain=chain, seq=seq, hash=hash_) for chain, seq, hash_ in grown],
            batch_size=2000,
        )
        Receipt.objects.bulk_create(
            [Receipt(checkpoint=point, witness=w, try_at=at) for w in Witness.objects.filter(ended_at=None)]
        )
        health.heard(health.CHECKPOINT, at)
        facts = {
            "n": point.n,
            "chains": point.chains,
            "events": point.events,
            "hash": bytes(point.hash).hex(),
        }
        append(
            REGISTRY,
            "checkpoint_taken",
            actor=SERVICE,
            object_ref=f"checkpoint:{point.n}",
            facts=facts,
            at=at,
        )
    return point


def wanted(at: datetime) -> bool:
    """Return whether one is due: a day has gone by, or something weighty happened that none covers yet."""
    last = Checkpoint.objects.order_by("-n").first()
    if last is None or at - last.at >= EVERY:
        return True
    # In the words of the partial index `trail_event_weighty` (sql/trail.sql), so that it is used.
    uncovered = """
        SELECT EXISTS (
            SELECT FROM trail_event e
            WHERE e.verb IN ('determined', 'committee_decided', 'text_erased', 'case_disposed') AND e.at > %s
            AND NOT EXISTS (SELECT FROM trail_checkpoint_head h WHERE h.chain = e.chain AND h.seq >= e.seq)
        )
    """
    # An event is stamped before it is committed: look back a little further.
    with connection.cursor() as cursor:
        cursor.execute(uncovered, [last.at - timedelta(hours=1)])
        return bool(cursor.fetchone()[0])


def text_of(point: Checkpoint) -> str:
    """Return the lines of a checkpoint as they stand in a mail and as `verify.py` reads them. No personal data."""
    return (
        f"Checkpoint: {point.n}\nTaken: {micros(point.at)}\nPrevious: {bytes(point.prev).hex()}\n"
        f"Chains: {point.chains}\nEvents: {point.events}\nRoot: {bytes(point.root).hex()}\n"
        f"Hash: {bytes(point.hash).hex()}\n"
    )


def micros(at: datetime) -> int:
    """Return an instant as whole microseconds since 1970, as it is hashed."""
    return (at - EPOCH) // timedelta(microseconds=1)


def mail_of(receipt: Receipt) -> dict[str, str]:
    """Return the mail of one checkpoint for one witness, as `settings.HAND_OVER_MAIL` takes it.

    Its link acknowledges the receipt; its key is the same each time it is sent.
    """
    point = receipt.checkpoint
    link = settings.BASE_URL.geturl().rstrip("/") + reverse("trail_receipt", args=[receipt.key])
    body = render_to_string("trail/checkpoint.txt", {"point": point, "lines": text_of(point), "link": link})
    return {
        "to": receipt.witness.email,
        "subject": f"Escalation: checkpoint {point.n} of the record. Please keep this mail.",
        "body": body,
        "key": f"<checkpoint-{point.n}-{receipt.witness_id}@{settings.BASE_URL.hostname}>",
    }


def send_receipts(at: datetime) -> dict[str, int]:
    """Send what has not gone yet; return how many were sent and how many failed. A failed one is tried again.

    Where no mail may leave, all of them wait, and `lacking` says so.
    """
    hand_over: Callable[..., bool] = import_string(settings.HAND_OVER_MAIL)
    result = {"sent": 0, "failed": 0}
    while True:
        with transaction.atomic():
            receipt = (
                Receipt.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("checkpoint", "witness")
                .filter(try_at__lte=at)
                .order_by("checkpoint", "pk")
                .first()
            )
            if receipt is None:
                return result
            receipt.attempts += 1
            try:
                if not hand_over(**mail_of(receipt)):
                    return result
            except Exception as error:
                log.warning("checkpoint %s was not sent: %s", receipt.checkpoint_id, type(error).__name__)
                receipt.error = type(error).__name__
                wait = timedelta(minutes=2 ** min(receipt.attempts, 8))
                receipt.try_at = at + wait if receipt.attempts < ATTEMPTS else None
                result["failed"] += 1
            else:
                receipt.sent_at, receipt.try_at, receipt.error = at, None, ""
                result["sent"] += 1
            receipt.save()


def acknowledge(receipt: Receipt, at: datetime) -> None:
    """Note that a witness has kept a checkpoint; a second time changes nothing."""
    with transaction.atomic():
        done = Receipt.objects.filter(pk=receipt.pk, acknowledged_at=None).update(acknowledged_at=at)
        if done:
            facts = {"n": receipt.checkpoint_id, "witness": receipt.witness_id}
            append(
                REGISTRY,
                "receipt_acknowledged",
                actor=SERVICE,
                object_ref=f"checkpoint:{receipt.checkpoint_id}",
                facts=facts,
                at=at,
            )


def run(at: datetime) -> dict[str, Any]:
    """Take a checkpoint when one is due, and send what waits; return what was done. For the clock, every minute."""
    point = take(at) if wanted(at) else None
    return {"taken": point.n if point else None} | send_receipts(at)


def lacking(at: datetime) -> list[str]:
    """Return in plain sentences what is missing for the trail to be held outside; nothing when all is well."""
    found = []
    asked = list(Witness.objects.filter(ended_at=None))
    agencies = {w.organisation.casefold() for w in asked if w.kind == Witness.Kind.AGENCY}
    if len(agencies) < WITNESSES_WANTED:
        found.append("Checkpoints must go to at least two agencies. Whoever runs this service names them.")
    if not any(w.kind == Witness.Kind.AUDITOR for w in asked):
        found.append("Checkpoints must go to the auditor as well. Whoever runs this service names them.")
    last = Checkpoint.objects.order_by("-n").first()
    if last is None or at - last.at > EVERY + timedelta(hours=2):
        found.append("No checkpoint was taken in the last 26 hours.")
    if silent := sorted({w.organisation for w in asked if _silent(w, at)}):
        found.append(f"Not acknowledged for more than 7 days: {', '.join(silent)}.")
    failed = Receipt.objects.filter(try_at=None, sent_at=None, acknowledged_at=None, witness__ended_at=None)
    if failed.exists():
        found.append("Some checkpoint mails could not be sent. `manage.py checkpoint --again` sends them.")
    untried = Receipt.objects.filter(try_at__lt=at - timedelta(hours=2), attempts=0, witness__ended_at=None)
    if untried.exists():
        found.append("Checkpoint mails wait, since no mail leaves this service. See EMAIL_URL and SEND_MAIL.")
    return found


def _silent(witness: Witness, at: datetime) -> bool:
    """Return whether somebody was sent checkpoints and kept none in a week.

    One mail that is kept pins every checkpoint before it: what was missed earlier need not be acknowledged.
    """
    week = at - timedelta(days=7)
    kept = witness.receipts.filter(acknowledged_at__isnull=False).order_by("-checkpoint").first()
    since = witness.receipts.filter(checkpoint__gt=kept.checkpoint_id if kept else 0)
    return since.filter(checkpoint__at__lt=week).exists()


def send_again(at: datetime) -> int:
    """Let the mails that were given up be tried anew, to those who are still asked; return how many."""
    given_up = Receipt.objects.filter(try_at=None, sent_at=None, acknowledged_at=None, witness__ended_at=None)
    return given_up.update(try_at=at, attempts=0)
