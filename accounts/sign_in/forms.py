"""What is asked when somebody sets up a second factor or changes a password."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.forms import PasswordForm
from accounts.models import User
from escalation.forms import EscalationForm, ShortTextField


class AppForm(EscalationForm):
    """The first code of an authenticator app."""

    missing = {"code": "Enter the code that the app shows"}

    code = forms.CharField(
        label="The code that the app shows now",
        help_text="Six figures. A new code comes every 30 seconds.",
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "spellcheck": "false",
                "class": "govuk-input--width-5",
            }
        ),
    )
    name = ShortTextField(
        label="What you call it",
        help_text="For example, work phone.",
        required=False,
        max_length=60,
        width=20,
    )


class PasskeyForm(EscalationForm):
    """A new passkey, as the browser made it."""

    missing = {"passkey": "Your browser made no passkey. Press the button to try again"}

    name = ShortTextField(
        label="What you call it",
        help_text="For example, work laptop or blue key.",
        required=False,
        max_length=60,
        width=20,
    )
    passkey = forms.CharField(max_length=20_000, widget=forms.HiddenInput(attrs={"data-passkey-answer": ""}))


class ChangePasswordForm(PasswordForm):
    """A new password, and the one so far."""

    missing = {**PasswordForm.missing, "old": "Enter the password you have now"}

    old = forms.CharField(
        label="The password you have now",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "spellcheck": "false"}),
    )
    field_order = ["old", "password", "again"]

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, person=person, **kwargs)
        self.fields["password"].label = "New password"
