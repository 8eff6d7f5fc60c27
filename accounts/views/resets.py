"""The administrator's pages about a lost second step: asked for by one, agreed to by another."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import resets
from accounts.refusals import Refused
from accounts.sign_in.models import FactorReset
from accounts.stepping_up import steps_up
from accounts.views.office import administrator, done, get_person, me, partnership_of, sent
from escalation.clock import now
from escalation.forms import EscalationForm, ShortTextField
from escalation.templatetags.words import ago


class ResetForm(EscalationForm):
    """How the administrator made sure who it is that lost something."""

    missing = {"checked": "Say how you made sure that it is them"}

    checked = ShortTextField(
        label="How did you make sure that it is really them?",
        help_text="For example, I rang their line manager on the number in the directory. A mail is not enough.",
        max_length=300,
    )


@administrator
@steps_up
@require_http_methods(["GET", "POST"])
def ask_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask that what a person confirms their sign-in with is taken away."""
    found = get_person(request, pk)
    form = ResetForm(sent(request))
    if form.is_valid() and done(
        form,
        lambda: resets.ask_for_reset(
            person=found, checked=form.cleaned_data["checked"], by=me(request), at=now()
        ),
    ):
        messages.success(request, f"This waits for another administrator. {found} is told when it is done.")
        return redirect("person", found.pk)
    return render(request, "accounts/sign_in/ask_reset.html", {"form": form, "person": found})


@administrator
@steps_up
@require_POST
def agree_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree, as another administrator."""
    found = _get(request, pk)
    try:
        resets.agree_to_reset(reset=found, by=me(request), at=now())
        messages.success(request, f"Done. {found.person} sets up a new second step at their next sign-in.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("role_requests")


@administrator
@require_POST
def decline_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Decline, or take one's own request back."""
    found = _get(request, pk)
    try:
        resets.decline_reset(reset=found, by=me(request), at=now())
        messages.success(request, f"Closed. What {found.person} confirms with stays as it is.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("role_requests")


def reset_rows(request: HttpRequest) -> list[dict[str, Any]]:
    """Return a dict for each lost second step that waits for a second administrator."""
    at, person = now(), me(request)
    return [
        {
            "id": row.pk,
            "person": row.person.full_name,
            "person_id": row.person_id,
            "checked": row.checked,
            "asked_by": row.asked_by.full_name,
            "ago": ago(row.asked_at, at),
            "mine": row.asked_by_id == person.pk,
            "about_me": row.person_id == person.pk,
        }
        for row in resets.waiting_resets(partnership_of(request), at)
    ]


def _get(request: HttpRequest, pk: int) -> FactorReset:
    here = FactorReset.objects.filter(person__agency__partnership=partnership_of(request))
    return get_object_or_404(here.select_related("person__agency__partnership", "asked_by"), pk=pk)
