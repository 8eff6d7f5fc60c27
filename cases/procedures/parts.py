"""The tables a procedure is made of, apart from the rungs: urgency, scope, prompts, checklists, closing duties."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from cases.procedures.declared import Declared, Key, Part, Seal, Text, Unseal
from cases.procedures.limits import Clock, Limit, Measure
from cases.procedures.vocabulary import (
    AnswerKind,
    Diversion,
    Family,
    OutcomeKey,
    Role,
    Round,
    SubjectKey,
    TipStep,
    UrgencyKey,
)


class SourceDocument(Part):
    """A document the procedure was written from."""

    key: Key
    title: Text
    note: str = ""
    url: str = ""
    published: date | None = None


class Contact(Declared):
    """An emergency contact of the area (G06). A partnership may have its own instead."""

    label: Text
    number: Text


class Signpost(Declared):
    """Further reading named by the procedure (PK13)."""

    key: Key
    title: Text
    text: str = ""
    url: str = ""


class Urgency(Declared):
    """One of the three paces (G16): `immediate` is danger today and runs in calendar hours."""

    key: UrgencyKey
    label: Text
    hint: Text
    whole_ladder: Limit | None = None
    """All rungs together are due by this, counted from when the case took this urgency."""
    situation_stale_after: Limit
    """How old "situation now" may be before it must be written afresh (G20)."""


class Subject(Declared):
    """Who a case may be about, in the area's words (G01)."""

    key: SubjectKey
    label: Text


class Reason(Declared):
    """A local kind of disagreement, mapped to a reporting family (G04)."""

    key: Key
    label: Text
    hint: str = ""
    family: Family


class ScopeQuestion(Declared):
    """One question of the scope screen; "yes" leads to the signpost and not to a case (G05, X1)."""

    key: Key
    question: Text
    hint: str = ""
    diverts_to: Diversion
    signpost_title: Text
    signpost_text: Text
    contact: str = ""
    may_go_on: StrictBool = False
    """Whether a case may be opened here beside that route, as beside whistleblowing."""


class Choice(Part):
    """One answer to choose, such as a way of meeting."""

    key: Key
    label: Text


class Prompt(Part):
    """A heading with a prompt under it: a part of a position, an agenda item."""

    key: Key
    heading: Text
    prompt: Text


class CheckItem(Part):
    """One line of a checklist."""

    key: Key
    label: Text


class BackItem(CheckItem):
    """Something both sides confirm in a check back, such as that it stands on the child's file."""

    round: Round = "done"


class FormQuestion(Part):
    """One question of a form the area asks for, and what follows from its answer."""

    key: Key
    question: Text
    hint: str = ""
    answer: AnswerKind = "long_text"
    required: StrictBool = True
    outcome: OutcomeKey | None = None
    """What a yes is counted as in the reports, beside how the matter was settled."""
    duty: str = ""
    """What whoever holds the case has to do on the day that was answered; only for `answer = "day"`."""


class Question(Declared):
    """A question somebody answers, such as one for self-reflection (PK10) or at closing (G36)."""

    key: Key
    question: Text
    hint: str = ""
    asked_of: tuple[Literal["raiser", "counterpart"], ...] = ("raiser",)


class BriefPart(Part):
    """One part of the brief that goes up (G19, PK01, PK04), and what of the case it is built from."""

    key: Key
    question: Text
    hint: str = ""
    built_from: Literal[
        "concern", "consequence", "steps", "other_position", "blocked", "situation", "nothing"
    ] = "nothing"


class Tip(Declared):
    """A do and avoid pair shown at one step (PK12). `step` is a state, or `log`, `position`, `record`, `escalate`."""

    step: TipStep
    do: Text
    avoid: Text


class RoleName(Declared):
    """What an area calls a role."""

    role: Role
    label: Text


class OutcomeName(Declared):
    """What an area calls a canonical outcome."""

    outcome: OutcomeKey
    label: Text


class Words(Declared):
    """Sentences of the area that pages show as they stand."""

    threshold_question: Text
    """Asked before going up: why this cannot be left (G14)."""
    threshold_hint: str = ""
    unresolved: Text
    resolved: Text
    agree_to_differ: str = ""
    determination: str = ""
    paramount: Text
    """The child comes first: shown on every case."""
    record: Text
    """How to write the record (G27)."""
    speak_up: str = ""
    """That everybody may and should question a decision, and that agreement is no proof of safety (G34)."""
    feedback: str = ""
    complements: str = ""
    """That this stands beside an agency's own procedure (G08)."""
    sections: Annotated[Mapping[str, str], Seal, Unseal] = Field(default_factory=dict, validate_default=True)
    """Where in the document each sentence is said: its section, by the name of the value."""


class FamilyQuestion(Declared):
    """What is asked at closing about the child's family (X12)."""

    question: Text
    hint: str = ""
    options: Annotated[tuple[Choice, ...], Field(min_length=2)]


class AgreeToDiffer(Declared):
    """Whether two sides may leave it at two views, and when not (G13)."""

    allowed: StrictBool
    blocked_urgencies: tuple[UrgencyKey, ...] = ()
    question: Text

    def allows(self, urgency: str) -> bool:
        """Return whether a case of this urgency may be left at two views."""
        return self.allowed and urgency not in self.blocked_urgencies


class OnRefusal(Declared):
    """What the raiser may do when a manager does not support the concern (X4)."""

    raiser_may: Annotated[tuple[Literal["new_facts", "accept", "independent_view"], ...], Field(min_length=1)]
    independent_view: Role
    words: Text
    signpost: str = ""


class Skip(Declared):
    """When a rung may be skipped (X6)."""

    allowed_urgencies: tuple[UrgencyKey, ...] = ()
    reason_required: StrictBool = True


class Leeway(Declared):
    """Whether the time of a stage may be extended, or its clock paused: when, how often, and for how long at most.

    A procedure without this table does not allow it. What is given is never more than the harm horizon leaves.
    """

    allowed_urgencies: tuple[Literal["urgent", "standard"], ...]
    most_times: Annotated[int, Field(ge=1, le=5)] = 1
    """How often on one stage."""
    longest: Measure
    """The most that is given at a time, in working time."""
    words: str = ""

    def allows(self, urgency: str) -> bool:
        """Return whether a case of this urgency may have it: danger today never may."""
        return urgency in self.allowed_urgencies


class ReferralBody(Declared):
    """A body a case may be referred to after the top of management, and who may do it (X8)."""

    key: Key
    label: Text
    outcome: Literal["referred_cpc", "referred_cog"]
    may_refer: Annotated[tuple[Role, ...], Field(min_length=1)]


class CheckBack(Declared):
    """One of the two check backs (G25): a clock, who is asked, and what."""

    clock: Clock
    asked_of: Annotated[tuple[Literal["raiser", "counterpart"], ...], Field(min_length=1)]
    question: Text
    helped_question: str = ""
    """"Did it help the child?", asked with the second check back."""


class CheckBacks(Declared):
    """Understood the same way, then done in time."""

    understood: CheckBack
    done: CheckBack


class Debrief(Declared):
    """The talk with everyone afterwards (G29)."""

    required: StrictBool
    clock: Clock
    question: Text


class Learning(Declared):
    """What was learnt and where it may be sent (G30)."""

    question: Text
    hint: str = ""
    routes: tuple[Choice, ...] = ()
