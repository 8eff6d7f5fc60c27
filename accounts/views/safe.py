"""Where a page may lead on to: an address of ours, never somebody else's."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def safe_address(request: HttpRequest, wanted: str) -> str:
    """Return the address that was asked for when it is one of ours, else home.

    A word without a place in it would be taken for the name of a view, and there may be none of it.
    """
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return (
        wanted
        if safe and wanted.startswith(("/", "http://", "https://"))
        else resolve_url(settings.LOGIN_REDIRECT_URL)
    )
