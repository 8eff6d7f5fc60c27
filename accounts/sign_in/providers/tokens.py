"""What a provider says of a person, believed only when everything fits (bar E4)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from accounts.sign_in.models import IdentityProvider
from accounts.sign_in.providers.describing import description_of, key_of

#: Signatures with a key pair only; never "none", never a shared secret.
ALGORITHMS = {"RSA": ("RS256", "PS256"), "EC": ("ES256",)}
NEEDED = ["iss", "aud", "sub", "exp", "iat", "nonce"]
CLOCKS_DIFFER = timedelta(seconds=60)
OLDEST = timedelta(minutes=10)


class Denied(Exception):
    """A sign-in that is not believed. `why` is a short word for the record, never shown to a stranger."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Said:
    """What a provider said of a person, checked."""

    issuer: str
    subject: str
    email: str  # "" when it was not said; for comparing, never for finding somebody
    second_factor: bool


def read(token: str, provider: IdentityProvider, *, nonce: str, at: datetime) -> Said:
    """Return what a token says. Raises Denied with the reason; OutOfReach when the keys cannot be fetched."""
    claims = _verified(token, provider, at)
    if not hmac.compare_digest(str(claims["nonce"]), nonce):
        raise Denied("nonce")
    audience = claims["aud"]
    several = isinstance(audience, list) and len(audience) > 1
    if claims.get("azp", None if several else provider.client_id) != provider.client_id:
        raise Denied("azp")
    if at - datetime.fromtimestamp(claims["iat"], UTC) > OLDEST:
        raise Denied("old")
    if any(claims.get(name) != value for name, value in provider.claims.items()):
        raise Denied("claims")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise Denied("sub")
    email = str(claims.get("email") or "").lower()
    for address in filter(None, (email, str(claims.get("preferred_username") or "").lower())):
        if "@" in address and address.rsplit("@", 1)[1] not in provider.domains:
            raise Denied("domain")
    return Said(provider.issuer, subject, email, _second_factor(claims, provider))


def _verified(token: str, provider: IdentityProvider, at: datetime) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise Denied("unreadable") from None
    key = key_of(description_of(provider, at), str(header.get("kid", "")), at)
    if key is None:
        raise Denied("key")
    allowed = ALGORITHMS[str(key.key_type)]
    if header.get("alg") not in allowed:
        raise Denied("alg")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=allowed,
            audience=provider.client_id,
            issuer=provider.issuer,
            leeway=CLOCKS_DIFFER,
            options={"require": NEEDED},
        )
    except jwt.PyJWTError as error:
        raise Denied(type(error).__name__) from None
    return claims


def _second_factor(claims: dict[str, Any], provider: IdentityProvider) -> bool:
    """Return whether the provider says that it asked for a second factor in a way we agreed on (ASVS 6.8.4)."""
    said = claims.get("amr")
    return isinstance(said, list) and bool(set(map(str, said)) & set(provider.factor_values))
