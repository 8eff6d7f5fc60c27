"""Encryption of what must be read again and may not lie open in a backup: the secrets of authenticator apps.

The key comes from SECRET_KEY. A new SECRET_KEY needs the old one in SECRET_KEY_FALLBACKS (docs/running.md).
"""

from __future__ import annotations

import base64
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def seal(text: str) -> str:
    """Return a text encrypted."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str | None:
    """Return the text; None when it was sealed under a key that is gone."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _box() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    """Return a key for this one purpose: SECRET_KEY is long and random, so one keyed hash is enough."""
    return base64.urlsafe_b64encode(hmac.digest(key.encode(), b"accounts.sign_in.sealing", "sha256"))
