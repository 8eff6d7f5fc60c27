"""People: added, invited, deactivated when they leave, let back in when they return."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction

from accounts import invitations
from accounts.actions.door import (
    day_of,
    end_dated,
    end_membership,
    not_oneself,
    nothing_left_behind,
    office,
    over,
    someone_still_administers,
)
from accounts.actions.factors import end_sign_ins
from accounts.audit import Verb, by_administrator, by_person, record
from accounts.grants import sync
from accounts.models import Agency, Cover, Membership, User
from accounts.refusals import Refused
from accounts.roles import Role

TAKEN = "Somebody with this email address is known already. Look for them under People."
OVER = "This invitation was used before or is too old. Ask your administrator for a new one."


def add_person(
    *, email: str, full_name: str, job_title: str, agency: Agency, by: User | None, at: datetime
) -> User:
    """Add a person employed by an agency and return them. They hold nothing and cannot sign in with a password yet.

    `invite` gives the link by which they set one. Raises Refused when the address is known already.
    """
    with office(agency.partnership, by):
        try:
            with transaction.atomic():
                person = User.objects.create_user(
                    email, full_name, password=None, job_title=job_title, agency=agency
                )
        except IntegrityError as error:
            raise Refused(TAKEN) from error
        record(
            Verb.PERSON_ADDED, actor=by_administrator(by), about=person, facts={"agency": agency.pk}, at=at
        )
        return person


def invite(*, person: User, by: User | None, at: datetime) -> str:
    """Return the secret part of the link by which a person sets their first password within seven days.

    Raises Refused for somebody who has a password: an administrator must not be able to take over an account.
    """
    with office(person.agency.partnership, by):
        if not person.is_active:
            raise Refused(f"{person} was deactivated. Let them back in first.")
        if invitations.has_come(person):
            raise Refused(f"{person} has set a password already, so there is nothing to invite them to.")
        record(Verb.PERSON_INVITED, actor=by_administrator(by), about=person, at=at)
        return invitations.token_for(person)


def accept_invitation(*, token: str, password: str, at: datetime) -> User:
    """Set a person's first password by their invitation and return them.

    Raises Refused for an invitation that is forged, used or too old, ValidationError for a password that is too weak.
    """
    with transaction.atomic():
        person = invitations.locked_person_of(token)
        if person is None:
            raise Refused(OVER)
        validate_password(password, person)
        person.set_password(password)
        person.save(update_fields=["password"])
        record(Verb.PASSWORD_SET, actor=by_person(person), about=person, at=at)
        return person


def deactivate_person(
    *, person: User, successors: Mapping[Role, User] | None = None, by: User | None, at: datetime
) -> None:
    """Let a leaver go: every role and cover ends at once, and so does every sign-in, at its next request.

    What they leave behind goes to their successors, role by role, in the same transaction.
    Raises Refused when something would be left behind, for oneself, and for the last administrator.
    """
    today, partnership = day_of(at), person.agency.partnership
    with office(partnership, by):
        not_oneself(by, person, "deactivate")
        if not User.objects.get(pk=person.pk).is_active:
            raise Refused(f"{person} was deactivated before.")
        nothing_left_behind(person, None, successors or {}, by, at)
        memberships = [m for m in Membership.objects.filter(user=person) if not over(m, today)]
        if any(m.role == Role.ADMINISTRATOR for m in memberships):
            someone_still_administers(partnership, person, today)
        covering = [c for c in Cover.objects.filter(deputy=person) if not over(c, today)]
        facts = {"memberships": [m.pk for m in memberships], "covering": [c.pk for c in covering]}
        for cover in covering:
            end_dated(cover, today, None)
        deputies = [deputy for m in memberships for deputy in end_membership(m, today, None)]
        sync([person, *deputies], day=today)
        _set_active(person, False)
        record(Verb.PERSON_DEACTIVATED, actor=by_administrator(by), about=person, facts=facts, at=at)


def reactivate_person(*, person: User, by: User | None, at: datetime) -> None:
    """Let somebody back in who was deactivated. They hold no role until one is granted; their password still works.

    Raises Refused when they are active.
    """
    with office(person.agency.partnership, by):
        if User.objects.get(pk=person.pk).is_active:
            raise Refused(f"{person} is active already.")
        _set_active(person, True)
        sync(person, day=day_of(at))
        record(Verb.PERSON_REACTIVATED, actor=by_administrator(by), about=person, at=at)


def _set_active(person: User, active: bool) -> None:
    person.is_active = active
    person.save(update_fields=["is_active"])
    end_sign_ins(person)  # none of before comes back when the person does
