"""Committee papers: drafted in one click, read, worded, approved, published, and taken as a file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.acting import WhoDid
from accounts.grants import holds
from accounts.models import Partnership
from accounts.permissions import Permission
from accounts.stepping_up import ask, steps_up
from cases.models import Paper, PaperRun
from cases.presenters.figures import chart_html, table_html
from cases.presenters.printed import printed
from cases.refusals import NotNow
from cases.reports import making as running
from cases.reports import papers as making
from cases.reports.base import Period
from cases.reports.disclosure import Rules
from cases.reports.files import KINDS, Sheet
from cases.reports.showing import Shown
from cases.views.fetch import person
from cases.views.reports import CONFIDENTIAL, PeriodForm, exported, file_of, partnership_of
from escalation.clock import now
from escalation.forms import EscalationForm, LongTextField, YesNoField
from escalation.printing import pdf
from escalation.routes import policy
from escalation.templatetags.words import day, moment
from escalation.trail.models import REGISTRY

EDITIONS = {"committee": "For the committee", "public": "For the public"}
BY_ITSELF = "by itself, each quarter"
TAG = {Paper.Status.DRAFT: "waiting", Paper.Status.APPROVED: "agreed", Paper.Status.PUBLISHED: "closed"}


def _officer(request: HttpRequest) -> Partnership:
    """Return the partnership whose papers this person makes; 403 for those who only read them."""
    partnership = partnership_of(request)
    if not holds(person(request), Permission.RECEIVE_REFERRALS, partnership):
        raise PermissionDenied("The committee’s officer makes and publishes its papers.")
    return partnership


def _paper(partnership: Partnership, pk: int) -> Paper:
    found = (
        Paper.objects.filter(partnership=partnership, pk=pk)
        .select_related("partnership", "made_by", "approved_by", "published_by")
        .first()
    )
    if found is None:
        raise Http404("no such paper")
    return found


@policy("report_reader")
@require_http_methods(["GET", "HEAD", "POST"])
def papers(request: HttpRequest) -> HttpResponse:
    """List the papers, and draft one."""
    partnership = _officer(request) if request.method == "POST" else partnership_of(request)
    may_make = holds(person(request), Permission.RECEIVE_REFERRALS, partnership)
    usual = making.last_quarter(timezone.localdate(now()))
    form = PeriodForm(request.POST or None, initial={"first": usual.first, "last": usual.last})
    if request.method == "POST" and form.is_valid():
        period = Period(form.cleaned_data["first"], form.cleaned_data["last"])
        run = running.ask(partnership, period, by=person(request), at=now())
        return redirect("paper_run", pk=run.pk)
    found = list(
        Paper.objects.filter(partnership=partnership)
        .select_related("made_by")
        .defer("frozen", "public")[:100]
    )
    did = WhoDid((_ref(p) for p in found), REGISTRY)
    rows: list[list[Any]] = [
        [
            {"text": _title(p), "url": reverse("paper", args=[p.pk])},
            {"text": "", "tag": {"text": p.get_status_display(), "colour": TAG[Paper.Status(p.status)]}},
            f"{day(p.made_at)}, {did.name(_ref(p), p.made_by, p.made_at) if p.made_by else BY_ITSELF}",
        ]
        for p in found
    ]
    table = {
        "caption": "Papers",
        "columns": [{"label": "Period"}, {"label": "Status"}, {"label": "Made"}],
        "rows": rows,
        "empty": "No paper has been drafted yet.",
    }
    return render(request, "cases/reports/papers.html", {"table": table, "form": form, "may_make": may_make})


#: The page looks again after so many seconds.
AGAIN = 3


@policy("report_reader")
@require_safe
def paper_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a paper has come that is being made, and lead to it once it is there. Works without script."""
    found = PaperRun.objects.filter(partnership=_officer(request), pk=pk).first()
    if found is None:
        raise Http404("no such run")
    if found.paper_id is not None:
        messages.success(request, "The paper is drafted. Its figures stay as they were then.")
        return redirect("paper", pk=found.paper_id)
    still = request.GET.get("still") == "yes"
    context = {
        "run": found,
        "title": _title(found),
        "still": still,
        "seconds": AGAIN,
        "late": now() - found.asked_at > LATE,
    }
    response = render(request, "cases/reports/paper_run.html", context)
    if not still and found.ended_at is None:
        response["Refresh"] = str(AGAIN)
    return response


