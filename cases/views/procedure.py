"""The procedure of one's partnership, for everybody who is signed in: what is laid down, by whom, and what is not."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.grants import holds
from accounts.models import Partnership
from accounts.permissions import Permission
from cases.deadlines import calendar_of, in_force
from cases.forms.what_if import WhatIfForm
from cases.models import LearningItem, ProcedureVersion
from cases.models.procedure import Adoption
from cases.presenters.procedure import procedure_page
from cases.presenters.what_if import what_if as presented
from cases.procedures.publishing import NothingAdopted, current_for
from cases.projecting import project
from cases.views.fetch import person
from cases.working_time import CalendarExhausted
from escalation.clock import now
from escalation.routes import policy


def partnership_of(request: HttpRequest) -> Partnership:
    """Return the partnership of the signed-in person: nothing outside it is ever shown."""
    return person(request).agency.partnership


def current(request: HttpRequest) -> ProcedureVersion | None:
    """Return the version cases are opened under today, or None while none is adopted; one query."""
    try:
        return current_for(partnership_of(request), timezone.localdate(now()))
    except NothingAdopted:
        return None


@policy("signed_in")
@require_safe
def procedure(request: HttpRequest) -> HttpResponse:
    """Show the procedure under which a case would be opened today."""
    version = current(request)
    if version is None:
        return render(request, "cases/procedure/none.html")
    return render(request, "cases/procedure/procedure.html", _shown(request, version) | {"in_use": True})


@policy("signed_in")
@require_safe
def procedure_version(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one version that the partnership follows, followed or will follow; administrators may read every one."""
    return render(request, "cases/procedure/procedure.html", _shown(request, readable(request, pk)))


def readable(request: HttpRequest, pk: int) -> ProcedureVersion:
    """Return a version that this person may read, without its text; 404 for any other.

    Everybody reads what their partnership has followed or will follow; administrators what it could follow besides.
    """
    partnership = partnership_of(request)
    found = ProcedureVersion.objects.filter(pk=pk)
    if not holds(person(request), Permission.ADMINISTER, partnership):
        found = found.filter(Exists(Adoption.objects.filter(partnership=partnership, version=OuterRef("pk"))))
    return get_object_or_404(found.defer("text"))


@policy("signed_in")
@require_safe
def what_if(request: HttpRequest) -> HttpResponse:
    """Show what would be due when, from whom, if a disagreement began at a time that the reader names (G16)."""
    version, at = current(request), now()
    if version is None:
        return render(request, "cases/procedure/none.html")
    partnership = partnership_of(request)
    laid_down = in_force(version, partnership)
    form = WhatIfForm(
        request.GET or None, procedure=laid_down, initial={"begins": at.replace(second=0, microsecond=0)}
    )
    shown: dict[str, Any] = {"form": form, "title": laid_down.title}
    if form.is_valid():
        begins, urgency, harm = (form.cleaned_data[name] for name in ("begins", "urgency", "harm"))
        try:
            ahead = project(laid_down, urgency, begins, calendar_of(partnership), harm)
        except CalendarExhausted as error:
            form.add_error("begins", str(error))
        else:
            shown |= presented(laid_down, ahead, urgency, at)
    return render(request, "cases/procedure/what_if.html", shown)


def _shown(request: HttpRequest, version: ProcedureVersion) -> dict[str, Any]:
    """Return what the page shows of a version: own limits of the partnership too, and what was learnt."""
    partnership = partnership_of(request)
    learnt = LearningItem.objects.shared_in(partnership).filter(procedure=version)
    return {"version": version, "learnt": learnt, **procedure_page(in_force(version, partnership))}
