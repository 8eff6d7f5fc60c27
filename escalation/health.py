"""Is the service alive, is it ready, and do the sweep and the sender still run? No case fact is in any answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.apps import apps
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from escalation.clock import now
from escalation.routes import policy

#: The background duties that must be heard of, and what people miss when one is silent.
DUTIES = {"sweep": "lapsed timescales are not recorded", "send": "emails are not sent"}
SILENT_AFTER = timedelta(minutes=5)
#: A checkpoint of the record is taken once a day; later than this and somebody must look (bar C13).
CHECKPOINT, CHECKPOINT_AFTER = "checkpoint", timedelta(hours=26)
#: How long a process keeps the sentence for staff before it asks again.
KEEP = timedelta(seconds=30)
_kept: dict[str, tuple[datetime, str]] = {}


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
    alarms = ["checkpoint"] if ages[CHECKPOINT] is None or checkpoint_late(ages) else []
    answer = {
        "ready": not silent,
        "database": True,
        "seconds_since": seconds,
        "silent": silent,
        "alarms": alarms,  # nothing that keeps people from working, and still for somebody to see to today
    }
    return JsonResponse(answer, status=503 if silent else 200)


def heartbeat_ages(at: datetime) -> dict[str, timedelta | None]:
    """Return how long ago each background duty last ran to its end, None for never; one query."""
    heard = dict(apps.get_model("cases", "Heartbeat")._default_manager.values_list("name", "at"))
    return {name: at - heard[name] if name in heard else None for name in (*DUTIES, CHECKPOINT)}


def silent_duties(ages: dict[str, timedelta | None]) -> list[str]:
    """Return the duties that were not heard of for more than five minutes, or never."""
    return [name for name in DUTIES if (age := ages[name]) is None or age > SILENT_AFTER]


def checkpoint_late(ages: dict[str, timedelta | None]) -> bool:
    """Return whether the last checkpoint was too long ago; before the first one the other duties speak for it."""
    age = ages[CHECKPOINT]
    return age is not None and age > CHECKPOINT_AFTER


def staff_warning() -> str:
    """Return one sentence for every page when sweep or sender is silent, else ""; asks at most twice a minute."""
    at = now()
    since, sentence = _kept.get("warning", (None, ""))
    if since is None or not timedelta(0) <= at - since < KEEP:
        ages = heartbeat_ages(at)
        silent, sentence = silent_duties(ages), ""
        if checkpoint_late(ages):
            sentence = "No checkpoint of the record was taken since yesterday. Tell your administrator."
        if silent:
            missed = " and ".join(DUTIES[name] for name in silent)
            sentence = (
                f"Reminders have stopped: {missed}. Check due times yourself, and tell your administrator."
            )
        _kept["warning"] = (at, sentence)
    return sentence


def forget() -> None:
    """Ask anew at the next page."""
    _kept.clear()
