"""Codes of authenticator apps: six figures, new every 30 seconds, each taken once (bar E2)."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp
import segno
from django.utils.safestring import SafeString

from accounts.models import User
from accounts.sign_in.models import Authenticator
from accounts.sign_in.sealing import unseal

STEP = 30
FIGURES = 6
SERVICE = "Escalation"
#: Clocks of phones are a little off: the half minute before and after this one count as well.
AROUND = (0, -1, 1)


def new_secret() -> str:
    """Return a new shared secret: 160 bits, as letters and figures."""
    return pyotp.random_base32()


def step_of(secret: str, typed: str, at: datetime) -> int | None:
    """Return the half minute whose code was typed; None when it is none of those that count now."""
    figures = "".join(typed.split())
    if len(figures) != FIGURES or not (figures.isascii() and figures.isdigit()):
        return None
    totp = pyotp.TOTP(secret)
    here = int(at.timestamp()) // STEP
    for step in (here + off for off in AROUND):
        if hmac.compare_digest(totp.generate_otp(step), figures):
            return step
    return None


def take(person: User, typed: str, at: datetime) -> Authenticator | None:
    """Take a code of one of the person's apps, and return the app; None for a wrong code, and for one taken before.

    The half minute is noted in one statement that names the one before: two at once are one.
    """
    for app in Authenticator.objects.filter(user=person).order_by("pk"):
        secret = unseal(app.sealed)
        step = step_of(secret, typed, at) if secret else None
        if step is None:
            continue
        fresh = Authenticator.objects.filter(pk=app.pk, last_step__lt=step)
        if fresh.update(last_step=step, used_at=at):
            return app
    return None


def address(person: User, secret: str) -> str:
    """Return the otpauth address that an app reads out of the square."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=SERVICE)


def square(text: str) -> SafeString:
    """Return a QR code as an SVG element: lines only, so nothing in it needs escaping; no styles of its own."""
    return SafeString(segno.make(text, error="m", micro=False).svg_inline(scale=5, border=2, omitsize=True))


def in_groups(secret: str) -> str:
    """Return a secret in groups of four, for typing."""
    return " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
