"""The one door for writes to a case.

    with change(case, by=person, audit=audit, rule=policies.agree, verb=Verb.AGREED) as c:
        c.write(Kind.AGREEMENT, {"what": what})
        c.case.agree()
        c.due(...)

Inside one transaction: lock the row, re-read it, ask the policy, let the action change fields, then write entries,
stage, deadlines, participations and the case in that order, and record the event last (short lock on the chain's
head). What is collected is written in a handful of statements, however many rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import connection, transaction
from django.db.models import Case as CaseWhen
from django.db.models import Min, Model, Q, Value, When

from accounts.directory import Directory
from accounts.models import User
from accounts.roles import Role
from cases import audit as trail
from cases.access import Look
from cases.actions.together import bounds_of
from cases.audit import Audit, Verb
from cases.deadlines import Bound, Due, calendar_of, in_force, on_rung, plan, within_stage, work_out
from cases.holders import directory_for
from cases.models import Case, Deadline, Entry, Participation, Stage
from cases.models.deadline import DeadlineState, Rule
from cases.models.entry import Kind, Visibility
from cases.models.participation import Relation, Side
from cases.procedures.definitions import Procedure
from cases.procedures.limits import Clock, Reminder
from cases.refusals import AlreadyDone, NotAllowed, Stale
from cases.working_time import add
from escalation.trail.models import Event


@dataclass
class Change:
    """What one action does to one case, collected while the row is locked."""

    look: Look
    audit: Audit
    verb: Verb
    part: Participation
    facts: dict[str, Any] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    joined: list[Participation] = field(default_factory=list)
    new_deadlines: list[Deadline] = field(default_factory=list)
    new_stage: Stage | None = None
    also: list[Model] = field(default_factory=list)  # other new rows, written after the entries
    after: list[Callable[[], object]] = field(default_factory=list)  # updates that need the saved entries
    event: Event | None = None
    _met: Q | None = None
    _cancelled: Q | None = None
    _bounds: tuple[Bound, ...] | None = None
    _stage_fields: set[str] = field(default_factory=set)
    _directory: Directory | None = None
    _ordinals: dict[str, int] = field(default_factory=dict)
    _state_before: str = ""

    def __post_init__(self) -> None:
        self._state_before = self.case.state

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

    @property
    def people(self) -> Directory:
        """Return the directory of the case's agencies; asked for once."""
        if self._directory is None:
            self._directory = directory_for(self.case, self.at)
        return self._directory

    @property
    def people_known(self) -> Directory | None:
        """Return the directory when this change asked for it, for those who come after and need not ask again."""
        return self._directory

    def write(
        self,
        kind: Kind,
        texts: dict[str, Any],
        *,
        happened_at: datetime | None = None,
        visibility: Visibility = Visibility.SHARED,
        supersedes: Entry | None = None,
    ) -> Entry:
        """Add an entry in the words of the person who acts, and return it (not yet saved)."""
        entry = Entry.compose(
            {k: v for k, v in texts.items() if v not in ("", None, [])},
            case=self.case,
            stage=self.stage,
            kind=kind,
            author=self.by,
            acting_for_id=self.part.user_id if self.part.user_id != self.by.pk else None,
            agency_id=self.part.agency_id,
            role=self.look.role_words(self.part),
            side=self.part.side,
            happened_at=happened_at or self.at,
            written_at=self.at,
            visibility=visibility,
            supersedes=supersedes,
        )
        self.entries.append(entry)
        return entry

    def on_stage(self, **fields: Any) -> None:
        """Set fields of the stage the case is in."""
        for name, value in fields.items():
            setattr(self.stage, name, value)
        if self.new_stage is None:
            self._stage_fields |= set(fields)

    def join(self, user: User, relation: Relation, side: Side, *, agency_id: int, why: str = "") -> None:
        """Let a person take part from now on; nothing when they already do in this relation."""
        if any(p.user_id == user.pk and p.relation == relation for p in (*self.look.parts, *self.joined)):
            return
        self.joined.append(
            Participation.of(
                self.case,
                user=user,
                agency_id=agency_id,
                relation=relation,
                side=side,
                started_at=self.at,
                added_by=self.by,
                why=why,
            )
        )

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
        return Due(at, amount, unit, "silent", False, plan(self._reminders(), self.at, at, calendar))

    def by_instant(self, at: datetime) -> Due:
        """Return a due instant that somebody named, such as the day of an action."""
        calendar = calendar_of(self.by.agency.partnership)
        return Due(at, 0, "", "named", False, plan(self._reminders(), self.at, at, calendar))

    def _reminders(self) -> tuple[Reminder, ...]:
        """Return the procedure's reminders for this case's urgency."""
        urgency = self.case.urgency
        return tuple(r for r in self.procedure.reminders if not r.urgencies or urgency in r.urgencies)

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

    def hold(self, person: User | None, due_at: datetime | None = None) -> None:
        """Say who must take the next step, and by when."""
        self.case.holder = person
        self.case.stand_in = None
        self.case.due_at = due_at

    def open(self) -> None:
        """Write a case that does not exist yet, with everything collected; for `opening` only."""
        stage, self.new_stage = self.new_stage, None
        assert stage is not None
        self.case.current_stage = stage
        self.case.save(force_insert=True)
        stage.case_id = self.case.pk
        stage.save(force_insert=True)
        rows: list[Any] = [*self.entries, *self.joined, *self.new_deadlines]
        for row in rows:
            row.case_id = self.case.pk
        self._write_rows()
        self._record()

    def save(self) -> None:
        """Write everything that was collected; the event is last."""
        case = self.case
        if self._stage_fields:
            case.current_stage.save(update_fields=self._stage_fields)
        if self.new_stage is not None:
            self.new_stage.save(force_insert=True)
            case.current_stage = self.new_stage
        self._write_rows()
        if case.settled:
            # Nothing is held up any more: what is due next is the earliest duty that is left.
            case.due_at = Deadline.objects.open().filter(case=case).aggregate(next=Min("due_at"))["next"]
        case.changed_at = self.at
        case.save()
        self._record()

    def _write_rows(self) -> None:
        if self.entries:
            Entry.objects.bulk_create(self.entries)
        for model, rows in groupby(self.also, key=type):
            manager: Any = model
            manager.objects.bulk_create(list(rows))
        for update in self.after:
            update()
        self._save_deadlines()
        if self.case.state != self._state_before:
            copies = {"case_state": self.case.state, "case_open": not self.case.ended}
            Participation.objects.filter(case=self.case).update(**copies)
            for part in self.joined:
                part.case_state, part.case_open = self.case.state, not self.case.ended
        if self.joined:
            Participation.objects.bulk_create(self.joined)

    def _record(self) -> None:
        self.facts["entries"] = [
            {"id": str(e.pk), "kind": e.kind, "commitment": e.commitment} for e in self.entries
        ]
        self.event = trail.record(
            self.case,
            self.verb,
            actor=self.look.actor(self.part),
            facts=self.facts,
            at=self.at,
            token=self.audit.token,
        )
        trail.recorded.send(sender=Case, change=self)

    def _save_deadlines(self) -> None:
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


