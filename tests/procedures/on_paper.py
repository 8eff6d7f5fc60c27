"""Where a case is, as one would keep it on paper: it knows a procedure's file and nothing of the code under test."""

from __future__ import annotations

from dataclasses import dataclass

from cases.procedures.definitions import Procedure
from cases.procedures.rungs import Rung

MOVES = (
    "accept",
    "tell",
    "escalate",
    "skip",
    "view_yes",
    "view_no",
    "new_facts",
    "accept_refusal",
    "ask_view",
    "lead_yes",
    "lead_no",
    "agree",
    "determine",
    "refer",
    "withdraw",
    "divert",
    "reopen",
    "check_back",
    "close",
)
SETTLED = ("agreed", "determined")
ENDED = ("closed", "withdrawn", "diverted")


@dataclass
class Paper:
    """One case on paper."""

    procedure: Procedure
    urgency: str
    state: str = "dispute"  # dispute, agreed, determined, closed, withdrawn, diverted
    key: str = ""
    acts: str = ""  # the role of whoever acts on this rung
    accepted: bool = False
    told: bool = False
    refused: bool = False
    asked: bool = False  # the designated lead was asked for an independent view
    past: bool = False  # somebody refused on this rung before, and the lead took it past them
    checked: bool = False

    def __post_init__(self) -> None:
        self.enter(self.procedure.ladder[0])

    @property
    def rung(self) -> Rung:
        return self.procedure.rung(self.key)

    @property
    def higher(self) -> list[str]:
        """Return the rungs above that escalation can still reach, nearest first."""
        track, found, at = self.procedure.track(self.urgency), [], self.key
        while at in track and "escalated_next_tier" in self.procedure.rung(at).outcomes:
            if at == track[-1]:
                break
            at = track[track.index(at) + 1]
            found.append(at)
        return found

    @property
    def ready(self) -> bool:
        """Whether whoever holds it may go on: accepted where that is asked, and not refused."""
        return (self.accepted or self.rung.acknowledge is None) and not self.refused

    @property
    def holder(self) -> str:
        """Return the place or the role of whoever has the next step; empty when nobody has."""
        if self.state in ENDED:
            return ""
        if self.state == "dispute" and self.refused:
            return self.procedure.on_refusal.independent_view if self.asked else "raiser"
        return "raiser" if self.acts == "practitioner" else self.acts

    def enter(self, key: str, acts: str = "") -> None:
        self.past = self.past and key == self.key
        self.key, self.state = key, "dispute"
        self.acts = acts or self.rung.acts
        self.accepted = self.told = self.refused = self.asked = self.checked = False

    def allows(self, move: str, as_holder: bool, as_raiser: bool, as_counterpart: bool) -> bool:
        """Return whether somebody in these places may make a move now."""
        rung, dispute, higher = self.rung, self.state == "dispute", bool(self.higher)
        view = rung.state == "line_manager"
        outcomes = set(rung.outcomes)
        answers = dispute and self.refused and as_raiser and not self.asked
        ways = self.procedure.on_refusal.raiser_may
        match move:
            case "accept":
                return dispute and as_holder and rung.acknowledge is not None and not self.accepted
            case "tell":
                return dispute and as_holder and self.ready and higher and not self.told
            case "escalate":
                free = self.told or not rung.intention_notice or self.urgency == "immediate"
                return dispute and as_holder and self.ready and higher and not view and free
            case "skip":
                allowed = self.urgency in self.procedure.skip.allowed_urgencies
                return dispute and as_holder and not self.refused and allowed and len(self.higher) > 1
            case "view_yes":
                return dispute and as_holder and self.ready and view and higher
            case "view_no":
                return dispute and as_holder and self.ready and (view or rung.may_refuse)
            case "new_facts" | "accept_refusal" | "ask_view":
                way = {"accept_refusal": "accept", "ask_view": "independent_view"}.get(move, move)
                return answers and way in ways
            case "lead_yes" | "lead_no":
                return dispute and self.refused and self.asked and as_holder
            case "agree":
                ends = bool({"resolved_agreed", "way_forward_agreed"} & outcomes)
                return dispute and as_holder and self.ready and ends
            case "determine":
                chaired = rung.kind == "chaired_meeting"
                decides = bool({"cswo_determined", "committee_determined"} & outcomes) and not chaired
                return dispute and as_holder and self.ready and decides
            case "refer":
                now = (dispute and self.ready) or self.state == "determined"
                return now and as_holder and rung.state == "cswo" and bool(self.procedure.referral_bodies)
            case "withdraw":
                return dispute and as_raiser
            case "divert":
                return dispute and as_holder and self.ready and rung.state != "resolution"
            case "reopen":
                # Whoever determined it may; the committee's officer, who wrote down what others decided, may not.
                may = as_raiser or as_counterpart or (as_holder and self.acts != "cpc_officer")
                return self.state in (*SETTLED, "closed") and may
            case "check_back":
                return self.state in SETTLED and not self.checked
            case _:
                return self.state in SETTLED and self.checked and as_holder

    def make(self, move: str) -> None:
        """Keep what a move does that was let through."""
        match move:
            case "accept":
                self.accepted = True
            case "tell":
                self.told = True
            case "escalate":
                self.enter(self.higher[0])
            case "skip":
                self.enter(self.higher[-1])
            case "view_yes":
                # Whoever supported it goes on with it, also in the line manager's place.
                above = self.procedure.rung(self.higher[0])
                self.enter(above.key, self.acts if above.state == "managers" else "")
            case "view_no":
                self.refused = True
            case "new_facts":
                self.refused = False
            case "ask_view":
                self.asked = True
            case "lead_yes" if self.rung.state == "line_manager" and not self.past:
                self.past = True
                self.enter(self.key, "senior_manager")
            case "lead_yes":
                self.enter(self.higher[0])
            case "lead_no":
                self.asked = False
            case "accept_refusal" | "withdraw":
                self.state = "withdrawn"
            case "divert":
                self.state = "diverted"
            case "agree":
                self.state, self.checked = "agreed", False
            case "determine":
                self.state, self.checked = "determined", False
            case "refer":
                assert self.procedure.referral_rung is not None
                self.enter(self.procedure.referral_rung.key)
            case "reopen":
                same = self.acts == self.rung.acts
                self.enter(self.key)
                self.accepted = same  # the same person has it back: there is nothing to accept anew
            case "check_back":
                self.checked = True
            case _:
                self.state = "closed"
