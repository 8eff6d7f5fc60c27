"""The home page and the list of a person's cases."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Agency, User
from accounts.standing import standing_of
from cases import drafts, glass, lists
from cases.lists import Wanted
from cases.paging import Cursor
from cases.presenters.rows import (
    all_list,
    changed_list,
    changed_row,
    draft_row,
    followed_list,
    followed_row,
    waiting_list,
    waiting_row,
)
from cases.views.fetch import person
from cases.workflow import State
from escalation.clock import now
from escalation.forms import EscalationForm
from escalation.routes import policy


@policy("signed_in")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what waits on me, what changed, what I follow and what I began to write; or a further page of a list."""
    me, at = person(request), now()
    standing = standing_of(me)
    cursor = Cursor.read(request.GET.get("before"), "waiting", "following")
    may_record, names = lists.may_record(me), _names(_agencies(me))
    shown: dict[str, Any] = {"may_record": may_record, "first": cursor is None}
    if cursor is None or cursor.place == "waiting":
        page = lists.waiting_on(me, cursor)
        rows = [waiting_row(row, standing, at, names) for row in page.rows]
        shown["waiting"] = waiting_list(rows, _older(page.older), may_record)
    if cursor is None or cursor.place == "following":
        page = lists.following(me, cursor, at_home=cursor is None)
        rows = [followed_row(row, standing, at, names) for row in page.rows]
        shown["followed"] = followed_list(rows, _older(page.older))
    if cursor is None:
        shown["changed"] = changed_list([changed_row(row, at, names) for row in lists.changed_since(me)])
        shown["reviews"] = glass.waiting_for(me, standing, at)
        shown["drafts"] = [draft_row(draft, at) for draft in drafts.begun(me)]
    return render(request, "cases/home.html", shown)


class CaseFilter(EscalationForm):
    """What narrows the list of cases; it stays in the address."""

    mark_optional = False

    state = forms.ChoiceField(label="Stage", required=False)
    agency = forms.TypedChoiceField(label="Agency", coerce=int, empty_value=None, required=False)
    due = forms.ChoiceField(
        label="Due", choices=[("", "At any time"), ("lapsed", "Lapsed only")], required=False
    )

    def __init__(self, *args: Any, agencies: list[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", "All stages"), *State.choices]  # type: ignore[attr-defined]
        self.fields["agency"].choices = [  # type: ignore[attr-defined]
            ("", "All agencies"),
            *((a.pk, a.short_name) for a in agencies),
        ]

    def wanted(self) -> Wanted:
        """Return what is asked for; a value that is no choice narrows nothing."""
        self.is_valid()
        asked = self.cleaned_data
        return Wanted(asked.get("state") or "", asked.get("agency"), asked.get("due") == "lapsed")


@policy("signed_in")
@require_safe
def case_list(request: HttpRequest) -> HttpResponse:
    """Show all my cases, open ones first, narrowed by what the address asks for."""
    me, at = person(request), now()
    standing = standing_of(me)
    agencies = _agencies(me)
    form, names = CaseFilter(_asked(request), agencies=agencies), _names(agencies)
    wanted = form.wanted()
    cursor = Cursor.read(request.GET.get("before"), "open", "ended")
    page = lists.all_cases(me, wanted, at, cursor)
    return render(
        request,
        "cases/list.html",
        {
            "filter_form": form,
            "first": cursor is None,
            "cases": all_list(
                [followed_row(row, standing, at, names) for row in page.rows],
                narrowed=wanted != Wanted(),
                may_record=lists.may_record(me),
            ),
            "first_url": _with(request, None),
            "older_url": _with(request, page.older) if page.older else "",
        },
    )


def _agencies(me: User) -> list[Agency]:
    return list(Agency.objects.filter(partnership_id=me.agency.partnership_id).order_by("short_name", "pk"))


def _names(agencies: list[Agency]) -> dict[int, str]:
    return {agency.pk: agency.short_name for agency in agencies}


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in CaseFilter.base_fields if name in request.GET}


def _with(request: HttpRequest, cursor: Cursor | None) -> str:
    """Return the address of this list from a cursor on, narrowed as it is."""
    asked = {name: value for name, value in _asked(request).items() if value}
    if cursor is not None:
        asked["before"] = str(cursor)
    return reverse("case_list") + (f"?{urlencode(asked)}" if asked else "")


def _older(cursor: Cursor | None) -> str:
    return f"{reverse('home')}?before={cursor}" if cursor else ""
