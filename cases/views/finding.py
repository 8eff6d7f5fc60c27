"""The list of a person's cases: narrowed in the address, searched by words that never stand in one; saved searches."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Agency, User
from accounts.standing import standing_of
from cases import lists
from cases.finding import keeping, noting, searching
from cases.finding.forms import CaseFilter, FindForm, NameForm, asked_in, query_of
from cases.finding.searching import Search
from cases.models import SavedSearch
from cases.paging import Cursor, Page
from cases.presenters.finding import described, found_row
from cases.presenters.rows import all_list, followed_row
from cases.refusals import NotNow
from cases.views.fetch import person
from escalation.clock import now
from escalation.routes import policy

#: Words that are looked for stay in the session, so many searches of them; the address names them by a mark.
_KEPT, _MOST_KEPT = "looked_for", 5


@policy("signed_in")
@require_safe
def case_list(request: HttpRequest) -> HttpResponse:
    """Show all my cases, open ones first, narrowed by what the address asks for and by the words looked for."""
    return _list(request, None)


@policy("signed_in")
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Keep the words that are looked for in the session, and show the list that they narrow.

    They may tell of a child, so they stand in no address: neither in a log nor in the history of a shared machine.
    """
    form = FindForm(request.POST)
    if not form.is_valid():
        return _list(request, form)
    kept = dict(list(request.session.get(_KEPT, {}).items())[1 - _MOST_KEPT :])
    mark = secrets.token_urlsafe(6)
    request.session[_KEPT] = kept | {mark: form.cleaned_data["words"]}
    return redirect(f"{reverse('case_list')}?{urlencode({'find': mark, **asked_in(request.POST)})}")


def _list(request: HttpRequest, wrong: FindForm | None) -> HttpResponse:
    me, at = person(request), now()
    given = request.GET if wrong is None else request.POST
    standing, agencies = standing_of(me), agencies_of(me)
    form, names = CaseFilter(asked_in(given), agencies=agencies), names_of(agencies)
    mark = given.get("find", "")
    words = str(request.session.get(_KEPT, {}).get(mark, "")) if mark else ""
    search = form.search(words)
    cursor = Cursor.read(given.get("before"), "open", "ended", *searching.PLACES)
    page = _page(me, search, at, cursor)
    rows = [(found_row if words else followed_row)(row, standing, at, names) for row in page.rows]
    kept = {"find": mark} if words else {}
    listed = all_list(rows, narrowed=search != Search(), may_record=lists.may_record(me))
    if words and query_of(given):
        listed["empty"] = {
            "heading": "No case fits",
            "text": "You looked through a part of your cases.",
            "action": {
                "label": "Look through all your cases",
                "url": f"{reverse('case_list')}?{urlencode(kept)}",
                "kind": "secondary",
            },
        }
    context = {
        "filter_form": form,
        "find_form": wrong or FindForm(initial={"words": words}),
        "page_has_errors": wrong is not None,
        "also": [*asked_in(given).items()],
        "words": words,
        "over": bool(mark and not words),
        "all_url": _address(given),
        "kept_mark": kept.get("find", ""),
        "narrowed": query_of(given),
        "narrowed_to": described(QueryDict(query_of(given)), names),
        "title": _title(search),
        "first": cursor is None,
        "cases": listed,
        "first_url": _address(given, **kept),
        "older_url": _address(given, **kept, before=str(page.older)) if page.older else "",
    }
    return render(request, "cases/list.html", context)


def _title(search: Search) -> str:
    if search.words:
        return "Cases found"
    return (
        "All your cases" if search.wanted == lists.Wanted() and not search.urgency else "Some of your cases"
    )


def _page(me: User, search: Search, at: Any, cursor: Cursor | None) -> Page[Any]:
    if not search.is_more_than_a_list:
        plain = cursor if cursor is not None and cursor.place in ("open", "ended") else None
        return lists.all_cases(me, search.wanted, at, plain)
    if search.words:
        noting.may_search(me, at)
    placed = cursor if cursor is not None and cursor.place in searching.PLACES else None
    page = searching.find(me, search, at, placed)
    if search.words:
        noting.record(noting.Verb.SEARCHED, by=me, facts={"found": len(page.rows)}, at=at)
    return page


def agencies_of(me: User) -> list[Agency]:
    """Return the agencies of a person's partnership, by name; one query."""
    return list(Agency.objects.filter(partnership_id=me.agency.partnership_id).order_by("short_name", "pk"))


def names_of(agencies: list[Agency]) -> dict[int, str]:
    """Return the short names of agencies by their id."""
    return {agency.pk: agency.short_name for agency in agencies}


def _address(given: QueryDict, **more: str) -> str:
    """Return the address of this list, narrowed as it is."""
    asked = asked_in(given) | more
    return reverse("case_list") + (f"?{urlencode(asked)}" if asked else "")


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
def saved_searches(request: HttpRequest) -> HttpResponse:
    """Show the searches I saved, and save the filters that the address brings under a name."""
    me, given = person(request), request.POST if request.method == "POST" else request.GET
    query = query_of(given)
    form = NameForm(request.POST or None)
    if request.method == "POST" and query and form.is_valid():
        try:
            keeping.keep(by=me, name=form.cleaned_data["name"], query=query, at=now())
        except NotNow as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, "Saved. You find it here and on the page of your cases.")
            return redirect("saved_searches")
    names = names_of(agencies_of(me))
    rows = [
        {
            "pk": kept.pk,
            "name": kept.name,
            "what": described(QueryDict(kept.query), names),
            "url": f"{reverse('case_list')}?{kept.query}",
        }
        for kept in SavedSearch.objects.filter(user=me)
    ]
    context = {
        "rows": rows,
        "form": form if query else None,
        "also": [*asked_in(given).items()],
        "what": described(QueryDict(query), names),
    }
    return render(request, "cases/saved_searches.html", context)


@policy("signed_in")
@require_http_methods(["GET", "HEAD", "POST"])
def saved_search(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename or remove one of my saved searches; somebody else's is not there."""
    me = person(request)
    kept = SavedSearch.objects.filter(user=me, pk=pk).first()
    if kept is None:
        raise Http404("no such search")
    form = NameForm(request.POST if "rename" in request.POST else None, initial={"name": kept.name})
    if request.method == "POST" and "remove" in request.POST:
        keeping.remove(kept, by=me, at=now())
        messages.success(request, "Removed.")
        return redirect("saved_searches")
    if form.is_bound and form.is_valid():
        try:
            keeping.rename(kept, by=me, name=form.cleaned_data["name"], at=now())
        except NotNow as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, "Renamed.")
            return redirect("saved_searches")
    return render(request, "cases/saved_search.html", {"form": form, "kept": kept})
