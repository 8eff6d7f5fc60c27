"""Which procedure the partnership follows: what a new version changes, and adopting it from a day (G32)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.refusals import Refused
from accounts.views.office import administrator, me, partnership_of, sent, today
from cases.adopting import adopt_version, cautions, open_cases, periods
from cases.deadlines import in_force
from cases.forms.adoption import AdoptForm, ChooseForm
from cases.models import ProcedureVersion
from cases.models.procedure import Adoption
from cases.presenters.adoption import differences, period_rows, version_rows
from cases.procedures.comparing import compare
from cases.views.procedure import current, readable
from escalation.clock import now
from escalation.routes import policy


@administrator
@require_safe
def procedure_office(request: HttpRequest) -> HttpResponse:
    """What is followed, was followed and will be, and every published version that could be."""
    followed = periods(partnership_of(request))
    published = ProcedureVersion.objects.defer("text").order_by("key", "-published_at", "-id")
    context = {
        "periods": period_rows(followed, today()),
        "versions": version_rows(published, current(request)),
        "followed": bool(followed),
    }
    return render(request, "cases/procedure/office.html", context)


@administrator
@require_http_methods(["GET", "POST"])
def adopt_procedure(request: HttpRequest, pk: int) -> HttpResponse:
    """Adopt a version from a day, in two steps: say from when and why, then read what it means and confirm it."""
    version = get_object_or_404(ProcedureVersion.objects.defer("text"), pk=pk)
    partnership = partnership_of(request)
    form = AdoptForm(sent(request))
    context: dict[str, Any] = {"form": form, "version": version, "now_used": current(request)}
    if form.is_valid():
        answers = {name: form.cleaned_data[name] for name in ("from_date", "reason")}
        if not form.cleaned_data["confirmed"]:
            context |= answers | {
                "confirm": AdoptForm.to_confirm(answers),
                "cautions": cautions(partnership, version, answers["from_date"]),
                "open_cases": open_cases(partnership),
            }
            return render(request, "cases/procedure/adopt_confirm.html", context)
        try:
            adopt_version(partnership, version, by=me(request), at=now(), **answers)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Your partnership follows {version} from the day you named.")
            return redirect("procedure_office")
    return render(request, "cases/procedure/adopt.html", context)


@policy("signed_in")
@require_safe
def compare_procedures(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a version changes, beside the one followed today or another that the reader chooses."""
    version, partnership = readable(request, pk), partnership_of(request)
    others = _others(request, version)
    form = ChooseForm(request.GET or None, versions=others)
    chosen = form.cleaned_data["with"] if form.is_valid() else None
    if chosen is None:
        chosen = _usual(request, version, others)
    context: dict[str, Any] = {"version": version, "other": chosen, "form": form if others else None}
    if chosen is not None:
        old, new = (in_force(each, partnership) for each in (chosen, version))
        context |= {"parts": differences(compare(old, new))}
    return render(request, "cases/procedure/compare.html", context)


def _others(request: HttpRequest, version: ProcedureVersion) -> list[ProcedureVersion]:
    """Return what the version may be compared with: what the partnership has followed or will follow."""
    mine = Adoption.objects.filter(partnership=partnership_of(request)).values("version")
    found = ProcedureVersion.objects.filter(pk__in=mine).exclude(pk=version.pk).defer("text")
    return list(found.order_by("-published_at", "-id"))


def _usual(
    request: HttpRequest, version: ProcedureVersion, others: list[ProcedureVersion]
) -> ProcedureVersion | None:
    """Return what a version is compared with when nothing is chosen: today's, or the one before it."""
    used = current(request)
    if used is not None and used.pk != version.pk:
        return used
    before = [period.adoption.version for period in periods(partnership_of(request))]
    return next((each for each in before if each.pk != version.pk), next(iter(others), None))
