"""What writes beside the ladder have in common: who hears of them, and the event that is recorded last."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.db.models import Model

from cases import audit as trail
from cases.audit import Audit
from cases.models import Invitation
from cases.refusals import AlreadyDone
from escalation.trail.models import Event
from escalation.trail.writing import Actor, append


@dataclass
class AsideChange:
    """What one action does, collected inside its transaction, with everybody who should hear of it."""

    verb: str
    audit: Audit
    facts: dict[str, Any] = field(default_factory=dict)
    after: list[Callable[[], object]] = field(default_factory=list)
    told: set[int] = field(default_factory=set)  # people with accounts who are to look at it
    invited: list[Invitation] = field(default_factory=list)  # get their first invitation
    moved: list[Invitation] = field(default_factory=list)  # get the new time or place
    uninvited: list[Invitation] = field(default_factory=list)  # are told that it is off, for them
    event: Event | None = None

    @property
    def at(self) -> datetime:
        return self.audit.at


def record_aside(change: AsideChange, matter: Model, chain: uuid.UUID, object_ref: str, actor: Actor) -> None:
    """Add the sealed event of a change beside the ladder, and announce it inside the transaction.

    Raises AlreadyDone for a form that was sent before.
    """
    try:
        change.event = append(
            chain,
            change.verb,
            actor=actor,
            object_ref=object_ref,
            facts=change.facts,
            at=change.at,
            token=change.audit.token,
        )
    except IntegrityError as error:
        if "event_form_sent_once" in str(error):
            raise AlreadyDone("This was sent already. It is in the record once.") from error
        raise
    trail.recorded.send(sender=type(matter), change=change)
