"""record(): the only writer of what happens to people, places, roles and sign-ins in the registry chain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db.models import Model
from django.dispatch import Signal

from accounts.models import Cover, Membership, RoleRequest, User
from accounts.roles import Role
from escalation.trail.models import REGISTRY, Event
from escalation.trail.writing import SERVICE, Actor, Line, append

#: Sent inside the transaction with (verb, event, about, facts, at), so that what follows is kept or lost with it.
recorded = Signal()

#: The role written down for what people do for themselves: sign in, set a password.
PERSON = "person"


class Verb(StrEnum):
    """What happened. Names of the registry's events: they are sealed, so none is ever renamed."""

    AGENCY_CREATED = "agency_created"
    TEAM_CREATED = "team_created"
    PERSON_ADDED = "person_added"
    PERSON_INVITED = "person_invited"
    PASSWORD_SET = "password_set"  # noqa: S105 (a verb)
    PERSON_CORRECTED = "person_corrected"
    PERSON_MOVED = "person_moved"
    EMAIL_CHANGE_ASKED = "email_change_asked"
    EMAIL_CHANGE_DECLINED = "email_change_declined"
    EMAIL_CHANGED = "email_changed"
    PERSON_DEACTIVATED = "person_deactivated"
    PERSON_REACTIVATED = "person_reactivated"
    ROLE_REQUESTED = "role_requested"
    ROLE_DECLINED = "role_declined"
    ROLE_GRANTED = "role_granted"
    ROLE_ENDED = "role_ended"
    ROLE_LEFT_OPEN = "role_left_open"  # its days were over, and something was still to do in it
    ROLE_HANDED_OVER = "role_handed_over"  # what it left, afterwards
    STAFF_LIST_PROPOSED = "staff_list_proposed"
    STAFF_LIST_TAKEN = "staff_list_taken"
    STAFF_LIST_DECLINED = "staff_list_declined"
    DEPUTY_NAMED = "deputy_named"
    DEPUTY_ENDED = "deputy_ended"
    GRANTS_REBUILT = "grants_rebuilt"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    SIGN_IN_ENDED = "sign_in_ended"  # by its owner, on another device
    FACTOR_FAILED = "factor_failed"
    STEPPED_UP = "stepped_up"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    PASSWORD_RESET_ASKED = "password_reset_asked"  # noqa: S105
    PASSWORD_RESET = "password_reset"  # noqa: S105
    FACTORS_RESET_ASKED = "factors_reset_asked"
    FACTORS_RESET_DECLINED = "factors_reset_declined"
    FACTORS_RESET = "factors_reset"
    PROVIDER_CHANGED = "provider_changed"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    MANY_CASES_OPENED = "many_cases_opened"


#: Who acts where nobody does: the service itself, on its own command line, in the demonstration, in its sweep. Every
#: write is told who acts, so this is said by name and never by leaving it out.
THE_SERVICE: Final = None


def by_administrator(person: User | None) -> Actor:
    """Return the actor for an administrator; THE_SERVICE is the actor of that name."""
    return SERVICE if person is None else Actor(person.pk, Role.ADMINISTRATOR.value, person.agency_id)


def by_person(person: User | None) -> Actor:
    """Return the actor for what somebody does for themselves; None when nobody is known."""
    return SERVICE if person is None else Actor(person.pk, PERSON, person.agency_id)


def record(
    verb: Verb,
    *,
    actor: Actor,
    about: Model | None = None,
    facts: Mapping[str, Any] | None = None,
    at: datetime,
) -> Event:
    """Add one event to the registry chain and return it; call it last in the transaction of the change itself.

    `facts` hold keys, roles, days and counts: no name, address or other personal text, since events are never erased.
    """
    given = facts or {}
    event = append(REGISTRY, verb.value, actor=actor, object_ref=_named(about), facts=given, at=at)
    recorded.send(sender=Event, verb=verb, event=event, about=about, facts=given, at=at)
    return event


def line_of(verb: Verb, *, actor: Actor, about: Model, facts: Mapping[str, Any]) -> Line:
    """Return one event of the registry that is written with many others by `append_many`."""
    return Line(REGISTRY, verb.value, _named(about), facts, actor)


def _named(about: Model | None) -> str:
    return f"{about._meta.model_name}:{about.pk}" if about is not None else "service"


def of_membership(membership: Membership) -> dict[str, Any]:
    """Return a membership as facts of an event."""
    return {
        "person": membership.user_id,
        "role": membership.role,
        "partnership": membership.partnership_id,
        "agency": membership.agency_id,
        "team": membership.team_id,
        "from": membership.starts_on,
        "until": membership.ends_on,
    }


def of_request(request: RoleRequest) -> dict[str, Any]:
    """Return a request for a role as facts of an event: what a membership says, and who asked."""
    return {
        "person": request.person_id,
        "role": request.role,
        "partnership": request.partnership_id,
        "agency": request.agency_id,
        "team": request.team_id,
        "from": request.starts_on,
        "until": request.ends_on,
        "asked_by": request.asked_by_id,
    }


def of_cover(cover: Cover) -> dict[str, Any]:
    """Return a cover as facts of an event; the reason is people's own words and stays out."""
    return {
        "deputy": cover.deputy_id,
        "for": cover.membership.user_id,
        "role": cover.membership.role,
        "membership": cover.membership_id,
        "from": cover.starts_on,
        "until": cover.ends_on,
    }
