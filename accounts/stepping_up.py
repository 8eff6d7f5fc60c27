"""Fresh proof before the gravest acts: determination, export, break-glass, grants (bar E7, abuse cases T11-T13, T17).

    @policy("auditor")
    @steps_up
    def export(request): ...

    if (answer := stepping_up.ask(request)) is not None:  # inside a view that is not always grave
        return answer

Whoever confirmed with a second factor less than ten minutes ago notices nothing. Anybody else gets a page that asks
for it again. A form that was sent goes with that page and arrives once it is confirmed: nothing has to be typed twice.
"""

from __future__ import annotations

import functools
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from accounts.audit import Verb, by_person, record
from accounts.models import User
from accounts.sign_in import confirming
from accounts.sign_in.words import too_soon
from escalation.clock import now
from escalation.forms import EscalationForm
from escalation.routes import View

FRESH_FOR = timedelta(minutes=10)
CONFIRMED, HOW = "confirmed_at", "how"
#: Names of what the confirming page adds to a form; no form of ours has a field of such a name.
CODE, PASSKEY = "confirm_code", "confirm_passkey"
DEMONSTRATION = "demonstration"
WRONG = "This code is not right, or was used before. Wait for the next one, then enter it."


def is_fresh(request: HttpRequest, at: datetime) -> bool:
    """Return whether a second factor was given less than ten minutes before `at`.

    Whoever came in with one click, which the demonstration alone offers, has none and is never asked.
    """
    if settings.DEMO_MODE and request.session.get(HOW) == DEMONSTRATION:
        return True
    confirmed = request.session.get(CONFIRMED)
    return confirmed is not None and timedelta(0) <= at - datetime.fromisoformat(confirmed) < FRESH_FOR


def note(request: HttpRequest, *, at: datetime) -> None:
    """Note that a second factor was given at this instant."""
    request.session[CONFIRMED] = at.isoformat()


def steps_up(view: View) -> View:
    """Ask for the second factor again before this view; put it under `@policy`. A test lists the views that have it."""

    @functools.wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ask(request) or view(request, *args, **kwargs)

    asked.steps_up = True  # type: ignore[attr-defined]
    return sensitive_post_parameters()(asked)


def ask(request: HttpRequest) -> HttpResponse | None:
    """Return None when the person may go on, else the page (401) that asks for their second factor.

    The fields of a form that was sent travel with the page. The person must be signed in.
    """
    at = now()
    if is_fresh(request, at):
        return None
    tried = request.method == "POST" and (CODE in request.POST or PASSKEY in request.POST)
    form = ConfirmForm(request.POST if tried else None)
    if tried and confirmed(request, form, at):
        return None
    return asking_page(request, form)


def confirmed(request: HttpRequest, form: ConfirmForm, at: datetime) -> bool:
    """Take what the confirming page sent; when it holds, it is noted and recorded, else the form says why not."""
    person = request.user
    if not isinstance(person, User) or not form.is_valid():
        return False
    code, passkey = form.cleaned_data[CODE], form.cleaned_data[PASSKEY]
    outcome = confirming.confirm(request, person, code=code, passkey=passkey, at=at)
    if not outcome.how:
        form.add_error(None if passkey else CODE, too_soon(outcome.wait) if outcome.wait else WRONG)
        return False
    note(request, at=at)
    record(Verb.STEPPED_UP, actor=by_person(person), about=person, facts={"how": outcome.how}, at=at)
    return True


def asking_page(request: HttpRequest, form: ConfirmForm, goes_to: str = "") -> HttpResponse:
    """Return the page that asks for the second factor, with the fields of the form that waits for it."""
    assert isinstance(request.user, User)
    means = confirming.means_of(request.user)
    waiting = request.method == "POST" and not goes_to
    context = {
        "form": form,
        "means": means,
        "options": confirming.question(request, means),
        "address": request.get_full_path() if waiting else reverse("confirm"),
        "kept": [(k, v) for k, vs in request.POST.lists() if k not in NOT_KEPT for v in vs]
        if waiting
        else [],
        "next": "" if waiting else goes_to or request.get_full_path(),
        "minutes": int(FRESH_FOR.total_seconds() // 60),
    }
    return render(request, "accounts/sign_in/confirm.html", context, status=401)


NOT_KEPT = ("csrfmiddlewaretoken", CODE, PASSKEY)


class ConfirmForm(EscalationForm):
    """A code, or the answer of a passkey."""

    confirm_code = forms.CharField(
        label="Code",
        help_text="Six figures from your authenticator app, or one of your recovery codes.",
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "spellcheck": "false",
                "autocapitalize": "characters",
                "class": "govuk-input--width-10",
            }
        ),
    )
    confirm_passkey = forms.CharField(
        required=False, max_length=20_000, widget=forms.HiddenInput(attrs={"data-passkey-answer": ""})
    )

    mark_optional = False

    def clean(self) -> dict[str, Any] | None:
        """One of the two is needed."""
        cleaned = super().clean() or {}
        if not cleaned.get(CODE) and not cleaned.get(PASSKEY) and not self.errors:
            self.add_error(CODE, "Enter the code")
        return cleaned
