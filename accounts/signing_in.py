"""Signing in and out: the only code that does either, each with its event in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest

from accounts import stepping_up, throttle
from accounts.actions.rights import rebuild
from accounts.audit import Verb, by_person, record
from accounts.models import User
from accounts.sign_in import known_devices
from accounts.sign_in.devices import device_words
from accounts.sign_in.sessions import DEVICE, STARTED
from accounts.standing import standing_of
from escalation.addresses import client_address

BACKEND = "accounts.backends.PersonBackend"


@dataclass(frozen=True)
class Attempt:
    """How a password was taken: it is a person's, there is a wait, or neither."""

    person: User | None = None
    wait: timedelta = timedelta(0)


def by_password(request: HttpRequest, *, email: str, password: str, at: datetime) -> Attempt:
    """Look at a password; whose it is, is not signed in by it: `enter` does that, once the second factor is given.

    An unknown address, a wrong password and a leaver's all end the same way (bar A7).
    """
    device = known_devices.device_of(request, email)
    if device is not None:
        key, free = throttle.key_of(email, f"device {device}"), throttle.FREE_TRIES
    else:
        key, free = throttle.key_of(email, client_address(request)), throttle.free_tries(email, at=at)
    wait = throttle.try_now(key, at=at, free=free)
    if wait:
        return Attempt(wait=wait)
    person = authenticate(request, username=email, password=password)
    if not isinstance(person, User):
        throttle.count_everywhere(email, at=at)
        account = User.objects.filter(email=email).values_list("pk", flat=True).first()
        record(Verb.SIGN_IN_FAILED, actor=by_person(None), facts={"account": account}, at=at)
        return Attempt()
    throttle.forget(key, throttle.key_of(email, throttle.EVERYWHERE))
    return Attempt(person)


def enter(
    request: HttpRequest, person: User, *, how: str, factor: str = "", fresh: bool = True, at: datetime
) -> None:
    """Start a new session for a person; whoever was signed in on this device before is signed out.

    `how` is how they are known (password, provider, demonstration), `factor` how they confirmed it. Acts that need
    fresh proof ask again unless it is `fresh`: given to us, just now.
    """
    with transaction.atomic():
        rebuild(at=at, person=person)  # what starts today
        request.session.flush()
        login(request, person, backend=BACKEND)
        known_devices.give(request, person)
        request.session[STARTED] = at.isoformat()
        request.session[DEVICE] = device_words(str(request.META.get("HTTP_USER_AGENT", "")))
        request.session[stepping_up.HOW] = how
        if factor and fresh:
            stepping_up.note(request, at=at)
        roles = sorted(role.value for role in standing_of(person).roles)
        facts = {"how": how, "roles": roles} | ({"factor": factor} if factor else {})
        record(Verb.SIGNED_IN, actor=by_person(person), about=person, facts=facts, at=at)


def leave(request: HttpRequest, person: User, *, at: datetime) -> None:
    """End the session: its row goes, so that the cookie opens nothing any more."""
    with transaction.atomic():
        logout(request)
        record(Verb.SIGNED_OUT, actor=by_person(person), about=person, at=at)
