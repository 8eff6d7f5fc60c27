"""From where a request comes, as far as it can be known."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address of the browser: what the outermost proxy of ours saw.

    Each proxy adds to the end of X-Forwarded-For whom it heard. So with PROXIES of our own, that many from the end is
    the one to believe; whatever a browser wrote before it counts for nothing (bar E3). Without proxies, or with a
    header that is too short or holds something else, it is whoever is connected.
    """
    connected = str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    if not settings.PROXIES or len(hops) < settings.PROXIES:
        return connected
    try:
        return str(ipaddress.ip_address(hops[-settings.PROXIES]))
    except ValueError:
        return connected
