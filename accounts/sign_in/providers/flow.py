"""Out to a provider and back: a code with PKCE, state and nonce, all bound to this browser and used once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from accounts.sign_in.models import IdentityProvider
from accounts.sign_in.providers import tokens
from accounts.sign_in.providers.describing import description_of
from accounts.sign_in.providers.fetching import SaidNo, post
from accounts.sign_in.providers.tokens import Denied, Said

logger = logging.getLogger(__name__)
KEY = "provider_sign_in"
VALID_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Back:
    """Somebody came back from a provider: what it says, and why they were sent there."""

    provider: IdentityProvider
    said: Said
    purpose: dict[str, Any]


def secret_of(provider: IdentityProvider) -> str:
    """Return our secret at a provider, out of the environment; "" when there is none."""
    return settings.OIDC_SECRETS.get(provider.slug.upper().replace("-", "_"), "")


def for_email(email: str) -> IdentityProvider | None:
    """Return the provider of the domain of an email address. Asks for no account, so tells of none (bar A7)."""
    domain = email.rsplit("@", 1)[-1].lower()
    return IdentityProvider.objects.filter(is_active=True, domains__contains=[domain]).order_by("pk").first()


def send_to(
    request: HttpRequest, provider: IdentityProvider, *, purpose: dict[str, Any], hint: str = "", at: datetime
) -> str:
    """Return the provider's address to go to, and keep in the session what its answer must fit. Raises OutOfReach."""
    description = description_of(provider, at)
    verifier = secrets.token_urlsafe(48)
    kept = request.session[KEY] = {
        "provider": provider.slug,
        "state": secrets.token_urlsafe(32),
        "nonce": secrets.token_urlsafe(32),
        "verifier": verifier,
        "purpose": purpose,
        "at": at.isoformat(),
    }
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "scope": "openid email profile",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri(provider),
        "state": kept["state"],
        "nonce": kept["nonce"],
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    } | ({"login_hint": hint} if hint else {})
    mark = "&" if "?" in description.authorization_endpoint else "?"
    return f"{description.authorization_endpoint}{mark}{urlencode(asked)}"


def come_back(request: HttpRequest, slug: str, answer: QueryDict, *, at: datetime) -> Back:
    """Take a provider's answer. Raises Denied with the reason, OutOfReach when the provider is out of order.

    What was kept is forgotten first: whatever happens, the same answer is not taken twice.
    """
    kept = request.session.pop(KEY, None)
    if kept is None or kept["provider"] != slug:
        raise Denied("not_asked")
    if not timedelta(0) <= at - datetime.fromisoformat(kept["at"]) < VALID_FOR:
        raise Denied("too_late")
    if not hmac.compare_digest(answer.get("state", "").encode(), kept["state"].encode()):
        raise Denied("state")
    provider = IdentityProvider.objects.filter(slug=slug, is_active=True).first()
    if provider is None:
        raise Denied("provider")
    if answer.get("iss", provider.issuer) != provider.issuer:  # RFC 9207: two providers mixed up
        raise Denied("mixed_up")
    if "error" in answer or not answer.get("code"):
        raise Denied("refused_there")
    fields = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": redirect_uri(provider),
        "code_verifier": kept["verifier"],
    }
    endpoint = description_of(provider, at).token_endpoint
    try:
        given = post(endpoint, fields, provider.client_id, secret_of(provider))
    except SaidNo as error:
        # Our own secret may be wrong there, which only whoever runs the service can see and mend.
        logger.warning("Sign-in provider %s refused a code: %s", provider.slug, error)
        raise Denied(f"code_{error}") from None
    said = tokens.read(str(given.get("id_token", "")), provider, nonce=kept["nonce"], at=at)
    return Back(provider, said, kept["purpose"])


def redirect_uri(provider: IdentityProvider) -> str:
    """Return our address to which a provider sends people back: one for each, so that two cannot be mixed up."""
    return settings.BASE_URL.geturl().rstrip("/") + reverse("provider_back", args=[provider.slug])
