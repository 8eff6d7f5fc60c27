"""From what is recorded of sign-ins to messages: whoever has an account hears when it was changed, and leads of alarms.

Listens to `accounts.audit`, inside its transaction, as `planning` listens to cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.audit import Verb, recorded
from accounts.models import Cover, Membership, User
from accounts.roles import Role
from escalation.trail.models import Event
from notifications.models import Kind, Message

#: Who has the account is told of these, whoever did them. The first means is set up in front of them: no mail.
RULES: dict[Verb, Kind] = {
    Verb.PASSWORD_RESET_ASKED: Kind.PASSWORD_LINK,
    # Whoever makes an invitation sees its link. The person is told when somebody set the first password by it.
    Verb.PASSWORD_SET: Kind.SIGN_IN_CHANGED,
    Verb.PASSWORD_RESET: Kind.SIGN_IN_CHANGED,
    Verb.PASSWORD_CHANGED: Kind.SIGN_IN_CHANGED,
    Verb.FACTOR_ADDED: Kind.SIGN_IN_CHANGED,
    Verb.FACTOR_REMOVED: Kind.SIGN_IN_CHANGED,
    Verb.RECOVERY_CODE_USED: Kind.SIGN_IN_CHANGED,
    Verb.IDENTITY_LINKED: Kind.SIGN_IN_CHANGED,
    Verb.IDENTITY_UNLINKED: Kind.SIGN_IN_CHANGED,
    Verb.EMAIL_CHANGE_ASKED: Kind.EMAIL_CHANGING,  # to the address they still have
    Verb.EMAIL_CHANGED: Kind.SIGN_IN_CHANGED,
    Verb.FACTORS_RESET: Kind.SECOND_STEP_RESET,
}


def connect() -> None:
    """Listen, once per process, to what is recorded of people."""
    recorded.connect(on_event, sender=Event, dispatch_uid="notifications-people")


def on_event(
    *, verb: Verb, event: Event, about: Any, facts: Mapping[str, Any], at: datetime, **signal: Any
) -> None:
    """Plan the messages of one event of the registry."""
    if verb == Verb.DEPUTY_NAMED and isinstance(about, Cover):
        # One administrator names a deputy alone: whoever is acted for is the one who would know better.
        _plan(Kind.DEPUTY_NAMED, [about.membership.user_id], event, about.deputy, at)
    if verb == Verb.ROLE_LEFT_OPEN and isinstance(about, Membership):
        _plan(Kind.ROLE_LEFT, administrators_of(about, at), event, about.user, at)
    if not isinstance(about, User):
        return
    if verb == Verb.MANY_CASES_OPENED:
        _plan(Kind.MANY_OPENED, leads_of(about, at), event, about, at)
    elif verb in RULES and not facts.get("first"):
        _plan(RULES[verb], [about.pk], event, about, at)


def administrators_of(membership: Membership, at: datetime) -> list[int]:
    """Return who may hand over what a role left: the partnership's administrators, but for whoever held it."""
    held = Membership.objects.on(timezone.localdate(at)).filter(
        role=Role.ADMINISTRATOR, partnership=membership.partnership_id, user__is_active=True
    )
    found = held.exclude(user=membership.user_id).order_by("pk").values_list("user_id", flat=True)
    return list(dict.fromkeys(found))


def leads_of(person: User, at: datetime) -> list[int]:
    """Return who looks after how a person's agency uses the service: its designated leads, else the administrators."""
    held = Membership.objects.on(timezone.localdate(at)).filter(user__is_active=True).exclude(user=person)
    agencies = [pk for pk in (person.agency_id, person.agency.represented_by_id) if pk]
    held = held.order_by("pk")
    leads = held.filter(role=Role.DESIGNATED_LEAD, agency_id__in=agencies)
    others = held.filter(role=Role.ADMINISTRATOR, partnership=person.agency.partnership_id)
    found = leads.values_list("user_id", flat=True) or others.values_list("user_id", flat=True)
    return list(dict.fromkeys(found))


def _plan(kind: Kind, people: list[int], event: Event, about: User, at: datetime) -> None:
    Message.objects.bulk_create(
        [
            Message(
                kind=kind,
                recipient_id=person,
                about=about,
                event=event.pk,
                key=f"{event.pk}:{person}",
                created_at=at,
                not_before=at,
            )
            for person in people
        ],
        ignore_conflicts=True,
    )
