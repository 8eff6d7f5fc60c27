"""What is fetched from a provider: its own description, its keys, and a person's token. Small, soon, over https."""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

SECONDS = 5
LARGEST = 256_000


#: How a provider says no to what somebody brought: a code that is wrong, used or too old, or us who bring it (RFC 6749,
#: 5.2; some answer 403). Any other answer but a good one says that the provider is out of order.
REFUSALS = frozenset({400, 401, 403})
WHY_REFUSED = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    }
)


class OutOfReach(Exception):
    """A provider did not answer as it should; the text says what, and holds nothing secret."""


class SaidNo(Exception):
    """A provider works, and refuses what was brought to it. The text is one of WHY_REFUSED, or "other"."""


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def get(address: str) -> dict[str, Any]:
    """Return a JSON object from an address. Raises OutOfReach."""
    return _fetch(Request(_checked(address), headers={"Accept": "application/json"}))  # noqa: S310 (checked: https)


def post(address: str, fields: Mapping[str, str], client_id: str, secret: str) -> dict[str, Any]:
    """Send a form as this client, and return the JSON object of the answer. Raises SaidNo, OutOfReach."""
    login = base64.b64encode(f"{quote(client_id, safe='')}:{quote(secret, safe='')}".encode()).decode()
    headers = {"Accept": "application/json", "Authorization": f"Basic {login}"}
    return _fetch(Request(_checked(address), data=urlencode(fields).encode(), headers=headers))  # noqa: S310 (checked)


def is_safe(address: str) -> bool:
    """Return whether an address is https, or this very machine's (a provider in tests and on a desk)."""
    parts = urlsplit(address)
    if parts.scheme == "https" and parts.hostname:
        return True
    return parts.scheme == "http" and _is_here(parts.hostname or "")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked(address: str) -> str:
    if not is_safe(address):
        raise OutOfReach("an address that is not https")
    return address


def _fetch(request: Request) -> dict[str, Any]:
    opener: OpenerDirector = build_opener(_NoRedirects)
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            body = answer.read(LARGEST + 1)
    except HTTPError as error:
        if request.data is not None and error.code in REFUSALS:
            raise SaidNo(_why_refused(error)) from None
        raise OutOfReach(f"status {error.code}") from None
    except (URLError, OSError, ValueError) as error:
        raise OutOfReach(type(error).__name__) from None
    if len(body) > LARGEST:
        raise OutOfReach("too long an answer")
    try:
        found = json.loads(body)
    except ValueError:
        raise OutOfReach("an answer that is not JSON") from None
    if not isinstance(found, dict):
        raise OutOfReach("an answer that is no object")
    return found


def _why_refused(answer: HTTPError) -> str:
    """Return the provider's own short word for a refusal; words that we do not know are not repeated."""
    try:
        found = json.loads(answer.read(LARGEST))
    except (OSError, ValueError):
        return "other"
    why = found.get("error") if isinstance(found, dict) else None
    return why if isinstance(why, str) and why in WHY_REFUSED else "other"
