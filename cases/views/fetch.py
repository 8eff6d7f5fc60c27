"""How every page comes to its case: through what the person may see, or not at all."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.http import Http404, HttpRequest

from accounts.models import User
from cases import glass
from cases.actions.door import locked_case
from cases.at_hand import case_at_hand
from cases.middleware import will_look
from cases.models import Case
from escalation.clock import now


def person(request: HttpRequest) -> User:
    """Return the signed-in person; the middleware has seen to it that there is one."""
    return cast(User, request.user)


def case_or_emergency(request: HttpRequest, reference: str) -> tuple[Case, datetime | None]:
    """Return a case to read: the person's own, or one they opened in an emergency, with until when that lasts.

    Only the page that shows a case asks for this; it changes nothing. Raises Http404 for everybody else.
    """
    try:
        return get_case(request, reference), None
    except Http404:
        opened = glass.case_for(person(request), reference.upper().replace("\x00", ""), now())
        if opened is None:
            raise
        return opened[0], opened[1].until


def get_case(request: HttpRequest, reference: str, *, lock: bool = False, draft_of: str = "") -> Case:
    """Return the case of this reference for a page, or locked; one query; `draft_of` as in `case_at_hand`.

    Raises Http404, in the same words, for an unknown reference and for a case that is not this person's to see:
    nobody learns from the answer whether a case exists.
    """
    typed = reference.upper().replace("\x00", "")  # PostgreSQL has no NUL in text
    user = person(request)
    if lock:
        found = locked_case(user, draft_of, reference=typed)
    else:
        found = case_at_hand(user, draft_of=draft_of, reference=typed)
    if found is None:
        raise Http404("no such case")
    will_look(request, found, user)
    return found.know_surroundings(user.agency.partnership)
