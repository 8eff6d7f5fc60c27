"""What every page is given: who is signed in, where they can go, whom to ring when a child is in danger now (G06).

`escalation` imports no other app. It asks the functions named in `settings.PAGE_FURNITURE`.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from escalation.clock import now

# Shown until a partnership's own numbers are known: they are right everywhere in the United Kingdom.
EMERGENCY = [
    {"label": "Call", "number": "999"},
    {"label": "Police, not an emergency", "number": "101"},
]


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the context that base.html reads; functions in PAGE_FURNITURE add to it or replace parts of it.

    Kept on the request, so that a page of several templates asks once.
    """
    kept: dict[str, Any] | None = getattr(request, "_page_furniture", None)
    if kept is None:
        kept = {
            "now": now(),
            "demo_mode": settings.DEMO_MODE,
            "emergency_contacts": EMERGENCY,
            "nav": [],
            "signed_in": None,
            "footer_links": [],
        }
        for path in getattr(settings, "PAGE_FURNITURE", ()):
            kept |= import_string(path)(request)
        request._page_furniture = kept  # type: ignore[attr-defined]
    return kept
