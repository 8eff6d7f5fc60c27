"""Pages of concerns about an agency: raising one and what came of it, and the designated lead's own pages (WO05)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cases import concerns as rules
from cases.concerns import ConcernLook
from cases.forms.aside import Asked
from cases.forms.raising import ConcernForm, DecideForm, FollowUpForm, RaiseForm
from cases.models import AgencyConcern, ConcernNote
from cases.models.concern import leads_for
from cases.presenters import raising as shown
from cases.record import looks
from cases.refusals import NotAllowed, NotNow, Refusal
from cases.views.aside import send
from cases.views.fetch import person
from escalation.clock import now
from escalation.routes import policy

WITH = ("about", "lead_agency", "raiser__agency", "procedure", "decided_by")
SHOWN = 100


@policy("signed_in")
@require_safe
def concerns(request: HttpRequest) -> HttpResponse:
    """Show the concerns I raised, and how to raise one."""
    me, at = person(request), now()
    rows = AgencyConcern.objects.raised_by(me).select_related(*WITH)[:SHOWN]
    laid, why_not = _offered(me, at)
    context = {
        "laid": laid,
        "why_not": why_not,
        "mine": {
            "heading": "What you raised",
            "rows": [shown.mine_row(r, at) for r in rows],
            "empty": {"heading": "You have raised none", "text": "What comes of one you raise stands here."},
        },
    }
    return render(request, "cases/concerns/mine.html", context)


def _offered(me: Any, at: datetime) -> tuple[Any, str]:
    try:
        return rules.offered_to(me, at)[1], ""
    except Refusal as refusal:
        return None, str(refusal)


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
def concern_raise(request: HttpRequest) -> HttpResponse:
    """Raise a concern about how another agency works."""
    me, at = person(request), now()
    laid, why_not = _offered(me, at)
    if laid is None:
        return render(request, "errors/403.html", {"reason": why_not}, status=403)

    def page(form: Asked) -> HttpResponse:
        context = {
            "form": form,
            "heading": laid.label,
            "laid": laid,
            "back_url": reverse("concerns"),
            "back_label": "Back to what you raised",
        }
        return render(request, "cases/concerns/raise.html", context)

    if request.method != "POST":
        return page(RaiseForm(me, laid))
    form = RaiseForm(me, laid, request.POST)

    def done() -> str:
        return reverse("concern", args=[form.made.reference]) if form.made else reverse("concerns")

    return send(request, form, at=at, page=page, done_url=done, user=me)


@policy("signed_in")
@require_safe
def concern(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a concern to the person who raised it: what they wrote, and what they were told. Never the lead's notes."""
    me, at = person(request), now()
    row = (
        AgencyConcern.objects.raised_by(me).select_related(*WITH).filter(reference=_typed(reference)).first()
    )
    if row is None:
        raise Http404("no such concern")
    looks.note_beside(row.chain, f"concern:{row.pk}", me, page="concern", at=at, role="raiser")
    kinds = [ConcernNote.Kind.CONCERN, ConcernNote.Kind.TOLD]
    notes = list(ConcernNote.objects.filter(concern=row, kind__in=kinds).select_related("author"))
    AgencyConcern.objects.filter(pk=row.pk).update(seen_at=at)
    context = {"row": row, "facts": shown.for_raiser(row, at), "notes": shown.notes(row, notes, at)}
    return render(request, "cases/concerns/concern.html", context)


@policy("designated_lead")
@require_safe
def concerns_lead(request: HttpRequest) -> HttpResponse:
    """Show the lead what came to their agency, what to look at again, and the pattern of each agency over time."""
    me, at = person(request), now()
    if not leads_for(me):
        raise Http404("for designated leads")
    rows = list(AgencyConcern.objects.for_lead(me).exclude(raiser=me).select_related(*WITH)[:SHOWN])
    today = timezone.localdate(at)
    quarters = rules.last_quarters(today)
    found = rules.patterns(me, quarters)
    context = {
        "waiting": {
            "heading": "Waiting for you",
            "rows": [shown.lead_row(r, at) for r in rows if shown.waits(r, today)],
            "empty": {
                "heading": "Nothing waits for you",
                "text": "A concern that is raised with you stands here.",
            },
        },
        "others": {
            "heading": "Decided",
            "rows": [shown.lead_row(r, at) for r in rows if not shown.waits(r, today)],
            "empty": {"heading": "None yet", "text": "What you decided stands here."},
        },
        "pattern": shown.pattern_table(found, quarters),
        "families": shown.families_table(found),
    }
    return render(request, "cases/concerns/lead.html", context)


def _for_lead(request: HttpRequest, reference: str, at: datetime) -> ConcernLook:
    me = person(request)
    rows = AgencyConcern.objects.for_lead(me).exclude(raiser=me).select_related(*WITH)
    found = rows.filter(reference=_typed(reference)).first()
    if found is None:
        raise Http404("no such concern")
    look = ConcernLook(found, me, at)
    if request.method != "POST":
        looks.note_beside(
            found.chain,
            f"concern:{found.pk}",
            me,
            page="concern_lead",
            at=at,
            role="lead",
            acting_for=look.actor().acting_for_id,
        )
    return look


@policy("designated_lead")
@require_safe
def concern_lead(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one concern to the lead to whom it came."""
    at = now()
    look = _for_lead(request, reference, at)
    row = look.concern
    notes = list(ConcernNote.objects.filter(concern=row).select_related("author"))
    context = {
        "row": row,
        "facts": shown.for_lead(row, at),
        "notes": shown.notes(row, notes, at),
        "decide_url": reverse("concern_decide", args=[row.reference])
        if row.state == AgencyConcern.State.RAISED
        else "",
        "follow_up_url": reverse("concern_follow_up", args=[row.reference])
        if rules.can_follow_up(look)
        else "",
    }
    return render(request, "cases/concerns/concern_lead.html", context)


@policy("designated_lead")
@require_http_methods(["GET", "HEAD", "POST"])
def concern_decide(request: HttpRequest, reference: str) -> HttpResponse:
    """Decide what is done about a concern."""
    return _step(request, reference, DecideForm, rules.decide, "Decide what is done about it")


@policy("designated_lead")
@require_http_methods(["GET", "HEAD", "POST"])
def concern_follow_up(request: HttpRequest, reference: str) -> HttpResponse:
    """Say what came of a decision."""
    return _step(request, reference, FollowUpForm, rules.follow_up, "Say what came of it")


def _step(
    request: HttpRequest, reference: str, form_class: type[ConcernForm], rule: Any, heading: str
) -> HttpResponse:
    at = now()
    look = _for_lead(request, reference, at)
    url = reverse("concern_lead", args=[look.concern.reference])
    try:
        rule(look)
    except NotAllowed as refusal:
        return render(request, "errors/403.html", {"reason": str(refusal)}, status=403)
    except NotNow as refusal:
        context = {"why": str(refusal), "heading": heading, "back_url": url}
        return render(request, "cases/aside/not_now.html", context, status=409)

    def page(form: Asked) -> HttpResponse:
        context = {
            "form": form,
            "heading": heading,
            "caption": f"Concern {look.concern.reference}",
            "back_url": url,
            "back_label": "Back to the concern",
        }
        return render(request, "cases/aside/form.html", context)

    if request.method != "POST":
        return page(form_class(look))
    form = form_class(look, request.POST)
    return send(request, form, at=at, page=page, done_url=lambda: url, user=look.user)


def _typed(reference: str) -> str:
    return reference.upper().replace("\x00", "")
