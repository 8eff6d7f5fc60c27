"""The administrator's pages about what waits for a second administrator."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import actions
from accounts.actions.requests import STANDS_FOR, waiting
from accounts.models import RoleRequest
from accounts.people import administrators
from accounts.presenters import days_words, place_words
from accounts.refusals import Refused
from accounts.roles import ROLES, Role
from accounts.stepping_up import steps_up
from accounts.views.corrections import email_rows
from accounts.views.office import administrator, me, partnership_of, today
from accounts.views.resets import reset_rows
from accounts.views.staff_lists import list_rows
from escalation.clock import now
from escalation.templatetags.words import ago, plain_day


@administrator
@require_safe
def role_requests(request: HttpRequest) -> HttpResponse:
    """Roles that one administrator asked for and another may confirm."""
    context = {
        "rows": request_rows(request),
        "lists": list_rows(request),
        "resets": reset_rows(request),
        "emails": email_rows(request),
        "alone": administrators(partnership_of(request), today()).count() < 2,
    }
    return render(request, "accounts/role_requests.html", context)


@administrator
@steps_up
@require_POST
def confirm_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm a role that another administrator asked for."""
    found = _get(request, pk)
    try:
        actions.confirm_role(request=found, by=me(request), at=now())
        messages.success(request, f"{found.person} now has the role of {Role(found.role).label}.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("role_requests")


@administrator
@require_POST
def decline_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Decline a request, or take one's own back."""
    found = _get(request, pk)
    try:
        actions.decline_role(request=found, by=me(request), at=now())
        messages.success(request, f"The request for {found.person} is closed. No role was given.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("role_requests")


def request_rows(request: HttpRequest, **which: Any) -> list[dict[str, Any]]:
    """Return a dict for each request that waits in this partnership, oldest first."""
    at, day, person = now(), today(), me(request)
    found = waiting(partnership_of(request), at).filter(**which)
    return [
        {
            "id": r.pk,
            "person": r.person.full_name,
            "person_id": r.person_id,
            "role": Role(r.role).label,
            "sentence": ROLES[Role(r.role)].sentence,
            "place": place_words(r),
            "days": days_words(r, day),
            "asked_by": r.asked_by.full_name,
            "ago": ago(r.asked_at, at),
            "until": plain_day(r.asked_at + STANDS_FOR),
            "mine": r.asked_by_id == person.pk,
            "about_me": r.person_id == person.pk,
        }
        for r in found.select_related("person", "agency", "team__agency", "partnership", "asked_by")
    ]


def _get(request: HttpRequest, pk: int) -> RoleRequest:
    """Return a request of this partnership; 404 for any other."""
    here = RoleRequest.objects.filter(partnership=partnership_of(request))
    return get_object_or_404(here.select_related("person", "partnership", "asked_by"), pk=pk)
