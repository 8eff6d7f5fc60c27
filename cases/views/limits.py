"""The administrator's pages of limits that the guide leaves open (X3)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.refusals import Refused
from accounts.views.office import administrator, me, partnership_of, sent
from cases import limiting
from cases.deadlines import in_force
from cases.forms.limits import LimitForm
from cases.limiting import OpenLimit
from cases.models import ProcedureVersion
from cases.models.procedure import LocalSetting
from cases.presenters.limits import history_table, limit_tables, moves_table, said
from cases.procedures.local import LocalLimitError
from cases.views.procedure import current
from escalation.clock import now


@administrator
@require_safe
def local_limits(request: HttpRequest) -> HttpResponse:
    """Every limit that the partnership may set for itself, with who set it and why; and all that was ever set."""
    version, partnership = current(request), partnership_of(request)
    if version is None:
        return render(request, "cases/procedure/none.html")
    procedure = in_force(version, partnership)
    was_set = LocalSetting.objects.filter(partnership=partnership, procedure_key=version.key)
    context = {
        "title": procedure.title,
        "tables": limit_tables(procedure, limiting.limits_to_set(version, partnership)),
        "history": history_table(
            procedure, was_set.select_related("set_by", "note").order_by("-at", "-id")[:200]
        ),
    }
    return render(request, "cases/procedure/limits.html", context)


@administrator
@require_http_methods(["GET", "POST"])
def local_limit(request: HttpRequest, path: str) -> HttpResponse:
    """Set one limit in two steps: say how long and why, then read which open dates would move and confirm it."""
    version, limit = _limit(request, path)
    form = LimitForm(
        sent(request),
        danger="immediate" in path.split("."),
        initial={"amount": limit.now.amount, "unit": limit.now.unit},
    )
    context: dict[str, Any] = {"form": form, "limit": limit, "told": limit.told}
    if not form.is_valid():
        return render(request, "cases/procedure/limit.html", context)
    answers = {name: form.cleaned_data[name] for name in ("amount", "unit", "reason")}
    step = _set if form.cleaned_data["confirmed"] else _ask
    try:
        return step(request, version, path, answers, context)
    except (Refused, LocalLimitError) as refusal:
        form.add_error(None, str(refusal))
    return render(request, "cases/procedure/limit.html", context)


def _ask(
    request: HttpRequest,
    version: ProcedureVersion,
    path: str,
    answers: dict[str, Any],
    context: dict[str, Any],
) -> HttpResponse:
    """Show what the change would do, and ask for it to be confirmed; nothing is written."""
    partnership, at = partnership_of(request), now()
    amount, unit = answers["amount"], answers["unit"]
    wanted = limiting.check(version, partnership, path, amount, unit)
    rehearsal = limiting.rehearse(partnership, version.definition, path, amount, unit, by=me(request), at=at)
    context |= {
        "becomes": said(amount, unit),
        "reason": answers["reason"],
        "confirm": LimitForm.to_confirm(answers),
        "moves": moves_table(rehearsal, at),
        "cautions": limiting.cautions(version, partnership, path, wanted, at),
    }
    return render(request, "cases/procedure/limit_confirm.html", context)


def _set(
    request: HttpRequest,
    version: ProcedureVersion,
    path: str,
    answers: dict[str, Any],
    context: dict[str, Any],
) -> HttpResponse:
    """Set the limit and go back to the list."""
    limiting.change_limit(partnership_of(request), version, path, by=me(request), at=now(), **answers)
    messages.success(
        request,
        "The limit is set. Open dates are worked out again within a minute or so, and people are told.",
    )
    return redirect("local_limits")


def _limit(request: HttpRequest, path: str) -> tuple[ProcedureVersion, OpenLimit]:
    """Return the version followed today and one of its limits; 404 for one that may not be set or is none."""
    version = current(request)
    found = limiting.limits_to_set(version, partnership_of(request)) if version is not None else []
    limit = next((each for each in found if each.path == path), None)
    if version is None or limit is None:
        raise Http404("no such limit to set")
    return version, limit
