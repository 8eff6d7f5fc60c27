"""Guessing passwords is slowed down, by a wait for one account from one address: nobody is ever locked out (bar E3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models, transaction
from django.utils.crypto import salted_hmac

FREE_TRIES = 4  # typing errors cost nothing
LONGEST_WAIT = timedelta(minutes=1)
FORGOTTEN_AFTER = timedelta(hours=1)


class SignInThrottle(models.Model):
    """Tries in a row for one account from one address, and when the next one is heard.

    The key is a keyed digest, so that the table tells neither who tried nor from where.
    """

    key = models.CharField(max_length=64, primary_key=True)
    tries = models.PositiveSmallIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)
    not_before = models.DateTimeField()

    class Meta:
        app_label = "accounts"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(not_before__gte=models.F("last_at")), name="sign_in_wait_not_negative"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tries} tries"


def key_of(email: str, address: str) -> str:
    """Return the digest under which tries for this account from this address are counted."""
    return salted_hmac("accounts.throttle", f"{email}\n{address}", algorithm="sha256").hexdigest()


def wait_after(tries: int) -> timedelta:
    """Return how long to wait after so many tries without success: nothing, 1 s, 2 s, 4 s ... 1 minute."""
    if tries <= FREE_TRIES:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(tries - FREE_TRIES - 1, 10)), LONGEST_WAIT)


def try_now(key: str, *, at: datetime) -> timedelta:
    """Count a try before the password is looked at, and return how long it still has to wait; nothing: go on.

    A try that comes too early is not counted, and not heard even if its password is right. Counting comes first and
    locks the row, so that a hundred tries at once are a hundred tries.
    """
    with transaction.atomic():
        SignInThrottle.objects.filter(last_at__lt=at - FORGOTTEN_AFTER).delete()
        SignInThrottle.objects.bulk_create(
            [SignInThrottle(key=key, last_at=at, not_before=at)], ignore_conflicts=True
        )
        row = SignInThrottle.objects.select_for_update().filter(key=key).first()
        if row is None:  # forgotten this moment, by the right password given beside us
            return timedelta(0)
        if row.not_before > at:
            return row.not_before - at
        row.tries = min(row.tries + 1, 1000)
        row.last_at, row.not_before = at, at + wait_after(row.tries)
        row.save(update_fields=["tries", "last_at", "not_before"])
    return timedelta(0)


def forget(key: str) -> None:
    """Forget the tries: the right password was given."""
    SignInThrottle.objects.filter(key=key).delete()
