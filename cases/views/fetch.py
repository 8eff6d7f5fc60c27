"""How every page comes to its case: through what the person may see, or not at all."""

from __future__ import annotations

from typing import cast

from django.db.models import Exists
from django.http import Http404, HttpRequest

from accounts.models import User
from cases.models import Case


def person(request: HttpRequest) -> User:
    """Return the signed-in person; the middleware has seen to it that there is one."""
    return cast(User, request.user)


def get_case(request: HttpRequest, reference: str, **also: Exists) -> Case:
    """Return the case of this reference with what every page needs; one query. `also` are facts to come with it.

    Raises Http404, in the same words, for an unknown reference and for a case that is not this person's to see:
    nobody learns from the answer whether a case exists.
    """
    typed = reference.upper().replace("\x00", "")  # PostgreSQL has no NUL in text
    found: Case | None = (
        Case.objects.visible_to(person(request)).whole().filter(reference=typed).annotate(**also).first()
    )
    if found is None:
        raise Http404("no such case")
    return found
