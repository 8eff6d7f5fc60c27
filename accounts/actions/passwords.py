"""A forgotten password: a link asked for, and a new password set by it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts import throttle
from accounts.actions.factors import end_sign_ins
from accounts.audit import Verb, by_person, record
from accounts.models import User
from accounts.refusals import Refused
from accounts.sign_in import resetting

OVER = "This link was used before or is too old. Ask for a new one."


def ask_for_link(*, email: str, address: str, at: datetime) -> timedelta:
    """Let a link go to whoever has this email address, and return how long to wait first; nothing: it was heard.

    The answer is the same for a known and an unknown address, and so is the work (bar A7). More than a few links in a
    row for one person are not sent, whoever asks.
    """
    wait = throttle.try_now(throttle.key_of(f"forgotten {email}", address), at=at)
    if wait:
        return wait
    with transaction.atomic():
        person = User.objects.filter(email=email, is_active=True).first()
        mailbox = throttle.key_of(f"link to {email}", "")
        if throttle.try_now(mailbox, at=at):
            person = None
        facts = {"account": person.pk if person else None}
        record(Verb.PASSWORD_RESET_ASKED, actor=by_person(None), about=person, facts=facts, at=at)
    return timedelta(0)


def set_by_link(*, token: str, password: str, at: datetime) -> User:
    """Set a new password by a link, end every sign-in of the person, and return them.

    Raises Refused for a link that no longer holds, ValidationError for a password that is too weak.
    """
    with transaction.atomic():
        found = resetting.person_of(token, at)
        # Asked again on the locked row, so that one link sets one password.
        if found is not None:
            User.objects.select_for_update(no_key=True).get(pk=found.pk)
        person = resetting.person_of(token, at)
        if person is None:
            raise Refused(OVER)
        validate_password(password, person)
        person.set_password(password)
        person.save(update_fields=["password"])
        end_sign_ins(person)
        record(Verb.PASSWORD_RESET, actor=by_person(person), about=person, at=at)
        return person
