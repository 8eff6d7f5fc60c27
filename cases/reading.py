"""Everything of one case that one person may read, loaded in a fixed number of statements.

The rules of reading stand in `Reading`, apart from the loading, so that every page, export and notice asks the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import F

from accounts.models import User
from accounts.standing import standing_of
from cases.access import Look
from cases.models import Action, Case, CheckBack, Deadline, Entry, Participation, Stage
from cases.models.entry import Kind, Visibility
from cases.models.glass import opens_for
from cases.models.participation import Relation, Side
from cases.procedures.definitions import Procedure
from cases.record import looks
from escalation.prepared import Prepared, mark, number
from escalation.trail.models import Event

#: A person's last look is written down at most this often, unless the case has changed since.
SECONDS_BETWEEN_LOOKS = 60


@dataclass(frozen=True)
class Reading:
    """What one person may read of a case's entries. Pure: everything it needs is given."""

    look: Look
    stages: Mapping[UUID, Stage]
    positions: frozenset[tuple[UUID, str]]  # (stage, side) of each position that was given

    @classmethod
    def of(cls, look: Look, stages: Iterable[Stage], entries: Iterable[Entry]) -> Reading:
        """Return the reading of a person who looks at a case with these stages and entries."""
        given = frozenset((e.stage_id, e.side) for e in entries if e.kind == Kind.POSITION)
        return cls(look, {s.pk: s for s in stages}, given)

    def why_closed(self, entry: Entry, root: Entry | None = None) -> str:
        """Return the sentence that says why this person cannot read an entry now; "" when they can.

        A correction is as open as the entry it corrects: give that one as `root`.
        """
        if self._is_mine(entry):
            return ""
        first = root or entry
        match first.visibility:
            case Visibility.OWN_AGENCY if first.agency_id not in self._my_agencies:
                return "Written for their own agency only."
            case Visibility.DECIDERS if not self._decides:
                return "Written for those who decide."
        if first.kind == Kind.POSITION and self.position_closed(first.stage_id, first.side):
            return "You can read this once your own side has given its position."
        return ""

    def position_closed(self, stage_id: UUID, side: str) -> bool:
        """Return whether the position of this side on this stage is still closed to this person (G12).

        The two sides write independently: the other's words open when one's own side has given its position on the
        same stage, or the stage was left. Who stands on no side, such as the one who decides, reads both.
        """
        mine = self.look.sides - {Side.NEUTRAL}
        if not mine or side in mine or self.stages[stage_id].left_at is not None:
            return False
        return not any((stage_id, own) in self.positions for own in mine)

    def may_read_part(self, entry: Entry, key: str) -> bool:
        """Return whether this person may read one named text of an entry: self-checks are for their writer alone."""
        return key != "self_check" or entry.author_id == self.look.user.pk

    def _is_mine(self, entry: Entry) -> bool:
        """Return whether I wrote it, or it was written by or for somebody I act for, or for me by my deputy."""
        return self.look.is_me(entry.author_id) or self.look.is_me(entry.acting_for_id)

    @cached_property
    def _my_agencies(self) -> frozenset[int]:
        return frozenset(p.agency_id for p in self.look.mine)

    @cached_property
    def _decides(self) -> bool:
        return self.look.has(Relation.DECIDER) or self.look.has(Relation.COMMITTEE)


_ROWS = Prepared()
_EVENT = ("seq", "claimed_at", "actor_id", "acting_for_id", "acting_role", "agency_id", "verb", "payload")


@dataclass(frozen=True, slots=True)
class Happening:
    """One event as pages read it: who did what, when, in which role and for which agency as they were then."""

    seq: int
    claimed_at: datetime
    actor_id: int | None
    acting_for_id: int | None
    role: str
    agency_id: int | None
    verb: str
    facts: dict[str, Any]

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> Happening:
        """Return an event from its columns, in the order of _EVENT."""
        seq, claimed_at, actor, acting_for, role, agency, verb, payload = row
        return cls(seq, claimed_at, actor, acting_for, role, agency, verb, dict(json.loads(payload)))


