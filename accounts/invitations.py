"""The link by which a new person sets their first password: valid for seven days and for one use."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User

VALID_FOR = timedelta(days=7)
SALT = "accounts.invitation"


def token_for(person: User) -> str:
    """Return the secret part of the person's link. Making one again changes nothing; the older one stays valid."""
    return signing.dumps([person.pk, _mark(person)], salt=SALT)


def person_of(token: str) -> User | None:
    """Return whom an invitation is for; None when it is forged, older than seven days, or was used."""
    try:
        pk, mark = signing.loads(token, salt=SALT, max_age=VALID_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    person = User.objects.filter(pk=pk, is_active=True).first()
    if person is None or has_come(person) or not constant_time_compare(mark, _mark(person)):
        return None
    return person


def locked_person_of(token: str) -> User | None:
    """Return the same with the person's row locked, asked again behind the lock: an invitation is used once."""
    found = person_of(token)
    if found is None:
        return None
    User.objects.select_for_update(no_key=True).get(pk=found.pk)
    return person_of(token)


def has_come(person: User) -> bool:
    """Return whether somebody can sign in already, by a password or by their organisation's sign-in."""
    return person.has_usable_password() or person.identities.exists()


def _mark(person: User) -> str:
    """Return what changes once a password is set, or the address corrected."""
    return salted_hmac(SALT, f"{person.password}\n{person.email}", algorithm="sha256").hexdigest()[:32]
