"""Signing in and out: the only code that does either, each with its event in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest

from accounts import throttle
from accounts.actions.rights import rebuild
from accounts.audit import Verb, by_person, record
from accounts.models import User
from accounts.standing import standing_of

BACKEND = "accounts.backends.PersonBackend"


@dataclass(frozen=True)
class Attempt:
    """How a try to sign in ended: with a person, with a wait, or with neither."""

    person: User | None = None
    wait: timedelta = timedelta(0)


def by_password(request: HttpRequest, *, email: str, password: str, at: datetime) -> Attempt:
    """Try to sign somebody in. An unknown address, a wrong password and a leaver's all end the same way (bar A7)."""
    key = throttle.key_of(email, str(request.META.get("REMOTE_ADDR", "")))
    wait = throttle.try_now(key, at=at)
    if wait:
        return Attempt(wait=wait)
    person = authenticate(request, username=email, password=password)
    if not isinstance(person, User):
        account = User.objects.filter(email=email).values_list("pk", flat=True).first()
        record(Verb.SIGN_IN_FAILED, actor=by_person(None), facts={"account": account}, at=at)
        return Attempt()
    throttle.forget(key)
    enter(request, person, how="password", at=at)
    return Attempt(person)


def enter(request: HttpRequest, person: User, *, how: str, at: datetime) -> None:
    """Start a new session for a person; whoever was signed in on this device before is signed out."""
    with transaction.atomic():
        rebuild(at=at, person=person)  # what starts today
        login(request, person, backend=BACKEND)
        roles = sorted(role.value for role in standing_of(person).roles)
        record(
            Verb.SIGNED_IN, actor=by_person(person), about=person, facts={"how": how, "roles": roles}, at=at
        )


def leave(request: HttpRequest, person: User, *, at: datetime) -> None:
    """End the session: its row goes, so that the cookie opens nothing any more."""
    with transaction.atomic():
        logout(request)
        record(Verb.SIGNED_OUT, actor=by_person(person), about=person, at=at)
