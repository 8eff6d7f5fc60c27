"""My sign-in: my password, what I confirm with, and the devices on which I am signed in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import factors, identities, sign_ins
from accounts.refusals import Refused
from accounts.sign_in import confirming, passkeys
from accounts.sign_in.forms import ChangePasswordForm
from accounts.sign_in.models import Authenticator, Passkey, SignIn
from accounts.sign_in.sessions import digest
from accounts.stepping_up import steps_up
from accounts.views.office import done, me, sent
from accounts.views.second_step import app_page, codes_page, passkey_page
from escalation.clock import now
from escalation.routes import policy
from escalation.templatetags.words import ago, moment

KINDS: dict[str, type[Authenticator] | type[Passkey]] = {"app": Authenticator, "passkey": Passkey}


@policy("signed_in")
@require_safe
def my_sign_in(request: HttpRequest) -> HttpResponse:
    """Show how I sign in, and where I am signed in."""
    person, at = me(request), now()
    means = confirming.means_of(person)
    rows = [_factor_row("app", "Authenticator app", app) for app in means.authenticators]
    rows += [_factor_row("passkey", "Passkey", key) for key in means.passkeys]
    here = digest(request.session.session_key or "")
    devices = list(SignIn.objects.filter(user=person, expire_date__gt=at).order_by("-seen_at", "pk"))
    context: dict[str, Any] = {
        "has_password": person.has_usable_password(),
        "factors": rows,
        "means": means,
        "can_passkey": passkeys.possible(),
        "identities": person.identities.select_related("provider").order_by("pk"),
        "provider": identities.provider_for(person),
        "devices": [
            {
                "id": row.pk,
                "words": row.device or "A browser",
                "here": row.pk == here,
                "began": moment(row.started_at, at),
                "seen": ago(row.seen_at, at),
            }
            for row in devices
        ],
        "others": any(row.pk != here for row in devices),
    }
    return render(request, "accounts/sign_in/mine.html", context)


@policy("signed_in")
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Change my password: the old one is asked for, and every other device is signed out."""
    person = me(request)
    if not person.has_usable_password():
        return redirect("my_sign_in")
    form = ChangePasswordForm(sent(request), person=person)
    if form.is_valid() and done(
        form,
        lambda: sign_ins.change_password(
            request=request,
            person=person,
            old=form.cleaned_data["old"],
            new=form.cleaned_data["password"],
            at=now(),
        ),
    ):
        messages.success(request, "Your password is changed. You are signed out everywhere else.")
        return redirect("my_sign_in")
    return render(request, "accounts/sign_in/change_password.html", {"form": form})


@policy("signed_in")
@steps_up
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def add_app(request: HttpRequest) -> HttpResponse:
    """Set up one more authenticator app."""
    return app_page(
        request,
        me(request),
        title="Add an app",
        back="my_sign_in",
        finish=lambda codes: _finished(request, "The app", codes),
    )


@policy("signed_in")
@steps_up
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Set up one more passkey."""
    if not passkeys.possible():
        return redirect("my_sign_in")
    return passkey_page(
        request,
        me(request),
        title="Add a passkey",
        back="my_sign_in",
        finish=lambda codes: _finished(request, "The passkey", codes),
    )


@policy("signed_in")
@steps_up
@require_POST
def remove_factor(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Take an app or a passkey away."""
    person = me(request)
    model = KINDS.get(kind)
    if model is None:
        raise Http404
    factor: Any = get_object_or_404(model._default_manager.filter(user=person), pk=pk)
    try:
        factors.remove_factor(person=person, factor=factor, keep=request.session.session_key, at=now())
        messages.success(request, f"“{factor}” is removed. You are signed out everywhere else.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("my_sign_in")


@policy("signed_in")
@steps_up
@require_POST
def new_codes(request: HttpRequest) -> HttpResponse:
    """Show new recovery codes; the old ones open nothing any more."""
    codes = factors.make_recovery_codes(person=me(request), at=now())
    return codes_page(request, codes, go_on=reverse("my_sign_in"))


@policy("signed_in")
@require_POST
def end_sign_in(request: HttpRequest, pk: str) -> HttpResponse:
    """Sign me out on one other device."""
    found = get_object_or_404(SignIn.objects.filter(user=me(request)), pk=pk)
    sign_ins.end_one(sign_in=found, by=me(request), at=now())
    messages.success(request, "That device is signed out.")
    return redirect("my_sign_in")


@policy("signed_in")
@require_POST
def end_other_sign_ins(request: HttpRequest) -> HttpResponse:
    """Sign me out on every device but this one."""
    sign_ins.end_others(person=me(request), keep=request.session.session_key, at=now())
    messages.success(request, "You are signed out on every other device.")
    return redirect("my_sign_in")


def _finished(request: HttpRequest, what: str, codes: list[str]) -> HttpResponse:
    messages.success(request, f"{what} is set up. You are signed out everywhere else.")
    address = reverse("my_sign_in")
    return codes_page(request, codes, go_on=address) if codes else redirect(address)


def _factor_row(kind: str, words: str, factor: Authenticator | Passkey) -> dict[str, Any]:
    at = now()
    return {
        "id": factor.pk,
        "kind": kind,
        "words": words,
        "name": factor.name,
        "added": moment(factor.added_at, at),
        "used": ago(factor.used_at, at) if factor.used_at else "",
    }
