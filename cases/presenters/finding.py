"""Rows of what a search found, and a saved search in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts.roles import Role
from accounts.standing import Covered, Held, Standing
from cases.finding.searching import URGENT
from cases.models.case import Urgency
from cases.models.entry import Kind
from cases.presenters.rows import Names, Row, followed_row
from cases.presenters.wording import lower_first
from cases.workflow import State


def found_row(found: Any, standing: Standing, now: datetime, agencies: Names) -> Row:
    """Return one case that was found; where words fit, it says in what they stand and leads there.

    Never the words: what is in a case is read on its page, where each look is written down.
    """
    row = followed_row(found, standing, now, agencies)
    if found.kinds:
        labels = [Kind(kind).label for kind in found.kinds]
        row["facts"] = [f"The words stand in: {lower_first(', '.join(labels))}", *row["facts"]]
        row["url"] += f"#entry-{found.entry_id}"
    return row


#: Who answers for a whole service, and so begins with what has lapsed in it.
ANSWERS_FOR_A_SERVICE = frozenset({Role.LINE_MANAGER, Role.SENIOR_MANAGER, Role.CSWO, Role.DESIGNATED_LEAD})


def lapsed_links(standing: Standing, agencies: Names) -> list[Row]:
    """Return a link to everything that has lapsed in each service the person answers for, most urgent first."""
    everything: list[Held | Covered] = [*standing.held, *standing.covering]
    held = [h.agency_id for h in everything if h.role in ANSWERS_FOR_A_SERVICE]
    return [
        {
            "label": f"Everything lapsed in {agencies[pk]}",
            "url": f"{reverse('case_list')}?{urlencode({'agency': pk, 'due': 'lapsed', 'order': URGENT})}",
        }
        for pk in dict.fromkeys(held)
        if pk in agencies
    ]


#: Where the work lies of those to whom few cases come, or none.
_WORK = (
    (Role.ADMINISTRATOR, "Look after people and agencies", "administration"),
    (Role.AUDITOR, "Check the sealed trail", "trail"),
    (Role.AUDITOR, "Read the reports", "reports"),
    (Role.CPC_OFFICER, "Read the reports", "reports"),
    (Role.CPC_OFFICER, "Committee papers", "papers"),
    (Role.RETHINK_COORDINATOR, "See the Re-thinks", "rethinks"),
    (Role.RETHINK_FACILITATOR, "See the Re-thinks", "rethinks"),
)


def work_links(standing: Standing) -> list[Row]:
    """Return a link to each place where the roles a person holds have work that is no case."""
    held = {h.role for h in standing.held}
    found = {reverse(name): label for role, label, name in _WORK if role in held}
    return [{"label": label, "url": url} for url, label in found.items()]


def described(query: Mapping[str, str], agencies: Names) -> str:
    """Return what a search asks for, in words."""
    said = []
    if query.get("due") == "lapsed":
        said.append("lapsed")
    if query.get("state") in State.values:
        said.append(lower_first(State(query["state"]).label))
    if query.get("urgency") in Urgency.values:
        said.append(lower_first(Urgency(query["urgency"]).label))
    agency = query.get("agency", "")
    if agency.isdigit() and int(agency) in agencies:
        said.append(f"with {agencies[int(agency)]}")
    if query.get("order"):
        said.append("most urgent first")
    words = ", ".join(said) or "all your cases"
    return words[:1].upper() + words[1:]
