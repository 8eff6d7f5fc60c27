"""A Tuesday that stands still, outside the demonstration, and what the registry says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from accounts.sign_in.models import Identity, IdentityProvider
from accounts.sign_in.providers import describing
from escalation.trail.models import REGISTRY, Event
from tests.cast import TUESDAY, Cast
from tests.sign_in.going_out import SUBJECT
from tests.sign_in.local_provider import CLIENT, SECRET, LocalProvider
from tests.sign_in.proof import with_app

Registry = Callable[..., list[tuple[str, int | None, dict[str, Any]]]]


@pytest.fixture(autouse=True)
def _not_the_demonstration(settings: Any) -> None:
    settings.DEMO_MODE = False
    # Each sign-in here takes a hash of its own; what is tested is what comes before and after it.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def clock() -> Iterator[Any]:
    """Stop the clock on Tuesday 2 June 2026, 10:30 in Scotland; `clock.shift(...)` moves it."""
    with time_machine.travel(TUESDAY, tick=False) as stopped:
        yield stopped


@pytest.fixture
def nurse(cast: Cast, clock: Any) -> User:
    """The nurse, with a password and an authenticator app."""
    return with_app(cast.nurse)


@pytest.fixture
def inside(nurse: User) -> Client:
    """A browser in which the nurse is signed in, her second factor given just now."""
    client = Client()
    client.force_login(nurse, backend="accounts.backends.PersonBackend")
    return client


@pytest.fixture
def registry() -> Registry:
    """Return a function that gives the registry's events of these verbs, oldest first: (verb, actor, facts)."""

    def found(*verbs: str) -> list[tuple[str, int | None, dict[str, Any]]]:
        events = Event.objects.filter(chain=REGISTRY, verb__in=verbs).order_by("seq")
        return [(e.verb, e.actor_id, json.loads(e.payload)) for e in events]

    return found


@pytest.fixture(autouse=True)
def _mail_goes_out(settings: Any) -> None:
    settings.SEND_MAIL = True


@pytest.fixture
def local(settings: Any) -> Iterator[LocalProvider]:
    settings.OIDC_SECRETS = {"NHS_SCOT": SECRET, "COUNCIL": SECRET}
    describing.forget()
    running = LocalProvider()
    yield running
    running.close()
    describing.forget()


@pytest.fixture
def nhs(local: LocalProvider, cast: Cast) -> IdentityProvider:
    """The provider of Health, for addresses at example.org."""
    call_command(
        "provider", "add", "nhs-scot", "--name=NHS Scotland", f"--issuer={local.issuer}",
        f"--client-id={CLIENT}", "--domain=example.org", f"--agency={cast.health.pk}", "--second-factor=mfa",
        stdout=StringIO(),
    )  # fmt: skip
    return IdentityProvider.objects.get()


@pytest.fixture
def linked(nurse: User, nhs: IdentityProvider) -> User:
    """The nurse, linked to who she is at the provider."""
    Identity.objects.create(user=nurse, provider=nhs, issuer=nhs.issuer, subject=SUBJECT, linked_at=TUESDAY)
    return nurse
