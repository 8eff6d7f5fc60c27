"""The people of the demonstration, arranged for choosing one: by agency, managers before practitioners."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import Cover, Membership
from accounts.presenters import order_of, place_within, until_words
from accounts.roles import ROLES, Role

WHOLE = "For the whole partnership"
MOST = 150  # a seeded load test has thousands of people; those of the story come first


def cast_by_place(at: datetime) -> list[dict[str, Any]]:
    """Return the agencies, each with its people: name, job, roles, whom they act for, a sentence. Two queries."""
    day = timezone.localdate(at)
    rows = list(
        Membership.objects.on(day)
        .filter(user__is_active=True)
        .select_related("user__agency", "team__agency", "agency", "partnership")
        .order_by("pk")[:MOST]
    )
    acting: dict[int, list[str]] = {}
    for cover in (
        Cover.objects.on(day).filter(deputy__in={m.user_id for m in rows}).select_related("membership__user")
    ):
        role = Role(cover.membership.role).label
        acting.setdefault(cover.deputy_id, []).append(
            f"Acts for {cover.membership.user.full_name}, {role}, {until_words(cover)}."
        )
    people: dict[int, list[Membership]] = {}
    for row in rows:
        people.setdefault(row.user_id, []).append(row)
    places: dict[str, list[dict[str, Any]]] = {}
    for held in people.values():
        chief = min(held, key=order_of)
        heading = chief.agency.name if chief.agency else WHOLE
        places.setdefault(heading, []).append(_person(held, chief, acting.get(chief.user_id, [])))
    for listed in places.values():
        listed.sort(key=lambda row: (row["order"], row["name"]))
    ordered = sorted(
        places.items(), key=lambda place: place[0] == WHOLE
    )  # disagreements begin in the agencies
    return [{"heading": heading, "people": listed} for heading, listed in ordered]


def _person(held: list[Membership], chief: Membership, acting: list[str]) -> dict[str, Any]:
    roles = []
    for m in sorted(held, key=order_of):
        place = place_within(m, agency_named=m.agency_id == chief.agency_id)
        roles.append(f"{Role(m.role).label}, {place}" if place else Role(m.role).label)
    return {
        "id": chief.user_id,
        "name": chief.user.full_name,
        "job": chief.user.job_title if chief.user.job_title not in {Role(m.role).label for m in held} else "",
        "roles": roles,
        "sentence": ROLES[Role(chief.role)].sentence,
        "acting": acting,
        "order": order_of(chief),
    }
