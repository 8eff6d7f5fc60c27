"""The pages of somebody who forgot their password."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import passwords
from accounts.forms import PasswordForm
from accounts.sign_in import resetting
from accounts.sign_in.words import too_soon
from accounts.views.office import done, sent
from escalation.addresses import client_address
from escalation.clock import now
from escalation.forms import EscalationForm
from escalation.routes import policy

TOKEN = "reset_token"  # noqa: S105 (a name)


class AddressForm(EscalationForm):
    """Where the link goes."""

    missing = {"email": "Enter your work email address"}

    email = forms.EmailField(
        label="Work email address",
        help_text="The one you sign in with.",
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )

    def clean_email(self) -> str:
        """Addresses are kept in small letters."""
        return str(self.cleaned_data["email"]).lower()


@policy("public")
@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask where the link should go. The answer never tells whether the address is known."""
    form = AddressForm(sent(request))
    if form.is_valid():
        email, address = form.cleaned_data["email"], client_address(request)
        wait = passwords.ask_for_link(email=email, address=address, at=now())
        if not wait:
            return redirect("forgotten_sent")
        form.add_error(None, too_soon(wait))
    return render(request, "accounts/sign_in/forgotten.html", {"form": form})


@policy("public")
@require_safe
def forgotten_sent(request: HttpRequest) -> HttpResponse:
    """Say what happens next: the same for everybody."""
    return render(request, "accounts/sign_in/forgotten_sent.html")


@policy("public")
@require_safe
def forgotten_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the secret out of the address, so that it stays in no history and goes to no other site."""
    if resetting.person_of(token, now()) is None:
        return render(request, "accounts/sign_in/link_over.html", status=410)
    request.session[TOKEN] = token
    return redirect("new_password")


@policy("public")
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def new_password(request: HttpRequest) -> HttpResponse:
    """Set a new password by the link that was opened in this browser."""
    token = request.session.get(TOKEN, "")
    person = resetting.person_of(token, now())
    if person is None:
        return render(request, "accounts/sign_in/link_over.html", status=410)
    form = PasswordForm(sent(request), person=person)
    if form.is_valid():
        given = form.cleaned_data["password"]
        if done(form, lambda: passwords.set_by_link(token=token, password=given, at=now())):
            request.session.flush()
            messages.success(
                request, "Your new password is set, and you are signed out everywhere. Sign in with it."
            )
            return redirect(f"{reverse('sign_in')}?password")
    return render(request, "accounts/sign_in/new_password.html", {"form": form, "person": person})
