"""Time in a procedure: limits, the clocks they belong to, and who is reminded when."""

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StrictBool, StrictInt, StringConstraints

from cases.procedures.declared import Declared, Key, Part, Seal, Text, Unseal
from cases.procedures.vocabulary import CLOCK_STARTS, UNIT_WORDS, Audience, MetBy, Party, Unit, UrgencyKey

ClockStart = Annotated[
    str, StringConstraints(pattern=rf"^({'|'.join(CLOCK_STARTS)}|previous_clock:[a-z][a-z0-9_]*)$")
]


class Measure(Part):
    """An amount of time in one unit. `end_of_day` is local midnight: 1 ends the day of the start, 2 the next."""

    amount: Annotated[StrictInt, Field(ge=0)]
    unit: Unit

    def describe(self) -> str:
        """Return the measure in words: "2 working days", "1 hour", "the end of the same day"."""
        if self.unit == "end_of_day":
            return {1: "the end of the same day", 2: "the end of the next day"}.get(
                self.amount, f"the end of the day {self.amount - 1} days later"
            )
        one, many = UNIT_WORDS[self.unit]
        return f"{self.amount} {one if self.amount == 1 else many}"


class Limit(Measure):
    """How long something may take. Its mark is never inherited: a number must not pass for the guide's (X3)."""

    mark_is_inherited: ClassVar[bool] = False
    model_config = ConfigDict(json_schema_extra=None)

    words: str = ""
    """The words of the source for this limit, where it has some."""
    beside: Measure | None = None
    """A second measure of the same limit, as in "48 hours (2 working days)"."""
    whichever: Literal["sooner", "later"] = "sooner"
    """Which of the two measures binds when there is a second one."""

    def describe(self) -> str:
        """Return the limit in words, with its second measure if it has one."""
        first = super().describe()
        if self.beside is None:
            return first
        return f"{first} or {self.beside.describe()}, whichever is {self.whichever}"

    def measures(self) -> tuple[Measure, ...]:
        """Return the one or two measures to work out; `whichever` says which of their instants is due."""
        return (self,) if self.beside is None else (self, self.beside)


class Reminder(Part):
    """One reminder of a clock: when it goes out, counted from the due instant, and to whom."""

    when: Literal["before", "at", "after"]
    amount: Annotated[StrictInt, Field(ge=0)] = 0
    unit: Unit = "working_hours"
    to: Annotated[tuple[Audience, ...], Field(min_length=1)]
    urgencies: tuple[UrgencyKey, ...] = ()
    """Urgencies it is for; none named means all."""

    def describe(self) -> str:
        """Return the moment in words: "4 working hours before", "when it is due"."""
        if self.when == "at":
            return "when it is due"
        one, many = UNIT_WORDS.get(self.unit, ("day", "days"))
        return f"{self.amount} {one if self.amount == 1 else many} {self.when}"


def at_urgency(reminders: Iterable[Reminder], urgency: str) -> tuple[Reminder, ...]:
    """Return the reminders that apply at an urgency, in the order of the file."""
    return tuple(r for r in reminders if not r.urgencies or urgency in r.urgencies)


class Clock(Declared):
    """A duty with a due time: whose it is, what starts it, what ends it, and how long it may take at each urgency.

    The clock called `settle` is the rung's own; `acknowledge` is for a manager who must accept first, `reply` for the
    other side. A clock of any other key makes a duty in the words of its `label`. Every clock has a limit for every
    urgency the procedure declares.
    """

    key: Key
    label: Text
    on: Party
    starts: ClockStart
    words: str = ""
    met_by: MetBy | None = None
    """What ends it. Left out, it follows from the key: see `ends_by`."""
    outlasts_rung: StrictBool = False
    """Whether it is still due when the case has left the rung. What starts with the outcome always is."""
    limits: Annotated[Mapping[UrgencyKey, Limit], Seal, Unseal]
    reminders: tuple[Reminder, ...] = ()

    def limit(self, urgency: str) -> Limit:
        """Return the limit at this urgency. Raises KeyError for an urgency the procedure does not have."""
        return self.limits[urgency]  # type: ignore[index]

    def reminders_for(self, urgency: str) -> tuple[Reminder, ...]:
        """Return the reminders that apply at this urgency, in the order of the file."""
        return at_urgency(self.reminders, urgency)

    @property
    def follows(self) -> str | None:
        """Return the key of the clock this one starts after, or None."""
        prefix = "previous_clock:"
        return self.starts.removeprefix(prefix) if self.starts.startswith(prefix) else None

    @property
    def ends_by(self) -> MetBy:
        """Return what ends this clock: as the file says, or as its key implies, or else the person saying so."""
        return self.met_by or MET_BY_KEY.get(self.key, "saying_so")

    @property
    def lasts(self) -> bool:
        """Return whether it is still due when the case has left the rung."""
        return self.outlasts_rung or self.starts in AFTER_THE_OUTCOME


MET_BY_KEY: dict[str, MetBy] = {
    "settle": "settling",
    "acknowledge": "accepting",
    "reply": "replying",
    "meeting": "meeting",
}
AFTER_THE_OUTCOME = ("outcome_recorded", "previous_clock:settle")


class Together(Declared):
    """A limit over several rungs together, from entering the first to leaving the last.

    The time left is shared equally among the rungs of it still to climb; urgencies it does not name are not bound.
    """

    key: Key
    label: Text
    first: Key
    last: Key
    words: str = ""
    limits: Annotated[Mapping[UrgencyKey, Limit], Field(min_length=1), Seal, Unseal]
