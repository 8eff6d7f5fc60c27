"""Keeping and removing records: what waits for a second person, what has been kept long enough, and reviews."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.acting import WhoDid
from accounts.models import User
from accounts.stepping_up import steps_up
from cases.finding.searching import reference_in
from cases.models import Case, Entry, Removal, ReviewRequest, RuleNote
from cases.models.entry import Kind
from cases.presenters.wording import lower_first
from cases.record import forgetting, looks, retention, reviewing, wishing
from cases.record.audience import Audience
from cases.refusals import Refusal
from cases.views.fetch import person
from cases.views.record import hand_over
from escalation.clock import now
from escalation.forms import EscalationForm, LongTextField
from escalation.routes import policy
from escalation.templatetags.words import moment, plain_day
from escalation.trail.models import REGISTRY

SHOWN = 50


class ReviewForm(EscalationForm):
    """Which case, and why the review needs all of it."""

    reference = forms.CharField(label="Reference of the case", max_length=20)
    reason = LongTextField(label="What is the review, and why does it need the whole case?", max_length=1000)


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
def keeping(request: HttpRequest) -> HttpResponse:
    """Show what waits, what is due for review and what was removed; take an officer's request to read a case."""
    me = keeper(request)
    may_ask = reviewing.may_ask(me, me.agency.partnership)
    form = ReviewForm(request.POST if request.method == "POST" and may_ask else None)
    if form.is_bound and form.is_valid():
        try:
            typed = form.cleaned_data["reference"]
            reviewing.ask(reference_in(typed) or typed, reason=form.cleaned_data["reason"], by=me, at=now())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Asked. The Chief Social Work Officer answers it.")
            return redirect("keeping")
    return render(request, "cases/record/keeping.html", _page(me, form if may_ask else None))


def keeper(request: HttpRequest) -> User:
    """Return the person, who looks after what is kept. Raises PermissionDenied for everybody else."""
    me = person(request)
    partnership = me.agency.partnership
    if not (forgetting.keeps_records(me, partnership) or reviewing.may_allow(me, partnership)):
        raise PermissionDenied("This page is for those who look after what is kept.")
    return me


def _page(me: User, form: ReviewForm | None) -> dict[str, Any]:
    at, partnership = now(), me.agency.partnership
    removals = Removal.objects.filter(partnership=partnership).select_related("asked_by", "approved_by")
    reviews = list(
        ReviewRequest.objects.filter(case__partnership=partnership)
        .select_related("case", "asked_by", "answered_by")
        .order_by("-asked_at")[:SHOWN]
    )
    did = WhoDid((_ref(r) for r in reviews), REGISTRY)
    may_allow = reviewing.may_allow(me, partnership)
    references = _references(removals)
    kinds = dict(
        Entry.objects.filter(pk__in=[r.entry for r in removals if r.entry]).values_list("pk", "kind")
    )
    return {
        "form": form,
        "asked": wishing.waiting(partnership).select_related("case", "rethink"),
        "waiting": [
            {
                "pk": r.pk,
                "rows": [
                    {"key": "What", "value": _what(r, references, kinds)},
                    {"key": "Why", "value": r.get_ground_display()},
                    {"key": "Authority", "value": r.authority},
                    {"key": "Asked by", "value": f"{r.asked_by}, {moment(r.asked_at)}"},
                ],
                "mine": r.asked_by_id == me.pk,
            }
            for r in forgetting.waiting(partnership).select_related("asked_by").order_by("asked_at")
        ],
        "reviews": [
            {
                "pk": r.pk,
                "rows": [
                    {"key": "Case", "value": r.case.reference},
                    {"key": "Reason", "value": r.reason},
                    {"key": "Asked by", "value": f"{r.asked_by}, {moment(r.asked_at)}"},
                    {"key": "Answer", "value": _answer(r, did)},
                ],
                "may_answer": may_allow and r.answered_at is None and r.asked_by_id != me.pk,
                "may_take": r.asked_by_id == me.pk and r.allowed_until is not None and r.allowed_until > at,
            }
            for r in reviews
        ],
        "due": {
            "caption": "Kept long enough: to be reviewed",
            "columns": [
                {"label": "What"},
                {"label": "Had to be kept until"},
                {"label": "Under"},
                {"label": "Hold"},
            ],
            "rows": [
                [
                    d.name,
                    plain_day(d.kept_until),
                    d.rule.authority,
                    "Legal hold" if d.held else "None",
                ]
                for d in retention.due_for_review(partnership, timezone.localdate(at))
            ],
            "empty": "Nothing has been kept longer than it must be.",
        },
        "done": {
            "caption": "Removed",
            "columns": [
                {"label": "What"},
                {"label": "Why"},
                {"label": "Asked"},
                {"label": "Approved"},
                {"label": "When"},
            ],
            "rows": [
                [
                    _what(r, references, kinds),
                    {"text": r.get_ground_display(), "small": r.authority},
                    str(r.asked_by),
                    str(r.approved_by),
                    moment(r.done_at),
                ]
                for r in removals.exclude(done_at=None).order_by("-done_at")[:SHOWN]
            ],
            "empty": "Nothing was removed.",
        },
    }


