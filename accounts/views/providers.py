"""The pages around an organisation's own sign-in: out to it, and back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from accounts import invitations, signing_in
from accounts.actions import identities
from accounts.audit import Verb, by_person, record
from accounts.models import User
from accounts.refusals import Refused
from accounts.sign_in import confirming
from accounts.sign_in.models import IdentityProvider
from accounts.sign_in.providers import flow
from accounts.sign_in.providers.fetching import OutOfReach
from accounts.sign_in.providers.flow import Back
from accounts.sign_in.providers.tokens import Denied
from accounts.stepping_up import steps_up
from accounts.views import second_step
from accounts.views.office import me
from accounts.views.safe import safe_address
from escalation.clock import now
from escalation.routes import policy

#: The address somebody typed at the sign-in page, as a hint for the provider; and the invitation they opened.
HINT, INVITATION = "provider_hint", "provider_invitation"


def choose(request: HttpRequest, email: str, goes_to: str) -> HttpResponse | None:
    """Return the page that leads to the provider of an email address; None when there is none for it."""
    provider = flow.for_email(email)
    if provider is None:
        return None
    request.session[HINT] = email
    context = {"provider": provider, "next": goes_to}
    return render(request, "accounts/sign_in/provider.html", context)


@policy("public")
@require_safe
def provider_start(request: HttpRequest, slug: str) -> HttpResponse:
    """Go out to a provider to sign in, or to use an invitation."""
    provider = get_object_or_404(IdentityProvider, slug=slug, is_active=True)
    purpose: dict[str, Any] = {"goes_to": safe_address(request, request.GET.get("next", ""))}
    if "invitation" in request.GET:
        purpose["invitation"] = request.session.get(INVITATION, "")
    return _out(request, provider, purpose, request.session.pop(HINT, ""))


@policy("signed_in")
@steps_up
@require_safe
def provider_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Go out to a provider to link my sign-in there with my account here; from no page but ours.

    Another site could first sign the browser in at the provider as somebody else, and then lead it here.
    """
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        raise PermissionDenied("Link your organisation’s sign-in from the page “Your sign-in”.")
    provider = get_object_or_404(IdentityProvider, slug=slug, is_active=True, agencies=me(request).agency)
    return _out(request, provider, {"link": me(request).pk}, me(request).email)


@policy("signed_in")
@steps_up
@require_POST
def provider_unlink(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the link to a provider away; only for somebody who has a password as well."""
    try:
        identities.unlink(person=me(request), pk=pk, keep=request.session.session_key, at=now())
        messages.success(request, "The link is taken away.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("my_sign_in")


@policy("public")
@sensitive_variables()
@require_safe
def provider_back(request: HttpRequest, slug: str) -> HttpResponse:
    """Take the answer of a provider."""
    try:
        back = flow.come_back(request, slug, request.GET, at=now())
        if "link" in back.purpose:
            return _linked(request, back)
        person = _person(back)
    except (Denied, OutOfReach, Refused) as error:
        return _failed(request, slug, error)
    return _in(request, back, person)


def _person(back: Back) -> User:
    """Return who came back. Raises Denied for somebody who is not linked, Refused for an invitation that is over."""
    at = now()
    if "invitation" in back.purpose:
        token = back.purpose["invitation"]
        return identities.link_by_invitation(token=token, provider=back.provider, said=back.said, at=at)
    person = identities.find(back.provider, back.said, at)
    if person is None:
        raise Denied("unknown")
    return person


def _in(request: HttpRequest, back: Back, person: User) -> HttpResponse:
    """Sign somebody in whose provider confirmed a second factor; anybody else is asked for ours."""
    goes_to = back.purpose["goes_to"]
    if back.said.second_factor and confirming.means_of(person):
        signing_in.enter(request, person, how=back.provider.slug, factor="provider", fresh=False, at=now())
        return redirect(goes_to)
    return second_step.begin(request, person, how=back.provider.slug, goes_to=goes_to)


def _linked(request: HttpRequest, back: Back) -> HttpResponse:
    person = request.user
    if not isinstance(person, User) or person.pk != back.purpose["link"]:
        raise Denied("somebody_else")
    keep = request.session.session_key
    identities.link(person=person, provider=back.provider, said=back.said, keep=keep, at=now())
    messages.success(request, f"You can sign in with {back.provider} from now on.")
    return redirect("my_sign_in")


def _failed(request: HttpRequest, slug: str, error: Exception) -> HttpResponse:
    why = error.why if isinstance(error, Denied) else type(error).__name__
    known = IdentityProvider.objects.filter(slug=slug).values_list("pk", flat=True).first()
    person = request.user if isinstance(request.user, User) else None
    facts = {"how": "provider", "provider": known, "why": why}
    record(Verb.SIGN_IN_FAILED, actor=by_person(person), facts=facts, at=now())
    broken = isinstance(error, OutOfReach)
    context = {
        "refusal": str(error) if isinstance(error, Refused) else "",
        "unknown": why == "unknown",
        "broken": broken,
    }
    status = 502 if broken else 403
    return render(request, "accounts/sign_in/provider_failed.html", context, status=status)


def _out(
    request: HttpRequest, provider: IdentityProvider, purpose: dict[str, Any], hint: str
) -> HttpResponse:
    try:
        return redirect(flow.send_to(request, provider, purpose=purpose, hint=hint, at=now()))
    except OutOfReach as error:
        return _failed(request, provider.slug, error)


def offered_with(request: HttpRequest, token: str) -> IdentityProvider | None:
    """Return the provider that an invited person may use in place of a password, and keep their invitation for it."""
    person = invitations.person_of(token)
    provider = identities.provider_for(person) if person else None
    if provider is not None:
        request.session[INVITATION] = token
    return provider


def any_provider() -> bool:
    """Return whether any organisation signs in its own people here."""
    return IdentityProvider.objects.filter(is_active=True).exists()
