"""Is the service alive, is it ready, and do the sweep and the sender still run? No case fact is in any answer."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import Error
from django.db.models import QuerySet
from django.db.models.functions import JSONObject
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from escalation.clock import now
from escalation.routes import policy

#: The background duties that must be heard of, and what people miss when one is silent.
DUTIES = {"sweep": "lapsed timescales are not recorded", "send": "emails are not sent"}
#: Processes that only make those run sooner: watched once they have been heard of, since a timer does without them.
HELPERS = {
    "beat": "the clock of the background work has stopped",
    "worker": "the background worker has stopped",
}
SILENT_AFTER = timedelta(minutes=5)
#: A checkpoint of the record is taken once a day; later than this and somebody must look (bar C13).
CHECKPOINT, CHECKPOINT_AFTER = "checkpoint", timedelta(hours=26)
#: The whole record is checked each night: an alarm when that was not done, or the record was not found intact.
TRAIL = "trail"
#: What is looked at once a day, and what is said on each page when the last good one is too old.
DAILY = {
    CHECKPOINT: "No checkpoint of the record was taken since yesterday. Tell your administrator.",
    TRAIL: "The record was not found whole last night, or not checked. Tell your administrator.",
}
#: How long after its start a process waits before it calls a duty silent that never ran at all.
GRACE_SECONDS = 300
_STARTED = time.monotonic()


@policy("public")
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; asks nobody else."""
    return JsonResponse({"ok": True})


@policy("public")
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether database, sweep and sender are there: 200, or 503 with what is wrong."""
    at = now()
    try:
        ages = heartbeat_ages(at)
    except Error:
        return JsonResponse({"ready": False, "database": False}, status=503)
    silent = silent_duties(ages)
    seconds = {name: None if age is None else int(age.total_seconds()) for name, age in ages.items()}
    alarms = late(ages, also_never=True)
    answer = {
        "ready": not silent,
        "database": True,
        "seconds_since": seconds,
        "silent": silent,
        "alarms": alarms,  # nothing that keeps people from working, and still for somebody to see to today
    }
    return JsonResponse(answer, status=503 if silent else 200)


def heard(name: str, at: datetime) -> None:
    """Note that a background duty ran to its end at this instant, or that a helper is alive; one statement."""
    model = apps.get_model("cases", "Heartbeat")
    model._default_manager.bulk_create(
        [model(name=name, at=at)], update_conflicts=True, unique_fields=["name"], update_fields=["at"]
    )


def heartbeat_ages(at: datetime) -> dict[str, timedelta | None]:
    """Return how long ago each background duty last ran to its end, None for never; one query.

    Helpers that were never heard of are left out.
    """
    return _ages(apps.get_model("cases", "Heartbeat")._default_manager.values_list("name", "at"), at)


def _ages(heard: Iterable[tuple[str, datetime]], at: datetime) -> dict[str, timedelta | None]:
    known = dict(heard)
    names = [*DUTIES, CHECKPOINT, *(name for name in (TRAIL, *HELPERS) if name in known)]
    return {name: at - known[name] if name in known else None for name in names}


def silent_duties(ages: Mapping[str, timedelta | None]) -> list[str]:
    """Return the duties that were not heard of for more than five minutes, or never; helpers last."""
    return [n for n, age in ages.items() if n not in DAILY and (age is None or age > SILENT_AFTER)]


def late(ages: Mapping[str, timedelta | None], *, also_never: bool = False) -> list[str]:
    """Return what should have been done within the last day and was not: a checkpoint, a check that ended well.

    What was never done is late only when asked: before the first one the other duties speak for it.
    """
    found = [name for name in DAILY if name in ages]
    return [n for n in found if (also_never if (age := ages[n]) is None else age > CHECKPOINT_AFTER)]


def with_heartbeats(people: QuerySet[Any]) -> QuerySet[Any]:
    """Let the one query that brings the person of a request bring the heartbeats too: no page pays for a second."""
    if not settings.WATCH_BACKGROUND:
        return people
    rows = apps.get_model("cases", "Heartbeat")._default_manager.order_by("name")
    found: QuerySet[Any] = people.annotate(
        heartbeats=ArraySubquery(rows.values(row=JSONObject(name="name", at="at")))
    )
    return found


def staff_warning(at: datetime) -> str:
    """Return the sentence of `warning_of` from the database; one query."""
    return _sentence(heartbeat_ages(at))


def warning_of(person: Any, at: datetime) -> str:
    """Return one sentence for every page when background work is silent, else "". Asks the database nothing.

    `person` comes from `with_heartbeats`; for anybody else there is nothing to say.
    """
    rows = getattr(person, "heartbeats", None)
    if rows is None:
        return ""
    ages = _ages([(row["name"], datetime.fromisoformat(row["at"])) for row in rows], at)
    if time.monotonic() - _STARTED < GRACE_SECONDS:  # the service has only just been started
        ages = {name: age for name, age in ages.items() if age is not None}
    return _sentence(ages)


def _sentence(ages: Mapping[str, timedelta | None]) -> str:
    silent = silent_duties(ages)
    if not silent:
        return " ".join(DAILY[name] for name in late(ages))
    missed = [{**DUTIES, **HELPERS}[name] for name in silent]
    words = " and ".join([", ".join(missed[:-1]), missed[-1]] if len(missed) > 1 else missed)
    if not set(silent) & set(DUTIES):
        return f"Reminders may be late: {words}. Tell your administrator."
    return f"Reminders have stopped: {words}. Check due times yourself, and tell your administrator."
