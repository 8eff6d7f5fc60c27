"""What an auditor sees of the trail: checkpoints, who acknowledged them, the last check, and the trail to take away."""

from __future__ import annotations

import io
import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from accounts.audit import PERSON
from accounts.grants import holds
from accounts.models import User
from accounts.permissions import Permission
from accounts.roles import Role
from accounts.standing import acted_for
from accounts.stepping_up import steps_up
from cases import glass
from cases.record.verifying import verify_database
from cases.views.fetch import person
from escalation.clock import now
from escalation.routes import policy
from escalation.templatetags.words import count, moment
from escalation.trail import checkpoints, exporting
from escalation.trail.anchors import Checkpoint
from escalation.trail.models import REGISTRY, Event
from escalation.trail.verify import WORDS
from escalation.trail.writing import Actor, append

SHOWN = 30


@policy("auditor")
@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """Show how the trail is held: what is missing, the last check of all chains, and the newest checkpoints."""
    _auditor(request)
    return _page(request)


@policy("auditor")
@require_POST
def check_trail(request: HttpRequest) -> HttpResponse:
    """Check every chain of the database now, and show how it ended."""
    _auditor(request)
    verify_database(now())
    return _page(request)


@policy("auditor")
@require_POST
@steps_up
def take_trail(request: HttpRequest) -> HttpResponse:
    """Hand over the trail without what people wrote, with the program that checks it; the registry says so."""
    me, at = _auditor(request), now()
    append(
        REGISTRY,
        "trail_exported",
        actor=Actor(me.pk, PERSON, me.agency_id, acted_for(me, Role.AUDITOR)),
        object_ref="everything",
        facts={"texts": False},
        at=at,
    )
    out = io.BytesIO()
    exporting.write_zip(out, exporting.Wanted(at, None, "none"))
    response = HttpResponse(out.getvalue(), content_type="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="trail.zip"'
    return response


def _auditor(request: HttpRequest) -> User:
    me = person(request)
    if not holds(me, Permission.VERIFY_TRAIL, me.agency.partnership):
        raise PermissionDenied("Only an auditor checks the trail.")
    return me


def _page(request: HttpRequest) -> HttpResponse:
    at = now()
    shown = {
        "lacking": checkpoints.lacking(at),
        "last": _last_check(),
        "table": _table(),
        "emergencies": _emergencies(glass.by_month(person(request).agency.partnership, at)),
    }
    return render(request, "trail/trail.html", shown)


def _last_check() -> dict[str, Any] | None:
    found = Event.objects.filter(chain=REGISTRY, verb="trail_verified").order_by("-seq").first()
    if found is None:
        return None
    facts = json.loads(found.payload)
    counted = [count(n, what.rstrip("s")) for what, n in facts["counts"].items() if n and what != "lines"]
    return {
        "when": moment(found.claimed_at),
        "verdict": WORDS[facts["code"]],
        "good": facts["code"] != 1,
        "counted": counted,
    }


def _emergencies(months: list[glass.Month]) -> dict[str, Any]:
    return {
        "caption": "Cases read by emergency access, in the last twelve months",
        "columns": [
            {"label": "Month"},
            {"label": "Opened", "numeric": True},
            {"label": "Found right", "numeric": True},
            {"label": "Found not right", "numeric": True},
            {"label": "To be looked into", "numeric": True},
        ],
        "rows": [[f"{m.first:%B %Y}", m.opened, m.right, m.wrong, m.waits] for m in months],
        "row_header": True,
        "empty": "Nobody read a case by emergency access.",
    }


def _table() -> dict[str, Any]:
    rows = []
    for point in Checkpoint.objects.prefetch_related("receipts__witness").order_by("-n")[:SHOWN]:
        receipts = list(point.receipts.all())
        kept = [r.witness.organisation for r in receipts if r.acknowledged_at]
        waiting = [r.witness.organisation for r in receipts if not r.acknowledged_at]
        rows.append(
            [
                {"text": str(point.n), "small": bytes(point.hash).hex()[:16]},
                moment(point.at),
                f"{point.chains:,}",
                f"{point.events:,}",
                {
                    "text": ", ".join(kept) or "Nobody yet",
                    "small": f"Waiting: {', '.join(waiting)}" if waiting else "",
                },
            ]
        )
    return {
        "caption": "Checkpoints",
        "columns": [
            {"label": "Number"},
            {"label": "Taken"},
            {"label": "Chains", "numeric": True},
            {"label": "Entries", "numeric": True},
            {"label": "Kept by"},
        ],
        "rows": rows,
        "empty": "No checkpoint was taken yet.",
    }
