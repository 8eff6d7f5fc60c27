"""The closed lists a procedure file may choose from.

Every name here is known to the state machine, the rights or the reports, so a file that uses another one is refused
when it is checked. Growing a list is how the product learns a new idea; a procedure never gets an `if` of its own.
Pure Python: no Django.
"""

from dataclasses import dataclass
from typing import Literal

Source = Literal["document", "local_setting", "silent"]
"""Where a value comes from: the area's own document says it; the area sets it beside the document; or the document
says nothing and this service decides it until the area does (X3)."""

SOURCE_WORDS: dict[str, str] = {
    "document": "Set by the procedure document",
    "local_setting": "Set by your committee, not by the guide",
    "silent": "The guide does not say. This service decides it until your committee does",
}

State = Literal["resolution", "line_manager", "managers", "senior_managers", "cswo", "committee"]
STATES: tuple[State, ...] = ("resolution", "line_manager", "managers", "senior_managers", "cswo", "committee")
Tier = Literal["T0", "T1", "T2", "T3", "T4", "T5"]
TIER_OF: dict[str, Tier] = {
    "resolution": "T0",
    "line_manager": "T1",
    "managers": "T2",
    "senior_managers": "T3",
    "cswo": "T4",
    "committee": "T5",
}
"""Canonical tier of each state (X2): labels are local, tiers are what reports compare."""

Role = Literal[
    "practitioner",
    "line_manager",
    "senior_manager",
    "designated_lead",
    "cswo",
    "cpc_officer",
    "rethink_coordinator",
    "rethink_facilitator",
    "independent_chair",
]
ROLE_WORDS: dict[str, str] = {
    "practitioner": "practitioner",
    "line_manager": "line manager",
    "senior_manager": "senior manager",
    "designated_lead": "designated child protection lead",
    "cswo": "Chief Social Work Officer",
    "cpc_officer": "committee lead officer",
    "rethink_coordinator": "Re-think coordinator",
    "rethink_facilitator": "Re-think facilitator",
    "independent_chair": "independent chair",
}
Party = Literal["holder", "acting_manager", "counterpart", "raiser", Role]
"""Who a clock runs on: somebody by their place in the case, or by role."""
PARTY_WORDS: dict[str, str] = {
    "holder": "whoever holds the next step",
    "acting_manager": "the manager who acts",
    "counterpart": "the other side",
    "raiser": "the person who raised it",
    **ROLE_WORDS,
}

Audience = Literal[
    "holder",
    "deputy",
    "holder_manager",
    "next_tier",
    "designated_lead",
    "partnership",
    "raiser",
    "counterpart",
]
Relation = Literal["raiser", "counterpart", "line_manager", "senior_manager"]
TipStep = Literal[State, "log", "position", "record", "escalate"]
UrgencyKey = Literal["immediate", "urgent", "standard"]
SubjectKey = Literal["unborn_baby", "baby", "child", "young_person", "sibling_group", "theme"]
"""Who a case is about. `theme` is a pattern across several children: a case without one child."""

RungKind = Literal["ordinary", "chaired_meeting"]
"""`chaired_meeting`: the committee's officer calls a meeting with an independent chair, and its outcome is recorded."""
AnswerKind = Literal["text", "long_text", "yes_no", "day"]
Round = Literal["understood", "done"]
MetBy = Literal["accepting", "settling", "replying", "meeting", "saying_so"]
"""What ends a clock: accepting the case, settling or leaving the rung, answering the other side, recording a meeting,
or the person saying that it is done, with a note."""

Family = Literal[
    "threshold", "assessment", "plan", "action_not_done", "timescale", "information", "roles_practice"
]
FAMILY_WORDS: dict[str, str] = {
    "threshold": "Referral, threshold or screening",
    "assessment": "Assessment or level of risk",
    "plan": "Plan or service offered",
    "action_not_done": "Agreed action not done",
    "timescale": "Timescale or drift",
    "information": "Information sharing",
    "roles_practice": "Roles and practice",
}
"""The seven reporting families (G04, a to g). Local reasons map to one of them."""

Diversion = Literal[
    "referral", "complaint", "whistleblowing", "conference_dissent", "cumulative_concern", "agency_procedure"
]

