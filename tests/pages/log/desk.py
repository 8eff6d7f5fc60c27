"""Answers to every page of the form, and somebody signed in who sends them."""

from __future__ import annotations

from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import Membership, User
from cases import drafts
from tests.cast import Cast

NO_TO_ALL = {"new_concern": "no", "conduct": "no", "planning_meeting_dissent": "no", "whistleblowing": "no"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.PersonBackend")
    return client


def when(name: str, day: int, month: int, clock: str) -> dict[str, str]:
    return {
        f"{name}_day": str(day),
        f"{name}_month": str(month),
        f"{name}_year": "2026",
        f"{name}_time": clock,
    }


def value_of(user: User) -> str:
    """Return what the form sends for a person: their first place in the directory."""
    return f"p{Membership.objects.filter(user=user).order_by('pk')[0].pk}"


def answers(cast: Cast) -> dict[str, dict[str, Any]]:
    """Return right answers for every page, in the order of the pages."""
    return {
        "scope": NO_TO_ALL,
        "about": {
            "about": "decision",
            "reasons": ["referral_threshold", "timescales"],
            "subject": "child",
            "age_band": "5 to 11",
            "subject_reference": "HV-2041",
        },
        "what": {
            "what": "The referral was declined.\r\nI saw the child unfed on three visits.",
            "consequence": "The child will go hungry.",
            **when("happened_at", 29, 5, "3pm"),
        },
        "safety": {
            "child_safe": "yes",
            "situation": "At school today.",
            "safety_line": "Grandmother has the child each evening.",
            "safety_owner": "Health visitor",
            **when("safety_until", 8, 6, "5pm"),
        },
        "pace": {
            "urgency": "urgent",
            "horizon_why": "Grandmother leaves for a week.",
            **when("horizon_at", 5, 6, "6pm"),
        },
        "who": {"counterpart": value_of(cast.social_worker)},
    }


def page(slug: str) -> str:
    return reverse("log_page", args=[slug])


def fill(client: Client, pages: dict[str, dict[str, Any]]) -> None:
    for slug, sent in pages.items():
        assert client.post(page(slug), sent).status_code == 302, slug


def text(response: Any) -> str:
    return unescape(response.content.decode())


def saved(user: User) -> dict[str, Any]:
    draft = drafts.load(user, "log")
    assert draft is not None
    return draft.data
