"""What the administrator's pages share: the right asked first, everything fetched within the partnership."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.grants import holds
from accounts.models import Cover, Membership, Partnership, User
from accounts.permissions import Permission
from accounts.refusals import Refused
from escalation.clock import now
from escalation.forms import EscalationForm
from escalation.routes import View, policy


def me(request: HttpRequest) -> User:
    """Return the signed-in person; the route's policy has seen to it that there is one."""
    return cast(User, request.user)


def partnership_of(request: HttpRequest) -> Partnership:
    """Return the partnership of the signed-in person: nothing outside it is ever fetched."""
    return me(request).agency.partnership


def today() -> date:
    """Return the local day."""
    return timezone.localdate(now())


def administrator(view: View) -> View:
    """Let administrators of the partnership through; 403 with a sentence for everybody else who is signed in."""

    @policy("administrator")
    @functools.wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not holds(me(request), Permission.ADMINISTER, partnership_of(request)):
            raise PermissionDenied("Only an administrator of your partnership looks after people and roles.")
        return view(request, *args, **kwargs)

    return checked


def get_person(request: HttpRequest, pk: int) -> User:
    """Return somebody of this partnership; 404 for anybody else."""
    people = User.objects.filter(agency__partnership=partnership_of(request))
    return get_object_or_404(people.select_related("agency__partnership"), pk=pk)


def get_membership(request: HttpRequest, pk: int) -> Membership:
    """Return a role held in this partnership; 404 for any other."""
    return get_object_or_404(
        Membership.objects.filter(partnership=partnership_of(request)).select_related(
            "user__agency__partnership", "partnership", "agency", "team__agency"
        ),
        pk=pk,
    )


def get_cover(request: HttpRequest, pk: int) -> Cover:
    """Return a deputy's days in this partnership; 404 for any other."""
    return get_object_or_404(
        Cover.objects.filter(membership__partnership=partnership_of(request)).select_related(
            "deputy",
            "membership__user",
            "membership__partnership",
            "membership__agency",
            "membership__team__agency",
        ),
        pk=pk,
    )


def sent(request: HttpRequest) -> QueryDict | None:
    """Return what a form sent; None when the page was only opened."""
    return request.POST if request.method == "POST" else None


def done(form: EscalationForm, act: Callable[[], Any]) -> bool:
    """Do what a checked form asks for; False, with the sentence on the form, when it is refused."""
    try:
        act()
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True
