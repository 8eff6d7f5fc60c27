"""The audit report, as a page and as a file, from the same rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.grants import holds
from accounts.models import Partnership
from accounts.permissions import Permission
from cases.reports import activity, csv
from cases.reports.base import Period, Table
from escalation.clock import now
from escalation.forms import DayField, EscalationForm
from escalation.routes import policy

HEADLINE = ("Opened", "Still in dispute", "Agreed, determined or closed", "Past a timescale now")


class PeriodForm(EscalationForm):
    """From which day to which."""

    first = DayField(label="From", noun="The first day", past=True)
    last = DayField(label="To", noun="The last day", past=True)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("first") and cleaned.get("last") and cleaned["first"] > cleaned["last"]:
            self.add_error("last", forms.ValidationError("The last day must be on or after the first day"))
        return cleaned


def _partnership(request: HttpRequest) -> Partnership:
    """Return the partnership whose report this person may read; 403 for others."""
    partnership: Partnership = request.user.agency.partnership  # type: ignore[union-attr]
    if not holds(request.user, Permission.VIEW_REPORTS, partnership):  # type: ignore[arg-type]
        raise PermissionDenied("The audit reports are for the committee's officers and auditors.")
    return partnership


def _period(request: HttpRequest) -> tuple[PeriodForm, Period]:
    """Return the form of the period and the period it holds; the last twelve months when it holds none."""
    usual = Period.year_to(timezone.localdate(now()))
    if not request.GET:
        return PeriodForm(initial={"first": usual.first, "last": usual.last}), usual
    form = PeriodForm(request.GET)
    if form.is_valid():
        return form, Period(form.cleaned_data["first"], form.cleaned_data["last"])
    return form, usual


@policy("report_reader")
def report_activity(request: HttpRequest) -> HttpResponse:
    """Show the report."""
    partnership = _partnership(request)
    form, period = _period(request)
    at = now()
    context = {
        "title": activity.TITLE,
        "form": form,
        "period": period,
        "headline_rows": [
            {"key": words, "value": str(figure)}
            for words, figure in zip(
                HEADLINE, activity.headline(partnership, period, at).values(), strict=True
            )
        ],
        "tables": [_shown(t) for t in activity.tables(partnership, period, at)],
        "csv_url": f"{reverse('report_activity_csv')}?{request.GET.urlencode()}",
    }
    return render(request, "cases/reports/activity.html", context)


@policy("report_reader")
def report_activity_csv(request: HttpRequest) -> HttpResponse:
    """Send the same tables as a CSV file."""
    partnership = _partnership(request)
    _, period = _period(request)
    text = csv.write(activity.TITLE, partnership.name, period, activity.tables(partnership, period, now()))
    # The mark at the beginning makes spreadsheets read it as UTF-8.
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = (
        f'attachment; filename="escalation-activity-{period.first:%Y%m%d}-{period.last:%Y%m%d}.csv"'
    )
    return response


def _shown(table: Table) -> dict[str, Any]:
    """Return a table in the shape of the data_table component."""
    return {
        "caption": table.caption,
        "columns": [{"label": label, "numeric": i > 0} for i, label in enumerate(table.columns)],
        "rows": table.rows,
        "foot": table.total,
        "empty": "None in this period.",
        "notes": table.notes,
    }
