"""Renders a message as a mail and hands it over. A mail points to the case and says nothing about it.

One recipient a mail, a fixed subject for each kind, and the number to ring for a child in danger now. In the
demonstration, and where no mail server is named, nothing leaves the machine.
"""

from __future__ import annotations

import hashlib
import logging
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string

from escalation.clock import now
from escalation.templatetags.words import by
from notifications import beside, outbox, preferences, recipients
from notifications.carriers import Carrier, Letter, carrier, is_off
from notifications.models import Message

log = logging.getLogger(__name__)

#: Messages claimed at a time: with a server that hangs for each, still well within the lease.
AT_A_TIME = 20
#: So many mails in a row that the server did not take at all: the rest waits for the next run.
GIVE_UP_AFTER = 3
#: Mails whose carrier is asked, in one run, what became of them.
ASKED_AT_A_TIME = 100
#: Errors of the server as a whole. Those of smtplib are about one mail, except these.
OF_THE_SERVER = (smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected, smtplib.SMTPHeloError)


@dataclass
class SendResult:
    """What a run of the sender did, as counts."""

    sent: int = 0
    dropped: int = 0
    failed: int = 0
    put_back: int = 0
    held: int = 0  # news that wait to come together at the person's time of day
    asked_after: int = 0  # mails of which the carrier was asked what became of them


@dataclass(frozen=True)
class Mail:
    """A message as it is sent."""

    subject: str
    body: str


def compose(message: Message) -> Mail:
    """Return the mail of a message, which comes with recipient, deadline, case and partnership."""
    duty = message.duty if message.needed_by else None
    needed = duty.words if duty else message.get_kind_display() if message.needed_by else ""
    context = {
        "message": message,
        "reference": message.reference,
        "needed_by": _by(message.needed_by, message.created_at) if message.needed_by else "",
        "needed": needed,
        "link": settings.BASE_URL.geturl().rstrip("/") + message.url_path if message.url_path else "",
        "contacts": message.partnership.emergency_contacts,
        **beside.words_of(message),
    }
    subject = render_to_string(f"notifications/{message.kind}/subject.txt", context)
    body = render_to_string(f"notifications/{message.kind}/body.txt", context)
    return Mail(" ".join(subject.split()), body.strip() + "\n")


def message_id(message: Message) -> str:
    """Return the Message-ID: the same each time this message is sent, so that a repeat is seen as one."""
    digest = hashlib.sha256(message.key.encode()).hexdigest()[:32]
    return f"<{digest}@{settings.BASE_URL.hostname}>"


def send_due(at: datetime | None = None) -> SendResult:
    """Send everything that may go by `at` (now when not given), and return what was done.

    Each message is marked right after it was handed over. Raises when the database is out of reach, and only then.
    """
    result = SendResult()
    outbox.release_stale(at or now())
    while True:
        moment = at or now()
        batch = outbox.claim(moment, AT_A_TIME)
        if not batch or not _send_batch(batch, moment, result):
            break
    if not is_off():
        result.asked_after = _read_back(at or now())
    return result


def _send_batch(batch: list[Message], at: datetime, result: SendResult) -> bool:
    """Send a claimed batch; False when the server is out of reach and there is no use going on."""
    unwanted = recipients.reasons_to_drop(batch, at)
    if is_off():
        unwanted = {m: unwanted.get(m, "mail is off") for m in batch}
    wishes = preferences.of(m.recipient_id for m in batch if m.recipient_id is not None)
    unwanted |= {m: "not wanted" for m in batch if m not in unwanted and preferences.refuses(m, wishes)}
    result.dropped += outbox.dropped(unwanted)
    waiting = [m for m in batch if m not in unwanted]
    later = preferences.for_later(waiting, wishes, at)
    for until, held in later.items():
        result.held += outbox.hold(held, until)
        waiting = [m for m in waiting if m not in held]
    server = carrier()
    in_a_row = 0
    try:
        while waiting:
            if not _open(server) or in_a_row >= GIVE_UP_AFTER:
                result.put_back += outbox.put_back(waiting, at)
                return False
            together = _with_others(waiting, at)
            in_a_row = in_a_row + 1 if _hand_over(together, server, at, result) else 0
    finally:
        server.close()
    return True


def _with_others(waiting: list[Message], at: datetime) -> list[Message]:
    """Take the next message out of those that wait, with all that comes in the same mail to the same person."""
    first = waiting.pop(0)
    if not first.together:
        return [first]
    same = [m for m in waiting if m.together and m.recipient_id == first.recipient_id]
    for message in same:
        waiting.remove(message)
    others = outbox.claim_with(first, at)
    unwanted = recipients.reasons_to_drop(others, at) if others else {}
    outbox.dropped(unwanted)
    return [first, *same, *(m for m in others if m not in unwanted)]


def _hand_over(messages: list[Message], server: Carrier, at: datetime, result: SendResult) -> bool:
    """Hand one mail over and mark its messages; return whether the server could not be reached for it."""
    for message in messages:
        if message.needed_by and not recipients.still_due(message):
            message.needed_by = None  # the news still holds, the duty it named does not
    try:
        mail = compose(messages[0]) if len(messages) == 1 else compose_together(messages)
        parts = tuple(beside.files_of(messages[0], at)) if len(messages) == 1 else ()
        letter = Letter(messages[0].address, mail.subject, mail.body, message_id(messages[0]), parts)
        reference = server.carry(letter)
    except Exception as error:
        log.warning("message %s could not be sent: %s", messages[0].pk, type(error).__name__)
        for message in messages:
            outbox.failed(message, at, error)
        result.failed += len(messages)
        server.close()  # whatever it was, the next mail starts afresh
        return isinstance(error, OF_THE_SERVER) or (
            isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)
        )
    for message in messages:
        outbox.sent(message, at, reference)
    result.sent += len(messages)
    return False


def _read_back(at: datetime) -> int:
    """Ask the carrier, where it says so, what became of mails; return of how many."""
    server = carrier()
    if not server.reads_back:
        return 0
    asked = 0
    for message in outbox.to_ask_after(at, ASKED_AT_A_TIME):
        try:
            said = server.receipt(message.carrier_ref)
        except Exception as error:
            log.warning("the carrier did not say what became of a mail: %s", type(error).__name__)
            break
        outbox.came_back(message, said, at)
        asked += 1
    return asked


def compose_together(messages: Sequence[Message]) -> Mail:
    """Return one mail about several news of one person: a line for each, with its address, and no more."""
    first = messages[0]
    base = settings.BASE_URL.geturl().rstrip("/")
    context = {
        "message": first,
        "news": [
            {"what": m.get_kind_display(), "reference": m.reference, "link": base + m.url_path}
            for m in messages
        ],
        "contacts": first.partnership.emergency_contacts,
    }
    body = render_to_string("notifications/together.txt", context)
    return Mail(f"Escalation: {len(messages)} news", body.strip() + "\n")


def _open(server: Carrier) -> bool:
    try:
        server.open()
    except Exception as error:
        log.warning("the mail server is out of reach: %s", type(error).__name__)
        return False
    return True


def _by(due: datetime, written: datetime) -> str:
    """Return "by 4pm on Tuesday 16 June", never "today": a mail may be read on another day."""
    words = by(due)
    year = f" {due.year}"
    return words.removesuffix(year) if due.year == written.year else words
