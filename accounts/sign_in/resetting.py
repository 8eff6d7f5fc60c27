"""The link of somebody who forgot their password: valid for an hour, for one use, made when the mail is.

It stands in no table. What it proves is that somebody reads the person's mail: the second factor is still asked.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User

VALID_FOR = timedelta(hours=1)
SALT = "accounts.sign_in.resetting"


def token_for(person: User, asked_at: datetime) -> str:
    """Return the secret part of a person's link, valid for an hour from when they asked."""
    return signing.dumps([person.pk, int(asked_at.timestamp()), _mark(person)], salt=SALT)


def person_of(token: str, at: datetime) -> User | None:
    """Return whose link it is; None when it is forged, too old, or the password or address changed since."""
    try:
        pk, asked, mark = signing.loads(token, salt=SALT)
        asked_at = datetime.fromtimestamp(asked, UTC)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if not timedelta(seconds=-1) <= at - asked_at < VALID_FOR:
        return None
    person = User.objects.filter(pk=pk, is_active=True).select_related("agency__partnership").first()
    if person is None or not constant_time_compare(mark, _mark(person)):
        return None
    return person


def _mark(person: User) -> str:
    return salted_hmac(SALT, f"{person.password}\n{person.email}", algorithm="sha256").hexdigest()[:32]
