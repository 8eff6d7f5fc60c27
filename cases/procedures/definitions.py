"""The vocabulary of a procedure: what an area may lay down, as one frozen value. Pure Python, no Django.

In short (fields in full: vocabulary.py for closed lists, limits.py for time, parts.py for the small tables):

    procedure = loading.load_shipped("perth-and-kinross-2025")     # Procedure; loading.load_text(text, name)
    procedure.key .version .title .short_title .jurisdiction ("SCT") .source_documents .effective_from (may be None)
    procedure.ladder                          -> ("resolution", "line_manager", ...): keys of the rungs, bottom first
    procedure.rungs / .rung(key)              -> Rung; KeyError for a key the procedure has not
    procedure.first_rung / .starting_rungs    -> Rung the case opens on / every rung it may open on
    procedure.next_rung(key, urgency)         -> Rung reached by escalating, None at the top (referral rungs left out)
    procedure.rungs_after(key, urgency)       -> every rung above that escalation can still reach at this urgency
    procedure.track(urgency)                  -> keys of the rungs escalation uses at this urgency, bottom first
    procedure.referral_rung                   -> Rung reached by referral (P&K: committee) or None
    procedure.urgency(key) .reason(key) .scope_question(key) .referral_body(key) .subject_label(key)
    procedure.role_label(role) .outcome_label(key) .tips_for(step) .document_title(declared)
    procedure.reasons_by_family               -> {"threshold": (Reason, ...), ...}
    procedure.words.threshold_question ...    procedure.position_prompts .closing_questions .family_question
    procedure.checkbacks.understood.clock     procedure.checkbacks.done   .debrief .learning
    procedure.agree_to_differ.allows(urgency) procedure.may_skip(urgency) .on_refusal .same_agency_allowed

    rung.key (of this procedure; the state's name unless the file gives another) .kind .only_for .checks_on_entry
    rung.questions_on_resolve .checks_back
    rung.state .tier .label .title .acts .counterpart_role .brought_by .description .words .determines
    rung.clock(key) .settle .acknowledge (None when nobody must accept)  rung.brief .meeting_agenda
    rung.checklist_on_resolve .tried_below_question .feedback_to .advice_roles .notify .on_silence .may_refuse
    rung.refusal_outcome .outcomes .intention_notice .entered_by ("escalation" | "referral") .may_start_here

    clock.key .label .on .starts .ends_by .lasts .limit(urgency) -> Limit
    clock.reminders_for(urgency) -> (Reminder, ...)      procedure.together -> limits over several rungs together
    limit.amount .unit .source .words .beside .whichever .describe() -> "2 working days"

    anything.source_of("intention_notice")    -> "document" | "local_setting" | "silent"  (X3)
    anything.source_words_of(name)            -> the sentence a page shows beside it
    local.open_limits(procedure) / local.with_limits(procedure, {path: (amount, unit)})
    drawing.draw(procedure, current=state) -> SVG text; drawing.describe(procedure) -> the same in words

In the database (publishing.py, the only part that needs Django): publish, publish_shipped, adopt,
current_for(partnership, on), definition_for(case or version id), set_limit, limits_with_local(procedure, partnership).

Every clock has a limit for every urgency, so no reader has to handle a missing one. Cross rules (reachable rungs, an
actor, an exit, known sources) are in checking.py and hold for every Procedure that loading.py returns.
"""

from datetime import date
from typing import Annotated, Any, Literal, Protocol, TypeVar

from pydantic import ConfigDict, Field, PrivateAttr, StrictBool, StringConstraints

from cases.procedures.beside import Concerns, Rethink
from cases.procedures.declared import Declared, Key, Text
from cases.procedures.limits import Clock, Limit, Measure, Reminder, Together, at_urgency
from cases.procedures.parts import (
    AgreeToDiffer,
    CheckBacks,
    Choice,
    Contact,
    Debrief,
    FamilyQuestion,
    Learning,
    Leeway,
    OnRefusal,
    OutcomeName,
    Prompt,
    Question,
    Reason,
    ReferralBody,
    RoleName,
    ScopeQuestion,
    Signpost,
    Skip,
    SourceDocument,
    Subject,
    Tip,
    Urgency,
    Words,
)
from cases.procedures.rungs import Rung
from cases.procedures.vocabulary import OUTCOMES, ROLE_WORDS