Unit = Literal[
    "working_minutes", "working_hours", "working_days", "calendar_hours", "calendar_days", "end_of_day"
]
WORKING_UNITS = ("working_minutes", "working_hours", "working_days")
UNIT_WORDS: dict[str, tuple[str, str]] = {
    "working_minutes": ("working minute", "working minutes"),
    "working_hours": ("working hour", "working hours"),
    "working_days": ("working day", "working days"),
    "calendar_hours": ("hour", "hours"),
    "calendar_days": ("calendar day", "calendar days"),
}

RUNG_STARTS = ("rung_entered", "accepted", "case_opened", "disagreement_arose", "outcome_recorded")
"""Events a clock of a rung may start from; besides these `previous_clock:KEY` starts when that clock is met. A clock
that follows `settle` starts when the matter is settled here, not when it goes up."""
CLOSING_STARTS = ("outcome_recorded", "last_action_due", "checked_back")
"""Events a check back or the debrief may start from: the outcome, the day the last agreed action is due, and the
instant by which the second check back is due."""
CLOCK_STARTS = tuple(dict.fromkeys((*RUNG_STARTS, *CLOSING_STARTS)))

OutcomeKind = Literal["settles", "decides", "moves_up", "refuses", "refers", "follows_up", "general"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One canonical outcome (DOMAIN 2.5): key, default words and what kind of thing it does to the case."""

    key: str
    label: str
    kind: OutcomeKind


_OUTCOMES: tuple[tuple[str, str, OutcomeKind], ...] = (
    ("resolved_agreed", "Settled by agreement", "settles"),
    ("way_forward_agreed", "Way forward agreed", "settles"),
    ("agreed_to_differ_low_risk", "Agreed to differ, risk is low", "settles"),
    ("escalated_next_tier", "Taken to the next stage", "moves_up"),
    ("not_escalated_by_senior_manager", "Senior manager decided not to take it further", "refuses"),
    ("manager_declined", "Manager did not support the concern", "refuses"),
    ("advice_given", "Advice given", "follows_up"),
    ("plan_review_triggered", "Review of the child's plan asked for", "follows_up"),
    ("policy_review", "Policy or procedure to be reviewed", "follows_up"),
    ("compliance_or_competence_followed_up", "Compliance or competence followed up", "follows_up"),
    ("cswo_determined", "Decided by the Chief Social Work Officer", "decides"),
    ("committee_determined", "Decided by the committee or independent chair", "decides"),
    ("referred_cpc", "Referred to the Child Protection Committee", "refers"),
    ("referred_cog", "Referred to the Chief Officers Group", "refers"),
    ("improvement_referred_practice_group", "Improvement work referred", "follows_up"),
    ("independent_meeting_convened", "Independently chaired meeting called", "follows_up"),
    ("converted_to_formal", "Taken on as a formal escalation", "general"),
    ("diverted", "Sent to a different process", "general"),
    ("no_response", "No reply by the due time", "general"),
    ("withdrawn", "Withdrawn", "general"),
    ("overtaken_by_events", "Overtaken by events", "general"),
    ("merged", "Merged with another case", "general"),
    ("reopened_after_check_back", "Reopened after a check back", "general"),
    ("level_skipped", "A stage was skipped", "general"),
)
OUTCOMES: dict[str, Outcome] = {key: Outcome(key, label, kind) for key, label, kind in _OUTCOMES}
"""Outcomes reports know. Kind `general` may happen on any rung and need not be listed there."""
OutcomeKey = Literal[
    "resolved_agreed",
    "way_forward_agreed",
    "agreed_to_differ_low_risk",
    "escalated_next_tier",
    "not_escalated_by_senior_manager",
    "manager_declined",
    "advice_given",
    "plan_review_triggered",
    "policy_review",
    "compliance_or_competence_followed_up",
    "cswo_determined",
    "committee_determined",
    "referred_cpc",
    "referred_cog",
    "improvement_referred_practice_group",
    "independent_meeting_convened",
    "converted_to_formal",
    "diverted",
    "no_response",
    "withdrawn",
    "overtaken_by_events",
    "merged",
    "reopened_after_check_back",
    "level_skipped",
]
