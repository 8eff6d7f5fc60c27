"""Who carries the mail: one port, and the carrier that the settings name. `EMAIL_URL` says which."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from notifications.models import Receipt

DUMMY = "django.core.mail.backends.dummy.EmailBackend"


@dataclass(frozen=True)
class Letter:
    """One mail to one person. `key` is the same each time it is sent."""

    to: str
    subject: str
    body: str
    key: str
    parts: tuple[Any, ...] = ()  # what goes beside the words, such as an invitation for a calendar


class Carrier(Protocol):
    """What the sender asks of whoever carries the mail."""

    reads_back: bool

    def open(self) -> None:
        """Make ready; raises when it is out of reach."""

    def close(self) -> None:
        """Let go; never raises."""

    def carry(self, letter: Letter) -> str:
        """Hand a mail over, within the time-out, and return what the carrier knows it by ("" for nothing)."""

    def receipt(self, reference: str) -> Receipt:
        """Return what became of a mail; asked only of carriers that read back."""


class MailServer:
    """SMTP, or whatever mail backend Django is set to. Handing over is all it knows."""

    reads_back = False

    def __init__(self, backend: str | None = None) -> None:
        self._server = get_connection(backend)

    def open(self) -> None:
        self._server.open()

    def close(self) -> None:
        with contextlib.suppress(Exception):  # a connection that cannot be closed is gone
            self._server.close()

    def carry(self, letter: Letter) -> str:
        mail = EmailMessage(
            letter.subject,
            letter.body,
            settings.DEFAULT_FROM_EMAIL,
            [letter.to],
            headers={"Message-ID": letter.key, "Auto-Submitted": "auto-generated"},
            connection=self._server,
        )
        for part in letter.parts:
            mail.attach(part)
        if not mail.send():
            raise ValueError("no address")
        return ""

    def receipt(self, reference: str) -> Receipt:
        return Receipt.DELIVERED


def is_off() -> bool:
    """Return whether no mail may leave: none is named, or this is not production and nobody said otherwise."""
    if settings.DEMO_MODE:
        return False  # the demonstration "sends" to its own page
    if settings.MAIL_CARRIER == "notify":
        return not settings.SEND_MAIL
    return bool(settings.EMAIL_BACKEND == DUMMY) or not settings.SEND_MAIL


def hand_over(*, to: str, subject: str, body: str, key: str) -> bool:
    """Hand one mail over at once, as the trail does with its checkpoints; False when no mail may leave.

    Raises what the carrier raises.
    """
    if is_off():
        return False
    server = carrier()
    server.open()
    try:
        server.carry(Letter(to, subject, body, key))
    finally:
        server.close()
    return True


def carrier() -> Carrier:
    """Return the carrier; in the demonstration always the one that carries nothing anywhere."""
    if settings.DEMO_MODE:
        return MailServer(DUMMY)
    if settings.MAIL_CARRIER == "notify":
        from notifications.carriers.notify import Notify

        return Notify.from_settings()
    return MailServer()
