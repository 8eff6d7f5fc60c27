"""Sign-ins ended by their owner, and passwords changed."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.http import HttpRequest

from accounts import throttle
from accounts.actions.factors import end_sign_ins
from accounts.audit import Verb, by_person, record
from accounts.models import User
from accounts.refusals import Refused
from accounts.sign_in.models import SignIn
from accounts.sign_in.words import too_soon


def end_one(*, sign_in: SignIn, by: User, at: datetime) -> None:
    """End one of a person's own sign-ins."""
    with transaction.atomic():
        SignIn.objects.filter(pk=sign_in.pk, user=by).delete()
        record(Verb.SIGN_IN_ENDED, actor=by_person(by), about=by, facts={"count": 1}, at=at)


def end_others(*, person: User, keep: str | None, at: datetime) -> int:
    """End a person's sign-ins on every device but that of session `keep`; return how many."""
    with transaction.atomic():
        count = end_sign_ins(person, keep=keep)
        record(Verb.SIGN_IN_ENDED, actor=by_person(person), about=person, facts={"count": count}, at=at)
        return count


def change_password(*, request: HttpRequest, person: User, old: str, new: str, at: datetime) -> None:
    """Change a person's password; their other devices are signed out, this one goes on.

    Raises Refused for a wrong old password, ValidationError for a new one that is too weak.
    """
    key = throttle.key_of(f"old password {person.pk}", "")
    wait = throttle.try_now(key, at=at)
    if wait:
        raise Refused(too_soon(wait))
    if not person.check_password(old):
        record(
            Verb.SIGN_IN_FAILED, actor=by_person(person), about=person, facts={"account": person.pk}, at=at
        )
        raise Refused("The password you have now is not right.")
    throttle.forget(key)
    if old == new:
        raise Refused("The new password is the same as the one you have now. Choose another one.")
    validate_password(new, person)
    with transaction.atomic():
        person.set_password(new)
        person.save(update_fields=["password"])
        end_sign_ins(person, keep=request.session.session_key)
        record(Verb.PASSWORD_CHANGED, actor=by_person(person), about=person, at=at)
    update_session_auth_hash(request, person)
