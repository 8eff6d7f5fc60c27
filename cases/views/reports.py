"""The audit reports: each as a page and as a file from the same tables, and the cases behind a figure."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import stepping_up
from accounts.grants import holds
from accounts.models import Partnership
from accounts.permissions import Permission
from cases.models import Case, CaseFacts
from cases.presenters.figures import chart_html, table_html
from cases.reports.base import Period, Report
from cases.reports.behind import behind
from cases.reports.every import REPORTS, readable, run
from cases.reports.facts import catch_up
from cases.reports.files import KINDS, Sheet, local
from cases.reports.recording import Verb, record
from cases.reports.showing import Shown, shown
from cases.views.fetch import person
from cases.workflow import LADDER, State
from escalation.clock import now
from escalation.forms import DayField, EscalationForm
from escalation.routes import policy
from escalation.templatetags.words import count, short_day

PAGE = 50
CONFIDENTIAL = "For the committee only: small numbers can point to a child or a colleague."


class PeriodForm(EscalationForm):
    """From which day to which."""

    first = DayField(label="From", noun="The first day", past=True)
    last = DayField(label="To", noun="The last day", past=True)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("first") and cleaned.get("last") and cleaned["first"] > cleaned["last"]:
            self.add_error("last", forms.ValidationError("The last day must be on or after the first day"))
        return cleaned


def partnership_of(request: HttpRequest, permission: Permission = Permission.VIEW_REPORTS) -> Partnership:
    """Return the partnership whose reports this person may read; 403 for others."""
    partnership = person(request).agency.partnership
    if not holds(person(request), permission, partnership):
        raise PermissionDenied("The audit reports are for the committee’s officers and auditors.")
    return partnership


def _report(request: HttpRequest, name: str) -> tuple[Report, Partnership]:
    partnership = partnership_of(request)
    found = REPORTS.get(name)
    if found is None:
        raise Http404("no such report")
    if not holds(person(request), found.permission, partnership):
        raise PermissionDenied("This report is for the committee’s officer.")
    return found, partnership


def period_of(request: HttpRequest) -> tuple[PeriodForm, Period]:
    """Return the form of the period and the period it holds; the last twelve months when it holds none."""
    usual = Period.year_to(timezone.localdate(now()))
    if not any(f"{name}_day" in request.GET for name in ("first", "last")):
        return PeriodForm(initial={"first": usual.first, "last": usual.last}), usual
    form = PeriodForm(request.GET)
    if form.is_valid():
        return form, Period(form.cleaned_data["first"], form.cleaned_data["last"])
    return form, usual


def _mend(request: HttpRequest, form: PeriodForm, name: str) -> HttpResponse | None:
    """Lead back to the report when its period is refused: nobody gets figures of days they did not ask for."""
    if not form.is_bound or form.is_valid():
        return None
    return redirect(f"{reverse('report', args=[name])}?{request.GET.urlencode()}")


def in_address(period: Period) -> dict[str, str]:
    """Return a period as it stands in an address."""
    return {
        f"{name}_{part}": str(getattr(day, part))
        for name, day in (("first", period.first), ("last", period.last))
        for part in ("day", "month", "year")
    }


@policy("report_reader")
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """List the reports this person may read."""
    partnership = partnership_of(request)
    listed = [
        {"url": reverse("report", args=[r.key]), "title": r.title, "about": r.about}
        for r in readable(person(request), partnership)
    ]
    return render(request, "cases/reports/index.html", {"reports": listed, "papers_url": reverse("papers")})


@policy("report_reader")
@require_safe
def report(request: HttpRequest, name: str) -> HttpResponse:
    """Show a report for a period."""
    found, partnership = _report(request, name)
    form, period = period_of(request)
    tables = run(found, partnership, period, now())
    query = in_address(period)

    def address(table: str, row: str, column: str) -> str:
        asked = {"table": table, "row": row, "column": column, **query}
        return f"{reverse('report_cases', args=[name])}?{urlencode(asked)}"

    made = [shown(table, period) for table in tables]
    context = {
        "report": found,
        "form": form,
        "period": period,
        "tables": [
            {"chart": chart_html(table), "html": table_html(table, address), "notes": table.notes}
            for table in made
        ],
        "files": [
            {"label": words, "url": f"{reverse('report_file', args=[name, kind])}?{urlencode(query)}"}
            for kind, (words, _, _) in KINDS.items()
        ],
    }
    return render(request, "cases/reports/report.html", context)


@policy("report_reader")
@stepping_up.steps_up
@require_safe
def report_file(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """Send the same tables as a file."""
    found, partnership = _report(request, name)
    if kind not in KINDS:
        raise Http404("no such kind of file")
    form, period = period_of(request)
    if (answer := _mend(request, form, name)) is not None:
        return answer
    at = now()
    made = [shown(table, period) for table in run(found, partnership, period, at)]
    covers = (
        [(f"{found.counted} from", period.first.isoformat()), ("To", period.last.isoformat())]
        if found.periodic
        else [("Covers", "The position when it was made")]
    )
    facts = [
        ("Partnership", partnership.name),
        *covers,
        ("Made", local(at, partnership.timezone)),
        ("For", CONFIDENTIAL),
    ]
    exported(request, name, kind, sum(t.cells for t in made))
    return file_of(Sheet(found.title, facts, made), kind, f"escalation-{name}-{_days(period)}")


def exported(request: HttpRequest, name: str, kind: str, rows: int) -> None:
    """Record that somebody took figures out of the service."""
    facts = {"kind": kind, "rows": rows}
    record(Verb.REPORT_EXPORTED, by=person(request), about=f"report:{name}", facts=facts, at=now())


def _days(period: Period) -> str:
    return f"{period.first:%Y%m%d}-{period.last:%Y%m%d}"


def file_of(sheet: Sheet, kind: str, name: str) -> HttpResponse:
    """Return a file to be saved."""
    _, media, write = KINDS[kind]
    response = HttpResponse(write(sheet), content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


LIST_COLUMNS = ["Reference", "Logged", "Raised by", "With", "Urgency", "Highest stage", "Stands now"]


@policy("report_reader")
@require_safe
def report_cases(request: HttpRequest, name: str) -> HttpResponse:
    """Show, or send as CSV, the cases that a figure counts: references and facts, never a word of a case."""
    found, partnership = _report(request, name)
    form, period = period_of(request)
    if (answer := _mend(request, form, name)) is not None:
        return answer
    table, row, column = (request.GET.get(key, "") for key in ("table", "row", "column"))
    catch_up()
    try:
        rows = behind(partnership, period, name, table, row, column)
        rows = rows.select_related("case", "raising", "receiving").order_by("opened_on", "case_id")
        total = rows.count()
    except (KeyError, ValueError) as error:
        raise Http404("no such list") from error
    query = {"table": table, "row": row, "column": column, **in_address(period)}
    if request.GET.get("kind") == "csv":
        if (answer := stepping_up.ask(request)) is not None:
            return answer
        lines = [_line(facts, partnership) for facts in rows.iterator(chunk_size=2000)]
        whole = Shown("cases", found.title, LIST_COLUMNS, lines, None, [])
        sheet = Sheet(
            f"{found.title}: cases", [("Partnership", partnership.name), ("For", CONFIDENTIAL)], [whole]
        )
        exported(request, name, "csv", len(lines))
        return file_of(sheet, "csv", f"escalation-{name}-cases-{_days(period)}")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    listed = {
        "caption": count(total, "case").capitalize(),
        "columns": [{"label": words} for words in LIST_COLUMNS],
        "rows": [_line(facts, partnership, short_day(facts.case.opened_at)) for facts in page],
        "empty": "None in this period.",
    }
    here = reverse("report_cases", args=[name])
    context = {
        "report": found,
        "period": period,
        "total": total,
        "table": listed,
        "file_url": f"{here}?{urlencode({**query, 'kind': 'csv'})}",
        "back_url": f"{reverse('report', args=[name])}?{urlencode(in_address(period))}",
        "newer_url": f"{here}?{urlencode({**query, 'page': page.number - 1})}" if page.has_previous() else "",
        "older_url": f"{here}?{urlencode({**query, 'page': page.number + 1})}" if page.has_next() else "",
    }
    return render(request, "cases/reports/cases.html", context)


def _line(facts: CaseFacts, partnership: Partnership, opened: str = "") -> list[Any]:
    """Return one case of the list. `opened` is for people; a file has the instant as spreadsheets sort it."""
    case: Case = facts.case
    return [
        case.reference,
        opened or local(case.opened_at, partnership.timezone),
        facts.raising.short_name,
        facts.receiving.short_name,
        case.get_urgency_display(),
        LADDER[facts.reached].label,
        State(facts.state).label,
    ]
