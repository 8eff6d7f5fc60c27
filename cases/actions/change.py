"""What one action does to one case, collected while the row is locked, and written in a handful of statements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Min, Model

from accounts.directory import Directory
from accounts.models import User
from cases import audit as trail
from cases.actions.change_duties import Duties
from cases.holders import directory_for
from cases.models import Case, Deadline, Entry, Participation
from cases.models.entry import Kind, Visibility
from cases.models.participation import Relation, Side
from escalation.trail.models import Event


@dataclass
class Change(Duties):
    """What one action does to one case, collected while the row is locked."""

    facts: dict[str, Any] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    joined: list[Participation] = field(default_factory=list)
    also: list[Model] = field(default_factory=list)  # other new rows, written after the entries
    after: list[Callable[[], object]] = field(default_factory=list)  # updates that need the saved entries
    event: Event | None = None
    _stage_fields: set[str] = field(default_factory=set)
    _directory: Directory | None = None
    _state_before: str = ""

    def __post_init__(self) -> None:
        self._state_before = self.case.state

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
        self.case.last_change = self._in_short()
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
        case.changed_at, case.last_change = self.at, self._in_short()
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
        self.write_duties()
        if self.case.state != self._state_before:
            copies = {"case_state": self.case.state, "case_open": not self.case.ended}
            Participation.objects.filter(case=self.case).update(**copies)
            for part in self.joined:
                part.case_state, part.case_open = self.case.state, not self.case.ended
        if self.joined:
            Participation.objects.bulk_create(self.joined)

    def _in_short(self) -> str:
        return trail.in_short(self.verb, self.facts, self.look.actor(self.part))

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
