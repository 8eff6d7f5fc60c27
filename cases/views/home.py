"""The home page: what waits on a person, what changed, what they follow and what they began to write."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.standing import standing_of
from cases import drafts, lists
from cases.furniture import procedure_of
from cases.paging import Cursor
from cases.presenters.finding import lapsed_links, work_links
from cases.presenters.rows import (
    changed_list,
    changed_row,
    draft_row,
    followed_list,
    followed_row,
    waiting_list,
    waiting_row,
)
from cases.views.fetch import person
from cases.views.finding import agencies_of, names_of
from cases.waiting_beside import waiting_beside
from escalation.clock import now
from escalation.routes import policy


@policy("signed_in")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what waits on me, what changed, what I follow and what I began to write; or a further page of a list."""
    me, at = person(request), now()
    standing = standing_of(me)
    cursor = Cursor.read(request.GET.get("before"), "waiting", "following")
    may_record, names = lists.may_record(me), names_of(agencies_of(me))
    shown: dict[str, Any] = {"may_record": may_record, "first": cursor is None}
    shown["no_role"] = not standing.held and not standing.covering
    shown["ways"] = [*work_links(standing), *lapsed_links(standing, names)]
    shown["beside"] = waiting_beside(me, standing, at) if cursor is None else {}
    waiting = lists.waiting_on(me, cursor) if cursor is None or cursor.place == "waiting" else None
    if waiting is not None:
        rows = [waiting_row(row, standing, at, names) for row in waiting.rows]
        shown["waiting"] = waiting_list(rows, _older(waiting.older), may_record, beside=bool(shown["beside"]))
    if cursor is None or cursor.place == "following":
        page = lists.following(me, cursor, besides=waiting.rows if waiting else None)
        rows = [followed_row(row, standing, at, names) for row in page.rows]
        shown["followed"] = followed_list(rows, _older(page.older))
    if cursor is None:
        shown["changed"] = changed_list([changed_row(row, at, names) for row in lists.changed_since(me)])
        laid = procedure_of(me.agency.partnership)
        shown["rethink"] = laid.rethink.label if laid is not None and laid.rethink is not None else "Re-think"
        shown["rethink_heading"] = f"A {shown['rethink']} waits to be arranged"
        shown["drafts"] = [draft_row(draft, at, shown["rethink"]) for draft in drafts.begun(me)]
    return render(request, "cases/home.html", shown)


def _older(cursor: Cursor | None) -> str:
    return f"{reverse('home')}?before={cursor}" if cursor else ""
