"""A provider on this machine: real keys, a real JWKS over HTTP, and as dishonest as a test wants it."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from escalation.clock import now

CLIENT, SECRET = "escalation-test", "a secret between the two"
OURS = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FOREIGN = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


class LocalProvider:
    """Speaks OpenID Connect on a free port. `claims`, `sign` and `describes` are what a test bends."""

    def __init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.codes: dict[str, dict[str, str]] = {}
        self.claims: dict[str, Any] = {}
        self.dropped: set[str] = set()
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.describes: dict[str, Any] = {}
        self.more_keys: list[dict[str, Any]] = []
        self.keys: dict[str, Any] | None = None
        self.refused: list[str] = []
        #: What the token endpoint answers in place of a token: status and body.
        self.answers: tuple[int, dict[str, Any]] | None = None
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def signed(self, claims: dict[str, Any], key: Any = OURS, alg: str = "RS256", kid: str = "one") -> str:
        return jwt.encode(claims, key, algorithm=alg, headers={"kid": kid})

    def says_yes(self, address: str, subject: str = "nadia-at-nhs") -> dict[str, str]:
        """Let somebody in who was sent to this address, and return what their browser brings back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}-{subject}"
        self.codes[code] = asked | {"sub": subject}
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def _token(self, form: dict[str, str], login: str) -> tuple[int, dict[str, Any]]:
        if self.answers is not None:
            return self.answers
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "%20").encode()).decode()
        fits = (challenge, form["redirect_uri"], login) == (
            asked["code_challenge"],
            asked["redirect_uri"],
            f"Basic {expected}",
        )
        if not fits:
            self.refused.append(form["code"])
            return 401, {"error": "invalid_client"}
        at = int(now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": asked["sub"],
            "nonce": asked["nonce"],
            "iat": at,
            "exp": at + 300,
        }
        claims = {k: v for k, v in (claims | self.claims).items() if k not in self.dropped}
        return 200, {"id_token": self.sign(claims), "access_token": "none of ours", "token_type": "Bearer"}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: Any) -> None:
                return

            def answer(self, body: dict[str, Any], status: int = 200) -> None:
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_GET(self) -> None:
                base = provider.issuer
                if self.path.endswith("/.well-known/openid-configuration"):
                    found = {
                        "issuer": base,
                        "authorization_endpoint": f"{base}/authorize",
                        "token_endpoint": f"{base}/token",
                        "jwks_uri": f"{base}/keys",
                    }
                    return self.answer(found | provider.describes)
                key = json.loads(RSAAlgorithm.to_jwk(OURS.public_key())) | {"kid": "one", "use": "sig"}
                return self.answer(provider.keys or {"keys": [key, *provider.more_keys]})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                status, found = provider._token(form, self.headers.get("Authorization", ""))
                self.answer(found, status)

        return Handler
