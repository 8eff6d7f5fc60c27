"""Help: for each role, what words mean, where prompts come from; and saying that a page is not clear (G31)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Role
from accounts.standing import standing_of
from cases.furniture import procedure_of
from cases.guidance.forms import UnclearForm
from cases.guidance.pages import in_words, page_named
from cases.guidance.sources import sources_page
from cases.guidance.texts import glossary, role_pages
from cases.learning import items
from cases.models import LearningItem
from cases.models.learning import Theme
from cases.views.fetch import person
from escalation.clock import now
from escalation.routes import policy


@policy("signed_in")
@require_safe
def help_index(request: HttpRequest) -> HttpResponse:
    """Show where help is: my own roles first."""
    mine = standing_of(person(request)).roles
    roles = [{"label": role.label, "url": reverse("help_role", args=[role.value])} for role in Role]
    context = {
        "mine": [row for role, row in zip(Role, roles, strict=True) if role in mine],
        "others": [row for role, row in zip(Role, roles, strict=True) if role not in mine],
    }
    return render(request, "cases/guidance/index.html", context)


@policy("signed_in")
@require_safe
def help_role(request: HttpRequest, name: str) -> HttpResponse:
    """Show one role: what waits, the steps, what it cannot do, who helps."""
    if name not in role_pages():
        raise Http404("no such role")
    context: dict[str, Any] = {"title": Role(name).label, "page": role_pages()[name]}
    return render(request, "cases/guidance/role.html", context)


@policy("signed_in")
@require_safe
def help_glossary(request: HttpRequest) -> HttpResponse:
    """Show what words mean here."""
    return render(request, "cases/guidance/glossary.html", {"words": glossary().values()})


@policy("signed_in")
@require_safe
def help_sources(request: HttpRequest) -> HttpResponse:
    """Show from which document each prompt comes, in the area's own procedure."""
    procedure = procedure_of(person(request).agency.partnership)
    shown = sources_page(procedure) if procedure else None
    return render(request, "cases/guidance/sources.html", {"shown": shown})


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
def unclear(request: HttpRequest) -> HttpResponse:
    """Take down that a page is not clear; the committee's officer decides on it like on any other item of learning."""
    page = page_named(request.GET.get("page", ""))
    form = UnclearForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        items.raise_item(
            by=person(request),
            theme=Theme.GUIDANCE.value,
            source=LearningItem.Source.GUIDANCE.value,
            route=LearningItem.Route.COMMITTEE.value,
            what=f"A page of this service is unclear. {in_words(page)}.\n\n{form.cleaned_data['words']}",
            at=now(),
        )
        messages.success(request, "Thank you. The CPC officer reads it, and you are told what is decided.")
        return redirect("my_learning")
    return render(
        request, "cases/guidance/unclear.html", {"form": form, "page": in_words(page) if page else ""}
    )
