"""How Re-think is used: evidence for inspection and the committee, as counts without a child or a person (PO05, PO07).

Confidential to those who read reports; it is no part of the published figures, which are about cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Func, Q, TextField

from accounts.models import Partnership
from cases.models import Invitation, Rethink, RethinkAction
from cases.procedures.beside import Rethink as Laid
from cases.reports.base import Period

State = Rethink.State


@dataclass(frozen=True)
class Use:
    """The figures of one period, of the Re-thinks that were asked for in it."""

    by_state: dict[str, int]
    by_reason: dict[str, int]
    beside_a_case: int
    taken_on: int
    outcomes: dict[str, int]  # of those held: how many ticked each
    people: int  # who came, of those held
    guests: int  # of them, without an account
    actions: dict[str, int]

    @property
    def asked(self) -> int:
        return sum(self.by_state.values())

    @property
    def held(self) -> int:
        return self.by_state.get(State.HELD, 0)


def use_of(partnership: Partnership, period: Period) -> Use:
    """Return how Re-think was used in a period; four statements, never a row into Python."""
    begins, ends = period.bounds(partnership)
    rows = Rethink.objects.filter(partnership=partnership, asked_at__gte=begins, asked_at__lt=ends).order_by()
    states: dict[str, int] = {}
    reasons: dict[str, int] = {}
    beside = taken_on = 0
    grouped = rows.values("state", "reason").annotate(
        n=Count("pk"),
        beside=Count("pk", filter=Q(case__isnull=False)),
        taken_on=Count("pk", filter=Q(became__isnull=False)),
    )
    for row in grouped:
        states[row["state"]] = states.get(row["state"], 0) + row["n"]
        reasons[row["reason"]] = reasons.get(row["reason"], 0) + row["n"]
        beside, taken_on = beside + row["beside"], taken_on + row["taken_on"]
    ticked = (
        rows.filter(state=State.HELD)
        .annotate(outcome=Func(F("outcomes"), function="unnest", output_field=TextField()))
        .values("outcome")
        .annotate(n=Count("pk"))
    )
    came = Invitation.objects.live().filter(rethink__in=rows.filter(state=State.HELD), attended=True)
    people = came.aggregate(n=Count("pk"), guests=Count("pk", filter=Q(user=None)))
    acts = RethinkAction.objects.filter(rethink__in=rows).order_by().values("status").annotate(n=Count("pk"))
    return Use(
        states,
        reasons,
        beside,
        taken_on,
        {row["outcome"]: row["n"] for row in ticked},
        people["n"],
        people["guests"],
        {row["status"]: row["n"] for row in acts},
    )


def tables(use: Use, laid: Laid | None) -> list[dict[str, Any]]:
    """Return the figures as tables of the page: use, what the meetings brought, what was to be done."""
    rows: list[list[Any]] = [["Asked for", use.asked]]
    rows += [[f"of these: {State(key).label.lower()}", use.by_state.get(key, 0)] for key in State.values]
    rows += [
        [f"of these: {Rethink.Reason(key).label.lower()}", use.by_reason.get(key, 0)]
        for key in Rethink.Reason.values
    ]
    rows += [
        ["of these: beside a case", use.beside_a_case],
        ["of these: taken on as a formal escalation afterwards", use.taken_on],
        ["People who came to those held", use.people],
        ["of these: guests without an account", use.guests],
    ]
    columns = [{"label": "What"}, {"label": "Number", "numeric": True}]
    labels = {o.key: o.label for o in laid.outcomes} if laid else {}
    brought = [[labels.get(key, key), use.outcomes.get(key, 0)] for key in {**labels, **use.outcomes}]
    done = [[RethinkAction.Status(key).label, use.actions.get(key, 0)] for key in RethinkAction.Status.values]
    return [
        {"caption": "Use", "columns": columns, "rows": rows},
        {"caption": f"What the meetings brought, of {use.held} held", "columns": columns, "rows": brought},
        {"caption": "Agreed actions", "columns": columns, "rows": done},
    ]
