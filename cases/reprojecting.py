"""Open dates worked out again when what they were counted from changes: calendar, limits, urgency, horizon, pauses.

One rule for a change in one case (`cases.actions.pace`) and for a change of a partnership's settings, which asks for it
by a row (`ask`) that the sweep works off, so that nobody waits for it and nothing is lost when it is stopped. The
system's own reckoning does not look like activity: neither version nor time of change of a case are touched.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q

from accounts.models import Partnership, User
from cases.actions.rungs import RULE_OF_CLOCK
from cases.actions.together import Visit, bounds_on
from cases.audit import Verb, recorded
from cases.deadlines import LEAST, Due, calendar_of, forget, in_force, plan, with_pauses, work_out
from cases.models import Case, Deadline, Entry, Extension, MovedDate, Pause, Reprojection, Stage
from cases.models.deadline import DeadlineState, Rule
from cases.models.entry import Kind
from cases.procedures.definitions import Procedure
from cases.procedures.limits import Clock, Measure, Reminder
from cases.working_time import CalendarExhausted, add
from escalation import bulk
from escalation.trail.writing import Line, append_many

log = logging.getLogger(__name__)
CHUNK = 200
#: From which duties a closing clock counts, by the event that starts it.
_AFTER = {"last_action_due": Rule.ACTION, "checked_back": Rule.CHECK_DONE}
_CLOCK_OF_RULE = {rule: key for key, rule in RULE_OF_CLOCK.items()}
#: Duties of whoever holds the case that are its next step though no clock of the procedure makes them.
_WAITS_ON_HOLDER = (Rule.ANSWER_REFUSAL, Rule.INDEPENDENT_VIEW)


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
            and not _is_copy(duty)
            and duty.rule in (*_CLOCK_OF_RULE, *_WAITS_ON_HOLDER)
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
class Moves:
    """The dates of one case that a reprojection moved. Sent with `recorded`, sender Reprojection."""

    case: Case
    reprojection: Reprojection
    at: datetime
    moves: list[Move]
    event_id: UUID | None = None


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
            if _is_copy(duty):  # who stands in for somebody has the same date, without reminders of their own
                first = _settled_by(found.values(), duty, duty.rule, duty.first_person_id)
                if first is not None:
                    found[duty.pk] = Move(duty, replace(first.due, plan=[]))
            elif duty.rule == Rule.REPLY:  # an answer that was due when the stage is
                first = _settled_by(found.values(), duty, Rule.SETTLE, None)
                if first is not None and first.duty.due_at == duty.due_at:
                    found[duty.pk] = Move(duty, self._named(case, duty, first.due.at))
        return [found[duty.pk] for duty in duties if duty.pk in found]

    def _named(self, case: Case, duty: Deadline, at: datetime) -> Due:
        reminders = _reminders(in_force(case.procedure, self.partnership), case.urgency)
        rows = plan(reminders, duty.starts_at, at, calendar_of(self.partnership))
        return Due(at, duty.amount or 0, duty.unit, duty.source, duty.capped, rows)

    def _due(
        self,
        case: Case,
        duty: Deadline,
        due_of: dict[tuple[UUID, str], datetime],
    ) -> Due | None:
        if duty.state != DeadlineState.OPEN or _is_copy(duty) or not duty.unit:
            return None
        procedure = in_force(case.procedure, self.partnership)
        calendar, rule = calendar_of(self.partnership), Rule(duty.rule)
        try:
            clock = _clock(procedure, duty)
            if clock is not None and clock.lasts:
                return work_out(clock, case.urgency, duty.starts_at, calendar, reminders=procedure.reminders)
            if clock is not None:
                return self._on_the_ladder(case, duty, procedure, clock)
            if rule == Rule.DUTY:
                return None  # the procedure has no such clock any more
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
    ) -> Due:
        granted = self.granted(case, duty.stage_id, procedure)
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
            bounds=bounds_on(
                procedure,
                duty.stage.rung_key,
                case.urgency,
                duty.stage.entered_at,
                calendar_of(self.partnership),
                lambda: _visits_before(duty.stage),
            ),
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
        reminders = _reminders(in_force(case.procedure, self.partnership), case.urgency)
        return replace(due, at=at, plan=plan(reminders, max(self.at, duty.starts_at), at, calendar))


def ask(
    partnership: Partnership,
    cause: Reprojection.Cause,
    *,
    reason: str,
    by: User | None,
    at: datetime,
) -> Reprojection:
    """Ask that the open dates of a partnership be worked out again; the sweep does it, within a minute or so.

    Call it in the transaction of the change. Returns the row, whose `moved` is the list of before and after.
    """
    return Reprojection.objects.create(
        partnership=partnership, cause=cause, reason=reason[:300], made_by=by, made_at=at
    )


def would_move(partnership: Partnership, at: datetime) -> Iterator[tuple[Case, Move]]:
    """Yield each open date that would be another one if it were worked out now, without writing anything.

    To show what a change would do: make it in a transaction, ask this, and roll back.
    """
    partnership = Partnership.objects.get(pk=partnership.pk)
    last = 0
    while cases := _cases(partnership, last):
        last = cases[-1].pk
        for case, moves in _worked_out(partnership, cases, at):
            yield from ((case, move) for move in moves)


@contextmanager
def rehearsal(partnership: Partnership) -> Iterator[None]:
    """Let settings be changed inside, to ask `would_move`; all of it is taken back at the end.

    The partnership has a settings version of its own meanwhile: what this process works out and keeps under it can
    never be taken for a setting that was made.
    """
    version = secrets.randbelow(1_000_000_000) + 1_000_000_000
    with transaction.atomic():
        Partnership.objects.filter(pk=partnership.pk).update(settings_version=version)
        try:
            yield
        finally:
            transaction.set_rollback(True)
            forget(partnership, version)


def work_off(at: datetime) -> int:
    """Work off everything that was asked for, a few hundred cases a transaction; return how many dates moved."""
    moved = 0
    while Reprojection.objects.filter(done_at=None).exists():
        try:
            with transaction.atomic():
                row = _next()
                if row is None:
                    break  # somebody else is at it
                moved += _chunk(row, at)
        except Exception as error:
            log.warning("a reprojection failed and goes on case by case: %s", _where(error))
            moved += _case_by_case(at)
    return moved


def _next() -> Reprojection | None:
    open_ones = Reprojection.objects.filter(done_at=None).select_related("partnership").order_by("pk")
    return open_ones.select_for_update(of=("self",), skip_locked=True).first()


def _chunk(row: Reprojection, at: datetime, size: int = CHUNK) -> int:
    partnership = Partnership.objects.get(pk=row.partnership_id)
    cases = _cases(partnership, row.up_to, size=size, lock=True)
    if not cases:
        row.done_at = at
        row.save(update_fields=["done_at"])
        return 0
    found = [Moves(case, row, at, moves) for case, moves in _worked_out(partnership, cases, at)]
    if found:
        _write(found, at)
    row.up_to = cases[-1].pk
    row.save(update_fields=["up_to"])
    return sum(len(one.moves) for one in found)


def _case_by_case(at: datetime) -> int:
    """Do the chunk that failed one case at a time; a case that fails is passed over, and the log says which."""
    moved = 0
    for _ in range(CHUNK):
        with transaction.atomic():
            row = _next()
            if row is None:
                return moved
            try:
                with transaction.atomic():
                    moved += _chunk(row, at, size=1)
            except Exception as error:
                row.refresh_from_db()
                ill = _cases(row.partnership, row.up_to, size=1)[0]
                log.error("the dates of case %s could not be worked out again: %s", ill.pk, _where(error))
                row.up_to = ill.pk
                row.save(update_fields=["up_to"])
    return moved


def _cases(partnership: Partnership, after: int, *, size: int = CHUNK, lock: bool = False) -> list[Case]:
    cases = Case.objects.open().filter(partnership=partnership, pk__gt=after).order_by("pk")
    if lock:
        cases = cases.select_for_update(of=("self",))
    return list(cases.select_related("procedure").defer("procedure__text")[:size])


def _worked_out(
    partnership: Partnership, cases: Sequence[Case], at: datetime
) -> Iterator[tuple[Case, list[Move]]]:
    """Yield the cases whose dates change, with those dates; four statements for all of them."""
    reckoner = Reckoner(partnership, at)
    reckoner.know(cases)
    duties: dict[int, list[Deadline]] = {}
    wanted = Q(state=DeadlineState.OPEN) | Q(rule__in=[Rule.ACTION, Rule.CHECK_DONE])
    for duty in Deadline.objects.filter(wanted, case__in=cases).select_related("stage").order_by("pk"):
        duties.setdefault(duty.case_id, []).append(duty)
    for case in cases:
        moves = [m for m in reckoner.moves(case, duties.get(case.pk, [])) if m.changes]
        if moves:
            yield case, moves


def _write(found: list[Moves], at: datetime) -> None:
    moves = [(one, move) for one in found for move in one.moves]
    bulk.update(Deadline, [move.columns() for _, move in moves])
    settles = [
        move
        for one, move in moves
        if move.duty.rule == Rule.SETTLE and move.duty.stage_id == one.case.current_stage_id
    ]
    settles = [move for move in settles if not _is_copy(move.duty)]
    bulk.update(Stage, [{"id": move.duty.stage_id, "due_at": move.due.at} for move in settles])
    _case_dates(found)
    bulk.insert(
        MovedDate,
        [
            {
                "reprojection_id": one.reprojection.pk,
                "deadline_id": move.duty.pk,
                "reference": one.case.reference,
                "rule": move.duty.rule,
                "was": move.duty.due_at,
                "becomes": move.due.at,
            }
            for one, move in moves
            if not _is_copy(move.duty)
        ],
    )
    for one, event_id in zip(found, append_many(map(_line, found), at=at), strict=True):
        one.event_id = event_id
    for one in found:
        recorded.send(sender=Reprojection, change=one)


def _case_dates(found: list[Moves]) -> None:
    """Give each case the date by which its next step is due: the holder's first, or the earliest of a settled one."""
    cases = {one.case.pk: one.case for one in found}
    first: dict[int, datetime] = {}
    rows = Deadline.objects.open().filter(case__in=cases)
    for case_id, person, rule, due_at in rows.values_list("case_id", "person_id", "rule", "due_at"):
        case = cases[case_id]
        if case.settled or (person == case.holder_id and rule in (*_CLOCK_OF_RULE, *_WAITS_ON_HOLDER)):
            first[case_id] = min(first.get(case_id, due_at), due_at)
    changed = [{"id": pk, "due_at": due} for pk, due in first.items() if due != cases[pk].due_at]
    bulk.update(Case, changed)