def _references(removals: QuerySet[Removal]) -> dict[Any, str]:
    """Return what the chains of removals are called, where there still is something of that name."""
    found: dict[Any, str] = {}
    for model in forgetting.KINDS:
        rows = model._default_manager.filter(chain__in=removals.values("chain"))
        found |= {row.chain: forgetting.name_of(row) for row in rows.only("chain", "reference")}
    return found


def _what(removal: Removal, references: dict[Any, str], kinds: dict[Any, str]) -> str:
    if removal.kind in (Removal.Kind.RETHINK, Removal.Kind.CONCERN):
        return removal.get_kind_display()
    if removal.kind == Removal.Kind.TEXT and removal.chain == RuleNote.chain:
        return "Why a rule of the whole area was changed"
    case = references.get(removal.chain, "something that is gone")
    if removal.kind == Removal.Kind.CASE:
        return f"All of {case}"
    kind = kinds.get(removal.entry, "")
    if kind not in Kind.values:
        return f"One entry of {case}"
    return f"The words of one entry ({lower_first(str(Kind(kind).label))}) of {case}"


def _ref(row: ReviewRequest) -> str:
    return f"review:{row.pk}"


def _answer(row: ReviewRequest, did: WhoDid) -> str:
    if row.answered_at is None or row.answered_by is None:
        return "Not answered yet"
    who = did.name(_ref(row), row.answered_by, row.answered_at)
    if row.allowed_until is None:
        return f"Refused by {who}, {moment(row.answered_at)}"
    return f"Allowed by {who} until {moment(row.allowed_until)}"


@policy("signed_in")
@require_POST
@steps_up
def approve_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve a removal that somebody else asked for; it is carried out at once."""
    me = keeper(request)
    removal = Removal.objects.filter(pk=pk, partnership=me.agency.partnership).first()
    if removal is None:
        raise Http404("no such removal")
    try:
        forgetting.approve(removal, by=me, at=now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Removed. The trail says what went, why, and by whom.")
    return redirect("keeping")


@policy("signed_in")
@require_POST
def answer_review(request: HttpRequest, pk: int) -> HttpResponse:
    """Allow or refuse an officer's request to read a whole case."""
    me = keeper(request)
    row = ReviewRequest.objects.filter(pk=pk, case__partnership=me.agency.partnership).first()
    if row is None:
        raise Http404("no such request")
    try:
        reviewing.answer(row, allow=request.POST.get("answer") == "allow", by=me, at=now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Answered.")
    return redirect("keeping")


@policy("signed_in")
@require_POST
@steps_up
def take_review(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the whole record of a case over for a review that was allowed; logged like every record that leaves."""
    me, at = person(request), now()
    row = reviewing.allowed(pk, me, at)
    if row is None:
        raise Http404("no such review")
    looks.note(row.case, me, page="review", at=at, role=reviewing.ROLE)
    case = Case.objects.whole().get(pk=row.case_id)
    return hand_over(request, case, Audience.FULL, "files", row.reason)
