"""What is done with reports and learning, in the registry chain: who took figures out, approved or published them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from accounts.models import User
from accounts.roles import Role
from accounts.standing import acted_for
from escalation.trail.models import REGISTRY, Event
from escalation.trail.writing import SERVICE, Actor, append


class Verb(StrEnum):
    """What happened. These names are sealed in the trail, so none is ever renamed."""

    REPORT_EXPORTED = "report_exported"
    DISCLOSURE_SET = "disclosure_set"
    PAPER_ASKED = "paper_asked"
    PAPER_DRAFTED = "paper_drafted"
    PAPER_WORDED = "paper_worded"
    PAPER_APPROVED = "paper_approved"
    PAPER_PUBLISHED = "paper_published"
    LEARNING_RAISED = "learning_raised"
    LEARNING_DECIDED = "learning_decided"
    LEARNING_DONE = "learning_done"
    GOOD_PRACTICE_RECOGNISED = "good_practice_recognised"


#: As what this is done, so that it stands in the trail for whom a deputy did it.
IN_ROLE: dict[Verb, tuple[Role, ...]] = {
    Verb.REPORT_EXPORTED: (Role.CPC_OFFICER, Role.AUDITOR),
    **dict.fromkeys(
        (
            Verb.DISCLOSURE_SET,
            Verb.PAPER_ASKED,
            Verb.PAPER_DRAFTED,
            Verb.PAPER_WORDED,
            Verb.PAPER_APPROVED,
            Verb.PAPER_PUBLISHED,
            Verb.LEARNING_DECIDED,
            Verb.LEARNING_DONE,
        ),
        (Role.CPC_OFFICER,),
    ),
}


def record(verb: Verb, *, by: User | None, about: str, facts: Mapping[str, Any], at: datetime) -> Event:
    """Add one event; call it last in the transaction. `facts` hold keys, days and counts, never words of people."""
    acting_for = acted_for(by, *IN_ROLE[verb]) if by is not None and verb in IN_ROLE else None
    actor = SERVICE if by is None else Actor(by.pk, "person", by.agency_id, acting_for)
    return append(REGISTRY, verb.value, actor=actor, object_ref=about, facts=facts, at=at)
