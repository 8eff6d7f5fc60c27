"""A person's particulars put right: name and job by one administrator, the email address by two.

Whoever can change an address alone could send the link for a new password to themselves and be that person (abuse case
T12). So one asks, the person is told at the address they have, and another administrator confirms it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts import invitations
from accounts.actions.door import not_oneself, office
from accounts.actions.factors import end_sign_ins
from accounts.actions.people import TAKEN
from accounts.audit import Verb, by_administrator, record
from accounts.models import Asked, EmailChange, Partnership, User
from accounts.refusals import Refused

STANDS_FOR = timedelta(days=14)
#: So long somebody who signs in already has to object, from when they were told.
TIME_TO_OBJECT = timedelta(hours=1)


def correct_person(*, person: User, full_name: str, job_title: str, by: User | None, at: datetime) -> None:
    """Put a name or a job right. What people wrote shows the new name too: it is the same person.

    Raises Refused for oneself, and when nothing would change. The event says which of the two, and no name.
    """
    with office(person.agency.partnership, by):
        not_oneself(by, person, "correct the name of")
        facts = {"name": person.full_name != full_name, "job": person.job_title != job_title}
        if not any(facts.values()):
            raise Refused("That is the name and the job already. Nothing was changed.")
        person.full_name, person.job_title = full_name, job_title
        person.save(update_fields=["full_name", "job_title"])
        record(Verb.PERSON_CORRECTED, actor=by_administrator(by), about=person, facts=facts, at=at)


def waiting_changes(partnership: Partnership, at: datetime) -> QuerySet[EmailChange]:
    """Return the new addresses that wait for a second administrator, oldest first."""
    return (
        EmailChange.objects.filter(
            decision=Asked.Decision.WAITING,
            asked_at__gt=at - STANDS_FOR,
            person__agency__partnership=partnership,
        )
        .select_related("person__agency__partnership", "asked_by")
        .order_by("asked_at", "pk")
    )


def ask_email_change(*, person: User, email: str, checked: str, by: User, at: datetime) -> EmailChange:
    """Ask that a person's address be another one; `checked` says how the administrator made sure. Nothing changes yet.

    Raises Refused for oneself, for a leaver, for an address that is theirs or somebody's, and while another one waits.
    """
    with office(person.agency.partnership, by):
        not_oneself(by, person, "change the email address of")
        if not person.is_active:
            raise Refused(f"{person} was deactivated. Let them back in first.")
        wanted = User.objects.normalize_email(email).lower()
        if wanted == person.email:
            raise Refused("That is their email address already.")
        if User.objects.filter(email=wanted).exists():
            raise Refused(TAKEN)
        open_ones = EmailChange.objects.filter(person=person, decision=Asked.Decision.WAITING)
        open_ones.filter(asked_at__lte=at - STANDS_FOR).delete()
        if open_ones.exists():
            raise Refused(f"A new address of {person} waits for another administrator already.")
        found = EmailChange.objects.create(
            person=person, email=wanted, checked=checked, asked_by=by, asked_at=at
        )
        record(Verb.EMAIL_CHANGE_ASKED, actor=by_administrator(by), about=person, at=at)
        return found


def confirm_email_change(*, change: EmailChange, by: User, at: datetime) -> None:
    """Confirm, as another administrator: the person signs in with the new address from now on, and anew everywhere.

    Raises Refused for one's own request, for the person, within the hour in which they may object, and when it was
    decided, is too old, or the address is somebody's by now.
    """
    partnership = change.person.agency.partnership
    with office(partnership, by), office(partnership, change.asked_by):
        found = _still_waits(change, at)
        person = found.person
        not_oneself(by, person, "confirm an email address for")
        if by.pk == found.asked_by_id:
            raise Refused("You asked for this yourself. Another administrator confirms it.")
        if invitations.has_come(person) and at - found.asked_at < TIME_TO_OBJECT:
            raise Refused(f"{person} was told just now and has an hour to object. Confirm it after that.")
        try:
            with transaction.atomic():
                person.email = found.email
                person.save(update_fields=["email"])
        except IntegrityError as error:
            raise Refused(TAKEN) from error
        _decide(found, Asked.Decision.CONFIRMED, by, at)
        end_sign_ins(person)
        facts = {"asked_by": found.asked_by_id}
        record(Verb.EMAIL_CHANGED, actor=by_administrator(by), about=person, facts=facts, at=at)


def decline_email_change(*, change: EmailChange, by: User, at: datetime) -> None:
    """Decline, or take one's own request back. Raises Refused when it was decided or is too old."""
    with office(change.person.agency.partnership, by):
        found = _still_waits(change, at)
        _decide(found, Asked.Decision.DECLINED, by, at)
        facts = {"asked_by": found.asked_by_id}
        record(Verb.EMAIL_CHANGE_DECLINED, actor=by_administrator(by), about=found.person, facts=facts, at=at)


def _still_waits(change: EmailChange, at: datetime) -> EmailChange:
    """Asked inside the office's lock, so that two answers at once are one."""
    found = waiting_changes(change.person.agency.partnership, at).filter(pk=change.pk).first()
    if found is None:
        raise Refused("This was decided before, or is too old. Ask again if it is still needed.")
    return found


def _decide(found: EmailChange, decision: str, by: User, at: datetime) -> None:
    """Note who decided what; the address and how it was checked are not kept."""
    found.decision, found.decided_by, found.decided_at, found.email, found.checked = (
        decision,
        by,
        at,
        "",
        "",
    )
    found.save(update_fields=["decision", "decided_by", "decided_at", "email", "checked"])
