"""What is due from a person for their calendar program, under a secret address: what, by when, a link, no more."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from icalendar import Calendar, Event, vDuration

from accounts.models import User
from cases.models import Deadline, Participation
from escalation.trail.models import REGISTRY
from escalation.trail.writing import Actor, append
from notifications.models import CalendarFeed

#: No calendar needs more.
MOST = 500


def make(user: User, at: datetime) -> str:
    """Make a new secret address and return its token; the one before it ends. Only the digest is kept."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        CalendarFeed.objects.update_or_create(
            user=user, defaults={"digest": _digest(token), "made_at": at, "read_at": None}
        )
        _record("calendar_address_made", user, at)
    return token


def end(user: User, at: datetime) -> None:
    """Let a person's address lead nowhere."""
    with transaction.atomic():
        if CalendarFeed.objects.filter(user=user).delete()[0]:
            _record("calendar_address_ended", user, at)


def _record(verb: str, user: User, at: datetime) -> None:
    actor = Actor(user.pk, "person", user.agency_id)
    append(REGISTRY, verb, actor=actor, object_ref=f"user:{user.pk}", facts={}, at=at)


def owner(token: str, at: datetime) -> User | None:
    """Return whose address this is, while they are at work here; None for any other. Notes that it was read."""
    feed = CalendarFeed.objects.select_related("user").filter(digest=_digest(token)).first()
    if feed is None or not feed.user.is_active:
        return None
    CalendarFeed.objects.filter(pk=feed.pk).update(read_at=at)
    return feed.user


def calendar_of(user: User, at: datetime) -> str:
    """Return what is due from a person as an iCalendar text (RFC 5545)."""
    takes_part = Participation.objects.live().filter(case=OuterRef("case"), user=user)
    duties = Deadline.objects.open().filter(Exists(takes_part), person=user).select_related("case", "stage")
    return _text(duties.order_by("due_at", "pk")[:MOST], at)


def _text(duties: Iterable[Deadline], at: datetime) -> str:
    base = settings.BASE_URL.geturl().rstrip("/")
    calendar = Calendar()
    calendar.add("prodid", "-//Escalation//What is due//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Escalation: what is due")
    calendar.add("refresh-interval", vDuration(timedelta(hours=1)), parameters={"VALUE": "DURATION"})
    for duty in duties:
        event = Event()
        event.add("uid", f"due-{duty.pk}@{settings.BASE_URL.hostname}")
        event.add("dtstamp", at)
        event.add("dtstart", duty.due_at)
        event.add("dtend", duty.due_at)
        event.add("summary", f"Due: {duty.words} ({duty.case.reference})")
        event.add("url", base + reverse("case", args=[duty.case.reference]))
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    return bytes(calendar.to_ical()).decode()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
