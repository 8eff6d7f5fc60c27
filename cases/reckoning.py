"""The open dates of a case as they would be counted now: from its clocks, limits, urgency, horizon and leeway."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max

from accounts.models import Partnership
from cases.actions.together import Visit, bounds_on
from cases.deadlines import (
    LEAST,
    Due,
    calendar_of,
    in_force,
    plan,
    until_stale,
    with_pauses,
    within_stage,
    work_out,
)
from cases.models import Case, Deadline, Entry, Extension, Pause, Stage
from cases.models.deadline import CLOCK_OF_RULE, DeadlineState, Rule
from cases.models.entry import Kind
from cases.procedures.definitions import Procedure
from cases.procedures.limits import Clock, Measure
from cases.working_time import CalendarExhausted, add

#: From which duties a closing clock counts, by the event that starts it.
_AFTER = {"last_action_due": Rule.ACTION, "checked_back": Rule.CHECK_DONE}
#: Duties of whoever holds the case that are its next step though no clock of the procedure makes them.
WAITS_ON_HOLDER = (Rule.ANSWER_REFUSAL, Rule.INDEPENDENT_VIEW)


@dataclass(frozen=True)
class Leeway:
    """What was granted on one stage: days on which its clocks stand still, and more time for settling it."""

    pauses: tuple[tuple[date, date], ...] = ()
    extended_by: tuple[Measure, ...] = ()


@dataclass(frozen=True)
class Move:
    """One duty with the date it gets."""

    duty: Deadline
    due: Due

    @property
    def changes(self) -> bool:
        """Return whether the date itself is another one."""
        return self.due.at != self.duty.due_at

    def is_next_step(self, case: Case) -> bool:
        """Return whether this is what the holder of the case must do next on its present stage."""
        duty = self.duty
        return (
            duty.stage_id == case.current_stage_id
            and duty.person_id == case.holder_id
            and not is_copy(duty)
            and duty.rule in (*CLOCK_OF_RULE, *WAITS_ON_HOLDER)
        )

    def columns(self) -> dict[str, Any]:
        """Return what is stored on the duty. What has lapsed counts anew when its date lies ahead again."""
        due = self.due
        return {
            "id": self.duty.pk,
            "due_at": due.at,
            "starts_at": due.starts or self.duty.starts_at,
            "amount": due.amount,
            "unit": due.unit,
            "source": due.source,
            "capped": due.capped,
            "plan": due.plan,
            "next_at": due.plan[0][0] if due.plan else None,
            "lapsed_at": self.duty.lapsed_at if due.at == self.duty.due_at else None,
        }


@dataclass
class Reckoner:
    """Works out the duties of cases of one partnership as they would be counted now."""

    partnership: Partnership
    at: datetime
    _leeway: dict[UUID, Leeway] = field(default_factory=dict)
    _pace_from: dict[int, datetime] = field(default_factory=dict)

    def know(self, cases: Sequence[Case]) -> None:
        """Read what was granted on the stages of these cases, and when urgency or horizon changed; three statements."""
        paces = Entry.objects.filter(case__in=cases).of_kind(Kind.URGENCY, Kind.HORIZON)
        self._pace_from |= dict(
            paces.values_list("case_id").annotate(Max("written_at")).values_list("case_id", "written_at__max")
        )
        pauses: dict[UUID, list[tuple[date, date]]] = {}
        for stage, *days in Pause.objects.filter(case__in=cases).values_list(
            "stage_id", "first_day", "resumes_on"
        ):
            pauses.setdefault(stage, []).append((days[0], days[1]))
        more: dict[UUID, list[Measure]] = {}
        for row in Extension.objects.filter(case__in=cases).order_by("pk"):
            measure = Measure.model_validate({"amount": row.amount, "unit": row.unit, "source": "silent"})
            more.setdefault(row.stage_id, []).append(measure)
        for stage in pauses.keys() | more.keys():
            self._leeway[stage] = Leeway(tuple(pauses.get(stage, ())), tuple(more.get(stage, ())))

    def pace_changed(self, case: Case) -> None:
        """Note that urgency or horizon of a case change now: the time left is shared out from now on."""
        self._pace_from[case.pk] = self.at

    def moves(self, case: Case, duties: Sequence[Deadline]) -> list[Move]:
        """Return what each open duty of a case is due by now. Each comes with its stage.

        `duties` are the open ones, and those for actions and check backs that are done: others are counted from them.
        A duty whose instant somebody named stays; so does one that no calendar can count.
        """
        found: dict[int, Move] = {}
        due_of: dict[tuple[UUID, str], datetime] = {}
        for duty in sorted(duties, key=_by_what_they_need):
            due = self._due(case, duty, due_of)
            if due is not None and due.at < self.at + LEAST and due.at < duty.due_at:
                due = self._soonest(case, duty, due)
            if due is not None:
                found[duty.pk] = Move(duty, due)
            key = duty.stage_id, duty.rule
            due_of[key] = max(due_of.get(key, duty.starts_at), due.at if due else duty.due_at)
        for duty in duties:
            if duty.pk in found or duty.state != DeadlineState.OPEN:
                continue
            if is_copy(duty):  # who stands in for somebody has the same date, without reminders of their own
                first = _settled_by(found.values(), duty, duty.rule, duty.first_person_id)
                if first is not None:
                    found[duty.pk] = Move(duty, replace(first.due, plan=[]))
            elif duty.rule == Rule.REPLY:  # an answer that was due when the stage is
                first = _settled_by(found.values(), duty, Rule.SETTLE, None)
                if first is not None and first.duty.due_at == duty.due_at:
                    found[duty.pk] = Move(duty, self._named(case, duty, first.due.at))
        return [found[duty.pk] for duty in duties if duty.pk in found]

    def _named(self, case: Case, duty: Deadline, at: datetime) -> Due:
        reminders = in_force(case.procedure, self.partnership).reminders_for(case.urgency)
        rows = plan(reminders, duty.starts_at, at, calendar_of(self.partnership))
        return Due(at, duty.amount or 0, duty.unit, duty.source, duty.capped, rows)

    def _due(
        self,
        case: Case,
        duty: Deadline,
        due_of: dict[tuple[UUID, str], datetime],
    ) -> Due | None:
        if duty.state != DeadlineState.OPEN or is_copy(duty) or not duty.unit:
            return None
        procedure = in_force(case.procedure, self.partnership)
        calendar, rule = calendar_of(self.partnership), Rule(duty.rule)
        try:
            clock = _clock(procedure, duty)
            if clock is not None and clock.lasts:
                return work_out(clock, case.urgency, duty.starts_at, calendar, reminders=procedure.reminders)
            if clock is not None:
                ends = due_of.get((duty.stage_id, Rule.SETTLE), duty.stage.due_at)
                return self._on_the_ladder(case, duty, procedure, clock, ends)
            if rule == Rule.DUTY:
                return None  # the procedure has no such clock any more
            if rule == Rule.SITUATION:
                return until_stale(procedure, case.urgency, duty.starts_at, calendar)
            if rule in (Rule.CHECK_UNDERSTOOD, Rule.CHECK_DONE, Rule.DEBRIEF):
                clock = {
                    Rule.CHECK_UNDERSTOOD: procedure.checkbacks.understood.clock,
                    Rule.CHECK_DONE: procedure.checkbacks.done.clock,
                    Rule.DEBRIEF: procedure.debrief.clock,
                }[rule]
                after = _AFTER.get(clock.starts)
                starts = due_of.get((duty.stage_id, after), duty.starts_at) if after else duty.starts_at
                return work_out(clock, case.urgency, starts, calendar, reminders=procedure.reminders)
            at = add(duty.amount or 1, duty.unit, duty.starts_at, calendar)
        except CalendarExhausted:
            return None
        return self._named(case, duty, at)

    def _on_the_ladder(
        self,
        case: Case,
        duty: Deadline,
        procedure: Procedure,
        clock: Clock,
        stage_due: datetime | None,
    ) -> Due:
        granted = self.granted(case, duty.stage_id, procedure)
        together = bounds_on(
            procedure,
            duty.stage.rung_key,
            case.urgency,
            duty.stage.entered_at,
            calendar_of(self.partnership),
            lambda: _visits_before(duty.stage),
        )
        return work_out(
            clock,
            case.urgency,
            duty.starts_at,
            with_pauses(calendar_of(self.partnership), granted.pauses),
            horizon=case.horizon_at,
            whole_ladder=procedure.urgency(case.urgency).whole_ladder,
            rungs_left=len(procedure.rungs_after(duty.stage.rung_key, case.urgency)) + 1,
            reminders=procedure.reminders,
            urgency_since=case.urgency_since or case.opened_at,
            bounds=within_stage(clock, stage_due, together),
            extended_by=granted.extended_by if duty.rule == Rule.SETTLE else (),
            pace_from=self._pace_from.get(case.pk),
        )

    def granted(self, case: Case, stage_id: UUID, procedure: Procedure) -> Leeway:
        """Return what was granted on a stage and still counts at the urgency the case has now."""
        leeway = self._leeway.get(stage_id, Leeway())
        pause, extension = procedure.pause, procedure.extension
        return Leeway(
            leeway.pauses if pause is not None and pause.allows(case.urgency) else (),
            leeway.extended_by if extension is not None and extension.allows(case.urgency) else (),
        )

    def _soonest(self, case: Case, duty: Deadline, due: Due) -> Due:
        """Return a date that came nearer than the least time to act: nobody's time is up without their knowing."""
        if duty.lapsed_at is not None:
            return due
        calendar, soonest = calendar_of(self.partnership), self.at + LEAST
        if case.urgency != "immediate":
            soonest = add(LEAST // timedelta(minutes=1), "working_minutes", self.at, calendar)
        at = min(duty.due_at, soonest)
        reminders = in_force(case.procedure, self.partnership).reminders_for(case.urgency)
        return replace(due, at=at, plan=plan(reminders, max(self.at, duty.starts_at), at, calendar))


def moved_facts(moves: Iterable[Move]) -> list[dict[str, str]]:
    """Return moved dates as facts of an event: which duty, and when it was and is due."""
    return [
        {"rule": m.duty.rule, "was": m.duty.due_at.isoformat(), "is": m.due.at.isoformat()}
        for m in moves
        if m.changes
    ]


def _clock(procedure: Procedure, duty: Deadline) -> Clock | None:
    if duty.rule not in CLOCK_OF_RULE and duty.rule != Rule.DUTY:
        return None
    try:
        key = duty.clock or CLOCK_OF_RULE[Rule(duty.rule)]
        return procedure.rung(duty.stage.rung_key).clock(key)
    except KeyError:
        return None


def _visits_before(stage: Stage) -> list[Visit]:
    """Return the stages of a case before one, newest first; a query, asked only where a limit spans several rungs."""
    rows = Stage.objects.filter(case=stage.case_id, ordinal__lt=stage.ordinal).order_by("-ordinal")
    return list(rows.values_list("rung_key", "entered_at", "outcome"))


def is_copy(duty: Deadline) -> bool:
    """Return whether a duty was passed on from somebody else, so that the first one counts."""
    return duty.first_person_id != duty.person_id


def _settled_by(moves: Iterable[Move], duty: Deadline, rule: str, person_id: int | None) -> Move | None:
    """Return the move of the duty of a rule on the same stage: of one person, or of whoever has it."""
    for move in moves:
        other = move.duty
        same = (other.stage_id, other.rule) == (duty.stage_id, rule) and not is_copy(other)
        if same and person_id in (None, other.person_id):
            return move
    return None


def _by_what_they_need(duty: Deadline) -> tuple[int, int]:
    order = {Rule.SETTLE: 0, Rule.ACTION: 0, Rule.CHECK_DONE: 2, Rule.DEBRIEF: 3}
    return order.get(Rule(duty.rule), 1), duty.pk
