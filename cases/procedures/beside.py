"""What an area offers beside its ladder: a Re-think, and a way to raise worries about an agency as a whole."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from cases.procedures.declared import Declared, Text
from cases.procedures.parts import Choice, Prompt


class RethinkStep(Prompt):
    """One step of the meeting's agenda, with a box for notes (PO04)."""

    stays_in_room: StrictBool = False
    """Whether its notes are for those who were in the room alone, as feelings and needs are (PO06)."""
    carried: StrictBool = False
    """Whether its notes are facts that go along when it is taken on as a formal escalation."""


class Rethink(Declared):
    """A facilitated meeting beside the ladder, for a disagreement or for work that is stuck (PO01 to PO06)."""

    label: Text
    description: Text
    when_unresolved: Text
    """What comes next when it does not settle the matter."""
    considerations: Annotated[tuple[Choice, ...], Field(min_length=1)]
    """What to think of first. Answered, and never a bar (PO02)."""
    steps: Annotated[tuple[RethinkStep, ...], Field(min_length=1)]
    outcomes: Annotated[tuple[Choice, ...], Field(min_length=1)]
    """What the meeting hopes for; ticked afterwards with a note (PO05)."""
    where: Literal["in_person", "online", "either"] = "either"
    formal_clocks: Literal["run_on", "stand_still"] = "run_on"
    """What happens to the timescales of a case beside it, from when it is arranged until the day it meets.

    They stand still only as [pause] allows: at its urgencies, as often and as long, while the child is safe."""


class Concerns(Declared):
    """A way to tell one's designated lead of a general, cumulative worry about how an agency works (WO05)."""

    label: Text
    description: Text
    hint: str = ""
    decisions: Annotated[tuple[Choice, ...], Field(min_length=2)]
    """What the lead may decide to do about it."""
