"""Renders a message as a mail and hands it over. A mail points to the case and says nothing about it.

One recipient a mail, a fixed subject for each kind, and the number to ring for a child in danger now. In the
demonstration, and where no mail server is named, nothing leaves the machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import smtplib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string

from escalation.clock import now
from escalation.templatetags.words import by
from notifications import beside, outbox, recipients
from notifications.models import Message

log = logging.getLogger(__name__)

#: Messages claimed at a time: with a server that hangs for each, still well within the lease.
AT_A_TIME = 20
#: So many mails in a row that the server did not take at all: the rest waits for the next run.
GIVE_UP_AFTER = 3
DUMMY = "django.core.mail.backends.dummy.EmailBackend"
#: Errors of the server as a whole. Those of smtplib are about one mail, except these.
OF_THE_SERVER = (smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected, smtplib.SMTPHeloError)


@dataclass
class SendResult:
    """What a run of the sender did, as counts."""

    sent: int = 0
    dropped: int = 0
    failed: int = 0
    put_back: int = 0


@dataclass(frozen=True)
class Mail:
    """A message as it is sent."""

    subject: str
    body: str


def compose(message: Message) -> Mail:
    """Return the mail of a message, which comes with recipient, deadline, case and partnership."""
    duty = message.deadline if message.needed_by else None
    context = {
        "message": message,
        "reference": message.reference,
        "needed_by": _by(message.needed_by, message.created_at) if message.needed_by else "",
        "needed": duty.words if duty else "",
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
        if not batch:
            return result
        if not _send_batch(batch, moment, result):
            return result


def _send_batch(batch: list[Message], at: datetime, result: SendResult) -> bool:
    """Send a claimed batch; False when the server is out of reach and there is no use going on."""
    unwanted = recipients.reasons_to_drop(batch, at)
    if _mail_is_off():
        unwanted = {m: unwanted.get(m, "mail is off") for m in batch}
    result.dropped += outbox.dropped(unwanted)
    waiting = [m for m in batch if m not in unwanted]
    server = _server()
    in_a_row = 0
    try:
        while waiting:
            if not _open(server) or in_a_row >= GIVE_UP_AFTER:
                result.put_back += outbox.put_back(waiting, at)
                return False
            message = waiting.pop(0)
            in_a_row = in_a_row + 1 if _hand_over(message, server, at, result) else 0
    finally:
        _close(server)
    return True


def _hand_over(message: Message, server: BaseEmailBackend, at: datetime, result: SendResult) -> bool:
    """Hand one message over and mark it; return whether the server could not be reached for it."""
    if message.needed_by and not recipients.still_due(message):
        message.needed_by = None  # the news still holds, the duty it named does not
    try:
        mail = compose(message)
        letter = EmailMessage(
            mail.subject,
            mail.body,
            settings.DEFAULT_FROM_EMAIL,
            [message.address],
            headers={"Message-ID": message_id(message), "Auto-Submitted": "auto-generated"},
            connection=server,
        )
        for part in beside.files_of(message, at):
            letter.attach(part)
        count = letter.send()
        if not count:
            raise ValueError("no address")
    except Exception as error:
        log.warning("message %s could not be sent: %s", message.pk, type(error).__name__)
        outbox.failed(message, at, error)
        result.failed += 1
        _close(server)  # whatever it was, the next mail starts afresh
        return isinstance(error, OF_THE_SERVER) or (
            isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)
        )
    outbox.sent(message, at)
    result.sent += 1
    return False


def _mail_is_off() -> bool:
    """Return whether no mail server is named, outside the demonstration: then the inbox is all there is."""
    return not settings.DEMO_MODE and settings.EMAIL_BACKEND == DUMMY


def _server() -> BaseEmailBackend:
    """Return the mail backend; in the demonstration always the one that sends nothing."""
    backend: BaseEmailBackend = get_connection(DUMMY if settings.DEMO_MODE else None)
    return backend


def _open(server: BaseEmailBackend) -> bool:
    try:
        server.open()
    except Exception as error:
        log.warning("the mail server is out of reach: %s", type(error).__name__)
        return False
    return True


def _close(server: BaseEmailBackend) -> None:
    with contextlib.suppress(Exception):  # a connection that cannot be closed is gone
        server.close()


def _by(due: datetime, written: datetime) -> str:
    """Return "by 4pm on Tuesday 16 June", never "today": a mail may be read on another day."""
    words = by(due)
    year = f" {due.year}"
    return words.removesuffix(year) if due.year == written.year else words
