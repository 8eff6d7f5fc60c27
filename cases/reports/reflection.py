"""How Re-think is used and what it brings: counts without a child or a person (PO05, PO07)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Func, Q, TextField

from accounts.models import Partnership
from cases.models import Invitation, ProcedureVersion, Rethink, RethinkAction
from cases.reports.base import Line, Period, Report, Table, crosstab, single

State = Rethink.State
STATES = [Line(s.value, s.label) for s in State]
REASONS = [Line(r.value, r.label) for r in Rethink.Reason]
BESIDE = [
    Line("neither", "On its own"),
    Line("case", "Beside a case"),
    Line("taken_on", "On its own, and taken on as a case afterwards"),
]
CAME = [Line("account", "Colleagues of this partnership"), Line("guest", "Guests without an account")]
STATUSES = [Line(s.value, s.label) for s in RethinkAction.Status]


@dataclass(frozen=True)
class Use:
    """The figures of one period, of the Re-thinks that were asked for in it."""

    asked_for: dict[tuple[str, str], int]  # by state and reason
    beside_a_case: int
    taken_on: int
    outcomes: dict[str, int]  # of those held: how many ticked each
    people: int  # who came, of those held
    guests: int  # of them, without an account
    actions: dict[str, int]

    @property
    def by_state(self) -> dict[str, int]:
        return _added(self.asked_for, 0)

    @property
    def by_reason(self) -> dict[str, int]:
        return _added(self.asked_for, 1)

    @property
    def asked(self) -> int:
        return sum(self.asked_for.values())

    @property
    def held(self) -> int:
        return self.by_state.get(State.HELD, 0)


def _added(counts: dict[tuple[str, str], int], place: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, n in counts.items():
        found[key[place]] = found.get(key[place], 0) + n
    return found


def use_of(partnership: Partnership, period: Period) -> Use:
    """Return how Re-think was used in a period; four statements, never a row into Python."""
    begins, ends = period.bounds(partnership)
    rows = Rethink.objects.filter(partnership=partnership, asked_at__gte=begins, asked_at__lt=ends).order_by()
    asked_for: dict[tuple[str, str], int] = {}
    beside = taken_on = 0
    grouped = rows.values("state", "reason").annotate(
        n=Count("pk"),
        beside=Count("pk", filter=Q(case__isnull=False)),
        taken_on=Count("pk", filter=Q(became__isnull=False)),
    )
    for row in grouped:
        asked_for[row["state"], row["reason"]] = row["n"]
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
        asked_for,
        beside,
        taken_on,
        {row["outcome"]: row["n"] for row in ticked},
        people["n"],
        people["guests"],
        {row["status"]: row["n"] for row in acts},
    )


def tables(partnership: Partnership, period: Period, at: datetime) -> list[Table]:
    """Return the tables of the report: use, what the meetings brought, who came, what was to be done."""
    use = use_of(partnership, period)
    hoped_for = outcomes(partnership, use)
    ways = {
        "case": use.beside_a_case,
        "taken_on": use.taken_on,
        "neither": use.asked - use.beside_a_case - use.taken_on,
    }
    came = {"account": use.people - use.guests, "guest": use.guests}
    return [
        Table(
            "rethinks",
            "Asked for: why, and where it stands",
            "Re-thinks",
            "rethink state",
            "Where it stands",
            STATES,
            crosstab(use.asked_for, STATES, REASONS),
            REASONS,
            "rethink reason",
        ),
        _plain("rethinks_beside", "On its own or beside a case", "Re-thinks", BESIDE, ways, "Re-thinks"),
        Table(
            "rethinks_brought",
            "What the meetings that were held brought",
            HELD,
            "brought",
            "Hoped-for outcome",
            hoped_for,
            single(use.outcomes, hoped_for),
            columns=[Line("n", "Meetings")],
            adds_up=False,
            chart="bars",
            notes=["A meeting can bring several of these, or none."],
            whole=use.held,
        ),
        _plain("rethinks_people", "Who came to those held", "people at Re-thinks", CAME, came, "People"),
        _plain(
            "rethinks_actions", "Agreed actions", "actions of Re-thinks", STATUSES, use.actions, "Actions"
        ),
    ]


HELD = "Re-thinks held"


def _plain(
    key: str, caption: str, universe: str, rows: list[Line], counts: dict[str, int], column: str
) -> Table:
    return Table(
        key, caption, universe, key, caption, rows, single(counts, rows), columns=[Line("n", column)]
    )


def outcomes(partnership: Partnership, use: Use) -> list[Line]:
    """Return the hoped-for outcomes in the words of the procedures of this area, and any other that was ticked."""
    words = dict.fromkeys(use.outcomes, "")
    found = ProcedureVersion.objects.filter(adoptions__partnership=partnership).defer("text").distinct()
    for version in found.order_by("pk"):
        laid = version.definition.rethink
        words |= {o.key: o.label for o in laid.outcomes} if laid else {}
    return [Line(key, label or key) for key, label in sorted(words.items())]


REPORT = Report(
    "rethink",
    "Re-think",
    "How often a Re-think was asked for and held, and which of the hoped-for outcomes it brought.",
    tables,
    [
        "Do those that were held bring what was hoped for, and which outcome is rare?",
        "Where one was asked for and not held, what happened instead?",
    ],
    counted="Re-thinks asked for",
)
