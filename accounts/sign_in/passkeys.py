"""Passkeys (WebAuthn). The device signs a question of ours, and only for this service's own address."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.crypto import salted_hmac
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import User
from accounts.sign_in.models import Passkey

State = dict[str, Any]


def possible() -> bool:
    """Return whether passkeys can work here: browsers give none to a bare number such as 127.0.0.1."""
    try:
        ipaddress.ip_address(settings.BASE_URL.hostname or "")
    except ValueError:
        return True
    return False


def _server() -> Fido2Server:
    origin = f"{settings.BASE_URL.scheme}://{settings.BASE_URL.netloc}"
    party = PublicKeyCredentialRpEntity(id=settings.BASE_URL.hostname, name="Escalation")
    return Fido2Server(party, verify_origin=lambda given: given == origin)


def _known(keys: Sequence[Passkey]) -> list[AttestedCredentialData]:
    return [AttestedCredentialData(bytes(key.credential)) for key in keys]


def ask_to_make(person: User) -> tuple[str, State]:
    """Return what the browser is asked for a new passkey, as JSON, and what to keep until it answers."""
    handle = salted_hmac("accounts.sign_in.passkeys", str(person.pk), algorithm="sha256").digest()
    options, state = _server().register_begin(
        PublicKeyCredentialUserEntity(id=handle, name=person.email, display_name=person.full_name),
        credentials=_known(list(Passkey.objects.filter(user=person))),
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return json.dumps(dict(options)["publicKey"]), state


def made(answer: str, state: State | None) -> Passkey | None:
    """Return the new passkey of the browser's answer, not stored yet; None when the answer does not hold."""
    given = _json(answer)
    if given is None or state is None:
        return None
    try:
        data = _server().register_complete(state, given)
    except (ValueError, TypeError, KeyError, AttributeError):  # whatever a stranger can send
        return None
    found = data.credential_data
    if found is None:
        return None
    return Passkey(credential_id=found.credential_id, credential=bytes(found), uses=data.counter)


def ask_to_confirm(keys: Sequence[Passkey]) -> tuple[str, State]:
    """Return what the browser is asked for one of these passkeys, as JSON, and what to keep until it answers."""
    options, state = _server().authenticate_begin(
        _known(keys), user_verification=UserVerificationRequirement.PREFERRED
    )
    return json.dumps(dict(options)["publicKey"]), state


def take(person: User, answer: str, state: State | None, at: datetime) -> Passkey | None:
    """Take the browser's answer and return the passkey; None when it does not hold.

    A counter that does not go on means that somebody copied the key: refused. Devices without one always say nought.
    """
    given = _json(answer)
    keys = list(Passkey.objects.filter(user=person))
    if given is None or state is None or not keys:
        return None
    try:
        credential = _server().authenticate_complete(state, _known(keys), given)
        uses = AuthenticationResponse.from_dict(given).response.authenticator_data.counter
    except (ValueError, TypeError, KeyError, AttributeError):  # whatever a stranger can send
        return None
    key = next(k for k in keys if bytes(k.credential_id) == credential.credential_id)
    goes_on = Q(uses__lt=uses) if uses else Q(uses=0)
    noted = Passkey.objects.filter(goes_on, pk=key.pk).update(uses=uses, used_at=at)
    return key if noted else None


def _json(answer: str) -> dict[str, Any] | None:
    try:
        given = json.loads(answer)
    except ValueError:
        return None
    return given if isinstance(given, dict) else None
