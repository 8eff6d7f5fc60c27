"""Recovery codes: ten on paper, each for one sign-in, for the day when phone and key are lost."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.models import User
from accounts.sign_in.models import RecoveryCode

HOW_MANY = 10
LENGTH = 12  # 60 bits
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without 0, 1, I and O, which are taken for each other
SALT = "accounts.sign_in.recovery"


def make(person: User) -> list[str]:
    """Replace a person's codes by ten new ones and return them, in groups of four; they are kept nowhere."""
    codes = ["".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(HOW_MANY)]
    RecoveryCode.objects.filter(user=person).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=person, digest=_digest(person, c)) for c in codes)
    return ["-".join(code[n : n + 4] for n in range(0, LENGTH, 4)) for code in codes]


def take(person: User, typed: str, at: datetime) -> bool:
    """Use up a code; False for a wrong one, and for one used before."""
    code = "".join(typed.upper().replace("-", " ").split())
    if len(code) != LENGTH or not set(code) <= set(LETTERS):
        return False
    digests = [_digest(person, code, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    unused = RecoveryCode.objects.filter(user=person, digest__in=digests, used_at=None)
    return unused.update(used_at=at) == 1


def left(person: User) -> int:
    """Return how many codes are not used yet."""
    return RecoveryCode.objects.filter(user=person, used_at=None).count()


def _digest(person: User, code: str, key: str | None = None) -> str:
    return salted_hmac(SALT, f"{person.pk}\n{code}", secret=key, algorithm="sha256").hexdigest()
