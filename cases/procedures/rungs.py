"""One step of the ladder."""

from typing import Any, Literal

from pydantic import ConfigDict, StrictBool, model_validator

from cases.procedures.declared import Declared, Key, Text
from cases.procedures.limits import Clock
from cases.procedures.parts import BackItem, BriefPart, CheckItem, FormQuestion, Prompt
from cases.procedures.vocabulary import (
    OUTCOMES,
    TIER_OF,
    OutcomeKey,
    Relation,
    Role,
    RungKind,
    State,
    Tier,
    UrgencyKey,
)


def _key_may_be_left_out(schema: dict[str, Any]) -> None:
    """Editors must not ask for the key, which follows from the state."""
    schema["required"] = [name for name in schema.get("required", []) if name != "key"]


class Rung(Declared):
    """One step of the ladder: who acts with whom, by when, and what must be there before it is left."""

    model_config = ConfigDict(json_schema_extra=_key_may_be_left_out)

    key: Key
    """The rung's own name in this procedure. Left out, it is that of its state; a second rung of one state needs it."""
    state: State
    kind: RungKind = "ordinary"
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
    only_for: tuple[UrgencyKey, ...] = ()
    """The urgencies at which this rung is part of the ladder; none named means all. Makes a track of its own."""
    may_start_here: StrictBool = False
    checks_on_entry: tuple[CheckItem, ...] = ()
    """What whoever brings the case here must confirm first; in danger today it may be left open."""
    clocks: tuple[Clock, ...] = ()
    intention_notice: StrictBool
    """Whether the other side must be told before the case leaves this rung upwards (G15)."""
    brief: tuple[BriefPart, ...] = ()
    """What goes up with an escalation from this rung."""
    meeting_agenda: tuple[Prompt, ...] = ()
    checklist_on_resolve: tuple[CheckItem, ...] = ()
    questions_on_resolve: tuple[FormQuestion, ...] = ()
    """What is asked when the matter is settled on this rung, beside what was agreed."""
    checks_back: tuple[BackItem, ...] = ()
    """What both sides confirm in a check back beside its own question, when it was settled on this rung."""
    tried_below_question: str = ""
    feedback_to: tuple[Relation, ...] = ()
    advice_roles: tuple[Role, ...] = ()
    notify: tuple[Role, ...] = ()
    on_silence: Literal["move_duty", "raise"]
    may_refuse: StrictBool
    outcomes: tuple[OutcomeKey, ...]

    @model_validator(mode="before")
    @classmethod
    def _named_after_its_state(cls, values: Any) -> Any:
        if isinstance(values, dict) and "key" not in values and isinstance(values.get("state"), str):
            return {"key": values["state"], **values}
        return values

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
