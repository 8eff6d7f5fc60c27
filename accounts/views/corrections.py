"""The administrator's pages about a person's particulars: name and job, email address, and where they work."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import actions, invitations
from accounts.actions.corrections import TIME_TO_OBJECT, waiting_changes
from accounts.forms import CorrectionForm, EmailChangeForm, MoveForm
from accounts.models import EmailChange, Membership
from accounts.presenters import role_rows
from accounts.refusals import Refused
from accounts.stepping_up import steps_up
from accounts.views.office import administrator, done, get_person, me, partnership_of, sent, today
from escalation.clock import now
from escalation.templatetags.words import ago


@administrator
@require_http_methods(["GET", "POST"])
def correct_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a name or a job right."""
    found = get_person(request, pk)
    form = CorrectionForm(sent(request), initial={"full_name": found.full_name, "job_title": found.job_title})
    if form.is_valid() and done(
        form,
        lambda: actions.correct_person(person=found, by=me(request), at=now(), **form.cleaned_data),
    ):
        messages.success(request, "It is corrected.")
        return redirect("person", found.pk)
    return render(request, "accounts/correct_person.html", {"form": form, "person": found})


@administrator
@steps_up
@require_http_methods(["GET", "POST"])
def ask_email(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for another email address; another administrator confirms it."""
    found = get_person(request, pk)
    form = EmailChangeForm(sent(request))
    if form.is_valid() and done(
        form,
        lambda: actions.ask_email_change(person=found, by=me(request), at=now(), **form.cleaned_data),
    ):
        messages.success(request, f"This waits for another administrator. {found} is told.")
        return redirect("person", found.pk)
    return render(request, "accounts/ask_email_change.html", {"form": form, "person": found})


@administrator
@steps_up
@require_POST
def confirm_email(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm an address that another administrator asked for."""
    found = _get(request, pk)
    try:
        actions.confirm_email_change(change=found, by=me(request), at=now())
        messages.success(request, f"Done. {found.person} signs in with the new address from now on.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("role_requests")


@administrator
@require_POST
def decline_email(request: HttpRequest, pk: int) -> HttpResponse:
    """Decline, or take one's own request back."""
    found = _get(request, pk)
    try:
        actions.decline_email_change(change=found, by=me(request), at=now())
        messages.success(request, f"Closed. The address of {found.person} stays as it is.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("role_requests")


@administrator
@steps_up
@require_http_methods(["GET", "POST"])
def move_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a person work elsewhere; what they had to do goes to others in the same step."""
    found, day = get_person(request, pk), today()
    form = MoveForm(sent(request), person=found, left=actions.left_by_moving(found), day=day)
    if form.is_valid() and done(
        form,
        lambda: actions.move_person(
            person=found, successors=form.successors, by=me(request), at=now(), **form.chosen()
        ),
    ):
        waits = " Their role there waits for a second administrator." if form.cleaned_data["role"] else ""
        messages.success(request, f"{found} now works there.{waits}")
        return redirect("person", found.pk)
    held = Membership.objects.on(day).filter(user=found).select_related("team__agency", "agency")
    context = {"form": form, "person": found, "roles": role_rows(held.order_by("pk"), [], day)}
    return render(request, "accounts/move_person.html", context)


def email_rows(request: HttpRequest) -> list[dict[str, Any]]:
    """Return a dict for each new address that waits for a second administrator."""
    at, person = now(), me(request)
    return [
        {
            "id": row.pk,
            "person": row.person.full_name,
            "person_id": row.person_id,
            "before": row.person.email,
            "email": row.email,
            "checked": row.checked,
            "asked_by": row.asked_by.full_name,
            "ago": ago(row.asked_at, at),
            "wait": invitations.has_come(row.person) and at - row.asked_at < TIME_TO_OBJECT,
            "mine": row.asked_by_id == person.pk,
            "about_me": row.person_id == person.pk,
        }
        for row in waiting_changes(partnership_of(request), at)
    ]


def _get(request: HttpRequest, pk: int) -> EmailChange:
    here = EmailChange.objects.filter(person__agency__partnership=partnership_of(request))
    return get_object_or_404(here.select_related("person__agency__partnership", "asked_by"), pk=pk)
