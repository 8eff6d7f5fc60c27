"""Signing in, signing out, the first password, and the demonstration's one-click sign-in."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import invitations, signing_in
from accounts.actions import accept_invitation
from accounts.demonstration import cast_by_place
from accounts.forms import PasswordForm, SignInForm
from accounts.models import User
from accounts.sign_in.sessions import SessionStore
from accounts.sign_in.words import too_soon
from accounts.views import providers, second_step
from accounts.views.office import done, me, sent
from accounts.views.safe import safe_address
from escalation.clock import now
from escalation.routes import policy

WRONG = (
    "The email address and password do not belong together. Check both, or ask your administrator for help."
)


def goes_to(request: HttpRequest) -> str:
    """Return where to go after signing in: the page asked for, when it is one of ours, else home."""
    return safe_address(request, request.POST.get("next") or request.GET.get("next") or "")


@policy("public")
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in by email address and password. In the demonstration people are chosen from a page instead."""
    if request.user.is_authenticated:
        return redirect(goes_to(request))
    asked = request.GET.get("next", "")
    if settings.DEMO_MODE and request.method == "GET" and "password" not in request.GET:
        return redirect(_with_next("demo_sign_in", asked))
    form = SignInForm(sent(request))
    if "organisation" in request.POST:
        del form.fields["password"]
        if form.is_valid():
            page = providers.choose(request, form.cleaned_data["email"], goes_to(request))
            if page is not None:
                return page
            form = SignInForm(initial=form.cleaned_data)
            messages.error(request, "Your organisation has no sign-in of its own here. Enter your password.")
    elif form.is_valid():
        attempt = signing_in.by_password(request, at=now(), **form.cleaned_data)
        if attempt.person is not None:
            return second_step.begin(request, attempt.person, how="password", goes_to=goes_to(request))
        form.add_error(None, too_soon(attempt.wait) if attempt.wait else WRONG)
    context = {
        "form": form,
        "next": request.POST.get("next", asked),
        "organisations": providers.any_provider(),
    }
    return render(request, "accounts/sign_in.html", context)


@policy("signed_in")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out on this device."""
    signing_in.leave(request, me(request), at=now())
    messages.success(request, "You have signed out.")
    return leaves_nothing(redirect("sign_in"))


@policy("signed_in")
@require_POST
def quick_exit(request: HttpRequest) -> HttpResponse:
    """Sign out at once, and show a page that tells nobody what was open."""
    signing_in.leave(request, me(request), at=now())
    return leaves_nothing(redirect("left"))


@policy("public")
@require_safe
def left(request: HttpRequest) -> HttpResponse:
    """Show a plain page: no name of the service, nothing of what it is for."""
    return render(request, "accounts/sign_in/left.html")


def leaves_nothing(response: HttpResponse) -> HttpResponse:
    """Ask the browser to forget what it kept of this service (bar E6)."""
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@policy("signed_in")
@require_safe
def stay(request: HttpRequest) -> HttpResponse:
    """Keep the sign-in alive, and say for how long: seconds without a further click, and whatever happens."""
    found = cast(SessionStore, request.session).left(now())
    assert found is not None  # the person is signed in
    ends, last = (max(0, int(left.total_seconds())) for left in found)
    return JsonResponse({"left": ends, "last": last, "token": get_token(request)})


@policy("public")
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Set a first password by the link that the administrator gave."""
    person = invitations.person_of(token)
    if person is None:
        return render(request, "accounts/invitation_over.html", status=410)
    form = PasswordForm(sent(request), person=person)
    if form.is_valid():
        password = form.cleaned_data["password"]
        if done(form, lambda: accept_invitation(token=token, password=password, at=now())):
            messages.success(request, "Your password is set. Sign in with it.")
            return redirect(f"{reverse('sign_in')}?password")
    context = {"form": form, "person": person, "provider": providers.offered_with(request, token)}
    return render(request, "accounts/invitation.html", context)


@policy("demo")
@require_http_methods(["GET", "POST"])
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Choose who to be, with one click. Exists in demo mode only."""
    if request.method == "POST":
        chosen = request.POST.get("person", "")
        person = User.objects.filter(pk=chosen, is_active=True).first() if chosen.isdecimal() else None
        if person is None:
            raise Http404
        signing_in.enter(request, person, how="demonstration", at=now())
        return redirect(goes_to(request))
    context: dict[str, Any] = {"places": cast_by_place(now()), "next": request.GET.get("next", "")}
    return render(request, "accounts/demo_sign_in.html", context)


def _with_next(name: str, wanted: str) -> str:
    return f"{reverse(name)}?{urlencode({'next': wanted})}" if wanted else reverse(name)
