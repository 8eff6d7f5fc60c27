"""One step of the ladder."""

from typing import Literal

from pydantic import StrictBool

from cases.procedures.declared import Declared, Text
from cases.procedures.limits import Clock
from cases.procedures.parts import BriefPart, CheckItem, Prompt
from cases.procedures.vocabulary import OUTCOMES, TIER_OF, OutcomeKey, Relation, Role, State, Tier


class Rung(Declared):
    """One step of the ladder: who acts with whom, by when, and what must be there before it is left."""

    state: State
    label: Text
    title: Text
    acts: Role
    counterpart_role: Role | None = None
    brought_by: Role | None = None
    """Who brings the case to this rung, where that is not the one who acts on it."""
    description: Text
    words: Text
    """The timescale in the words of the source."""
    entered_by: Literal["escalation", "referral"] = "escalation"
    may_start_here: StrictBool = False
    clocks: tuple[Clock, ...] = ()
    intention_notice: StrictBool
    """Whether the other side must be told before the case leaves this rung upwards (G15)."""
    brief: tuple[BriefPart, ...] = ()
    """What goes up with an escalation from this rung."""
    meeting_agenda: tuple[Prompt, ...] = ()
    checklist_on_resolve: tuple[CheckItem, ...] = ()
    tried_below_question: str = ""
    feedback_to: tuple[Relation, ...] = ()
    advice_roles: tuple[Role, ...] = ()
    notify: tuple[Role, ...] = ()
    on_silence: Literal["move_duty", "raise"]
    may_refuse: StrictBool
    outcomes: tuple[OutcomeKey, ...]

    @property
    def tier(self) -> Tier:
        """Return the canonical tier, "T0" to "T5" (X2)."""
        return TIER_OF[self.state]

    def clock(self, key: str) -> Clock:
        """Return the clock of this key. Raises KeyError when the rung has none."""
        for clock in self.clocks:
            if clock.key == key:
                return clock
        raise KeyError(f"rung {self.state} has no clock {key!r}")

    @property
    def settle(self) -> Clock | None:
        """Return the clock by which this rung should be settled; only a rung entered by referral may have none."""
        return next((clock for clock in self.clocks if clock.key == "settle"), None)

    @property
    def acknowledge(self) -> Clock | None:
        """Return the clock by which the holder must accept the case, or None when there is nothing to accept."""
        return next((clock for clock in self.clocks if clock.key == "acknowledge"), None)

    @property
    def determines(self) -> bool:
        """Return whether this rung may decide the matter without agreement (PK05)."""
        return any(OUTCOMES[key].kind == "decides" for key in self.outcomes)

    @property
    def refusal_outcome(self) -> OutcomeKey | None:
        """Return the outcome recorded when the manager does not support the concern (X4), or None."""
        return next((key for key in self.outcomes if OUTCOMES[key].kind == "refuses"), None)

    @property
    def may_escalate(self) -> bool:
        """Return whether the case may leave this rung for the next one."""
        return "escalated_next_tier" in self.outcomes
