"""Between the password and the second factor: somebody is known, and signed in to nothing.

Kept in the session of a browser that is not signed in, so that every page but those of signing in stays closed (E1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.standing import with_standing

KEY = "pending"
VALID_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Pending:
    """Who has come how far: by password, or by their organisation's sign-in."""

    person: User
    how: str
    goes_to: str


def start(request: HttpRequest, person: User, *, how: str, goes_to: str, at: datetime) -> None:
    """Note who has given a right password. The session gets a new key, and forgets what it held."""
    request.session.flush()
    request.session[KEY] = {
        "person": person.pk,
        "mark": person.get_session_auth_hash(),
        "how": how,
        "goes_to": goes_to,
        "at": at.isoformat(),
    }


def of(request: HttpRequest, at: datetime) -> Pending | None:
    """Return who has come how far in this browser; None for nobody, after ten minutes, and for another password."""
    kept = request.session.get(KEY)
    if kept is None or at - datetime.fromisoformat(kept["at"]) >= VALID_FOR:
        return None
    person = with_standing(User.objects.filter(pk=kept["person"], is_active=True)).first()
    if person is None or not constant_time_compare(kept["mark"], person.get_session_auth_hash()):
        return None
    return Pending(person, kept["how"], kept["goes_to"])
