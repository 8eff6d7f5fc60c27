"""The page of one case, and the page that says how one of its dates was reached."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cases.middleware import has_looked
from cases.models import Deadline
from cases.presenters import below
from cases.presenters.beside import beside
from cases.presenters.climb import ladder
from cases.presenters.dates import due_page
from cases.presenters.horizon import horizon
from cases.presenters.panel import Offered, action, panel
from cases.presenters.sides import earlier_positions, missing_facts, positions
from cases.presenters.timeline_filter import narrowed_timeline
from cases.reading import Record
from cases.views.fetch import case_or_emergency, get_case, person
from escalation.clock import now
from escalation.routes import policy


@policy("case_participant")
@require_safe
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a case to somebody who takes part in it, and note that they looked."""
    found, until = case_or_emergency(request, reference)
    record = Record.load(found, person(request), now())
    missing = below.still_missing(record)
    offered = Offered.to(record, missing)
    steps = tuple(s for s in (offered.main, *offered.further) if s is not None)
    shown: dict[str, Any] = {
        "reference": found.reference,
        "panel": panel(record, offered),
        "further": [action(record, step, "quiet") for step in offered.further],
        "quiet": [action(record, step, "quiet") for step in offered.quiet],
        "ladder": ladder(record),
        "procedure_id": found.procedure_id,
        "missing": missing,
        "beside": beside(record),
        "decided": below.decided(record),
        "positions": positions(record, steps),
        "missing_facts": missing_facts(record),
        "earlier_positions": earlier_positions(record),
        "concern": below.concern(record),
        "due": below.due_table(record),
        "actions": below.action_table(record) if record.actions else None,
        "check_backs": below.check_back_table(record) if record.check_backs else None,
        "people": below.people_table(record),
        "paramount": found.definition.words.paramount,
        "emergency_until": until,
        "horizon": horizon(record),
        **narrowed_timeline(record, request.GET, reverse("case", args=[found.reference])),
    }
    if shown["narrowed"]:  # an earlier position may not be among what is shown
        shown["earlier_positions"] = [
            {**link, "url": f"{request.path}{link['url']}"} for link in earlier_positions(record)
        ]
    record.note_look()
    has_looked(request)
    return render(request, "cases/case.html", shown)


@policy("case_participant")
@require_safe
def case_due(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Show how the date of one duty was reached, day by day, and who laid the limit down (X3)."""
    found = get_case(request, reference)
    duties = list(
        Deadline.objects.filter(case=found).select_related("person", "first_person", "stage").defer("plan")
    )
    duty = next((d for d in duties if d.pk == pk), None)
    if duty is None:
        raise Http404("no such date in this case")
    duty.case = found
    return render(
        request, "cases/due.html", {"reference": found.reference, **due_page(duty, found, duties, now())}
    )
