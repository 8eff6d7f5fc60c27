"""The answers of a half-written disagreement, read from its draft and checked page by page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, cast

from django.http import QueryDict

from cases.actions.opening import NewCase
from cases.drafts import as_post
from cases.forms.asking import Asking
from cases.forms.counterparts import named, search
from cases.forms.log import PAGES, LogPage, ScopeForm, WhoForm

FORM_OF: dict[str, type[LogPage]] = {form.slug: form for form in PAGES}


def page_form(
    asking: Asking,
    slug: str,
    *,
    sent: QueryDict | None = None,
    kept: Mapping[str, list[str]] | None = None,
    words: str = "",
) -> LogPage:
    """Return the form of a page: bound to what was sent, or showing what was kept.

    `words` are looked up in the directory, for the page that asks for the other side. KeyError for an unknown page.
    """
    typed = as_post(kept or {}) if sent is None else sent
    more: dict[str, Any] = {}
    if slug == WhoForm.slug:
        value = typed.get("counterpart") or ""
        found = search(asking, words)
        chosen = named(asking, value) if value and value not in {c.value for c in found} else None
        more["offered"] = [chosen, *found] if chosen else found
    form = FORM_OF[slug](sent, asking=asking, **more)
    if sent is None:
        form.show(typed)
    return form


class Answers:
    """Every page of a draft, bound to what was kept of it."""

    def __init__(self, asking: Asking, data: Mapping[str, Any]) -> None:
        self.asking = asking
        self.begun = {slug for slug in FORM_OF if data.get(slug)}
        self.forms = {slug: page_form(asking, slug, sent=as_post(data.get(slug) or {})) for slug in FORM_OF}

    def done(self, slug: str) -> bool:
        """Return whether a page needs nothing more."""
        form = self.forms[slug]
        return form.is_valid() and (not isinstance(form, ScopeForm) or form.may_go_on)

    @cached_property
    def open_pages(self) -> list[LogPage]:
        """Return the pages that still need something, in order."""
        return [form for slug, form in self.forms.items() if not self.done(slug)]

    @property
    def scope(self) -> ScopeForm:
        return cast(ScopeForm, self.forms["scope"])

    @property
    def who(self) -> WhoForm:
        return cast(WhoForm, self.forms["who"])

    def new_case(self) -> NewCase:
        """Return everything that opening needs; ask only when there are no `open_pages`."""
        about, what, safety, pace = (self.forms[s].cleaned_data for s in ("about", "what", "safety", "pace"))
        return NewCase(
            **about,
            **what,
            **safety,
            **pace,
            counterpart=self.who.chosen.user,
            counterpart_team_id=self.who.chosen.team_id,
            counterpart_agency=self.who.chosen.agency,
            raising_team_id=self.who.raising_team_id,
            scope={key: "yes" if yes else "no" for key, yes in self.scope.cleaned_data.items()},
        )