@dataclass
class Record:
    """One case as one person sees it: who takes part, stages, entries, events, what is due and what was agreed."""

    look: Look
    parts: list[Participation]  # everybody's, ended ones too
    stages: list[Stage]
    entries: list[Entry]  # in the order of the trail, closed ones too: ask `reading`
    events: list[Happening]  # oldest first
    duties: list[Deadline]  # open ones, soonest first
    actions: list[Action] = field(default_factory=list)
    check_backs: list[CheckBack] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)

    @classmethod
    def load(cls, case: Case, user: User, at: datetime) -> Record:
        """Load what a page shows of a case this person may see: six to nine statements, whatever the case holds."""
        parts, stages, entries, duties = _rows_of(case)
        case.know_parts(parts)
        live = tuple(p for p in parts if p.ended_at is None)
        look = Look(case, user, standing_of(user), live, at)
        record = cls(look, parts, stages, entries, _events_of(case), duties)
        record._put_in_order()
        if any(e.kind == Kind.ACTION for e in entries):
            record.actions = list(
                Action.objects.filter(case=case)
                .select_related("owner", "agency")
                .order_by("stage__ordinal", "number")
            )
        if case.settled_in:
            record.check_backs = list(
                CheckBack.objects.filter(case=case)
                .select_related("asked_of")
                .order_by("stage__ordinal", F("round").desc(), "side")
            )
        record._learn_names()
        return record

    @property
    def case(self) -> Case:
        return self.look.case

    @property
    def procedure(self) -> Procedure:
        return self.case.definition

    @property
    def at(self) -> datetime:
        return self.look.at

    @cached_property
    def reading(self) -> Reading:
        """Return what this person may read."""
        return Reading.of(self.look, self.stages, self.entries)

    @cached_property
    def stage_of(self) -> dict[UUID, Stage]:
        """Return the stages by their id."""
        return {s.pk: s for s in self.stages}

    @cached_property
    def entry_of(self) -> dict[str, Entry]:
        """Return the entries by their id as a payload names it."""
        return {str(e.pk): e for e in self.entries}

    @cached_property
    def agencies(self) -> dict[int, str]:
        """Return the short name of every agency that takes or took part."""
        case = self.case
        found = {a.pk: a.short_name for a in (case.raising_agency, case.receiving_agency)}
        return found | {p.agency_id: p.agency.short_name for p in self.parts}

    @cached_property
    def corrections(self) -> dict[UUID, list[Entry]]:
        """Return the corrections of each entry that was corrected, oldest first; one of a correction counts too."""
        found: dict[UUID, list[Entry]] = {}
        for entry in self.entries:
            if entry.supersedes_id is not None:
                found.setdefault(self.root(entry).pk, []).append(entry)
        return found

    def root(self, entry: Entry) -> Entry:
        """Return the entry that a correction, or a correction of one, corrects; any other entry itself."""
        while entry.supersedes_id is not None:
            entry = self.entry_of[str(entry.supersedes_id)]
        return entry

    def why_closed(self, entry: Entry) -> str:
        """Return why this person cannot read an entry now; "" when they can."""
        return self.reading.why_closed(entry, self.root(entry))

    def latest(self, *kinds: Kind, side: str | None = None) -> Entry | None:
        """Return the newest entry of these kinds that this person may read."""
        return next(
            (
                e
                for e in reversed(self.entries)
                if e.kind in kinds and side in (None, e.side) and not self.why_closed(e)
            ),
            None,
        )

    def part_of(self, user_id: int | None) -> Participation | None:
        """Return the newest live participation of a person, or the newest of all when they have none now."""
        theirs = [p for p in self.parts if p.user_id == user_id]
        live = [p for p in theirs if p.ended_at is None]
        newest = live or theirs
        return newest[-1] if newest else None

    def who(self, actor_id: int | None, acting_for_id: int | None) -> str:
        """Return who did something, and in whose place they did it (G18)."""
        name = self.names.get(actor_id or 0, "the service")
        if acting_for_id is None:
            return name
        return f"{name}, acting for {self.names.get(acting_for_id, 'somebody else')}"

    def role_of(self, entry: Entry) -> str:
        """Return the role in which an entry was written, with the whole name of whom a deputy wrote it for.

        The column has room for sixty characters, so a long name stands there cut short.
        """
        if entry.acting_for_id is None:
            return entry.role
        role, _, _ = entry.role.partition(", acting for ")
        return f"{role}, acting for {self.names.get(entry.acting_for_id, 'somebody else')}"

    def who_answered(self, asked: CheckBack) -> str:
        """Return who answered a check back, and in whose place; "" while nobody has."""
        entry = self.entry_of.get(str(asked.entry_id))
        return self.who(entry.author_id, entry.acting_for_id) if entry is not None else ""

    @cached_property
    def looked_at(self) -> datetime | None:
        """Return when this person last opened the case; None the first time."""
        own = [p.looked_at for p in self.look.parts if p.user_id == self.look.user.pk and p.looked_at]
        return max(own, default=None)

    def note_look(self) -> None:
        """Record that this person has looked, at most once a minute unless the case changed; one statement or none.

        Looking for somebody else leaves what that person has seen as it was. Raises LookNotRecorded, and
        TooManyLooks for somebody who opens one case after the other; never in an emergency.
        """
        case, at, before = self.case, self.at, self.looked_at
        fresh = before is not None and 0 <= (at - before).total_seconds() < SECONDS_BETWEEN_LOOKS
        if before is None or before < case.changed_at or not fresh:
            user, role = self.look.user, "" if self.look.mine else "emergency"
            whom = opens_for(user, case) if role else None
            looks.note(case, user, page="case", at=at, touch=True, role=role, acting_for=whom, slow=not role)

    def _put_in_order(self) -> None:
        """Sort the entries as the trail names them: entries of one action have the same instant."""
        place: dict[str, int] = {}
        for event in self.events:
            for named in event.facts.get("entries", ()):
                place[named["id"]] = len(place)
        last = len(place)
        self.entries.sort(key=lambda e: (place.get(str(e.pk), last), e.written_at))

    def _learn_names(self) -> None:
        """Know everybody the page names; asks the database only for those who took no part, such as a deputy.

        Entries and duties are given their author, person and stage from what is known, so that none asks again.
        """
        known = {p.user_id: p.user for p in self.parts} | {a.owner_id: a.owner for a in self.actions}
        known[self.look.user.pk] = self.look.user
        named = {i for e in self.events for i in (e.actor_id, e.acting_for_id) if i is not None}
        named |= {e.author_id for e in self.entries} | {d.person_id for d in self.duties}
        named |= {i for s in self.stages for i in (s.acting_id, s.opposite_id) if i is not None}
        if self.case.stand_in_id is not None:
            named.add(self.case.stand_in_id)
        if missing := named - known.keys():
            known |= User.objects.in_bulk(missing)
        self.names = {pk: user.full_name for pk, user in known.items()}
        for entry in self.entries:
            entry.author, entry.stage = known[entry.author_id], self.stage_of[entry.stage_id]
        for duty in self.duties:
            duty.person, duty.stage = known[duty.person_id], self.stage_of[duty.stage_id]
            duty.case = self.case


