"""The states of a disagreement, who holds each, and the moves between them.

MOVES is the whole of it: the django-fsm transitions below, the guard in PostgreSQL (cases/sql/guards.sql is filled
from `legal_pairs()`) and the drawing in the documentation are all made from this table. A move changes fields only;
`cases.actions` asks the policies, saves and records.
"""

from __future__ import annotations

from itertools import pairwise

from django.db.models import TextChoices
from django_fsm import RETURN_VALUE, transition

from cases.fsm import StateField, StateModel


class State(TextChoices):
    RESOLUTION = "resolution", "Resolution"
    LINE_MANAGER = "line_manager", "With the line manager"
    MANAGERS = "managers", "Between managers"
    SENIOR_MANAGERS = "senior_managers", "Between senior managers"
    CSWO = "cswo", "With the Chief Social Work Officer"
    COMMITTEE = "committee", "With the committee"
    AGREED = "agreed", "Agreed, being checked back"
    DETERMINED = "determined", "Determined, being checked back"
    CLOSED = "closed", "Closed"
    WITHDRAWN = "withdrawn", "Withdrawn"
    DIVERTED = "diverted", "Taken up elsewhere"


#: The rungs of the ladder, lowest first. A procedure uses some of them.
LADDER: tuple[State, ...] = (
    State.RESOLUTION,
    State.LINE_MANAGER,
    State.MANAGERS,
    State.SENIOR_MANAGERS,
    State.CSWO,
    State.COMMITTEE,
)
SETTLED: tuple[State, ...] = (State.AGREED, State.DETERMINED)
ENDED: tuple[State, ...] = (State.CLOSED, State.WITHDRAWN, State.DIVERTED)
IN_DISPUTE = LADDER

#: Who must take the next step in each state; `cases.holders` finds the person.
HOLDER: dict[State, str] = {
    State.RESOLUTION: "raiser",
    State.LINE_MANAGER: "the raiser's line manager",
    State.MANAGERS: "the raiser's line manager",
    State.SENIOR_MANAGERS: "the raiser's senior manager",
    State.CSWO: "the Chief Social Work Officer",
    State.COMMITTEE: "the committee's officer",
    State.AGREED: "whoever settled it on the raiser's side",
    State.DETERMINED: "the Chief Social Work Officer",
}

#: move -> (from, to). `skip` passes over rungs, in immediate danger only (the database checks that too).
MOVES: dict[str, tuple[tuple[State, ...], tuple[State, ...]]] = {
    "escalate": (LADDER[:-1], LADDER[1:]),
    "skip": (LADDER[:-2], LADDER[2:]),
    "agree": (LADDER, (State.AGREED,)),
    "determine": ((State.CSWO, State.COMMITTEE), (State.DETERMINED,)),
    "refer": ((State.CSWO, State.DETERMINED), (State.COMMITTEE,)),
    "reopen": ((*SETTLED, State.CLOSED), LADDER),
    "close": (SETTLED, (State.CLOSED,)),
    "withdraw": (LADDER, (State.WITHDRAWN,)),
    "divert": (LADDER, (State.DIVERTED,)),
}


def legal_pairs() -> list[tuple[str, str]]:
    """Return every (from, to) that some move of some procedure may make; the database refuses all others."""
    pairs = set()
    for move, (sources, targets) in MOVES.items():
        for source in sources:
            for target in targets:
                upward = move in ("escalate", "skip")
                if upward and LADDER.index(target) <= LADDER.index(source):
                    continue
                pairs.add((source.value, target.value))
    return sorted(pairs)


def steps_up() -> list[tuple[str, str]]:
    """Return the pairs of neighbouring rungs of the longest ladder."""
    return [(a.value, b.value) for a, b in pairwise(LADDER)]


class CaseWorkflow(StateModel):
    """The state of a case and its moves. Each returns nothing and saves nothing."""

    state = StateField(
        max_length=20, choices=State.choices, default=State.RESOLUTION.value, protected=True, editable=False
    )

    class Meta:
        abstract = True

    def _to(self, target: State | str) -> str:
        return State(target).value

    @transition(
        field=state,
        source=[s.value for s in MOVES["escalate"][0]],
        target=RETURN_VALUE(*MOVES["escalate"][1]),
    )
    def escalate(self, target: State | str) -> str:
        """Go up to the next rung the procedure has."""
        return self._to(target)

    @transition(
        field=state, source=[s.value for s in MOVES["skip"][0]], target=RETURN_VALUE(*MOVES["skip"][1])
    )
    def skip(self, target: State | str) -> str:
        """Pass over rungs in immediate danger (X6)."""
        return self._to(target)

    @transition(field=state, source=[s.value for s in MOVES["agree"][0]], target=State.AGREED.value)
    def agree(self) -> None:
        """Settle by agreement, or by agreeing to differ where the risk allows it."""

    @transition(field=state, source=[s.value for s in MOVES["determine"][0]], target=State.DETERMINED.value)
    def determine(self) -> None:
        """Settle by the determination of the CSWO, or by the committee's outcome."""

    @transition(field=state, source=[s.value for s in MOVES["refer"][0]], target=State.COMMITTEE.value)
    def refer(self) -> None:
        """Go to the committee or the chief officers."""

    @transition(
        field=state, source=[s.value for s in MOVES["reopen"][0]], target=RETURN_VALUE(*MOVES["reopen"][1])
    )
    def reopen(self, target: State | str) -> str:
        """Go back to the rung where it was settled."""
        return self._to(target)

    @transition(field=state, source=[s.value for s in MOVES["close"][0]], target=State.CLOSED.value)
    def close(self) -> None:
        """End it after both check backs."""

    @transition(field=state, source=[s.value for s in MOVES["withdraw"][0]], target=State.WITHDRAWN.value)
    def withdraw(self) -> None:
        """End it at the raiser's wish, with a closing statement."""

    @transition(field=state, source=[s.value for s in MOVES["divert"][0]], target=State.DIVERTED.value)
    def divert(self) -> None:
        """End it here because it is taken up elsewhere."""
