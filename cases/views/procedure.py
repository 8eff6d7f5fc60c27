"""The procedure of one's partnership, for everybody who is signed in: what is laid down, by whom, and what is not."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Partnership
from cases.deadlines import in_force
from cases.models import ProcedureVersion
from cases.models.procedure import Adoption
from cases.presenters.procedure import procedure_page
from cases.procedures.publishing import NothingAdopted, current_for
from cases.views.fetch import person
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
    """Show one version that the partnership follows, followed or will follow; 404 for any other."""
    mine = Adoption.objects.filter(partnership=partnership_of(request), version=pk).select_related("version")
    adoption = mine.defer("version__text").first()
    if adoption is None:
        raise Http404("no such version in this partnership")
    return render(request, "cases/procedure/procedure.html", _shown(request, adoption.version))


def _shown(request: HttpRequest, version: ProcedureVersion) -> dict[str, Any]:
    """Return what the page shows of a version, with the partnership's own limits."""
    return {"version": version, **procedure_page(in_force(version, partnership_of(request)))}
