"""A search is a read: each is an event in the registry, and somebody who makes very many is slowed down (bar F8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from accounts.models import User
from cases.record.looks import TooManyLooks
from escalation.trail.models import REGISTRY, Event
from escalation.trail.writing import Actor, append

#: So many pages of found cases in so short a time, then the next one has to wait.
MANY = 40
WITHIN = timedelta(minutes=10)


class Verb(StrEnum):
    """What happened. These names are sealed in the trail, so none is ever renamed."""

    SEARCHED = "searched"
    SEARCH_KEPT = "search_kept"
    SEARCH_RENAMED = "search_renamed"
    SEARCH_REMOVED = "search_removed"


class TooManySearches(TooManyLooks):
    """The person searched so often in a short time that the next search has to wait."""


def record(verb: Verb, *, by: User, facts: Mapping[str, Any], at: datetime, about: str = "service") -> None:
    """Add one event. `facts` hold counts and keys: never the words that were looked for, nor the name of a search."""
    append(
        REGISTRY, verb.value, actor=Actor(by.pk, "person", by.agency_id), object_ref=about, facts=facts, at=at
    )


def may_search(by: User, at: datetime) -> None:
    """Do nothing for somebody who may search now; one statement. Raises TooManySearches."""
    lately = Event.objects.filter(
        verb=Verb.SEARCHED.value, actor_id=by.pk, claimed_at__gt=at - WITHIN, claimed_at__lte=at
    )
    if lately.count() >= MANY:
        raise TooManySearches
