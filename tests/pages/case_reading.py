"""Reads the page of a case: what it shows to whom, as its presenters made it."""

from __future__ import annotations

from typing import Any

import time_machine
from django.http import HttpResponse

from accounts.models import User
from cases.models import Case
from tests.cast import TUESDAY
from tests.pages.scene import HOUR, signed_in

LATER = TUESDAY + HOUR
OWN_WORDS, OTHER_WORDS = "The threshold is met.", "The threshold for assessment is not met."
CLOSED = "You can read this once your own side has given its position."


def look(person: User, case: Case, at: Any = LATER, *, page: str = "") -> HttpResponse:
    with time_machine.travel(at, tick=False):
        response = signed_in(person).get(page or f"/cases/{case.reference}/")
    assert response.status_code == 200
    return response


def facts(response: HttpResponse) -> dict[str, str]:
    """Return the panel: question to answer and detail."""
    return {
        f["question"]: " | ".join(p for p in (f["answer"], f.get("detail", "")) if p)
        for f in response.context["panel"]["facts"]
    }


def tones(response: HttpResponse) -> dict[str, str]:
    return {f["question"]: f.get("tone", "") for f in response.context["panel"]["facts"]}


def event(response: HttpResponse, heading: str) -> dict[str, Any]:
    """Return the one row of the timeline with this heading."""
    (found,) = [e for e in response.context["timeline"] if e["heading"].startswith(heading)]
    return found


def said(row: dict[str, Any]) -> dict[str, Any]:
    return {f["key"]: f["value"] for f in row["facts"]}


def marks(response: HttpResponse) -> list[tuple[str, str, str, str]]:
    return [
        (s["label"], s["detail"], s["state"], s.get("note", "")) for s in response.context["ladder"]["steps"]
    ]