LATE = timedelta(minutes=1)


def _ref(paper: Paper) -> str:
    return f"paper:{paper.pk}"


def _title(paper: Paper | PaperRun) -> str:
    return f"{day(paper.first)} to {day(paper.last)}"


def _parts(paper: Paper, edition: str) -> list[dict[str, Any]]:
    """Return the parts of an edition with tables and charts, drawn from what was frozen."""
    source = paper.frozen if edition == "committee" else paper.public
    if source is None:
        raise Http404("not published")
    return [
        {
            **part,
            "words": paper.words.get(part["key"], "") if edition == "committee" else "",
            "tables": [_drawn(Shown.from_dict(kept)) for kept in part["shown"]],
        }
        for part in source["parts"]
    ]


def _drawn(table: Shown) -> dict[str, Any]:
    table = Shown(**{**table.__dict__, "lists": False})
    return {"chart": chart_html(table), "html": table_html(table), "notes": table.notes}


def _facts(paper: Paper, edition: str) -> list[dict[str, str]]:
    """Return what a reader must know of a paper, in the order read."""
    digest = paper.digest if edition == "committee" else (paper.public or {}).get("digest", "")
    did, ref = WhoDid([_ref(paper)], REGISTRY), _ref(paper)
    maker = did.name(ref, paper.made_by, paper.made_at) if paper.made_by else "The service, by itself"
    rows = [
        ("Partnership", paper.frozen["partnership"]),
        ("Period", _title(paper)),
        ("Figures frozen", f"{moment(paper.made_at)}, {maker}"),
        ("Procedure", "; ".join(paper.frozen["procedures"]) or "None adopted"),
    ]
    if paper.approved_at and paper.approved_by:
        alone = ", who drafted it too" if paper.approved_by_id == paper.made_by_id else ""
        approver = did.name(ref, paper.approved_by, paper.approved_at)
        rows.append(("Approved", f"{moment(paper.approved_at)}, {approver}{alone}"))
    if paper.published_at and paper.published_by:
        publisher = did.name(ref, paper.published_by, paper.published_at)
        rows.append(("Published", f"{moment(paper.published_at)}, {publisher}"))
        rows.append(("Why so much is shown", paper.reason))
    rows.append(("Digest of the figures", digest))
    return [{"key": key, "value": value} for key, value in rows]


def _context(paper: Paper, edition: str) -> dict[str, Any]:
    return {
        "paper": paper,
        "title": f"Professional disagreements: {_title(paper)}",
        "edition": edition,
        "edition_words": EDITIONS[edition],
        "facts": _facts(paper, edition),
        "definitions": paper.frozen["definitions"],
        "parts": _parts(paper, edition),
        "intact": making.intact(paper),
        "rules": (paper.public or {}).get("rules"),
    }


@policy("report_reader")
@require_safe
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a paper, the committee's edition or the public one."""
    partnership = partnership_of(request)
    found = _paper(partnership, pk)
    edition = "public" if request.GET.get("edition") == "public" else "committee"
    kinds = {**{kind: words for kind, (words, _, _) in KINDS.items()}, "pdf": "PDF"}
    context = {
        **_context(found, edition),
        "may_make": holds(person(request), Permission.RECEIVE_REFERRALS, partnership),
        "files": [
            {"label": words, "url": reverse("paper_file", args=[pk, edition, kind])}
            for kind, words in kinds.items()
        ],
    }
    return render(request, "cases/reports/paper.html", context)


