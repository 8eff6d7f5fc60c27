"""Emergency access: asked for with a reason and a fresh second factor, listed while it lasts, looked into later."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.stepping_up import ask
from cases import glass
from cases.finding.searching import reference_in
from cases.models import BreakGlass
from cases.refusals import Refusal
from cases.views.fetch import person
from escalation.clock import now
from escalation.forms import EscalationForm, LongTextField, ShortTextField, YesNoField
from escalation.routes import policy
from escalation.templatetags.words import by as due_by
from escalation.templatetags.words import moment

ONLY = "Only managers, designated leads and the Chief Social Work Officer open a case in an emergency."


class AccessForm(EscalationForm):
    """Which case, and why now."""

    missing = {
        "reference": "Enter the reference of the case",
        "reason": "Say why you have to know now",
    }

    reference = ShortTextField(
        label="Reference of the case", help_text="For example, 7KQ-M4TX.", max_length=20, width=10
    )
    reason = LongTextField(
        label="Why do you have to know now?",
        help_text="One or two sentences. Everybody in the case reads them.",
        max_length=1000,
    )

    def clean_reference(self) -> str:
        """References are kept in capitals, with a line; who is in a hurry leaves both out."""
        typed = str(self.cleaned_data["reference"]).replace("\x00", "")
        return reference_in(typed) or typed.upper()


class ReviewForm(EscalationForm):
    """Whether an access was right, and why."""

    missing = {"justified": "Say whether it was right", "words": "Say why"}

    justified = YesNoField(label="Was it right to read the case?")
    words = LongTextField(label="Why?", help_text="Everybody in the case reads this.", max_length=1000)


@policy("emergency")
@require_http_methods(["GET", "POST"])
def emergency_access(request: HttpRequest) -> HttpResponse:
    """Open one case for an hour; see what is open now, and what waits to be looked into."""
    user, at = person(request), now()
    may, waits = glass.may_open_any(user), glass.to_review(user, at)
    if not may and not waits:
        raise PermissionDenied(ONLY)
    form = AccessForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not may:
            raise PermissionDenied(ONLY)
        if (answer := ask(request)) is not None:
            return answer
        if form.is_valid():
            try:
                opened = glass.open_case(
                    form.cleaned_data["reference"], by=user, reason=form.cleaned_data["reason"], at=at
                )
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "You can read this case for an hour. Everybody in it is told.")
                return redirect("case", opened.case.reference)
    live = BreakGlass.objects.live(user, at).select_related("case").order_by("until")
    context = {
        "form": form,
        "may": may,
        "live": [{"reference": g.case.reference, "until": due_by(g.until, at)} for g in live],
        "reviews": [_row(g, at) for g in waits],
    }
    return render(request, "cases/emergency_access.html", context)


@policy("emergency")
@require_http_methods(["GET", "POST"])
def review_access(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whether an access was right: for the reviewer alone, once; 404 for everybody else."""
    at = now()
    found = next((g for g in glass.to_review(person(request), at) if g.pk == pk), None)
    if found is None:
        raise Http404("nothing to look into")
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            glass.review(found, by=person(request), at=at, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Thank you. Everybody in the case is told.")
            return redirect("home")
    context = {"form": form, "access": _row(found, at), "reason": found.reason.texts.get("glass", "")}
    return render(request, "cases/review_access.html", context)


def _row(found: BreakGlass, at: Any) -> dict[str, Any]:
    for_whom = f", acting for {found.reason.acting_for}" if found.reason.acting_for else ""
    return {
        "url": reverse("review_access", args=[found.pk]),
        "reference": found.case.reference,
        "who": f"{found.user.full_name}{for_whom}, {found.agency.name}",
        "when": moment(found.opened_at, at),
        "due": due_by(found.review_due_at, at),
        "late": found.review_due_at <= at,
    }
