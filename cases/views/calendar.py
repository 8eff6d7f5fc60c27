"""The administrator's pages of the calendar: hours, days that differ, public holidays, and the dates that moved.

A change is made in two steps: the first shows what would move, in a transaction that is rolled back; the second makes
it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Agency
from accounts.refusals import Refused
from accounts.views.office import administrator, me, partnership_of, sent, today
from cases import reprojecting
from cases.actions import calendar as actions
from cases.calendars import warn_of_expiry
from cases.forms.calendar import Confirmed, DayForm, FillForm, HoursForm, ReasonForm
from cases.models import Case, ClosedDay, MovedDate, OpeningHours, Reprojection
from cases.presenters import calendar as shown
from cases.reckoning import Move
from escalation.clock import now

#: No more dates than this are counted before a change is made: a page must not take minutes.
COUNTED = 2000
PAGE = 200


@administrator
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """The partnership's hours, the coming days that differ, until when holidays are known, and what changes moved."""
    partnership, day = partnership_of(request), today()
    days = ClosedDay.objects.filter(partnership=partnership, date__gte=day).select_related("agency")
    hours = list(OpeningHours.objects.filter(partnership=partnership).select_related("agency"))
    own = sorted({row.agency for row in hours if row.agency}, key=lambda agency: agency.name)
    changes = Reprojection.objects.filter(partnership=partnership).select_related("made_by", "note")
    context = {
        "warnings": [w for w in warn_of_expiry(day) if w.obj.pk == partnership.pk],
        "week": shown.week_table([row for row in hours if row.agency is None], "Opening hours"),
        "weeks": [
            shown.week_table([row for row in hours if row.agency_id == agency.pk], f"Hours of {agency.name}")
            for agency in own
        ],
        "agencies": list(Agency.objects.filter(partnership=partnership).order_by("name")),
        "days": shown.days_table(list(days.order_by("date", "pk")), day),
        "changes": shown.changes_table(
            list(changes.annotate(count=Count("moved")).order_by("-pk")[:20]), now()
        ),
    }
    return render(request, "cases/calendar/calendar.html", context)


@administrator
@require_http_methods(["GET", "POST"])
def calendar_add_day(request: HttpRequest) -> HttpResponse:
    """Close a day, or give it other hours."""
    partnership = partnership_of(request)
    agencies = list(Agency.objects.filter(partnership=partnership).order_by("name"))
    form = DayForm(sent(request), agencies=agencies)

    def act() -> object:
        return actions.set_day(partnership, **form.values(), by=me(request), at=now())

    return _in_two_steps(request, form, act, title="Add a day that differs", done="The day is stored.")


@administrator
@require_http_methods(["GET", "POST"])
def calendar_day(request: HttpRequest, pk: int) -> HttpResponse:
    """One day that differs, and taking it away again."""
    rows = ClosedDay.objects.filter(partnership=partnership_of(request))
    row = get_object_or_404(rows.select_related("partnership", "agency"), pk=pk)
    form = ReasonForm(sent(request))

    def act() -> None:
        actions.take_day_away(row, reason=form.reason_of(), by=me(request), at=now())

    title = f"Let {row.date:%A %-d %B %Y} be as every {row.date:%A}"
    said = f"It is {row.name}. Source: {row.source}."
    return _in_two_steps(request, form, act, title=title, lead=said, done="The day is as its weekday again.")


@administrator
@require_http_methods(["GET", "POST"])
def calendar_hours(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The opening hours of the partnership, or of one agency."""
    partnership = partnership_of(request)
    agency = get_object_or_404(Agency, partnership=partnership, pk=pk) if pk else None
    rows = OpeningHours.objects.filter(partnership=partnership, agency=agency)
    begun = {f"opens_{row.weekday}": row.opens for row in rows}
    begun |= {f"closes_{row.weekday}": row.closes for row in rows}
    form = HoursForm(sent(request), initial=begun)

    def act() -> None:
        reason = form.reason_of()
        actions.set_hours(partnership, form.week(), agency=agency, reason=reason, by=me(request), at=now())

    title = f"Opening hours of {agency.name}" if agency else "Opening hours of the partnership"
    lead = (
        "Say when its people are at work: reminders wait until then. Leave everything empty to keep the hours of the "
        "partnership. Dates are counted by the hours of the partnership."
        if agency
        else "Working time is counted by these hours. Leave both boxes of a day empty when it is not worked."
    )
    return _in_two_steps(request, form, act, title=title, lead=lead, done="The hours are stored.")


@administrator
@require_http_methods(["GET", "POST"])
def calendar_fill(request: HttpRequest) -> HttpResponse:
    """Fill in the public holidays of the coming years."""
    partnership = partnership_of(request)
    form = FillForm(sent(request), this_year=today().year, initial={"year": str(today().year + 1)})

    def act() -> object:
        return actions.fill_in(partnership, int(form.cleaned_data["year"]), by=me(request), at=now())

    lead = (
        f"The list is that of {partnership.get_division_display()} and came with this release. "
        "Days that are stored already stay as they are."
    )
    return _in_two_steps(
        request, form, act, title="Fill in public holidays", lead=lead, done="The holidays are stored."
    )


@administrator
@require_safe
def calendar_change(request: HttpRequest, pk: int) -> HttpResponse:
    """The dates that one change moved: before and after."""
    changes = Reprojection.objects.filter(partnership=partnership_of(request)).select_related(
        "made_by", "note"
    )
    change = get_object_or_404(changes, pk=pk)
    rows = (
        MovedDate.objects.filter(reprojection=change)
        .select_related("deadline__case", "deadline__stage")
        .order_by("pk")
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "change": change,
        "count": page.paginator.count,
        "table": shown.moved_table(list(page), now()),
        "further": page.number + 1 if page.has_next() else None,
    }
    return render(request, "cases/calendar/change.html", context)


def _in_two_steps(
    request: HttpRequest,
    form: Confirmed,
    act: Callable[[], object],
    *,
    title: str,
    done: str,
    lead: str = "",
) -> HttpResponse:
    """Show a form, then what it would move, then make the change."""
    context: dict[str, Any] = {"form": form, "title": title, "lead": lead}
    if form.is_valid():
        try:
            if form.cleaned_data["confirmed"]:
                act()
                messages.success(request, f"{done} Open dates are worked out again within a minute or two.")
                return redirect("calendar")
            with reprojecting.rehearsal(partnership_of(request)):
                act()
                moves = _would_move(request)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            context |= {
                "confirm": form.to_confirm(),
                "count": len(moves),
                "many": len(moves) >= COUNTED,
                "shown": shown.SHOWN,
                "table": shown.would_move_table(moves, now()),
            }
            return render(request, "cases/calendar/confirm.html", context)
    return render(request, "cases/calendar/form.html", context)


def _would_move(request: HttpRequest) -> list[tuple[Case, Move]]:
    found = reprojecting.would_move(partnership_of(request), now())
    own = ((case, move) for case, move in found if move.duty.first_person_id == move.duty.person_id)
    return list(islice(own, COUNTED))
