"""The page of how Re-think is used, for those who read reports (PO07)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.grants import holds
from accounts.permissions import Permission
from cases.furniture import procedure_of
from cases.reports import reflection
from cases.reports.base import Period
from cases.views.fetch import person
from escalation.clock import now
from escalation.routes import policy


@policy("report_reader")
@require_safe
def rethink_use(request: HttpRequest) -> HttpResponse:
    """Show how Re-think was used in the last twelve months, as counts."""
    me = person(request)
    partnership = me.agency.partnership
    if not holds(me, Permission.VIEW_REPORTS, partnership):
        raise PermissionDenied("The audit reports are for the committee's officers and auditors.")
    period, procedure = Period.year_to(timezone.localdate(now())), procedure_of(partnership)
    laid = procedure.rethink if procedure else None
    context = {
        "label": laid.label if laid else "Re-think",
        "first": period.first,
        "last": period.last,
        "tables": reflection.tables(reflection.use_of(partnership, period), laid),
    }
    return render(request, "cases/rethink/use.html", context)
