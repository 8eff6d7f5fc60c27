"""Second factors: set up, taken away, replaced. Each change ends the person's sign-ins on other devices (bar E5)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.audit import Verb, by_person, record
from accounts.models import User
from accounts.refusals import Refused
from accounts.sign_in import recovery, totp
from accounts.sign_in.models import Authenticator, Passkey, SignIn
from accounts.sign_in.sealing import seal
from accounts.sign_in.sessions import digest

MOST = 10


def add_authenticator(
    *, person: User, name: str, secret: str, code: str, keep: str | None, at: datetime
) -> list[str]:
    """Set up an app, shown to work by a code of it; return new recovery codes when it is the person's first means.

    `keep` is the browser's session, which goes on. Raises Refused for a code that is not the app's.
    """
    with transaction.atomic():
        first = _room_for_one_more(person)
        step = totp.step_of(secret, code, at)
        if step is None:
            raise Refused("This code is not right. Codes change every 30 seconds: enter the newest one.")
        app = Authenticator.objects.create(
            user=person, name=name, sealed=seal(secret), last_step=step, added_at=at, used_at=at
        )
        return _added(app, first, keep, at)


def add_passkey(*, person: User, passkey: Passkey, name: str, keep: str | None, at: datetime) -> list[str]:
    """Store a passkey that was just made; return new recovery codes when it is the person's first means."""
    with transaction.atomic():
        first = _room_for_one_more(person)
        if Passkey.objects.filter(credential_id=passkey.credential_id).exists():
            raise Refused("This passkey is set up already.")
        passkey.user, passkey.name, passkey.added_at, passkey.used_at = person, name, at, at
        passkey.save(force_insert=True)
        return _added(passkey, first, keep, at)


def remove_factor(*, person: User, factor: Authenticator | Passkey, keep: str | None, at: datetime) -> None:
    """Take an app or a passkey away. Raises Refused for the last one: somebody without any could not sign in."""
    with transaction.atomic():
        _locked(person)
        if _count(person) <= 1:
            raise Refused("This is the only one you have. Set up another one first, then remove this one.")
        facts = {"kind": factor._meta.model_name}
        type(factor)._default_manager.filter(pk=factor.pk, user=person).delete()
        end_sign_ins(person, keep=keep)
        record(Verb.FACTOR_REMOVED, actor=by_person(person), about=person, facts=facts, at=at)


def make_recovery_codes(*, person: User, at: datetime) -> list[str]:
    """Replace a person's recovery codes and return the new ones; the old ones open nothing any more."""
    with transaction.atomic():
        _locked(person)
        codes = recovery.make(person)
        record(Verb.RECOVERY_CODES_MADE, actor=by_person(person), about=person, at=at)
        return codes


def end_sign_ins(person: User, *, keep: str | None = None) -> int:
    """End a person's sign-ins on every device but that of session `keep`, and return how many."""
    others = SignIn.objects.filter(user=person)
    if keep:
        others = others.exclude(session_key=digest(keep))
    return others.delete()[0]


def _locked(person: User) -> None:
    User.objects.select_for_update(no_key=True).get(pk=person.pk)


def _count(person: User) -> int:
    return Authenticator.objects.filter(user=person).count() + Passkey.objects.filter(user=person).count()


def _room_for_one_more(person: User) -> bool:
    """Lock the person and return whether this is their first means; Refused when they have more than enough."""
    _locked(person)
    count = _count(person)
    if count >= MOST:
        raise Refused(f"You have {MOST} already. Remove one that you no longer use first.")
    return count == 0


def _added(factor: Authenticator | Passkey, first: bool, keep: str | None, at: datetime) -> list[str]:
    person, facts = factor.user, {"kind": factor._meta.model_name, "first": first}
    end_sign_ins(person, keep=keep)
    record(Verb.FACTOR_ADDED, actor=by_person(person), about=person, facts=facts, at=at)
    return make_recovery_codes(person=person, at=at) if first else []