def _line(one: Moves) -> Line:
    return Line(
        chain=one.case.chain,
        verb=Verb.DATES_MOVED.value,
        object_ref=f"case:{one.case.pk}",
        facts={
            "cause": one.reprojection.cause,
            "reprojection": one.reprojection.pk,
            "moved": moved_facts(one.moves),
        },
    )


def moved_facts(moves: Iterable[Move]) -> list[dict[str, str]]:
    """Return moved dates as facts of an event: which duty, and when it was and is due."""
    return [
        {"rule": m.duty.rule, "was": m.duty.due_at.isoformat(), "is": m.due.at.isoformat()}
        for m in moves
        if m.changes
    ]


def _clock(procedure: Procedure, duty: Deadline) -> Clock | None:
    if duty.rule not in _CLOCK_OF_RULE and duty.rule != Rule.DUTY:
        return None
    try:
        key = duty.clock or _CLOCK_OF_RULE[Rule(duty.rule)]
        return procedure.rung(duty.stage.rung_key).clock(key)
    except KeyError:
        return None


def _visits_before(stage: Stage) -> list[Visit]:
    """Return the stages of a case before one, newest first; a query, asked only where a limit spans several rungs."""
    rows = Stage.objects.filter(case=stage.case_id, ordinal__lt=stage.ordinal).order_by("-ordinal")
    return list(rows.values_list("rung_key", "entered_at", "outcome"))


def _reminders(procedure: Procedure, urgency: str) -> tuple[Reminder, ...]:
    return tuple(r for r in procedure.reminders if not r.urgencies or urgency in r.urgencies)


def _is_copy(duty: Deadline) -> bool:
    return duty.first_person_id != duty.person_id


def _settled_by(moves: Iterable[Move], duty: Deadline, rule: str, person_id: int | None) -> Move | None:
    """Return the move of the duty of a rule on the same stage: of one person, or of whoever has it."""
    for move in moves:
        other = move.duty
        same = (other.stage_id, other.rule) == (duty.stage_id, rule) and not _is_copy(other)
        if same and person_id in (None, other.person_id):
            return move
    return None


def _by_what_they_need(duty: Deadline) -> tuple[int, int]:
    order = {Rule.ACTION: 0, Rule.CHECK_DONE: 1, Rule.DEBRIEF: 2}
    return order.get(Rule(duty.rule), 0), duty.pk


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].name}:{frames[-1].lineno}"