@policy("report_reader")
@steps_up
@require_safe
def paper_file(request: HttpRequest, pk: int, edition: str, kind: str) -> HttpResponse:
    """Send a paper as a file."""
    found = _paper(partnership_of(request), pk)
    if edition not in EDITIONS or kind not in (*KINDS, "pdf"):
        raise Http404("no such file")
    context = _context(found, edition)
    name = f"escalation-paper-{found.first:%Y%m%d}-{found.last:%Y%m%d}-{edition}"
    source = found.frozen if edition == "committee" else found.public
    tables = making.tables_of(source["parts"] if source else ())
    exported(request, f"paper {pk} {edition}", kind, sum(t.cells for t in tables))
    if kind == "pdf":
        for part in context["parts"]:
            part["print_tables"] = [printed(Shown.from_dict(kept)) for kept in part["shown"]]
        footer = f"{EDITIONS[edition]}. Digest {context['facts'][-1]['value'][:16]}"
        made = pdf(
            render_to_string("cases/reports/paper_print.html", context), title=context["title"], footer=footer
        )
        response = HttpResponse(made, content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
        return response
    facts = [(row["key"], row["value"]) for row in context["facts"]]
    facts.append(
        (
            "For",
            CONFIDENTIAL if edition == "committee" else "The public: c stands for a figure that is hidden",
        )
    )
    return file_of(Sheet(context["title"], facts, tables), kind, name)


@policy("report_reader")
@require_http_methods(["GET", "HEAD", "POST"])
def paper_words(request: HttpRequest, pk: int) -> HttpResponse:
    """Write beside the figures of a draft."""
    found = _paper(_officer(request), pk)
    parts = found.frozen["parts"]
    form = _WordsForm(request.POST or None, parts=parts, initial=found.words)
    if request.method == "POST" and form.is_valid():
        try:
            making.write_words(found, form.cleaned_data, by=person(request), at=now())
        except NotNow as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Your words are kept with the paper.")
            return redirect("paper", pk=pk)
    return render(request, "cases/reports/paper_words.html", {"paper": found, "form": form})


class _WordsForm(EscalationForm):
    """What the figures mean, part by part."""

    def __init__(self, *args: Any, parts: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part in parts:
            self.fields[part["key"]] = LongTextField(
                label=part["title"],
                help_text=" ".join(part["questions"]),
                required=False,
                rows=5,
                max_length=6000,
            )


@policy("report_reader")
@steps_up
@require_POST
def paper_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve a draft."""
    found = _paper(_officer(request), pk)
    try:
        making.approve(found, by=person(request), at=now())
    except NotNow as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The paper is approved. It can be published now.")
    return redirect("paper", pk=pk)


class _PublishForm(EscalationForm):
    """Why the public edition shows what it shows."""

    reason = LongTextField(
        label="Why is so much shown, and no more?",
        help_text="Who could be told from small numbers here, and why hiding them is right this time. If somebody "
        "asks for more figures by law, your reason is read again.",
        missing="Say why so much is shown, and no more",
        rows=5,
    )


@policy("report_reader")
@require_http_methods(["GET", "HEAD", "POST"])
def paper_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the public edition and publish it, with its reason."""
    found = _paper(_officer(request), pk)
    form = _PublishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if waiting := ask(request):
            return waiting
        try:
            making.publish(found, form.cleaned_data["reason"], by=person(request), at=now())
        except NotNow as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The paper is published.")
            return redirect(f"{reverse('paper', args=[pk])}?edition=public")
    rules = making.rules_of(found.partnership)
    return render(request, "cases/reports/paper_publish.html", {"paper": found, "form": form, "rules": rules})


class _RulesForm(EscalationForm):
    """How small numbers are treated in what is published."""

    threshold = forms.IntegerField(
        label="Hide counts below", min_value=2, max_value=20, help_text="5 hides 1 to 4. From 2 to 20."
    )
    rounding = forms.IntegerField(
        label="Round other counts to the nearest",
        min_value=1,
        max_value=10,
        help_text="1 shows them as they are.",
    )
    zeros = YesNoField(label="Show nought as nought?")
    base = forms.IntegerField(
        label="Leave out medians that rest on fewer than",
        min_value=5,
        max_value=200,
        help_text="From 5 to 200.",
    )
    reason = LongTextField(label="Why?", missing="Say why", rows=4)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("rounding") and given.get("threshold") and given["rounding"] > given["threshold"]:
            self.add_error("rounding", "Round to no more than the number below which counts are hidden")
        return given


@policy("report_reader")
@require_http_methods(["GET", "HEAD", "POST"])
def small_numbers(request: HttpRequest) -> HttpResponse:
    """Set how small numbers are treated, with the reason."""
    partnership = _officer(request)
    rules = making.rules_of(partnership)
    form = _RulesForm(request.POST or None, initial=rules.__dict__)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        reason = given.pop("reason")
        making.set_rules(partnership, Rules(**given), reason, by=person(request), at=now())
        messages.success(request, "From now on small numbers are treated like this.")
        return redirect("papers")
    return render(request, "cases/reports/small_numbers.html", {"form": form})
