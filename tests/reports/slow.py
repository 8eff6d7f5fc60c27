"""The figures again by the slow way: each case walked through event by event, in Python, knowing nothing of the facts.

Only what no event holds is looked up elsewhere: the receiving agency, the instants promised, the closing answers,
and what went elsewhere before there was a case.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Partnership
from cases.models import Case, Deadline, Diversion, Entry, Participation, Stage
from cases.procedures.vocabulary import FAMILY_WORDS
from cases.reports.base import Period, Table
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


@dataclass
class Slow:
    """All cases of a partnership walked through, and the tables recomputed from them one case at a time."""

    partnership: Partnership

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.partnership.timezone)
        cases = {c.chain: c for c in Case.objects.filter(partnership=self.partnership)}
        events: dict[Any, list[Event]] = {}
        for event in Event.objects.filter(chain__in=list(cases)).order_by("chain", "seq"):
            events.setdefault(event.chain, []).append(event)
        self.all = [walk(cases[chain], lines) for chain, lines in events.items()]
        self.promised: dict[int, list[datetime | None]] = {}
        self.had_back: set[tuple[int, int]] = (
            set()
        )  # visits of a person who had the case before: accepted at once
        for stage in Stage.objects.filter(case__partnership=self.partnership).order_by("case", "ordinal"):
            promised = self.promised.setdefault(stage.case_id, [])
            if stage.accepted_at == stage.entered_at:
                self.had_back.add((stage.case_id, len(promised)))
            promised.append(stage.first_due_at)
        self.reply_due = {
            d.case_id: d.due_at
            for d in Deadline.objects.filter(
                case__partnership=self.partnership, rule="reply", stage__ordinal=1
            )
        }
        self.seniors = set(
            Participation.objects.filter(
                case__partnership=self.partnership, relation__in=["senior_manager", "decider"]
            ).values_list("case_id", "user_id")
        )
        self.closing: dict[tuple[int, str], dict[str, str]] = {}
        self.writers: dict[int, set[int]] = {}
        for entry in Entry.objects.filter(case__partnership=self.partnership).order_by("written_at"):
            self.writers.setdefault(entry.case_id, set()).add(entry.author_id)
            if entry.kind == "check_back" and entry.texts.get("closing"):
                self.closing[entry.case_id, entry.side] = entry.texts["closing"]

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def within(self, period: Period) -> list[Walked]:
        return [w for w in self.all if period.first <= self.day(w.opened) <= period.last]

    # What a case says to one dimension; several answers where a case counts several times.

    def kept(self, w: Walked, n: int) -> str:
        visit, due = w.visits[n], self.promised[w.case.pk][n]
        if visit.left is None:
            return "open"
        if due is None:
            return "no_limit"
        return "in_time" if visit.left <= due else "late"

    def accepted(self, w: Walked, n: int) -> tuple[str, int | None]:
        """Return whether a visit was accepted, and after how many hours."""
        visit = w.visits[n]
        at = visit.accepted or (visit.entered if (w.case.pk, n) in self.had_back else None)
        if at is None:
            return ("waiting" if visit.left is None else "passed"), None
        return "accepted", int((at - visit.entered).total_seconds() // 3600)

    def reply(self, w: Walked) -> str:
        if w.replied != "answered":
            return w.replied
        assert w.reply_at is not None
        return "in_time" if w.reply_at <= self.reply_due[w.case.pk] else "late"

    def waited(self, w: Walked) -> str:
        h = w.waited
        if h is None:
            return "waiting"
        days = h / 24
        for key, most in (("day", 1), ("three_days", 3), ("week", 7), ("four_weeks", 28)):
            if days < most:
                return key
        return "longer"

    def helped(self, w: Walked) -> str:
        said = [w.rounds.get(("done", side)) for side in ("raising", "receiving")]
        if said == [True, True]:
            return "both"
        if sorted(said, key=str) == [False, True]:
            return "mismatch"
        return "no" if False in said else "waiting"

    def heard(self, w: Walked) -> str:
        yes = {}
        for side in ("raising", "receiving"):
            given = self.closing.get((w.case.pk, side))
            yes[side] = None if given is None else "no" not in given.values()
        if None in yes.values():
            return "waiting"
        if all(yes.values()):
            return "both"
        return next((side for side, value in yes.items() if value), "neither")

    def decided(self, w: Walked) -> str:
        determined = w.counts["determined"] + w.counts["committee_decided"] > 0
        referred = w.counts["referred"] > 0
        if determined and referred:
            return "both"
        return "determined" if determined else "referred" if referred else "neither"

    def refused(self, w: Walked) -> str:
        if not w.counts["declined"]:
            return "no"
        return "view" if w.counts["view_asked"] else "accepted"

    def then(self, w: Walked) -> str:
        if w.state != "withdrawn":
            return "went_on"
        wrote = {u for u in self.writers[w.case.pk] if u != w.case.raiser_id}
        return "after_senior" if any((w.case.pk, u) in self.seniors for u in wrote) else "withdrawn"

    def table(self, table: Table, period: Period) -> Counter[tuple[str, str]]:
        """Return the counts of a table by (row, column)."""
        cases = self.within(table.period or period)
        found: Counter[tuple[str, str]] = Counter()

        def each(row: Any, column: Any = None, only: Any = None) -> None:
            for w in cases:
                if only is None or only(w):
                    found[str(row(w)), str(column(w)) if column else "n"] += 1

        def urgency(w: Walked) -> str:
            return w.urgency

        match table.key:
            case "months" | "months_before":
                each(lambda w: f"{self.day(w.opened):%Y-%m}")
            case "agencies":
                each(lambda w: w.raising, lambda w: w.case.receiving_agency_id)
            case "reached":
                each(lambda w: w.reached, urgency)
            case "state":
                each(lambda w: w.state, urgency)
            case "reason":
                for w in cases:
                    for family in FAMILY_WORDS:
                        found[family, "n"] += family in w.case.reason_families
            case "local_reason":
                for w in cases:
                    for reason in w.case.reasons:
                        found[reason, "n"] += 1
            case "about":
                each(lambda w: w.case.about)
            case "ended":
                each(lambda w: w.outcome or "not_yet")
            case "rungs":
                for w in cases:
                    for n, visit in enumerate(w.visits):
                        found[visit.state, self.kept(w, n)] += 1
            case "rungs_urgency":
                for w in cases:
                    for n, visit in enumerate(w.visits):
                        found[f"{visit.state} {visit.urgency}", self.kept(w, n)] += 1
            case "accepted":
                for w in cases:
                    for n, visit in enumerate(w.visits):
                        if visit.state in {
                            row.key for row in table.rows
                        }:  # where somebody is asked to accept it
                            found[visit.state, self.accepted(w, n)[0]] += 1
            case "years":
                for span in (period, *self.before(period)):
                    for w in self.within(span):
                        ended = "waiting" if w.waited is None else "ended"
                        found[span.first.isoformat(), ended] += 1
            case "agency_months":
                each(lambda w: f"{self.day(w.opened):%Y-%m}", lambda w: w.raising)
            case "replies":
                each(self.reply, urgency)
            case "waited":
                each(self.waited, urgency)
            case "safety":
                each(lambda w: {0: "none", 1: "once"}.get(w.counts["safety_lines"], "again"), urgency)
            case "helped":
                each(self.helped, lambda w: w.settled_in, lambda w: w.counts["settlements"])
            case "reopened":
                each(lambda w: {0: "no", 1: "once"}.get(w.counts["times_reopened"], "more"), urgency)
            case "heard":
                each(self.heard, None, lambda w: w.counts["settlements"])
            case "decided":
                each(self.decided, urgency)
            case "diverted":
                for gone in Diversion.objects.filter(partnership=self.partnership):
                    found[gone.route, "n"] += period.first <= gone.on <= period.last
            case "bodies":
                found = self.bodies(cases)
            case "refused":
                each(self.refused, urgency)
            case "refused_at":
                for w in cases:
                    for visit in w.visits:
                        found[visit.state, "n"] += visit.outcome == "manager_declined"
            case "raised":
                each(lambda w: w.raising, self.then)
            case _:
                found = self.answers(table.key, cases)
        return found

    def before(self, period: Period) -> list[Period]:
        """Return the same days of the four years before."""
        return [
            Period(
                period.first.replace(year=period.first.year - n),
                period.last.replace(year=period.last.year - n),
            )
            for n in range(1, 5)
        ]

    def bodies(self, cases: list[Walked]) -> Counter[tuple[str, str]]:
        chains = {w.case.chain for w in cases}
        events = Event.objects.filter(chain__in=chains, verb="referred")
        return Counter((json.loads(e.payload)["body"], "n") for e in events)

    def answers(self, key: str, cases: list[Walked]) -> Counter[tuple[str, str]]:
        c: Counter[str] = sum((w.counts for w in cases), Counter())
        settled = [w for w in cases if w.counts["settlements"]]
        asked = 2 * c["settlements"]
        by_key: dict[str, dict[str, int]] = {
            "notices": {"given": c["further_with_notice"], "none": c["further"] - c["further_with_notice"]},
            "feedback": {"read": c["feedback_read"], "unread": c["feedback_given"] - c["feedback_read"]},
            "understood": {
                "yes": c["understood_yes"],
                "no": c["understood_no"],
                "waiting": asked - c["understood_yes"] - c["understood_no"],
            },
            "done": {
                "yes": c["done_yes"],
                "no": c["done_no"],
                "waiting": asked - c["done_yes"] - c["done_no"],
            },
            "file": {
                "yes": sum(w.case.subject_reference != "" for w in cases),
                "no": sum(w.case.subject_reference == "" for w in cases),
            },
            "debrief": {
                "learning": sum(w.learning for w in settled),
                "held": sum(w.counts["debriefs"] > 0 and not w.learning for w in settled),
                "not_yet": sum(w.counts["debriefs"] == 0 for w in settled),
            },
            "views": {
                "for": c["view_supports"],
                "against": c["view_does_not_support"],
                "waiting": c["view_asked"] - c["view_supports"] - c["view_does_not_support"],
            },
        }
        return Counter({(answer, "n"): n for answer, n in by_key[key].items()})
