"""Asking that words go: the page of those who may read them, and the page of those who answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.acting import WhoDid
from accounts.models import User
from cases.models import Case, Entry, RemovalRequest, Rethink, RethinkNote
from cases.presenters.wording import beginning
from cases.record import forgetting, looks, wishing
from cases.refusals import Refusal
from cases.views.fetch import get_case, person
from cases.views.keeping import keeper
from cases.views.rethinking import find_rethink
from escalation.clock import now
from escalation.forms import EscalationForm, LongTextField
from escalation.routes import policy
from escalation.templatetags.words import moment
from escalation.trail.models import REGISTRY


class AskForm(EscalationForm):
    """Which text, on what ground, and why."""

    entry = forms.ChoiceField(label="Which words should go?", widget=forms.RadioSelect)
    ground = forms.ChoiceField(label="On what ground?", choices=wishing.GROUNDS, widget=forms.RadioSelect)
    why = LongTextField(
        label="Why should they go?",
        help_text="Name the order, or say what is wrong. Do not repeat the words themselves.",
        max_length=1000,
    )

    def __init__(self, texts: list[Entry | RethinkNote], at: datetime, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["entry"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(text.pk), _label(text, at)) for text in texts]


class AnswerForm(EscalationForm):
    """The authority for a removal, or why the words stay."""

    words = LongTextField(
        label="Which order or decision asks for it? Or why do the words stay?",
        help_text="Another person has to approve a removal. Whoever asked reads why words stay. "
        "Do not repeat the words themselves.",
        max_length=1000,
    )


def _name(text: Entry | RethinkNote, at: datetime | None = None) -> str:
    """Return by what a text is known without a word of it: its kind, its author and when it was written."""
    for_whom = text.acting_for if isinstance(text, Entry) and text.acting_for_id else None
    who = f"{text.author}, acting for {for_whom}" if for_whom else str(text.author)
    return f"{text.get_kind_display()}, {who}, {moment(text.written_at, at)}"


def _named(asked: RemovalRequest, at: datetime | None = None) -> str:
    text = forgetting.written(asked.entry)
    return _name(text, at) if isinstance(text, Entry | RethinkNote) else ""


def _label(text: Entry | RethinkNote, at: datetime) -> str:
    return f"{_name(text, at)}: “{beginning(text.texts)}”"


@policy("case_participant")
@require_http_methods(["GET", "HEAD", "POST"])
def ask_removal(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask that the words of an entry of a case go, and show how earlier requests stand."""
    case = get_case(request, reference)
    asked = RemovalRequest.objects.filter(case=case)
    return _ask(request, case, asked, reverse("case", args=[case.reference]), "Back to the case")


@policy("rethink_participant")
@require_http_methods(["GET", "HEAD", "POST"])
def ask_rethink_removal(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask that the words of a note of a Re-think go, and show how earlier requests stand."""
    row = find_rethink(request, reference)
    asked = RemovalRequest.objects.filter(rethink=row)
    return _ask(request, row, asked, reverse("rethink", args=[row.reference]), "Back")


def _ask(request: HttpRequest, matter: Case | Rethink, asked: Any, back: str, label: str) -> HttpResponse:
    me, at = person(request), now()
    texts = wishing.readable(matter, me, at)
    form = AskForm(texts, at, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            wishing.ask(matter, UUID(given["entry"]), ground=given["ground"], why=given["why"], by=me, at=at)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Asked. Two people who keep the records decide, and you are told.")
            return redirect(request.path)
    mine = asked.filter(asked_by=me).select_related("removal").order_by("-asked_at")
    table = {
        "caption": "What you asked for",
        "columns": [{"label": label} for label in ("Which words", "Why", "Asked", "How it stands")],
        "rows": [[_named(r, at), r.why, moment(r.asked_at, at), wishing.outcome(r)] for r in mine],
        "empty": "Nothing yet.",
    }
    shown = {"form": form, "reference": matter.reference, "back": back, "back_label": label, "table": table}
    return render(request, "cases/record/ask_removal.html", shown)


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
def answer_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a request on with its authority, or say why the words stay."""
    me = keeper(request)
    rows = RemovalRequest.objects.select_related("case", "rethink", "asked_by", "removal")
    row = rows.filter(pk=pk, partnership=me.agency.partnership).first()
    if row is None:
        raise Http404("no such request")
    if request.method != "POST" and (matter := row.case or row.rethink):
        # The reason may say what the words say.
        looks.note_beside(
            matter.chain,
            f"removal_request:{row.pk}",
            me,
            page="answer_removal",
            at=now(),
            role=forgetting.ROLE,
        )
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            done = _answer(row, form.cleaned_data["words"], request.POST.get("answer", ""), me)
        except Refusal as refusal:
            if not wishing.to_answer(row):
                messages.error(request, str(refusal))
                return redirect("keeping")
            form.add_error(None, str(refusal))
        else:
            messages.success(request, done)
            return redirect("keeping")
    shown = {"form": form if wishing.to_answer(row) else None, "rows": request_rows(row)}
    return render(request, "cases/record/answer_removal.html", shown)


def _answer(row: RemovalRequest, words: str, answer: str, me: User) -> str:
    if answer == "stay":
        wishing.refuse(row, why=words, by=me, at=now())
        return "The words stay. The person who asked is told why."
    wishing.take_on(row, authority=words, by=me, at=now())
    return "Asked for. Somebody else has to approve it."


def request_rows(row: RemovalRequest) -> list[dict[str, str]]:
    """Return a request as rows for those who answer it: what and why, never the words it is about."""
    matter, ref = row.case or row.rethink, f"removal-request:{row.pk}"
    who = WhoDid([ref], REGISTRY).name(ref, row.asked_by, row.asked_at)
    return [
        {"key": "In", "value": str(getattr(matter, "reference", ""))},
        {"key": "Which words", "value": _named(row)},
        {"key": "Ground", "value": row.get_ground_display()},
        {"key": "Why", "value": row.why},
        {"key": "Asked by", "value": f"{who}, {moment(row.asked_at)}"},
        {"key": "How it stands", "value": wishing.outcome(row)},
    ]
