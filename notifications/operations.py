"""The operations page: is background work alive, what is oldest, what is stuck, which mails did not arrive.

For administrators, and of their own partnership; it names no case, not even by its reference (docs/decisions).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Partnership
from accounts.roles import Role
from accounts.views.office import administrator, me, partnership_of
from cases.models import Deadline, Reprojection
from cases.models.deadline import Rule
from cases.presenters.wording import capital
from escalation import health
from escalation.clock import now
from escalation.templatetags.words import ago, moment
from escalation.trail.models import REGISTRY
from escalation.trail.writing import Actor, append
from notifications import outbox
from notifications.carriers import is_off
from notifications.models import ABOUT_NO_CASE, Message, MessageQuerySet, Status

SHOWN = 100
#: What waits longer than this is not just waiting for its turn.
LATE = timedelta(minutes=10)
NAMES = {
    "sweep": "Recording what has lapsed",
    "send": "Sending email",
    "beat": "The clock of the background work",
    "worker": "The background worker",
    "checkpoint": "Checkpoint of the record, once a day",
    "trail": "Check of the whole record that ended well, each night",
}


@administrator
@require_safe
def operations(request: HttpRequest) -> HttpResponse:
    """Show how background work stands."""
    partnership, at = partnership_of(request), now()
    ages = health.heartbeat_ages(at)
    due = _due(partnership).filter(next_at__lte=at).aggregate(oldest=Min("next_at"), count=Count("pk"))
    waiting = _waiting(partnership).filter(not_before__lte=at)
    unsent = waiting.aggregate(oldest=Min("not_before"), count=Count("pk"))
    stuck = _due(partnership).filter(failures__gt=0).order_by("-failures", "pk")
    dead = (
        _of(partnership).filter(status=Status.DEAD).select_related("recipient", "invitation").order_by("-pk")
    )
    context = {
        "beats": _beats(ages),
        "silent": health.silent_duties(ages),
        "rows": [
            _row("Oldest reminder not yet worked off", due["oldest"], due["count"], at),
            _row("Oldest email not yet sent", unsent["oldest"], unsent["count"], at),
        ],
        "reprojections": Reprojection.objects.filter(partnership=partnership, done_at=None).count(),
        "stuck": _stuck(list(stuck[:SHOWN]), at),
        "dead": _dead(list(dead[:SHOWN]), at),
        "dead_count": dead.count(),
        "mail_is_off": is_off(),
    }
    return render(request, "notifications/operations.html", context)


@administrator
@require_POST
def operations_retry(request: HttpRequest) -> HttpResponse:
    """Try every dead email of the partnership again, with all its tries; recorded in the registry."""
    partnership, by, at = partnership_of(request), me(request), now()
    with transaction.atomic():
        found = _of(partnership).filter(status=Status.DEAD).values_list("pk", flat=True)
        count = outbox.try_again(list(found), at)
        if count:
            append(
                REGISTRY,
                "messages_tried_again",
                actor=Actor(by.pk, Role.ADMINISTRATOR.value, by.agency_id),
                object_ref=f"partnership:{partnership.pk}",
                facts={"partnership": partnership.pk, "count": count},
                at=at,
            )
    said = (
        "Nothing had failed for good."
        if not count
        else f"{count} will be tried again within a minute or two."
    )
    messages.success(request, said)
    return redirect("operations")


def _due(partnership: Partnership) -> Any:
    return Deadline.objects.open().filter(case__partnership=partnership, next_at__isnull=False)


def _of(partnership: Partnership) -> MessageQuerySet:
    to_people = Q(case=None, recipient__agency__partnership=partnership)
    to_guests = Q(invitation__rethink__partnership=partnership) | Q(
        invitation__meeting__case__partnership=partnership
    )
    return Message.objects.filter(Q(case__partnership=partnership) | to_people | Q(to_guests, recipient=None))


def _waiting(partnership: Partnership) -> MessageQuerySet:
    return _of(partnership).filter(status__in=[Status.WAITING, Status.FAILED, Status.SENDING])


def _beats(ages: dict[str, timedelta | None]) -> dict[str, Any]:
    silent = health.silent_duties(ages)
    silent += health.late(ages, also_never=True)
    return {
        "caption": "When it was last heard of",
        "columns": [{"label": "What"}, {"label": "Last heard of"}, {"label": "State"}],
        "rows": [
            [
                NAMES[name],
                "Never" if age is None else _age(age),
                {"text": "", "tag": {"text": "Silent", "colour": "danger"}}
                if name in silent
                else {"text": "", "tag": {"text": "Running", "colour": "green"}},
            ]
            for name, age in ages.items()
        ],
    }


def _age(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes >= 120:
        return f"{minutes // 60} hours ago"
    return "Less than a minute ago" if not minutes else f"{minutes} minute{'s' if minutes > 1 else ''} ago"


def _row(words: str, oldest: datetime | None, count: int, at: datetime) -> dict[str, Any]:
    if oldest is None:
        return {"key": words, "value": "None waits"}
    late = at - oldest > LATE
    since = capital(ago(oldest, at))
    return {"key": words, "value": f"{since}; {count} in all{'. This is late' if late else ''}"}


def _stuck(rows: list[Deadline], at: datetime) -> dict[str, Any] | None:
    if not rows:
        return None
    return {
        "caption": "Reminders that could not be worked off",
        # The number is that of the service's own log, for whoever looks after it.
        "columns": [{"label": "Number"}, {"label": "What is due"}, {"label": "Tried"}, {"label": "Next try"}],
        "rows": [
            [str(row.pk), Rule(row.rule).label, f"{row.failures} times", moment(row.next_at, at)]
            for row in rows
        ],
    }


def _dead(rows: list[Message], at: datetime) -> dict[str, Any] | None:
    if not rows:
        return None
    return {
        "caption": "Emails that failed for good",
        # Whose address has to be mended; what it was about is theirs, but for what is of no case.
        "columns": [{"label": "To"}, {"label": "What about"}, {"label": "Why"}],
        "rows": [
            [
                row.recipient.full_name if row.recipient else row.address,
                {
                    "text": row.get_kind_display()
                    if row.kind in ABOUT_NO_CASE
                    else "A notice of the service",
                    "small": ago(row.created_at, at),
                },
                f"{row.error or 'unknown'}, after {row.attempts} tries",
            ]
            for row in rows
        ],
    }
