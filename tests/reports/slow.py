"""The figures again by the slow way: each case walked through event by event, in Python, knowing nothing of the facts.

Only what no event holds is looked up elsewhere: the receiving agency, the instants promised, the closing answers,
and what went elsewhere before there was a case.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Partnership
from cases.models import Case, Deadline, Diversion, Entry, Participation, Stage
from cases.procedures.vocabulary import FAMILY_WORDS
from cases.reports.base import Period, Table
from escalation.trail.models import Event
from tests.reports.walked import Walked, walk


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