def _rows_of(case: Case) -> tuple[list[Participation], list[Stage], list[Entry], list[Deadline]]:
    """Return what every page of a case needs; a statement for each kind, written once (`escalation.prepared`)."""
    this = {number(0): case.pk}
    parts = _ROWS.objects(
        "parts",
        lambda: Participation.objects.filter(case_id=number(0)).order_by("pk"),
        this,
        Participation,
        "user",
        "agency",
        "team",
    )
    stages = _ROWS.objects(
        "stages", lambda: Stage.objects.filter(case_id=number(0)).order_by("ordinal"), this, Stage
    )
    entries = _ROWS.objects(
        "entries", lambda: Entry.objects.filter(case_id=number(0)), this, Entry, without=("salt",)
    )
    duties = _ROWS.objects(
        "duties",
        lambda: Deadline.objects.open().filter(case_id=number(0)).order_by("due_at", "pk"),
        this,
        Deadline,
        without=("plan",),
    )
    return parts, stages, entries, duties


def _events_of(case: Case) -> list[Happening]:
    chain = mark(0, case.chain)
    rows = _ROWS.rows(
        "events",
        lambda: Event.objects.filter(chain=chain).order_by("seq").values_list(*_EVENT),
        {chain: case.chain},
    )
    return [Happening.of(row) for row in rows]
