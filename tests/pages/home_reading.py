"""Reads the home page: what it shows to whom, as its presenters made it."""

from __future__ import annotations

from typing import Any

import time_machine
from django.http import HttpResponse

from accounts.models import User
from cases.models import Case, Deadline
from cases.models.deadline import Rule
from tests.pages.scene import signed_in


def home(person: User, at: Any, page: str = "/") -> HttpResponse:
    with time_machine.travel(at, tick=False):
        response = signed_in(person).get(page)
    assert response.status_code == 200
    return response


def rows(response: HttpResponse, name: str) -> list[dict[str, Any]]:
    return response.context[name]["rows"]


def due_at(case: Case, rule: Rule, at: Any) -> None:
    Deadline.objects.filter(case=case, rule=rule).update(due_at=at)


def waiting_words(response: HttpResponse) -> list[tuple[str, str, str]]:
    return [(r["title"], r["due"], r["due_tone"]) for r in rows(response, "waiting")]
