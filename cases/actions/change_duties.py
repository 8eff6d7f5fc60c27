"""What a change does to the duties of a case: met, no longer needed, new; collected, and written in two statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Case as CaseWhen
from django.db.models import Q, Value, When

from accounts.models import User
from cases.access import Look
from cases.actions.together import bounds_of
from cases.audit import Audit, Verb
from cases.deadlines import Bound, Due, calendar_of, in_force, on_rung, plan, within_stage, work_out
from cases.models import Case, Deadline, Participation, Stage
from cases.models.deadline import DeadlineState, Rule
from cases.procedures.definitions import Procedure
from cases.procedures.limits import Clock
from cases.working_time import Calendar, add


@dataclass
class Acting:
    """Who acts on which case, and the stage that it is in."""

    look: Look
    audit: Audit
    verb: Verb
    part: Participation
    new_stage: Stage | None = field(default=None, init=False)

    @property
    def case(self) -> Case:
        return self.look.case

    @property
    def stage(self) -> Stage:
        """Return the stage the case is in: the new one once it was entered."""
        return self.new_stage or self.case.current_stage

    @property
    def at(self) -> datetime:
        return self.audit.at

    @property
    def by(self) -> User:
        return self.look.user

    @property
    def procedure(self) -> Procedure:
        """Return the procedure of the case with the partnership's own limits."""
        return in_force(self.case.procedure, self.by.agency.partnership)


@dataclass
class Duties(Acting):
    """The part of a `Change` that speaks of duties."""

    new_deadlines: list[Deadline] = field(default_factory=list, init=False)
    _met: Q | None = field(default=None, init=False)
    _cancelled: Q | None = field(default=None, init=False)
    _bounds: tuple[Bound, ...] | None = field(default=None, init=False)
    _ordinals: dict[str, int] = field(default_factory=dict, init=False)

    def met(self, *rules: Rule, person_id: int | None = None, ordinal: int | None = None) -> None:
        """Mark open duties of these rules as done, those of one person only when named."""
        wanted = Q(rule__in=rules)
        if person_id is not None:
            wanted &= Q(person_id=person_id)
        if ordinal is not None:
            wanted &= Q(ordinal=ordinal)
        self._met = wanted if self._met is None else self._met | wanted

    def cancel(self, *rules: Rule) -> None:
        """Mark open duties of these rules as no longer needed; all that are not met when no rule is named."""
        wanted = Q(rule__in=rules) if rules else Q(pk__isnull=False)
        self._cancelled = wanted if self._cancelled is None else self._cancelled | wanted

    def met_clock(self, key: str) -> None:
        """Mark the open duty of this clock of the present stage as done."""
        wanted = Q(clock=key, stage=self.case.current_stage)
        self._met = wanted if self._met is None else self._met | wanted

    def met_duty(self, duty: Deadline) -> None:
        """Mark one open duty as done."""
        wanted = Q(pk=duty.pk)
        self._met = wanted if self._met is None else self._met | wanted

    def cancel_clocks(self, keys: Iterable[str]) -> None:
        """Mark the open duties of these clocks of the present stage as no longer needed."""
        wanted = Q(clock__in=list(keys), stage=self.case.current_stage)
        self._cancelled = wanted if self._cancelled is None else self._cancelled | wanted

    def work_out(
        self,
        clock: Clock,
        *,
        starts: datetime | None = None,
        cap: bool = True,
        stage_due: datetime | None = None,
    ) -> Due:
        """Return when a clock of the procedure is due, starting now, within the harm horizon and its stage."""
        case, calendar, begins = self.case, calendar_of(self.by.agency.partnership), starts or self.at
        if not cap:
            return work_out(clock, case.urgency, begins, calendar, reminders=self.procedure.reminders)
        return on_rung(
            self.procedure,
            self.stage.rung_key,
            clock,
            case.urgency,
            begins,
            calendar,
            case.horizon_at,
            urgency_since=case.urgency_since or case.opened_at,
            bounds=within_stage(clock, stage_due, self._together()),
        )

    def _together(self) -> tuple[Bound, ...]:
        """Return the limits over several rungs that hold for the present one, asked for once."""
        if self._bounds is None:
            self._bounds = bounds_of(self)
        return self._bounds

    def within(self, amount: int, unit: str) -> Due:
        """Return when something is due that no procedure document speaks of; marked `silent` (X3)."""
        calendar = calendar_of(self.by.agency.partnership)
        at = add(amount, unit, self.at, calendar)
        return Due(at, amount, unit, "silent", False, self._plan(self.at, at, calendar))

    def by_instant(self, at: datetime) -> Due:
        """Return a due instant that somebody named, such as the day of an action."""
        calendar = calendar_of(self.by.agency.partnership)
        return Due(at, 0, "", "named", False, self._plan(self.at, at, calendar))

    def _plan(self, starts: datetime, due: datetime, calendar: Calendar) -> list[list[object]]:
        """Return the reminders that the procedure has for this case's urgency, as instants."""
        return plan(self.procedure.reminders_for(self.case.urgency), starts, due, calendar)

    def due(
        self, rule: Rule, person: User | int, due: Due, *, ordinal: int | None = None, label: str = ""
    ) -> Deadline:
        """Add a duty of a person with its instant; `label` says it in the area's words where only it has it."""
        person_id = person if isinstance(person, int) else person.pk
        if ordinal is None:
            ordinal = self._ordinals.get(rule, 0)
            self._ordinals[rule] = ordinal + 1
        deadline = Deadline(
            case=self.case,
            stage=self.stage,
            rule=rule,
            ordinal=ordinal,
            person_id=person_id,
            first_person_id=person_id,
            clock=due.clock,
            label=label[:120],
            starts_at=due.starts or self.at,
            due_at=due.at,
            amount=due.amount,
            unit=due.unit,
            source=due.source,
            capped=due.capped,
            plan=due.plan,
            next_at=datetime.fromisoformat(str(due.plan[0][0])) if due.plan else None,
        )
        self.new_deadlines.append(deadline)
        return deadline

    def write_duties(self) -> None:
        """Write what became of the open duties, and the new ones; at most two statements."""
        wanted = [q for q in (self._met, self._cancelled) if q is not None]
        if wanted:
            touched = wanted[0] if len(wanted) == 1 else wanted[0] | wanted[1]
            branches = [When(self._met, then=Value(DeadlineState.MET.value))] if self._met is not None else []
            Deadline.objects.filter(touched, case=self.case, state=DeadlineState.OPEN).update(
                state=CaseWhen(*branches, default=Value(DeadlineState.CANCELLED.value)),
                met_at=self.at,
                next_at=None,
            )
        if self.new_deadlines:
            Deadline.objects.bulk_create(self.new_deadlines)
