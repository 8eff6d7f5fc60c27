"""The second factor, asked for: a code of an app, a passkey or a recovery code. Guessing is slowed down for the person.

Only who knows the password gets this far, so the wait is the person's and not one address's: no stranger can cause it.
A device on which the person signed in before has its own count, so that whoever stole the password holds nobody up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest

from accounts import throttle
from accounts.audit import Verb, by_person, record
from accounts.models import User
from accounts.sign_in import known_devices, passkeys, recovery, totp
from accounts.sign_in.models import Authenticator, Passkey

QUESTION = "passkey_question"
AUTHENTICATOR, PASSKEY, RECOVERY_CODE = "authenticator", "passkey", "recovery_code"


@dataclass(frozen=True)
class Means:
    """What a person can confirm a sign-in with."""

    authenticators: tuple[Authenticator, ...]
    passkeys: tuple[Passkey, ...]
    codes_left: int

    def __bool__(self) -> bool:
        return bool(self.authenticators or self.passkeys)


@dataclass(frozen=True)
class Outcome:
    """How a try ended: by one of the means, with a wait, or with neither."""

    how: str = ""
    wait: timedelta = timedelta(0)


def means_of(person: User) -> Means:
    """Return what a person has set up; three queries."""
    return Means(
        tuple(Authenticator.objects.filter(user=person).order_by("pk")),
        tuple(Passkey.objects.filter(user=person).order_by("pk")),
        recovery.left(person),
    )


def question(request: HttpRequest, means: Means) -> str:
    """Return what the browser is asked for a passkey, as JSON; "" when the person has none that works here."""
    if not means.passkeys or not passkeys.possible():
        return ""
    asked, request.session[QUESTION] = passkeys.ask_to_confirm(means.passkeys)
    return asked


def confirm(request: HttpRequest, person: User, *, code: str, passkey: str, at: datetime) -> Outcome:
    """Try to confirm who somebody is. A try counts before it is looked at, and a question is asked once."""
    device = known_devices.device_of(request, person.email)
    key = throttle.key_of(f"second factor {person.pk}", f"device {device}" if device else "")
    wait = throttle.try_now(key, at=at)
    if wait:
        return Outcome(wait=wait)
    how = _taken(request, person, code, passkey, at)
    if how:
        throttle.forget(key)
        if how == RECOVERY_CODE:
            facts = {"left": recovery.left(person)}
            record(Verb.RECOVERY_CODE_USED, actor=by_person(person), about=person, facts=facts, at=at)
    else:
        record(Verb.FACTOR_FAILED, actor=by_person(person), about=person, at=at)
    return Outcome(how)


def _taken(request: HttpRequest, person: User, code: str, passkey: str, at: datetime) -> str:
    if passkey:
        return PASSKEY if passkeys.take(person, passkey, request.session.pop(QUESTION, None), at) else ""
    if totp.take(person, code, at):
        return AUTHENTICATOR
    return RECOVERY_CODE if recovery.take(person, code, at) else ""
