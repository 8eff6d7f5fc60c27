"""Works out anew when the duties of a copied case are due, with the product's own arithmetic.

A recipe is read off one deadline that an action wrote. It must give back exactly that deadline before it is used for
copies: when an action changes how it reckons, generating stops instead of inventing instants.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from accounts.models import Partnership
from cases.deadlines import calendar_of, in_force, plan, work_out
from cases.models import ProcedureVersion
from cases.models.deadline import RULE_OF_CLOCK
from cases.procedures.limits import Clock
from cases.working_time import add

CLOSES = time(17)
LONG_AGO = timedelta(days=4000)


@dataclass(frozen=True)
class Reckoned:
    """When something is due and its reminders, in the forms in which they are stored."""

    at: datetime
    plan: str  # JSON
    next_at: str

    @classmethod
    def of(cls, at: datetime, rows: list[list[object]]) -> Reckoned:
        """Return it for these reminders."""
        return cls(at, json.dumps(rows), str(rows[0][0]) if rows else "\\N")


@dataclass(frozen=True)
class Recipe:
    """How one due instant follows: `base` is the act or the earlier duty from which it is counted."""

    kind: str  # "clock", "within", "safety", "action", "named"
    act: int  # the act that started it
    state: str = ""
    clock: str = ""
    amount: int = 0
    unit: str = ""
    after: tuple[int, ...] = ()  # the duties from the last of which it is counted, in place of the act
    number: int = 0  # of the safety line, or the days of the action as played


class Reckoner:
    """Reckons for one partnership; what depends on a day alone is worked out once."""

    def __init__(self, partnership: Partnership, version: ProcedureVersion) -> None:
        self.procedure = in_force(version, partnership)
        self.calendar = calendar_of(partnership)
        self.zone = ZoneInfo(partnership.timezone)
        self._by_day: dict[tuple[object, ...], Reckoned] = {}
        self._rows: Callable[[datetime, str], list[list[object]]] = cache(self._all_rows)

    def clock_of(self, state: str, rule: str) -> Clock:
        """Return the clock of a rung that makes this duty, or the closing clock of this name."""
        closing = {
            "check_understood": self.procedure.checkbacks.understood.clock,
            "check_done": self.procedure.checkbacks.done.clock,
            "debrief": self.procedure.debrief.clock,
        }
        if rule in closing:
            return closing[rule]
        return next(c for c in self.procedure.rung(state).clocks if RULE_OF_CLOCK.get(c.key) == rule)

    def by_clock(self, recipe: Recipe, urgency: str, starts: datetime) -> Reckoned:
        """Return a duty that a clock of the procedure makes."""
        clock = self.clock_of(recipe.state, recipe.clock)
        limit = clock.limit(urgency)
        whole_ladder = self.procedure.urgency(urgency).whole_ladder
        capped = recipe.state != ""
        by_day = limit.unit == "working_days" and limit.beside is None and not (capped and whole_ladder)
        day = starts.astimezone(self.zone).date()  # the day begins at midnight where people work
        key = (recipe.state, recipe.clock, urgency, day if by_day else starts)
        found = self._by_day.get(key)
        if found is None:
            due = work_out(
                clock,
                urgency,
                starts,
                self.calendar,
                whole_ladder=whole_ladder if capped else None,
                rungs_left=len(self.procedure.rungs_after(recipe.state, urgency)) + 1 if capped else 0,
                reminders=self.procedure.reminders,
            )
            found = Reckoned.of(due.at, due.plan)
            if by_day:
                self._by_day[key] = found
        return found

    def within(self, recipe: Recipe, urgency: str, starts: datetime) -> Reckoned:
        """Return a duty of so many units, of which no document speaks."""
        return self.named(add(recipe.amount, recipe.unit, starts, self.calendar), urgency, starts)

    def named(self, at: datetime, urgency: str, starts: datetime) -> Reckoned:
        """Return a duty whose instant somebody named."""
        if at <= starts:
            return Reckoned.of(at, plan(self.procedure.reminders_for(urgency), starts, at, self.calendar))
        rows = [row for row in self._rows(at, urgency) if datetime.fromisoformat(str(row[0])) > starts]
        return Reckoned.of(at, rows)

    def _all_rows(self, at: datetime, urgency: str) -> list[list[object]]:
        return plan(self.procedure.reminders_for(urgency), at - LONG_AGO, at, self.calendar)

    def closing_time(self, act: datetime, days: int) -> datetime:
        """Return 5pm of the local day so many days after an act."""
        day = act.astimezone(self.zone).date() + timedelta(days=days)
        return datetime.combine(day, CLOSES, self.zone)
