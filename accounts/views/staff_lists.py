"""The administrator's pages for an agency's staff list: checked first, taken in by a second administrator."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions, staff_lists
from accounts.actions.requests import STANDS_FOR
from accounts.forms import StaffListForm
from accounts.models import Agency, Asked, StaffList
from accounts.refusals import Refused
from accounts.roles import Role
from accounts.staff_lists import Checked, Row, Unreadable
from accounts.stepping_up import steps_up
from accounts.views.office import administrator, me, partnership_of, today
from escalation.clock import now
from escalation.templatetags.words import ago, count

#: So many mistakes, and so many rows of a list that has none, stand on the page.
SHOWN = 50


@administrator
@require_http_methods(["GET", "POST"])
def staff_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a staff list, say row by row what is wrong, show what it would do, and ask for a second administrator."""
    here = Agency.objects.filter(partnership=partnership_of(request)).select_related("partnership")
    agency = get_object_or_404(here, pk=pk)
    context: dict[str, Any] = {"agency": agency, "roles": [r.label for r in Role if r not in _WIDE]}
    if request.method != "POST":
        return render(request, "accounts/staff_list.html", context | {"form": StaffListForm()})
    form = StaffListForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "accounts/staff_list.html", context | {"form": form})
    text = form.cleaned_data["text"]
    try:
        rows, mistakes = staff_lists.parse(text)
        checked = staff_lists.check(rows, agency, today(), mistakes)
        if "ask" in request.POST:
            actions.propose_staff_list(agency=agency, text=text, by=me(request), at=now())
            messages.success(request, f"The list for {agency.name} now waits for a second administrator.")
            return redirect("role_requests")
    except (Unreadable, Refused) as problem:
        form.add_error("text", str(problem))
        return render(request, "accounts/staff_list.html", context | {"form": form})
    if checked.mistakes:
        form.add_error(
            "text", f"{count(len(checked.mistakes), 'line needs,lines need')} to be mended".capitalize()
        )
        form = form.with_text(text)
    return render(request, "accounts/staff_list.html", context | {"form": form, **_dry_run(checked, text)})


_WIDE = (
    Role.CSWO,
    Role.CPC_OFFICER,
    Role.RETHINK_FACILITATOR,
    Role.INDEPENDENT_CHAIR,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
)


def _dry_run(checked: Checked, text: str) -> dict[str, Any]:
    """Return what the page shows of a list that was read."""
    if checked.mistakes:
        wrong = checked.mistakes
        table = {
            "caption": f"What to mend, the first {SHOWN}" if len(wrong) > SHOWN else "What to mend",
            "columns": [{"label": "Line"}, {"label": "What is wrong"}],
            "rows": [[str(m.line), m.words] for m in wrong[:SHOWN]],
        }
        return {"mistakes": table}
    return {
        "does": _does(checked),
        "nothing": checked.empty,
        "preview": _people(checked.rows),
        "text": text,
    }


def _does(checked: Checked) -> list[str]:
    words = [
        f"{count(checked.new_people, 'person is,people are')} added",
        f"{count(checked.new_roles, 'role is,roles are')} given",
    ]
    if checked.new_teams:
        words.append(f"new teams: {', '.join(checked.new_teams)}")
    if checked.held_already:
        words.append(
            f"{count(checked.held_already, 'row changes,rows change')} nothing: the role is held already"
        )
    return words


def _people(rows: list[Row]) -> dict[str, Any]:
    return {
        "caption": f"The first {SHOWN} of {len(rows):,} rows" if len(rows) > SHOWN else "The rows",
        "columns": [{"label": "Name"}, {"label": "Email"}, {"label": "Job"}, {"label": "Role"}],
        "rows": [
            [
                row.name,
                row.email,
                row.job or None,
                {"text": Role(row.role).label, "small": row.team or None},
            ]
            for row in rows[:SHOWN]
        ],
    }


@administrator
@require_safe
def staff_list_waits(request: HttpRequest, pk: int) -> HttpResponse:
    """A staff list that waits for a second administrator, with all its rows."""
    found = _get(request, pk)
    rows = staff_lists.restored(found.rows)
    table = _people(rows) | {"caption": count(len(rows), "row,rows").capitalize()}
    table["rows"] = [
        [r.name, r.email, r.job or None, {"text": Role(r.role).label, "small": r.team or None}] for r in rows
    ]
    context = {
        "list": found,
        "table": table if rows else None,
        "mine": found.asked_by_id == me(request).pk,
        "waits": found.decision == Asked.Decision.WAITING,
    }
    return render(request, "accounts/staff_list_waits.html", context)


@administrator
@steps_up
@require_POST
def confirm_staff_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a staff list in that another administrator sent."""
    found = _get(request, pk)
    try:
        done = actions.confirm_staff_list(waits=found, by=me(request), at=now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("staff_list_waits", found.pk)
    messages.success(request, f"{found.agency.name}: {'; '.join(_does(done))}.")
    return redirect("agency", found.agency_id)


@administrator
@require_POST
def decline_staff_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Decline a staff list, or take one's own back."""
    found = _get(request, pk)
    try:
        actions.decline_staff_list(waits=found, by=me(request), at=now())
        messages.success(request, "The list is closed and its rows are not kept. Nobody was added.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("role_requests")


def list_rows(request: HttpRequest) -> list[dict[str, Any]]:
    """Return a dict for each staff list that waits in this partnership, oldest first."""
    at, person = now(), me(request)
    found = StaffList.objects.filter(
        agency__partnership=partnership_of(request),
        decision=Asked.Decision.WAITING,
        asked_at__gt=at - STANDS_FOR,
    ).select_related("agency", "asked_by")
    return [
        {
            "url": reverse("staff_list_waits", args=[s.pk]),
            "agency": s.agency.name,
            "words": f"{count(s.people, 'new person,new people')}, {count(s.roles, 'role,roles')}",
            "asked_by": s.asked_by.full_name,
            "ago": ago(s.asked_at, at),
            "mine": s.asked_by_id == person.pk,
        }
        for s in found.defer("rows").order_by("asked_at", "pk")
    ]


def _get(request: HttpRequest, pk: int) -> StaffList:
    """Return a list of this partnership; 404 for any other."""
    here = StaffList.objects.filter(agency__partnership=partnership_of(request))
    return get_object_or_404(here.select_related("agency__partnership", "asked_by"), pk=pk)
