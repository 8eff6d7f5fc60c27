"""Every refusal leaves an event: who asked for which page, and that it was not theirs (bars A2, C1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from escalation.clock import now
from escalation.routes import OPEN
from escalation.trail.models import REGISTRY
from escalation.trail.writing import Actor, append

DENIED = (403, 404)
VERB = "access_denied"
#: What a reference looks like. Anything else that was typed may be personal, and events are never erased.
REFERENCE = re.compile(r"[2-9A-Z]{3}-[2-9A-Z]{4}")


class Denials:
    """Records in the registry that somebody signed in was refused a page; the same for what is hidden and what is not.

    An unknown reference and one that is not the person's look alike here too: nobody learns from the time it takes
    whether a case exists (bar A7). A refusal that cannot be recorded is an error, like any other failing write.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        closed = match is not None and getattr(match.func, "policy", OPEN[0]) not in OPEN
        if closed and response.status_code in DENIED and request.user.is_authenticated:
            self._record(request, response.status_code)
        return response

    def _record(self, request: HttpRequest, status: int) -> None:
        match, person = request.resolver_match, request.user
        assert match is not None
        facts: dict[str, Any] = {"route": match.url_name, "method": request.method, "status": status}
        typed = str(match.kwargs.get("reference", "")).upper()
        if REFERENCE.fullmatch(typed):
            facts["reference"] = typed
        actor = Actor(person.pk, "person", getattr(person, "agency_id", None))
        append(REGISTRY, VERB, actor=actor, object_ref=f"route:{match.url_name}", facts=facts, at=now())
