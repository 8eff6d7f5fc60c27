"""What narrows the list of cases, what is looked for, and the name of a saved search."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict

from accounts.models import Agency
from cases.finding.searching import NEWEST, URGENT, Search
from cases.lists import Wanted
from cases.models.case import Urgency
from cases.workflow import State
from escalation.forms import EscalationForm, ShortTextField


class CaseFilter(EscalationForm):
    """What narrows the list of cases; it stays in the address."""

    mark_optional = False

    state = forms.ChoiceField(label="Stage", required=False)
    agency = forms.TypedChoiceField(label="Agency", coerce=int, empty_value=None, required=False)
    due = forms.ChoiceField(
        label="Due", choices=[("", "At any time"), ("lapsed", "Lapsed only")], required=False
    )
    urgency = forms.ChoiceField(label="Urgency", choices=[("", "All"), *Urgency.choices], required=False)
    order = forms.ChoiceField(
        label="Order", choices=[("", "Newest first"), (URGENT, "Most urgent first")], required=False
    )

    def __init__(self, *args: Any, agencies: list[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", "All stages"), *State.choices]  # type: ignore[attr-defined]
        self.fields["agency"].choices = [  # type: ignore[attr-defined]
            ("", "All agencies"),
            *((a.pk, a.short_name) for a in agencies),
        ]

    def search(self, words: str = "") -> Search:
        """Return what is asked for; a value that is no choice narrows nothing."""
        self.is_valid()
        asked = self.cleaned_data
        wanted = Wanted(asked.get("state") or "", asked.get("agency"), asked.get("due") == "lapsed")
        return Search(wanted, words, asked.get("urgency") or "", asked.get("order") or NEWEST)


def asked_in(given: QueryDict) -> dict[str, str]:
    """Return what an address or form says of the filters, without what is empty or strange to them."""
    return {name: str(given[name])[:40] for name in CaseFilter.base_fields if given.get(name)}


def query_of(given: QueryDict) -> str:
    """Return the filters as they stand in an address."""
    return urlencode(asked_in(given))


class FindForm(EscalationForm):
    """One box for all that one may remember of a case."""

    mark_optional = False

    words = ShortTextField(
        label="Find a case",
        help_text="A reference, a name of a colleague or agency, or words from what was written.",
        missing="Write what you are looking for",
        max_length=100,
        width=20,
    )


class NameForm(EscalationForm):
    """What a saved search is called."""

    name = ShortTextField(
        label="Name of this search",
        help_text="Leave out anything about a child.",
        missing="Give the search a name",
        max_length=60,
        width=20,
    )
