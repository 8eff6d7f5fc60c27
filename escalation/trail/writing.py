"""Adding to the trail: the only code that inserts events."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from escalation import bulk
from escalation.trail.models import Event


@dataclass(frozen=True)
class Actor:
    """Who acts: a person in a role for an agency, perhaps for somebody else; or the service itself (user_id None)."""

    user_id: int | None
    role: str
    agency_id: int | None = None
    acting_for_id: int | None = None


SERVICE = Actor(None, "service")


@dataclass(frozen=True)
class Line:
    """One event still to be written."""

    chain: uuid.UUID
    verb: str
    object_ref: str
    facts: Mapping[str, Any]
    actor: Actor
    token: uuid.UUID | None = None


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
    event = _event(Line(chain, verb, object_ref, facts, actor, token), at)
    event.save(force_insert=True)
    return event


def append_many(lines: Iterable[Line], *, at: datetime) -> list[uuid.UUID]:
    """Append many events in one statement and return their ids in the order given; none may carry a form's token.

    The rows go in sorted by chain, so that two writers take the heads in the same order and neither waits for the
    other in a ring; events of one chain keep their order.
    """
    rows = [_row(line, at) for line in lines]
    bulk.insert(Event, sorted(rows, key=lambda row: row["chain"].int))
    return [row["id"] for row in rows]


def _row(line: Line, at: datetime) -> dict[str, Any]:
    return {
        "id": uuid.uuid4(),
        "chain": line.chain,
        "at": at,  # the trigger puts its own
        "verb": line.verb,
        "actor_id": line.actor.user_id,
        "acting_for_id": line.actor.acting_for_id,
        "acting_role": line.actor.role,
        "agency_id": line.actor.agency_id,
        "object_ref": line.object_ref,
        "payload": canonical(line.facts),
        "salt": os.urandom(32),
        "claimed_at": at,
    }


def _event(line: Line, at: datetime) -> Event:
    return Event(
        chain=line.chain,
        verb=line.verb,
        actor_id=line.actor.user_id,
        acting_for_id=line.actor.acting_for_id,
        acting_role=line.actor.role,
        agency_id=line.actor.agency_id,
        object_ref=line.object_ref,
        payload=canonical(line.facts),
        salt=os.urandom(32),
        claimed_at=at,
        token=line.token,
    )
