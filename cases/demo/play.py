"""Plays a story of the demonstration through the actions, step by step, at working times of past days."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cases.actions import climbing, following, managing, settling, talking
from cases.actions.opening import NewCase, open_case
from cases.audit import Audit
from cases.calendars import calendar_for
from cases.demo.people import Demo
from cases.models import Action, Case
from cases.working_time import Calendar


class Play:
    """One case and the present instant of its story."""

    def __init__(self, demo: Demo, now: datetime) -> None:
        self.demo, self.now = demo, now
        self.calendar: Calendar = calendar_for(demo.partnership.pk)
        self.zone = ZoneInfo(demo.partnership.timezone)
        self.at = now
        self.case: Case

    def on(self, working_days_ago: int, clock: str) -> Play:
        """Set the scene that many working days ago (0 is today), never in the future."""
        day = self.now.astimezone(self.zone).date()
        left = working_days_ago
        while left > 0:
            day -= timedelta(days=1)
            left -= self.calendar.is_working_day(day)
        hour, minute = (int(part) for part in clock.split(":"))
        at = datetime.combine(day, time(hour, minute), self.zone)
        self.at = min(at, self.now - timedelta(minutes=5))
        return self

    def ago(self, minutes: int) -> Play:
        """Set the scene that many minutes ago, whatever the hour and the day."""
        self.at = self.now - timedelta(minutes=minutes)
        return self

    def later(self, days: int) -> datetime:
        """Return 5pm so many days after the present instant of the story."""
        day = self.at.astimezone(self.zone).date() + timedelta(days=days)
        return datetime.combine(day, time(17), self.zone)

    def ahead(self, days: int = 0, hours: int = 0) -> datetime:
        """Return an instant after today: so many days on, at 5pm, or so many hours from now."""
        if hours:
            return self.now + timedelta(hours=hours)
        day = self.now.astimezone(self.zone).date() + timedelta(days=days)
        return datetime.combine(day, time(17), self.zone)

    def log(self, by: str, to: str, **answers: Any) -> Play:
        """Open the case."""
        people, teams = self.demo.people, self.demo.team_of
        team, other = teams[by], teams[to]
        new = NewCase(
            counterpart=people[to],
            raising_team_id=team.pk if team else None,
            counterpart_team_id=other.pk if other else None,
            happened_at=self.at - timedelta(hours=20),
            **{"age_band": "", "subject_reference": "", "urgency": "standard"} | answers,
        )
        self.case = open_case(new, by=people[by], audit=Audit(self.at), procedure=self.demo.procedure)
        return self

    def _act(self, action: Any, by: str, /, **words: Any) -> Play:
        version = Case.objects.values_list("version", flat=True).get(pk=self.case.pk)
        action(self.case, by=self.demo.people[by], audit=Audit(self.at, version=version), **words)
        self.case = Case.objects.whole().get(pk=self.case.pk)
        return self

    def contact(self, by: str, people: str, discussed: str, result: str, method: str = "telephone") -> Play:
        """Record a talk."""
        return self._act(
            talking.record_contact,
            by,
            happened_at=self.at - timedelta(minutes=40),
            method=method,
            people=people,
            discussed=discussed,
            result=result,
        )

    def meeting(
        self, by: str, people: str, notes: dict[str, str], agreed: str = "", minutes_ago: int = 60
    ) -> Play:
        """Record a meeting."""
        return self._act(
            talking.record_meeting,
            by,
            happened_at=self.at - timedelta(minutes=minutes_ago),
            method="online",
            people=people,
            notes=notes,
            agreed=agreed,
            held_back="Everybody was asked in turn.",
            record_holder="Each agency, in its own record",
        )

    def position(
        self, by: str, seen: str, view: str, impact: str, way_forward: str, other_side: str = ""
    ) -> Play:
        """Give a side's position."""
        words = {
            "seen": seen,
            "view": view,
            "impact": impact,
            "other_side": other_side,
            "way_forward": way_forward,
        }
        return self._act(talking.give_position, by, position=words)

    def common_ground(self, by: str, agreed: str, disputed: str, question: str, missing: str = "") -> Play:
        """Set out what is agreed and disputed."""
        return self._act(
            talking.set_common_ground,
            by,
            agreed_facts=agreed,
            disputed_facts=disputed,
            missing_facts=missing,
            question=question,
        )

    def update(self, by: str, update: str) -> Play:
        """Add new information."""
        return self._act(talking.give_update, by, update=update)

    def intention(self, by: str, message: str) -> Play:
        """Tell the other side."""
        return self._act(climbing.notify_intention, by, message=message)

    def escalate(self, by: str, brief: dict[str, str], situation: str, tried: str, **more: str) -> Play:
        """Take it up."""
        return self._act(climbing.escalate, by, brief=brief, situation=situation, tried=tried, **more)

    def accept(self, by: str) -> Play:
        """Accept it."""
        return self._act(managing.accept, by)

    def support(self, by: str, discussion: str, why: str, feedback: str) -> Play:
        """Support the concern."""
        return self._act(managing.support, by, discussion=discussion, why=why, feedback=feedback)

    def decline(self, by: str, why: str, feedback: str, discussion: str = "") -> Play:
        """Not support it."""
        return self._act(managing.decline, by, why=why, feedback=feedback, discussion=discussion)

    def ask_view(self, by: str, question: str) -> Play:
        """Ask for an independent view."""
        return self._act(managing.ask_independent_view, by, question=question)

    def advice(self, by: str, question: str) -> Play:
        """Ask for advice."""
        return self._act(talking.ask_advice, by, question=question)

    def acknowledge(self, by: str) -> Play:
        """Acknowledge feedback."""
        return self._act(following.acknowledge, by)

    def _actions(self, actions: list[tuple[str, str, int]]) -> list[settling.NewAction]:
        day = self.at.astimezone(self.zone).date()
        return [
            settling.NewAction(what, self.demo.people[owner], day + timedelta(days=days))
            for what, owner, days in actions
        ]

    def agree(self, by: str, agreement: str, actions: list[tuple[str, str, int]], feedback: str = "") -> Play:
        """Record an agreement; each action is (what, who, days from then)."""
        return self._act(
            settling.agree,
            by,
            agreement=agreement,
            actions=self._actions(actions),
            checklist=["own_records"],
            feedback=feedback,
        )

    def determine(self, by: str, actions: list[tuple[str, str, int]], **words: str) -> Play:
        """Record the determination."""
        return self._act(settling.determine, by, actions=self._actions(actions), **words)

    def refer(self, by: str, body: str, reason: str, feedback: str) -> Play:
        """Refer it on."""
        on = self.at.astimezone(self.zone).date()
        return self._act(settling.refer, by, body=body, referred_on=on, reason=reason, feedback=feedback)

    def withdraw(self, by: str, statement: str) -> Play:
        """Withdraw it."""
        return self._act(settling.withdraw, by, statement=statement)

    def divert(self, by: str, route: str, reason: str, feedback: str) -> Play:
        """Send it elsewhere."""
        return self._act(settling.divert, by, route=route, reason=reason, feedback=feedback)

    def done(self, by: str, number: int, evidence: str, done: bool = True) -> Play:
        """Report an action."""
        action = Action.objects.filter(case=self.case, number=number).latest("pk")
        return self._act(
            following.report_action, by, action=action, done=done, evidence=evidence, done_at=self.at
        )

    def understood(self, by: str, answer: bool = True, words: str = "") -> Play:
        """Answer the first check back."""
        return self._act(following.check_understood, by, answer=answer, words=words)

    def checked(self, by: str, answer: bool = True, helped: bool = True, words: str = "") -> Play:
        """Answer the second check back."""
        closing = {"harm_reduced": "yes" if helped else "no", "heard": "yes"}
        return self._act(following.check_done, by, answer=answer, helped=helped, words=words, closing=closing)

    def close(self, by: str, debrief: str, family_words: str, learning: str = "") -> Play:
        """Debrief and close."""
        return self._act(
            following.close,
            by,
            debrief=debrief,
            debriefed_on=self.at,
            family="told",
            family_words=family_words,
            learning=learning,
        )
