"""The record of a case as people take it out, who opened it, and look-ups that a lead asks about."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods, require_safe

from accounts.grants import holds
from accounts.permissions import Permission
from accounts.stepping_up import ask
from cases.models import Case
from cases.presenters.wording import capital
from cases.reading import Record
from cases.record import looks, pack
from cases.record.audience import Audience, read_as
from cases.record.exporting import record_export, taken_out
from cases.record.for_the_child import child_entry
from cases.views.fetch import get_case, person
from escalation.clock import now
from escalation.forms import EscalationForm, LongTextField
from escalation.one_moment import one_moment
from escalation.printing import pdf
from escalation.routes import policy
from escalation.templatetags.words import moment

FORMS = [
    ("pdf", "PDF, to read and print"),
    ("files", "Files: PDF, web page, data, and the sealed entries with a program that checks them"),
    ("child", "A short entry for the child’s own file, as PDF"),
]
TYPES = {"pdf": "application/pdf", "child": "application/pdf", "files": "application/zip"}
LEAST_WORDS = 3


class TakeForm(EscalationForm):
    """For whom the record is, in which form, and why."""

    audience = forms.ChoiceField(
        label="For whom is it?",
        choices=[(a.value, a.label) for a in (Audience.SHARED, Audience.OWN)],
        widget=forms.RadioSelect,
    )
    form = forms.ChoiceField(label="In which form?", choices=FORMS, widget=forms.RadioSelect)
    reason = LongTextField(
        label="Why do you need it?",
        help_text="For example: for the child’s file, or for a meeting on Thursday. Do not name the child.",
        max_length=500,
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if len(reason.split()) < LEAST_WORDS:
            raise forms.ValidationError("Say in a few words what the record is needed for")
        return reason


@policy("case_participant")
@require_http_methods(["GET", "HEAD", "POST"])
def take_record(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for whom and why, then hand the record over: a second factor and one event in each chain every time."""
    case = get_case(request, reference)
    form = TakeForm(request.POST if request.method == "POST" else None, initial={"audience": Audience.SHARED})
    if request.method == "POST" and form.is_valid():
        if (answer := ask(request)) is not None:
            return answer
        given = form.cleaned_data
        return hand_over(request, case, Audience(given["audience"]), given["form"], given["reason"])
    return render(request, "cases/record/take.html", {"form": form, "reference": case.reference})


def hand_over(request: HttpRequest, case: Case, audience: Audience, form: str, reason: str) -> HttpResponse:
    """Record that a record leaves, and return it as a file; without the event nothing leaves.

    The event is kept before the file is made, in a transaction of its own. Until that ends the heads of its two chains
    are locked, and for one of them, the registry's, every sign-in waits; setting a long record takes seconds. Should
    the file then fail, the trail says too much rather than too little. The file prints the last event of the case's
    own chain, which an export adds nothing to, and holds this export and both chains, all as they were at one moment.
    """
    user, at = person(request), now()
    with transaction.atomic():
        record_export(case, user, audience=audience.value, form=form, reason=reason, at=at)
    with one_moment():
        record = read_as(Record.load(case, user, at), audience)
        content, name = make(record, audience, form)
    response = HttpResponse(content, content_type=TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def make(record: Record, audience: Audience, form: str) -> tuple[bytes, str]:
    """Return the bytes of a record and the name of its file, which says nothing but the reference."""
    reference = record.case.reference
    if form == "files":
        return pack.as_zip(record, audience), f"case-{reference}.zip"
    if form == "child":
        entry = child_entry(read_as(record, Audience.SHARED))
        made = pdf(render_to_string("cases/record/child.html", entry), title=entry["title"])
        return made, f"file-entry-{reference}.pdf"
    return pack.as_pdf(record, audience), f"case-{reference}.pdf"


@policy("case_participant")
@require_safe
def who_looked(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the people of a case who opened it, how often and when (T3)."""
    case = get_case(request, reference)
    shown = {
        "reference": case.reference,
        "table": lookers_table(looks.who_looked(case)),
        "exports": {
            "caption": "Records taken out",
            "columns": [{"label": "Who"}, {"label": "When"}, {"label": "As"}, {"label": "Why"}],
            "rows": [
                [
                    {"text": e.who, "small": e.row.agency.short_name},
                    moment(e.row.at),
                    e.row.form,
                    e.row.reason,
                ]
                for e in reversed(taken_out(case))
            ],
            "empty": "Nobody has taken a record out.",
        },
    }
    return render(request, "cases/record/looked.html", shown)


def lookers_table(found: list[looks.Looker]) -> dict[str, Any]:
    """Return the table of who opened a case."""
    rows = []
    for who in found:
        last: dict[str, Any] = {"text": moment(who.last)}
        if who.idle:
            last["small"] = f"Nothing waited on them {_times(who.idle)}"
        rows.append(
            [
                {"text": who.name, "small": who.job},
                {"text": capital(who.part_words), "small": who.agency},
                str(who.times),
                moment(who.first),
                last,
            ]
        )
    return {
        "caption": "Opened by",
        "columns": [
            {"label": "Who"},
            {"label": "Part"},
            {"label": "Times", "numeric": True},
            {"label": "First"},
            {"label": "Last"},
        ],
        "rows": rows,
        "empty": "Nobody has opened it yet.",
    }


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


@policy("signed_in")
@require_safe
def flagged_looks(request: HttpRequest) -> HttpResponse:
    """Show a designated lead the look-ups of their agency's people at times when nothing waited on them (T3)."""
    me, at = person(request), now()
    if not holds(me, Permission.ADVISE, me.agency):
        raise PermissionDenied("Only a designated lead sees this page.")
    rows = [
        [
            {"text": f"{f.name}, acting for {f.acting_for}" if f.acting_for else f.name, "small": f.job},
            f.reference,
            str(f.times),
            moment(f.last),
        ]
        for f in looks.without_duty(me.agency, at)
    ]
    table = {
        "caption": "Without a duty at the time",
        "columns": [
            {"label": "Who"},
            {"label": "Case"},
            {"label": "Times", "numeric": True},
            {"label": "Last"},
        ],
        "rows": rows,
        "empty": "Nothing to ask about.",
    }
    return render(request, "cases/record/flagged.html", {"agency": me.agency, "table": table})
