"""Reminders to look into an emergency access, made by the sweep until somebody has (A13).

Whoever is asked takes no part in the case, so this is no duty of the case: it has its own date, and its own reminder a
working day after the access, when it is due, and then every working day. Once the time is up, whoever determines in
the partnership is asked too.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Cover, Membership
from accounts.roles import Role
from cases.audit import recorded
from cases.deadlines import calendar_of
from cases.glass import REMIND_AFTER
from cases.models import BreakGlass
from cases.working_time import CalendarExhausted, add
from escalation.trail.models import REGISTRY
from escalation.trail.writing import SERVICE, append

log = logging.getLogger(__name__)
AT_A_TIME = 100


@dataclass(frozen=True)
class ReviewDue:
    """One reminder: of which access, who is reminded, and for which of its instants."""

    glass: BreakGlass
    people: tuple[int, ...]
    row_at: datetime
    at: datetime


def remind(at: datetime) -> int:
    """Remind of every access that waits to be looked into and whose instant has come; return how many.

    Each in a transaction of its own, claimed with SKIP LOCKED, so that two sweeps remind once and one that fails holds
    up no other. What an outage left makes one reminder.
    """
    waiting = BreakGlass.objects.to_review().filter(remind_at__lte=at).order_by("remind_at", "pk")
    done = 0
    for pk in list(waiting.values_list("pk", flat=True)[:AT_A_TIME]):
        try:
            with transaction.atomic():
                done += _remind(pk, at)
        except Exception:
            log.exception("emergency access %s could not be reminded of", pk)
    return done


def _remind(pk: int, at: datetime) -> int:
    rows = BreakGlass.objects.to_review().select_for_update(of=("self",), skip_locked=True)
    glass = rows.select_related("case__partnership").filter(pk=pk, remind_at__lte=at).first()
    if glass is None or glass.remind_at is None:
        return 0
    row_at, late = glass.remind_at, glass.review_due_at <= at
    glass.remind_at = _next(glass, at) if late else glass.review_due_at
    glass.save(update_fields=["remind_at"])
    people = _asked(glass, at, late=late)
    if late and row_at <= glass.review_due_at:  # the first time after it was due
        append(
            REGISTRY,
            "glass_review_late",
            actor=SERVICE,
            object_ref=f"case:{glass.case_id}",
            facts={"due": glass.review_due_at.isoformat(), "reviewer": glass.reviewer_id, "told": people},
            at=at,
        )
    recorded.send(sender=BreakGlass, change=ReviewDue(glass, tuple(people), row_at, at))
    return 1


def _next(glass: BreakGlass, at: datetime) -> datetime:
    try:
        return add(*REMIND_AFTER, at, calendar_of(glass.case.partnership))
    except CalendarExhausted:
        return at + timedelta(days=1)  # a calendar that ends must not silence it


def _asked(glass: BreakGlass, at: datetime, *, late: bool) -> list[int]:
    """Return the reviewer and their deputies; once it is late, or where there is none, whoever determines too."""
    today = timezone.localdate(at)
    found = [glass.reviewer_id] if glass.reviewer_id else []
    if late or not found:
        held = Membership.objects.on(today).filter(partnership=glass.case.partnership_id, role=Role.CSWO)
        found += held.filter(user__is_active=True).order_by("pk").values_list("user_id", flat=True)
    covers = Cover.objects.on(today).filter(
        membership__in=Membership.objects.on(today).filter(user__in=found), deputy__is_active=True
    )
    found += covers.order_by("pk").values_list("deputy_id", flat=True)
    return [person for person in dict.fromkeys(found) if person != glass.user_id]
