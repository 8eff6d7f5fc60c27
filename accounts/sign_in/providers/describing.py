"""A provider's description and keys, kept for ten minutes in each process."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from jwt import PyJWK, PyJWKSet
from jwt.exceptions import PyJWTError

from accounts.sign_in.models import IdentityProvider
from accounts.sign_in.providers.fetching import OutOfReach, get, is_safe

KEPT_FOR = timedelta(minutes=10)
#: A key nobody knows makes us look again, but not more often than this.
LOOK_AGAIN_AFTER = timedelta(minutes=1)
#: Public keys alone: one for both sides ("oct") would let whoever knows it sign for the provider.
KINDS = ("RSA", "EC")
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass
class Description:
    """Where a provider's endpoints are, and its keys."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    read_at: datetime
    keys: dict[str, PyJWK] = field(default_factory=dict)
    keys_at: datetime | None = None


_known: dict[str, Description] = {}


def description_of(provider: IdentityProvider, at: datetime) -> Description:
    """Return a provider's description. Raises OutOfReach, also for one that names another issuer than ours."""
    known = _known.get(provider.issuer)
    if known is None or not timedelta(0) <= at - known.read_at < KEPT_FOR:
        found = get(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != provider.issuer:
            raise OutOfReach("a description of another issuer")
        addresses = [str(found.get(name, "")) for name in ENDPOINTS]
        if not all(map(is_safe, addresses)):
            raise OutOfReach("a description with an address that is not https")
        asks, gives, keys = addresses
        known = _known[provider.issuer] = Description(asks, gives, keys, at)
    return known


def key_of(description: Description, kid: str, at: datetime) -> PyJWK | None:
    """Return the provider's public key of this name; None when it has none. Raises OutOfReach."""
    looked = description.keys_at
    if looked is None or (kid not in description.keys and not timedelta(0) <= at - looked < LOOK_AGAIN_AFTER):
        description.keys, description.keys_at = _keys(get(description.jwks_uri)), at
    return description.keys.get(kid)


def _keys(found: dict[str, Any]) -> dict[str, PyJWK]:
    try:
        every = PyJWKSet.from_dict(found).keys
    except PyJWTError:
        raise OutOfReach("keys that cannot be read") from None
    return {key.key_id: key for key in every if key.key_id and key.key_type in KINDS}


def forget() -> None:
    """Forget every description, for tests."""
    _known.clear()
