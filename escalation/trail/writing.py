"""Adding to the trail: the only code that inserts events."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from escalation.trail.models import Event


@dataclass(frozen=True)
class Actor:
    """Who acts: a person in a role for an agency, perhaps for somebody else; or the service itself (user_id None)."""

    user_id: int | None
    role: str
    agency_id: int | None = None
    acting_for_id: int | None = None


SERVICE = Actor(None, "service")


def canonical(facts: Mapping[str, Any]) -> str:
    """Return facts as the one JSON text that is hashed: sorted keys, no spaces, plain UTF-8."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def append(
    chain: uuid.UUID,
    verb: str,
    *,
    actor: Actor,
    object_ref: str,
    facts: Mapping[str, Any],
    at: datetime,
    token: uuid.UUID | None = None,
) -> Event:
    """Append one event to a chain and return it; call it last in the transaction, since it locks the chain's head.

    `at` is the instant the application claims; the database adds its own. Raises IntegrityError when `token` was
    seen before (the same form sent twice).
    """
    return Event.objects.create(
        chain=chain,
        verb=verb,
        actor_id=actor.user_id,
        acting_for_id=actor.acting_for_id,
        acting_role=actor.role,
        agency_id=actor.agency_id,
        object_ref=object_ref,
        payload=canonical(facts),
        salt=os.urandom(32),
        claimed_at=at,
        token=token,
    )
