"""No page of a case leaves without its look in the trail (ASVS 16.3.2; bar C2).

Every page comes to its case through `cases.views.fetch.get_case`, which leaves a mark on the request. Whatever shows
something of the case is recorded here, after it was made and before it is sent; when the trail cannot take it, nothing
is sent.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from accounts.models import User
from cases.models import Case
from cases.record import looks
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
            looks.note(case, user, page=page or "", at=now())
        except looks.LookNotRecorded:
            return unavailable()
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 503 when a view could not record its look."""
        return unavailable() if isinstance(exception, looks.LookNotRecorded) else None


def unavailable() -> HttpResponse:
    """Return the page of a closed service; it asks the database nothing."""
    return HttpResponse(render_to_string("errors/503.html"), status=503)


def _shows_something(response: HttpResponse) -> bool:
    if 300 <= response.status_code < 400 or response.status_code in (403, 404) or response.status_code >= 500:
        return False
    return response.status_code != 204 and not response.headers.get("Content-Type", "").startswith(
        "application/json"
    )
