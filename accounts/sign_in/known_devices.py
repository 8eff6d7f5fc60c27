"""A device on which somebody has signed in before keeps its own count of guesses (bar E3).

Whoever guesses at a person's password from their office's address, or from a thousand others, slows down strangers: a
browser that has been let in once is counted on its own, so its owner still gets in. The cookie opens nothing: it only
says which count is meant, and only its owner's account.
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.models import User

SALT = "accounts.sign_in.known_devices"
DAYS = 180
_GIVEN = "_device_given"


def give(request: HttpRequest, person: User) -> None:
    """Have this browser known as one on which the person signed in; the middleware sets the cookie."""
    setattr(request, _GIVEN, signing.dumps([person.pk, secrets.token_hex(16)], salt=SALT))


def set_cookie(request: HttpRequest, response: HttpResponse) -> None:
    """Set the cookie on an answer, when somebody signed in by it."""
    given = getattr(request, _GIVEN, None)
    if given is not None:
        response.set_cookie(
            settings.DEVICE_COOKIE_NAME,
            given,
            max_age=DAYS * 24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def device_of(request: HttpRequest, email: str) -> str | None:
    """Return what tells this device apart, when the owner of this address signed in on it before; else None.

    Asks the database the same for an address that nobody has, so that the time tells nothing.
    """
    try:
        pk, name = signing.loads(
            request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=DAYS * 24 * 3600
        )
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return str(name) if User.objects.filter(pk=pk, email=email).exists() else None
