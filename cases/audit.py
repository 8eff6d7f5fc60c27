"""record(): the only writer of a case's audit trail, and the one signal by which others hear of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import IntegrityError
from django.dispatch import Signal

from cases.models import Case
from cases.refusals import AlreadyDone
from escalation.trail.models import Event
from escalation.trail.writing import Actor, append, canonical

#: Sent inside the transaction after the event: sender=Case with change=the Change, sender=Deadline with change=the
#: Batch of a sweep, sender=Rethink or AgencyConcern with change=an AsideChange, sender=BreakGlass with change=a
#: ReviewDue.
recorded = Signal()


class Verb(StrEnum):
    """What happened. Every verb has one presenter (cases.history) and one row in notifications.rules."""

    OPENED = "opened"
    CONTACT_RECORDED = "contact_recorded"
    MEETING_RECORDED = "meeting_recorded"
    POSITION_RECORDED = "position_recorded"
    COMMON_GROUND_RECORDED = "common_ground_recorded"
    UPDATED = "updated"
    CORRECTED = "corrected"
    TEXT_ERASED = "text_erased"  # written by the database alone (cases/sql/forgetting.sql)
    SAFETY_LINE_SET = "safety_line_set"
    URGENCY_CHANGED = "urgency_changed"
    HORIZON_CHANGED = "horizon_changed"
    EXTENDED = "extended"
    PAUSED = "paused"
    RESUMED = "resumed"
    DATES_MOVED = "dates_moved"
    ADVICE_ASKED = "advice_asked"
    ADVICE_GIVEN = "advice_given"
    INTENTION_NOTIFIED = "intention_notified"
    ESCALATED = "escalated"
    SKIPPED = "skipped"
    ACCEPTED = "accepted"
    SUPPORTED = "supported"
    DECLINED = "declined"
    NEW_FACTS_GIVEN = "new_facts_given"
    VIEW_ASKED = "view_asked"
    VIEW_SUPPORTS = "view_supports"
    VIEW_DOES_NOT_SUPPORT = "view_does_not_support"
    AGREED = "agreed"
    AGREED_TO_DIFFER = "agreed_to_differ"
    DETERMINED = "determined"
    REFERRED = "referred"
    COMMITTEE_DECIDED = "committee_decided"
    WITHDRAWN = "withdrawn"
    DIVERTED = "diverted"
    FEEDBACK_ACKNOWLEDGED = "feedback_acknowledged"
    ACTION_REPORTED = "action_reported"
    DUTY_DONE = "duty_done"
    CHECKED_UNDERSTOOD = "checked_understood"
    CHECKED_DONE = "checked_done"
    REOPENED = "reopened"
    CLOSED = "closed"
    LAPSED = "lapsed"
    RETHINK_ASKED = "rethink_asked"
    MEETING_CONVENED = "meeting_convened"
    MEETING_CALLED_OFF = "meeting_called_off"
    CHAIRED_MEETING_HELD = "chaired_meeting_held"
    HANDED_OVER = "handed_over"
    GLASS_BROKEN = "glass_broken"
    GLASS_REVIEWED = "glass_reviewed"


@dataclass(frozen=True)
class Audit:
    """What every write must be given: the instant it is done, and the form it came from.

    `version` is that of the case as the person saw it; None for what adds to the record and moves nothing.
    `token` is the form's own, so that a second sending adds nothing.
    """

    at: datetime
    token: uuid.UUID | None = None
    version: int | None = None


def in_short(verb: Verb, facts: Mapping[str, Any], actor: Actor) -> str:
    """Return what changed a case as the case itself keeps it for lists: JSON of the verb, its facts and who did it."""
    return canonical({"verb": verb.value, "facts": facts, "actor": actor.user_id})


def record(
    case: Case,
    verb: Verb,
    *,
    actor: Actor,
    facts: Mapping[str, Any],
    at: datetime,
    token: uuid.UUID | None = None,
) -> Event:
    """Add the sealed event of a change, last in its transaction, and return it. AlreadyDone for a token seen before."""
    try:
        return append(
            case.chain,
            verb.value,
            actor=actor,
            object_ref=f"case:{case.pk}",
            facts=facts,
            at=at,
            token=token,
        )
    except IntegrityError as error:
        if "event_form_sent_once" in str(error):
            raise AlreadyDone("This was sent already. It is in the record once.") from error
        raise
