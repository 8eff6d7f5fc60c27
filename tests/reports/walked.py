"""What became of one case, read off its events one by one in Python, knowing nothing of the facts kept of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cases.models import Case
from cases.workflow import LADDER
from escalation.trail.models import Event

LADDER_KEYS = [s.value for s in LADDER]
SETTLES = {
    "agreed": "resolved_agreed",
    "agreed_to_differ": "agreed_to_differ_low_risk",
    "determined": "cswo_determined",
    "committee_decided": "committee_determined",
}


@dataclass
class Visit:
    state: str
    entered: datetime
    urgency: str
    left: datetime | None = None
    outcome: str = ""
    notice: bool = False
    accepted: datetime | None = None


@dataclass
class Walked:
    """What became of one case, read off its events."""

    case: Case
    opened: datetime
    raising: int
    urgency: str
    visits: list[Visit]
    state: str = "resolution"
    settled: datetime | None = None
    ended: datetime | None = None
    settled_in: str = ""
    outcome: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    rounds: dict[tuple[str, str], Any] = field(default_factory=dict)  # of the last settlement
    replied: str = "waiting"
    reply_at: datetime | None = None
    learning: bool = False
    waiting_feedback: int = 0

    @property
    def waited(self) -> int | None:
        until = self.settled or self.ended
        return None if until is None else int((until - self.opened).total_seconds() // 3600)

    @property
    def reached(self) -> int:
        return max(LADDER_KEYS.index(v.state) for v in self.visits)

    def leave(self, at: datetime, outcome: str) -> None:
        self.visits[-1].left, self.visits[-1].outcome = at, outcome

    def go_to(self, state: str, at: datetime) -> None:
        self.state = state
        self.visits.append(Visit(state, at, self.urgency))


def walk(case: Case, events: list[Event]) -> Walked:
    """Return what the events of a case tell."""
    w: Walked | None = None
    for event in events:
        facts = json.loads(event.payload)
        at = event.claimed_at
        kinds = Counter(e["kind"] for e in facts.get("entries", []))
        if event.verb == "opened":
            w = Walked(
                case,
                at,
                int(event.agency_id or 0),
                facts["urgency"],
                [Visit(facts["to"], at, facts["urgency"])],
            )
        assert w is not None
        w.counts["safety_lines"] += kinds["safety_line"]
        w.counts["feedback_given"] += kinds["feedback"]
        w.waiting_feedback += kinds["feedback"]
        w.counts[event.verb] += 1
        _apply(w, event.verb, facts, at)
    assert w is not None
    return w


def _apply(w: Walked, verb: str, facts: dict[str, Any], at: datetime) -> None:
    if (
        len(w.visits) == 1
        and w.replied == "waiting"
        and (verb == "meeting_recorded" or (verb == "position_recorded" and facts["side"] == "receiving"))
    ):
        w.replied, w.reply_at = "answered", at
    match verb:
        case "intention_notified":
            w.visits[-1].notice = True
        case "accepted":
            w.visits[-1].accepted = at
        case "urgency_changed":
            w.urgency = facts["to"]
        case "escalated" | "skipped" | "supported":
            w.counts["further"] += verb != "supported"
            w.counts["further_with_notice"] += verb != "supported" and w.visits[-1].notice
            w.leave(at, "level_skipped" if verb == "skipped" else "escalated_next_tier")
            w.go_to(facts["to"], at)
        case "view_supports":
            w.leave(at, "manager_declined")
            w.go_to(facts["to"], at)
        case "referred":
            if w.state == "cswo":
                w.leave(at, f"referred_{facts['body']}")
            w.settled = None
            w.go_to(facts["to"], at)
        case "agreed" | "agreed_to_differ" | "determined" | "committee_decided":
            w.settled, w.settled_in, w.outcome = at, w.state, SETTLES[verb]
            w.leave(at, w.outcome)
            w.state = "agreed" if verb.startswith("agreed") else "determined"
            w.counts["settlements"] += 1
            w.rounds = {}
        case "checked_understood" | "checked_done":
            w.counts[f"{facts['round']}_{'yes' if facts['answer'] else 'no'}"] += 1
            w.rounds[facts["round"], facts["side"]] = facts["helped"]
        case "feedback_acknowledged":
            w.counts["feedback_read"] += w.waiting_feedback
            w.waiting_feedback = 0
        case "withdrawn" | "diverted":
            w.outcome = verb
            if verb == "withdrawn" and w.case.outcome == "manager_declined":
                w.outcome = "manager_declined"
            w.leave(at, w.outcome)
            w.ended, w.state, w.waiting_feedback = at, verb, 0
        case "closed":
            w.ended, w.state, w.waiting_feedback = at, "closed", 0
            w.learning = w.learning or facts["learning"]
            w.counts["debriefs"] += 1
    if verb == "reopened" or facts.get("reopened"):
        w.counts["times_reopened"] += 1
        w.settled, w.ended, w.outcome, w.waiting_feedback = None, None, "", 0
        w.go_to(facts["to"], at)
    if w.replied == "waiting" and (len(w.visits) > 1 or w.settled or w.ended):
        w.replied = "silent"