__all__ = [
    "Clock",
    "Limit",
    "Measure",
    "Procedure",
    "Reason",
    "Reminder",
    "Rung",
    "ScopeQuestion",
    "Together",
    "Urgency",
]


class Procedure(Declared):
    """One version of one area's procedure. Frozen, shared by all requests, never changed once published."""

    model_config = ConfigDict(title="Escalation procedure")

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    version: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)*$")]
    title: Text
    short_title: Text
    jurisdiction: Literal["SCT", "ENG", "WLS", "NIR"]
    effective_from: date | None = None
    """From when the document says it applies; None when it prints no date. Areas adopt it from a date of their own."""
    effective_until: date | None = None
    review: str = ""
    owner: str = ""
    source_documents: Annotated[tuple[SourceDocument, ...], Field(min_length=1)]

    ladder: Annotated[tuple[Key, ...], Field(min_length=1)]
    rungs: Annotated[tuple[Rung, ...], Field(min_length=1)]
    together: tuple[Together, ...] = ()
    """Limits over several rungs together, such as "steps 1 to 5 within 5 working days"."""
    reminders: tuple[Reminder, ...] = ()
    """Reminders of every clock that names none of its own."""
    raise_within: Limit | None = None
    """How soon after it arose a disagreement should be raised, where the document says so; shown where it is logged."""

    urgencies: Annotated[tuple[Urgency, ...], Field(min_length=1)]
    subjects: Annotated[tuple[Subject, ...], Field(min_length=1)]
    reasons: Annotated[tuple[Reason, ...], Field(min_length=1)]
    scope: tuple[ScopeQuestion, ...] = ()
    contacts: Annotated[tuple[Contact, ...], Field(min_length=1)]
    signposts: tuple[Signpost, ...] = ()
    words: Words
    role_names: tuple[RoleName, ...] = ()
    outcome_names: tuple[OutcomeName, ...] = ()
    self_check: tuple[Question, ...] = ()
    tips: tuple[Tip, ...] = ()
    position_prompts: Annotated[tuple[Prompt, ...], Field(min_length=1)]
    contact_methods: Annotated[tuple[Choice, ...], Field(min_length=1)]
    closing_questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    family_question: FamilyQuestion
    same_agency_allowed: StrictBool
    """Whether two services of one agency may use it between them (G03)."""
    agree_to_differ: AgreeToDiffer
    on_refusal: OnRefusal
    skip: Skip
    referral_bodies: tuple[ReferralBody, ...] = ()
    extension: Leeway | None = None
    """Whether whoever holds a stage may have more time for it; no table, no extension."""
    pause: Leeway | None = None
    """Whether the clocks of a stage may stand still for some working days; no table, no pause."""
    checkbacks: CheckBacks
    debrief: Debrief
    learning: Learning
    rethink: Rethink | None = None
    """A facilitated meeting beside the ladder; None when the area offers none."""
    concerns: Concerns | None = None
    """The restricted way to raise a worry about an agency as a whole; None when the area has none."""

    _sha256: str = PrivateAttr(default="")

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the text this was loaded from, in hex."""
        return self._sha256

    @property
    def first_rung(self) -> Rung:
        """Return the rung a case opens on."""
        return self.rung(self.ladder[0])

    @property
    def referral_rung(self) -> Rung | None:
        """Return the rung that is reached by referral only, or None."""
        return next((rung for rung in self.rungs if rung.entered_by == "referral"), None)

    @property
    def starting_rungs(self) -> tuple[Rung, ...]:
        """Return the rungs a case may open on: the first, and those where the file says so."""
        return tuple(r for r in self.rungs if r.key == self.ladder[0] or r.may_start_here)

    def rung(self, key: str) -> Rung:
        """Return the rung of this key. Raises KeyError when the procedure does not have it."""
        for rung in self.rungs:
            if rung.key == key:
                return rung
        raise KeyError(f"procedure {self.key} has no rung {key!r}")

    def track(self, urgency: str | None = None) -> tuple[str, ...]:
        """Return the keys of the rungs that escalation uses at this urgency, bottom first; None: those of all."""
        climbed = (r for r in self.rungs if r.entered_by != "referral")
        return tuple(r.key for r in climbed if not r.only_for or urgency in r.only_for)

    def rungs_after(self, key: str, urgency: str | None = None) -> tuple[Rung, ...]:
        """Return the rungs above `key` that escalation reaches, nearest first; empty from a rung it cannot leave."""
        found: list[Rung] = []
        current, track = self.rung(key), self.track(urgency)
        for above in self.ladder[self.ladder.index(key) + 1 :]:
            if above not in track:
                continue
            if not current.may_escalate:
                break
            current = self.rung(above)
            found.append(current)
        return tuple(found)

    def next_rung(self, key: str, urgency: str | None = None) -> Rung | None:
        """Return the rung an escalation from `key` enters, or None when there is none above."""
        return next(iter(self.rungs_after(key, urgency)), None)

    def shape(self) -> dict[str, Any]:
        """Return what the database needs to refuse a wrong move: the state of each rung, the track of each urgency,
        and at which urgencies rungs may be passed over."""
        return {
            "states": {r.key: r.state for r in self.rungs},
            "tracks": {u.key: list(self.track(u.key)) for u in self.urgencies},
            "skip": list(self.skip.allowed_urgencies),
        }

    def urgency(self, key: str) -> Urgency:
        """Return the urgency of this key. Raises KeyError when the procedure does not have it."""
        return _pick(self.urgencies, key, "urgency")

    def reminders_for(self, urgency: str) -> tuple[Reminder, ...]:
        """Return the reminders of clocks that have none of their own, as far as they apply at this urgency."""
        return at_urgency(self.reminders, urgency)

    def reason(self, key: str) -> Reason:
        """Return the reason of this key. Raises KeyError when the procedure does not have it."""
        return _pick(self.reasons, key, "reason")

    def scope_question(self, key: str) -> ScopeQuestion:
        """Return the scope question of this key. Raises KeyError when the procedure does not have it."""
        return _pick(self.scope, key, "scope question")

    def referral_body(self, key: str) -> ReferralBody:
        """Return the referral body of this key. Raises KeyError when the procedure does not have it."""
        return _pick(self.referral_bodies, key, "referral body")

    def subject_label(self, key: str) -> str:
        """Return the area's word for a kind of subject. Raises KeyError when the procedure does not have it."""
        return _pick(self.subjects, key, "subject").label

    @property
    def reasons_by_family(self) -> dict[str, tuple[Reason, ...]]:
        """Return the local reasons under each reporting family that has one (G04)."""
        families = dict.fromkeys(reason.family for reason in self.reasons)
        return {family: tuple(r for r in self.reasons if r.family == family) for family in families}

    def role_label(self, role: str) -> str:
        """Return the area's name for a role, or the general one. Raises KeyError for an unknown role."""
        return next((name.label for name in self.role_names if name.role == role), ROLE_WORDS[role])

    def outcome_label(self, key: str) -> str:
        """Return the area's name for an outcome, or the general one. Raises KeyError for an unknown outcome."""
        return next((name.label for name in self.outcome_names if name.outcome == key), OUTCOMES[key].label)

    def tips_for(self, step: str) -> tuple[Tip, ...]:
        """Return the do and avoid pairs of a step, empty when it has none (PK12)."""
        return tuple(tip for tip in self.tips if tip.step == step)

    def may_skip(self, urgency: str) -> bool:
        """Return whether rungs may be skipped at this urgency (X6)."""
        return urgency in self.skip.allowed_urgencies

    def document_title(self, declared: Declared) -> str:
        """Return the title of the source document a table of this procedure was taken from."""
        if not declared.document:
            return self.source_documents[0].title
        return _pick(self.source_documents, declared.document, "source document").title


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


Item = TypeVar("Item", bound=_Keyed)


def _pick(items: tuple[Item, ...], key: str, noun: str) -> Item:
    for item in items:
        if item.key == key:
            return item
    raise KeyError(f"no {noun} {key!r}")
