"""Between the password and the first page: the second factor, asked for or set up. Nobody is signed in here yet."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import signing_in
from accounts.actions import factors
from accounts.models import User
from accounts.sign_in import confirming, passkeys, pending, totp
from accounts.sign_in.forms import AppForm, PasskeyForm
from accounts.sign_in.pending import Pending
from accounts.sign_in.words import too_soon
from accounts.stepping_up import CODE, PASSKEY, WRONG, ConfirmForm, asking_page, confirmed
from accounts.views.office import done, sent
from accounts.views.safe import safe_address
from escalation.clock import now
from escalation.routes import View, policy

#: What an enrolment keeps in the session until it is finished.
SECRET, NEW_PASSKEY = "new_authenticator", "new_passkey"
OVER = "Signing in took too long, or was begun elsewhere. Start again."


def under_way(view: Callable[[HttpRequest, Pending], HttpResponse]) -> View:
    """Let through who has given a right password in this browser; anybody else begins at the sign-in page."""

    @policy("signing_in")
    @sensitive_post_parameters()
    @require_http_methods(["GET", "POST"])
    @functools.wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect("home")
        found = pending.of(request, now())
        if found is None:
            messages.error(request, OVER)
            return redirect(f"{reverse('sign_in')}?password")
        return view(request, found)

    return checked


@under_way
def second_step(request: HttpRequest, found: Pending) -> HttpResponse:
    """Ask for the second factor; who has none yet sets one up."""
    means = confirming.means_of(found.person)
    if not means:
        return redirect("set_up")
    form, at = ConfirmForm(sent(request)), now()
    if form.is_valid():
        code, passkey = form.cleaned_data[CODE], form.cleaned_data[PASSKEY]
        outcome = confirming.confirm(request, found.person, code=code, passkey=passkey, at=at)
        if outcome.how:
            signing_in.enter(request, found.person, how=found.how, factor=outcome.how, at=at)
            if outcome.how == confirming.RECOVERY_CODE:
                messages.warning(
                    request,
                    f"You used a recovery code; {means.codes_left - 1} are left. "
                    "If your phone or key is lost, set up another one now.",
                )
                return redirect("my_sign_in")
            return redirect(found.goes_to)
        form.add_error(None if passkey else CODE, too_soon(outcome.wait) if outcome.wait else WRONG)
    context = {"form": form, "means": means, "options": confirming.question(request, means)}
    return render(request, "accounts/sign_in/second_step.html", context)


@under_way
def set_up(request: HttpRequest, found: Pending) -> HttpResponse:
    """Say what a second factor is, and let a person choose one."""
    if confirming.means_of(found.person):
        return redirect("second_step")
    context = {"person": found.person, "passkeys": passkeys.possible()}
    return render(request, "accounts/sign_in/set_up.html", context)


@under_way
def set_up_app(request: HttpRequest, found: Pending) -> HttpResponse:
    """Set up an authenticator app as the first second factor, and sign in with it."""
    if confirming.means_of(found.person):
        return redirect("second_step")
    return app_page(
        request,
        found.person,
        title="Set up an app",
        back="set_up",
        finish=lambda c: _came_in(request, found, "authenticator", c),
    )


@under_way
def set_up_passkey(request: HttpRequest, found: Pending) -> HttpResponse:
    """Set up a passkey as the first second factor, and sign in with it."""
    if confirming.means_of(found.person) or not passkeys.possible():
        return redirect("second_step")
    return passkey_page(
        request,
        found.person,
        title="Set up a passkey",
        back="set_up",
        finish=lambda c: _came_in(request, found, "passkey", c),
    )


def _came_in(request: HttpRequest, found: Pending, factor: str, codes: list[str]) -> HttpResponse:
    signing_in.enter(request, found.person, how=found.how, factor=factor, at=now())
    return codes_page(request, codes, go_on=found.goes_to)


def app_page(
    request: HttpRequest, person: User, *, title: str, back: str, finish: Callable[[list[str]], HttpResponse]
) -> HttpResponse:
    """Show the square to an app and take its first code; `finish` gets the recovery codes, if there are new ones."""
    secret = request.session.get(SECRET) or totp.new_secret()
    form, codes = AppForm(sent(request)), list[str]()
    if form.is_valid() and SECRET in request.session:
        given = form.cleaned_data
        if done(
            form,
            lambda: codes.extend(
                factors.add_authenticator(
                    person=person,
                    name=given["name"] or "Authenticator app",
                    secret=secret,
                    code=given["code"],
                    keep=request.session.session_key,
                    at=now(),
                )
            ),
        ):
            request.session.pop(SECRET, None)
            return finish(codes)
    request.session[SECRET] = secret
    context = {
        "title": title,
        "form": form,
        "square": totp.square(totp.address(person, secret)),
        "secret": totp.in_groups(secret),
        "back": reverse(back),
    }
    return render(request, "accounts/sign_in/app.html", context)


def passkey_page(
    request: HttpRequest, person: User, *, title: str, back: str, finish: Callable[[list[str]], HttpResponse]
) -> HttpResponse:
    """Ask the browser for a new passkey and store it; `finish` gets the recovery codes, if there are new ones."""
    form, codes = PasskeyForm(sent(request)), list[str]()
    if form.is_valid():
        made = passkeys.made(form.cleaned_data["passkey"], request.session.pop(NEW_PASSKEY, None))
        if made is None:
            form.add_error(None, "The passkey was not made. Try again, or use an authenticator app instead.")
        elif done(
            form,
            lambda: codes.extend(
                factors.add_passkey(
                    person=person,
                    passkey=made,
                    name=form.cleaned_data["name"] or "Passkey",
                    keep=request.session.session_key,
                    at=now(),
                )
            ),
        ):
            return finish(codes)
    options, request.session[NEW_PASSKEY] = passkeys.ask_to_make(person)
    context = {"title": title, "form": form, "options": options, "back": reverse(back)}
    return render(request, "accounts/sign_in/passkey.html", context)


def codes_page(request: HttpRequest, codes: list[str], *, go_on: str) -> HttpResponse:
    """Show new recovery codes. In this answer only: they are kept nowhere."""
    return render(request, "accounts/sign_in/codes.html", {"codes": codes, "go_on": go_on})


@policy("signed_in")
@sensitive_post_parameters()
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Take the second factor again for a page that was asked for by a link."""
    wanted = safe_address(request, request.POST.get("next", ""))
    form = ConfirmForm(request.POST)
    if confirmed(request, form, now()):
        return redirect(wanted)
    return asking_page(request, form, goes_to=wanted)


def begin(request: HttpRequest, person: User, *, how: str, goes_to: str) -> HttpResponse:
    """Go on to the second factor with somebody who gave a right password."""
    pending.start(request, person, how=how, goes_to=goes_to, at=now())
    return redirect("second_step")
