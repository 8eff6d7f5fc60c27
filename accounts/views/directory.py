"""Finding the right person: the directory of one's partnership, and one's own page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import people
from accounts.forms import DirectoryForm
from accounts.models import Agency, Cover, Membership, User
from accounts.presenters import acting_rows, by_team, order_of, people_rows, role_rows
from accounts.roles import ROLES, Role
from accounts.standing import standing_of
from accounts.views.office import me as signed_in
from accounts.views.office import partnership_of, today
from escalation.routes import policy


@policy("signed_in")
@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """Agencies, teams, people, roles and deputies of one's own partnership; by tier until something is looked for."""
    partnership, day, person = partnership_of(request), today(), signed_in(request)
    table, wide = people.tiers(partnership, day)
    form = DirectoryForm(request.GET, agencies=[row.agency for row in table])
    asked = form.cleaned_data if form.is_valid() else {}
    context: dict[str, Any] = {"form": form, "searched": any(asked.values())}
    if context["searched"]:
        agency = next((row.agency for row in table if str(row.agency.pk) == asked["agency"]), None)
        rows = people.found(
            partnership, day, words=asked["q"], agency=agency.pk if agency else None, role=asked["role"]
        )
        context["more"] = len(rows) > people.MOST
        context["groups"] = _groups(rows[: people.MOST], agency, asked, day, person)
        context["agency"] = agency
    else:
        context["wide"] = people_rows(sorted(wide, key=order_of), people.covers_of(wide, day), person)
        context["table"] = _tier_table(table, person)
    return render(request, "accounts/directory.html", context)


def _groups(
    rows: list[Membership], agency: Agency | None, asked: dict[str, Any], day: Any, person: User
) -> list[dict[str, Any]]:
    """Return what was found under headings: the teams of an agency, or one list."""
    covers = people.covers_of(rows, day)
    whole_agency = agency is not None and not asked["q"] and not asked["role"]
    parts = by_team(rows) if whole_agency else [("", rows)] if rows else []
    return [
        {"heading": heading, "people": people_rows(part, covers, person, placed=whole_agency)}
        for heading, part in parts
    ]


def _tier_table(table: list[people.Tiers], person: User) -> dict[str, Any]:
    """Return who holds each tier in each agency, with the tier at which this person meets an opposite number marked."""
    mine = standing_of(person).roles
    labels = [role.label + (": your opposite numbers" if role in mine else "") for role in people.TIERS]
    return {
        "caption": "Who to meet at each level",
        "columns": [{"label": "Agency"}, *({"label": label} for label in labels)],
        "rows": [
            [
                {"text": row.agency.name, "url": f"{reverse('directory')}?agency={row.agency.pk}"},
                *(_cell(row, role) for role in people.TIERS),
            ]
            for row in table
        ],
        "empty": "No agencies have been added yet.",
    }


def _cell(row: people.Tiers, role: Role) -> Any:
    found = row.people[role]
    if not found:
        return {"text": "Nobody yet"}
    words = ", ".join(p.full_name for p in found) if len(found) <= 3 else f"{len(found)} people"
    if role in row.on_behalf:
        return {"text": words, "small": f"{row.on_behalf[role].short_name}, on its behalf"}
    return {"text": words}


@policy("signed_in")
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """My roles, whom I act for, who acts for me, and the way out."""
    person, day = signed_in(request), today()
    mine = list(people.held_by(person, day))
    covers = people.covers_of(mine, day)
    acting = (
        Cover.objects.on(day)
        .filter(deputy=person, membership__in=Membership.objects.on(day))
        .select_related(
            "membership__user", "membership__team__agency", "membership__agency", "membership__partnership"
        )
    )
    context = {
        "person": person,
        "roles": [
            {**row, "sentence": ROLES[Role(m.role)].sentence}
            for row, m in zip(role_rows(mine, covers, day), mine, strict=True)
        ],
        "acting": acting_rows(acting, day),
    }
    return render(request, "accounts/me.html", context)
