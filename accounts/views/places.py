"""The administrator's first page, agencies and teams."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods, require_safe

from accounts import people
from accounts.actions import create_agency, create_team
from accounts.actions.requests import waiting
from accounts.actions.resets import waiting_resets
from accounts.forms import AgencyForm, TeamForm
from accounts.models import Agency
from accounts.presenters import by_team, people_rows
from accounts.views.office import administrator, done, me, partnership_of, sent, today
from escalation.clock import now


@administrator
@require_safe
def administration(request: HttpRequest) -> HttpResponse:
    """What is missing in the directory, the agencies, and the way to people."""
    partnership = partnership_of(request)
    agencies = (
        Agency.objects.filter(partnership=partnership)
        .select_related("represented_by")
        .annotate(
            teams_count=Count("teams", distinct=True),
            people_count=Count("people", filter=Q(people__is_active=True), distinct=True),
        )
        .order_by("name")
    )
    table = {
        "caption": "Agencies",
        "columns": [
            {"label": "Agency"},
            {"label": "Kind"},
            {"label": "Teams", "numeric": True},
            {"label": "People", "numeric": True},
        ],
        "rows": [
            [
                {
                    "text": a.name,
                    "url": reverse("agency", args=[a.pk]),
                    "small": f"{a.represented_by.short_name} acts on its behalf"
                    if a.represented_by
                    else None,
                },
                capfirst(a.kind) or "Not given",
                a.teams_count,
                a.people_count,
            ]
            for a in agencies
        ],
    }
    number = waiting(partnership, now()).count() + waiting_resets(partnership, now()).count()
    context = {
        "table": table,
        "gaps": people.gaps(partnership, today()),
        "requests_words": f"Waiting for a second administrator ({number})",
    }
    return render(request, "accounts/administration.html", context)


@administrator
@require_http_methods(["GET", "POST"])
def add_agency(request: HttpRequest) -> HttpResponse:
    """Add an agency."""
    partnership = partnership_of(request)
    form = AgencyForm(sent(request), partnership=partnership)
    if form.is_valid() and done(
        form, lambda: create_agency(partnership=partnership, by=me(request), at=now(), **form.cleaned_data)
    ):
        messages.success(request, f"{form.cleaned_data['name']} is added. Add its teams and people next.")
        return redirect("administration")
    return render(request, "accounts/add_agency.html", {"form": form})


@administrator
@require_safe
def agency(request: HttpRequest, pk: int) -> HttpResponse:
    """An agency with its teams, and who holds which role in each."""
    day = today()
    found = _agency(request, pk)
    rows = people.found(partnership_of(request), day, agency=found.pk)
    covers = people.covers_of(rows, day)
    held = dict(by_team(rows))
    groups = [
        {"heading": name, "people": people_rows(held.get(name, []), covers, me(request), placed=True)}
        for name in ["The whole agency", *found.teams.order_by("name").values_list("name", flat=True)]
    ]
    return render(request, "accounts/agency.html", {"agency": found, "groups": groups})


@administrator
@require_http_methods(["GET", "POST"])
def add_team(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a team to an agency."""
    found = _agency(request, pk)
    form = TeamForm(sent(request))
    if form.is_valid() and done(
        form, lambda: create_team(agency=found, by=me(request), at=now(), **form.cleaned_data)
    ):
        messages.success(request, f"{form.cleaned_data['name']} is added.")
        return redirect("agency", found.pk)
    return render(request, "accounts/add_team.html", {"form": form, "agency": found})


def _agency(request: HttpRequest, pk: int) -> Agency:
    here = Agency.objects.filter(partnership=partnership_of(request))
    return get_object_or_404(here.select_related("represented_by", "partnership"), pk=pk)
