"""Legal holds: what nothing may be removed of until a court, an inquiry or a review is done with it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import Partnership
from cases.finding.searching import reference_in
from cases.models import LegalHold
from cases.record import forgetting
from cases.refusals import Refusal
from cases.views.fetch import person
from cases.views.keeping import keeper
from escalation.clock import now
from escalation.forms import EscalationForm, LongTextField
from escalation.routes import policy
from escalation.templatetags.words import moment


class HoldForm(EscalationForm):
    """What is held, and who asks for it."""

    reference = forms.CharField(label="Reference of the case, the Re-think or the concern", max_length=20)
    authority = LongTextField(
        label="Which court, inquiry or review asks for the hold?",
        help_text="Name it, with its date. Say nothing of what the record says.",
        max_length=1000,
    )


class LiftForm(EscalationForm):
    """Why a hold ends."""

    why = LongTextField(label="Why may the hold end?", max_length=1000)


def _lasting(partnership: Partnership) -> Any:
    here = (
        Q(case__partnership=partnership)
        | Q(rethink__partnership=partnership)
        | Q(concern__partnership=partnership)
    )
    return LegalHold.objects.filter(here, lifted_at=None).select_related(
        "case__partnership", "rethink__partnership", "concern__partnership", "placed_by"
    )


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
def legal_holds(request: HttpRequest) -> HttpResponse:
    """Show the holds that last, and place one on a case, a Re-think or a concern."""
    me, at = keeper(request), now()
    partnership = me.agency.partnership
    form = HoldForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            typed = form.cleaned_data["reference"]
            matter = forgetting.found(reference_in(typed) or typed, partnership)
            forgetting.place_hold(matter, authority=form.cleaned_data["authority"], by=me, at=at)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Held. Nothing of it is removed until somebody lifts the hold.")
            return redirect("legal_holds")
    rows = [
        [
            {"text": forgetting.name_of(hold.matter), "url": reverse("lift_hold", args=[hold.pk])},
            hold.authority,
            {"text": str(hold.placed_by), "small": moment(hold.placed_at, at)},
        ]
        for hold in _lasting(partnership).order_by("placed_at", "pk")
    ]
    table = {
        "caption": "Held now",
        "columns": [{"label": "What"}, {"label": "For"}, {"label": "Placed by"}],
        "rows": rows,
        "empty": "Nothing is held.",
    }
    return render(request, "cases/record/holds.html", {"form": form, "table": table})


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
def lift_hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one hold, and lift it with a reason."""
    me, at = keeper(request), now()
    hold = _lasting(person(request).agency.partnership).filter(pk=pk).first()
    if hold is None:
        raise Http404("no such hold")
    form = LiftForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            forgetting.lift_hold(hold, why=form.cleaned_data["why"], by=me, at=at)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Lifted. What was held can be reviewed for disposal again.")
            return redirect("legal_holds")
    rows = [
        {"key": "What", "value": forgetting.name_of(hold.matter)},
        {"key": "For", "value": hold.authority},
        {"key": "Placed by", "value": f"{hold.placed_by}, {moment(hold.placed_at, at)}"},
    ]
    return render(request, "cases/record/lift_hold.html", {"form": form, "rows": rows})
