"""A lost second factor: one administrator asks, another agrees, and the person is told (two people, each act recorded).

An administrator alone could otherwise become anybody: by a mailbox and a reset of their own making.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.actions.door import not_oneself, office
from accounts.actions.factors import end_sign_ins
from accounts.audit import Verb, by_administrator, record
from accounts.models import Partnership, User
from accounts.refusals import Refused
from accounts.sign_in.models import Authenticator, FactorReset, Passkey, RecoveryCode

STANDS_FOR = timedelta(days=3)


def waiting_resets(partnership: Partnership, at: datetime) -> QuerySet[FactorReset]:
    """Return what waits for a second administrator, oldest first; after three days it has to be asked for again."""
    return (
        FactorReset.objects.filter(
            decided_at=None, asked_at__gt=at - STANDS_FOR, person__agency__partnership=partnership
        )
        .select_related("person__agency__partnership", "asked_by")
        .order_by("asked_at", "pk")
    )


def ask_for_reset(*, person: User, checked: str, by: User, at: datetime) -> FactorReset:
    """Ask that a person's second factor is taken away; `checked` says how the administrator made sure who asked.

    Raises Refused for oneself, for a leaver, for somebody without a second factor, and while another request waits.
    """
    with office(person.agency.partnership, by):
        not_oneself(by, person, "reset the second step of")
        if not person.is_active:
            raise Refused(f"{person} was deactivated. Let them back in first.")
        if not _has_any(person):
            raise Refused(f"{person} has set up nothing yet. They are asked to when they next sign in.")
        FactorReset.objects.filter(person=person, decided_at=None, asked_at__lte=at - STANDS_FOR).delete()
        try:
            with transaction.atomic():
                found = FactorReset.objects.create(person=person, checked=checked, asked_by=by, asked_at=at)
        except IntegrityError as error:
            raise Refused(
                f"Somebody has asked this for {person} already. It waits for another administrator."
            ) from error
        record(Verb.FACTORS_RESET_ASKED, actor=by_administrator(by), about=person, at=at)
        return found


def agree_to_reset(*, reset: FactorReset, by: User, at: datetime) -> None:
    """Agree, as another administrator: every app, passkey and recovery code goes, and every sign-in ends.

    Raises Refused for who asked, for the person, for an asker who no longer administers, and when it was decided or is
    too old.
    """
    person, partnership = reset.person, reset.person.agency.partnership
    with office(partnership, by), office(partnership, reset.asked_by):
        _still_waits(reset, at)
        not_oneself(by, person, "reset the second step of")
        if by.pk == reset.asked_by_id:
            raise Refused("You asked for this. Another administrator has to agree.")
        _decide(reset, by, agreed=True, at=at)
        for table in (Authenticator, Passkey, RecoveryCode):
            table._default_manager.filter(user=person).delete()
        end_sign_ins(person)
        facts = {"asked_by": reset.asked_by_id}
        record(Verb.FACTORS_RESET, actor=by_administrator(by), about=person, facts=facts, at=at)


def decline_reset(*, reset: FactorReset, by: User, at: datetime) -> None:
    """Decline, or take one's own request back. Raises Refused when it was decided or is too old."""
    with office(reset.person.agency.partnership, by):
        _still_waits(reset, at)
        not_oneself(by, reset.person, "decide this for")
        _decide(reset, by, agreed=False, at=at)
        facts = {"asked_by": reset.asked_by_id}
        record(
            Verb.FACTORS_RESET_DECLINED, actor=by_administrator(by), about=reset.person, facts=facts, at=at
        )


def _still_waits(reset: FactorReset, at: datetime) -> None:
    """Asked inside the office's lock, so that two answers at once are one."""
    if not waiting_resets(reset.person.agency.partnership, at).filter(pk=reset.pk).exists():
        raise Refused("This was decided before, or is too old. Ask again if it is still needed.")


def _decide(reset: FactorReset, by: User, *, agreed: bool, at: datetime) -> None:
    reset.decided_by, reset.decided_at, reset.agreed = by, at, agreed
    reset.save(update_fields=["decided_by", "decided_at", "agreed"])


def _has_any(person: User) -> bool:
    tables = (Authenticator, Passkey, RecoveryCode)
    return any(table._default_manager.filter(user=person).exists() for table in tables)