RuleCheck = Callable[[Look], None]


@contextmanager
def change(
    case: Case,
    *,
    by: User,
    audit: Audit,
    rule: RuleCheck,
    verb: Verb,
    speaking: Callable[[Look], Participation] | None = None,
) -> Iterator[Change]:
    """Open the door: yields a Change, and writes it when the block ends without an error.

    Raises NotAllowed or NotNow from the rule, Stale when the case moved on since the page was loaded, AlreadyDone
    when the same form was sent before. Nothing is written in any of these.
    """
    held = case.is_locked
    with transaction.atomic(savepoint=not held):
        locked = case if held else locked_case(by, pk=case.pk)
        if locked is None:
            raise NotAllowed("You no longer take part in this case.")
        if audit.version is not None and audit.version != locked.version:
            if (
                audit.token
                and Event.objects.filter(token=audit.token, chain=locked.chain, actor_id=by.pk).exists()
            ):
                raise AlreadyDone("This was sent already. It is in the record once.")
            raise Stale("Somebody changed this case while you were writing.")
        look = Look.at_case(locked, by, audit.at)
        rule(look)
        part = speaking(look) if speaking else look.speaking_as(locked.holder_id, locked.stand_in_id)
        collected = Change(look, audit, verb, part)
        yield collected
        collected.save()


def locked_case(by: User, also: Mapping[str, Any] | None = None, **wanted: Any) -> Case | None:
    """Return a case with its row locked until the transaction ends; None for somebody without a part in it.

    `wanted` says which case, `also` are annotations to come with it. A `change` of this very object in the same
    transaction takes it as it is. Asked for twice when the first finds nothing: when a writer before us entered a new
    stage while we waited, our statement's snapshot does not hold that stage yet; the second has its own.
    """
    for _ in range(2):
        asked = Case.objects.at_hand(by, lock=True).filter(**wanted).annotate(**(also or {}))
        found: Case | None = asked.first()
        if found is not None:
            found.locked_in = connection.atomic_blocks[-1]
            return found.know_surroundings(by.agency.partnership)
    return None


RELATION_OF: dict[Role, Relation] = {
    Role.LINE_MANAGER: Relation.LINE_MANAGER,
    Role.SENIOR_MANAGER: Relation.SENIOR_MANAGER,
    Role.CSWO: Relation.DECIDER,
    Role.CPC_OFFICER: Relation.COMMITTEE,
    Role.INDEPENDENT_CHAIR: Relation.DECIDER,
    Role.DESIGNATED_LEAD: Relation.ADVISER,
}
