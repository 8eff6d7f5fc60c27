"""Guessing passwords is slowed down, by a wait for one account from one address: nobody is ever locked out (bar E3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Least
from django.utils.crypto import salted_hmac

FREE_TRIES = 4  # typing errors cost nothing
#: So many errors for one account from all addresses together are an attack: then a typing error at a strange address
#: costs a wait at once. The first try is always heard, so that whoever sits at a new device gets in.
ATTACKED_AFTER, FREE_WHEN_ATTACKED = 50, 0
EVERYWHERE = "everywhere"  # in place of an address
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


def wait_after(tries: int, free: int = FREE_TRIES) -> timedelta:
    """Return how long to wait after so many tries without success: nothing, 1 s, 2 s, 4 s ... 1 minute."""
    if tries <= free:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(tries - free - 1, 10)), LONGEST_WAIT)


def free_tries(email: str, *, at: datetime) -> int:
    """Return how many tries cost nothing from an address at which the owner of an account never signed in."""
    found = SignInThrottle.objects.filter(
        key=key_of(email, EVERYWHERE), last_at__gte=at - FORGOTTEN_AFTER, tries__gte=ATTACKED_AFTER
    )
    return FREE_WHEN_ATTACKED if found.exists() else FREE_TRIES


def count_everywhere(email: str, *, at: datetime) -> None:
    """Count an error for an account, whatever address it came from. It makes nobody wait by itself."""
    row, made = SignInThrottle.objects.get_or_create(
        key=key_of(email, EVERYWHERE), defaults={"tries": 1, "last_at": at, "not_before": at}
    )
    if not made:
        SignInThrottle.objects.filter(pk=row.pk).update(
            tries=Least(F("tries") + 1, 1000), last_at=at, not_before=at
        )


def try_now(key: str, *, at: datetime, free: int = FREE_TRIES) -> timedelta:
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
        row.last_at, row.not_before = at, at + wait_after(row.tries, free)
        row.save(update_fields=["tries", "last_at", "not_before"])
    return timedelta(0)


def forget(*keys: str) -> None:
    """Forget the tries: the right password was given."""
    SignInThrottle.objects.filter(key__in=keys).delete()
