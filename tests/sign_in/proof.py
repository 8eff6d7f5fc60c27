"""Second factors for tests: people who have one, and the codes that their phones show."""

from __future__ import annotations

from datetime import datetime

import pyotp
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.sign_in.models import Authenticator
from accounts.sign_in.sealing import seal
from tests.factories import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def with_app(person: User, *, password: bool = True) -> User:
    """Give a person an authenticator app, and the password of all tests."""
    if password:
        person.set_password(PASSWORD)
        person.save()
    Authenticator.objects.create(user=person, name="Work phone", sealed=seal(SECRET), added_at=timezone.now())
    return person


def code(at: datetime | None = None, secret: str = SECRET) -> str:
    """Return what the app shows at an instant (now when not given)."""
    return pyotp.TOTP(secret).at(at or timezone.now())


def signs_in(client: Client, person: User, *, next: str = "") -> None:
    """Sign in by password and code, the whole way."""
    first = client.post(reverse("sign_in"), {"email": person.email, "password": PASSWORD, "next": next})
    assert first.url == reverse("second_step"), first.content.decode()
    second = client.post(reverse("second_step"), {"confirm_code": code()})
    assert second.status_code == 302, second.content.decode()


def forgets_proof(client: Client) -> None:
    """Let the second factor of a signed-in browser be too old for acts that need fresh proof."""
    session = client.session
    session.pop("confirmed_at", None)
    session.save()
