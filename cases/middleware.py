"""No page of a case leaves without its look in the trail (ASVS 16.3.2; bar C2).

Every page comes to its case through `cases.views.fetch.get_case`, which leaves a mark on the request. Whatever shows
something of the case is recorded here, after it was made and before it is sent; when the trail cannot take it, nothing
is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from accounts.models import User
from cases.models import Case
from cases.record import harvesting, looks
from escalation.clock import now

Handler = Callable[[HttpRequest], HttpResponse]
_MARK = "_case_to_record"


def will_look(request: HttpRequest, case: Case, user: User) -> None:
    """Mark that this request reads a case for a person."""
    setattr(request, _MARK, (case, user))


def has_looked(request: HttpRequest) -> None:
    """Take the mark away: the view has recorded the look itself."""
    setattr(request, _MARK, None)


class WhoLooked:
    """Records the look at a case behind each answer that shows something of it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        marked = getattr(request, _MARK, None)
        if marked is None or not _shows_something(response):
            return response
        case, user = marked
        page = request.resolver_match.url_name if request.resolver_match else ""
        try:
            # Somebody who sends a form is never held back: their words would be lost.
            looks.note(case, user, page=page or "", at=now(), slow=request.method in ("GET", "HEAD"))
        except looks.LookNotRecorded:
            return unavailable()
        except looks.TooManyLooks:
            return held_back(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 503 when a view could not record its look, 429 when its person opens too many cases."""
        if isinstance(exception, looks.TooManyLooks):
            return held_back(request)
        return unavailable() if isinstance(exception, looks.LookNotRecorded) else None


def held_back(request: HttpRequest) -> HttpResponse:
    """Answer somebody who opened unusually many cases, and let their lead know; nobody is locked out (bar F8)."""
    harvesting.alarm(cast(User, request.user), at=now())
    has_looked(request)
    context = {"many": looks.MANY, "minutes": int(looks.WITHIN.total_seconds() // 60)}
    return render(request, "cases/held_back.html", context, status=429)


def unavailable() -> HttpResponse:
    """Return the page of a closed service; it asks the database nothing."""
    return HttpResponse(render_to_string("errors/503.html"), status=503)


def _shows_something(response: HttpResponse) -> bool:
    if 300 <= response.status_code < 400 or response.status_code in (403, 404) or response.status_code >= 500:
        return False
    return response.status_code != 204 and not response.headers.get("Content-Type", "").startswith(
        "application/json"
    )
