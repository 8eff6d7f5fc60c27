"""A device that makes and uses passkeys: what a browser hands back, and as dishonest as a test wants."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

HERE, AT = "localhost", "http://localhost:8000"
PRESENT, VERIFIED, NEW = 1, 4, 0x40


def b64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


class SoftPasskey:
    """One key. `party` and `origin` are the service it believes to be at; `uses` is its counter."""

    def __init__(self, party: str = HERE, origin: str = AT) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.party, self.origin, self.uses = party, origin, 0

    def makes(self, options: str) -> str:
        """Return what a browser answers when it is asked for a new passkey."""
        public = ES256.from_cryptography_key(self.key.public_key())
        data = self._data(NEW, bytes(AttestedCredentialData.create(Aaguid(bytes(16)), self.id, public)))
        made = AttestationObject.create("none", AuthenticatorData(data), {})
        return self._answer(self._client(options, "webauthn.create"), attestationObject=bytes(made))

    def confirms(self, options: str) -> str:
        """Return what a browser answers when it is asked for this passkey; the counter goes on by one."""
        self.uses += 1
        said, data = self._client(options, "webauthn.get"), self._data()
        signed = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(said, authenticatorData=data, signature=signed)

    def _data(self, flags: int = 0, more: bytes = b"") -> bytes:
        party = hashlib.sha256(self.party.encode()).digest()
        return party + bytes([PRESENT | VERIFIED | flags]) + self.uses.to_bytes(4, "big") + more

    def _client(self, options: str, kind: str) -> bytes:
        challenge = json.loads(options)["challenge"]
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, said: bytes, **more: bytes) -> str:
        response: dict[str, Any] = {"clientDataJSON": b64(said)} | {k: b64(v) for k, v in more.items()}
        name = b64(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
