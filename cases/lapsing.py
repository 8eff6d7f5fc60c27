"""What one batch of due reminders leads to, worked out for all of them and written in a handful of statements.

A reminder may come before, at or after the due instant. At the due instant the lapse is recorded, and a duty that
passes on goes to the person above: they take part from then on, may act beside the holder, and have the duty on their
own list too; the first holder keeps it (X5). After an outage the rows that were missed make one message.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.directory import Holder
from cases.actions.door import RELATION_OF
from cases.actions.lapsing import Rise, raise_by_silence, rise_of
from cases.audiences import PASS_ON, Audiences, Part, by_case, part_of, side_of
from cases.audit import Verb, in_short, recorded
from cases.models import Case, Deadline, Participation
from cases.models.deadline import Rule
from escalation import bulk
from escalation.trail.writing import SERVICE, Line, append_many

#: Added to the ordinal of a duty for the row of the person it passed to.
PASSED = 10_000
#: Duties with which the right to act passes on as well. A reply is given by taking part, on one's own side.
MAY_ACT = (Rule.SETTLE, Rule.ACCEPT)
WHY = "the timescale lapsed"


@dataclass
class Reminder:
    """One duty whose time has come for a message: the latest of its rows, and everybody that the missed ones name."""

    duty: Deadline
    when: str  # "before", "at" or "after" the due instant
    row_at: datetime
    people: list[int] = field(default_factory=list)
    officers: list[int] = field(default_factory=list)  # told that something lapsed, without the case
    stand_in: int | None = None  # to whom the duty passed just now
    lapsed: bool = False  # the due instant was passed since the last sweep
    let_in: list[int] = field(default_factory=list)
    agency_of: dict[int, int] = field(
        default_factory=dict
    )  # for whom each person is told, for their working time
    event_id: UUID | None = None


@dataclass
class Batch:
    """The reminders of some hundreds of duties, and the rows they make. Sent with `recorded`, sender Deadline."""

    audiences: Audiences
    reminders: list[Reminder] = field(default_factory=list)
    next_rows: list[dict[str, Any]] = field(default_factory=list)
    passed: list[dict[str, Any]] = field(default_factory=list)  # duties, as columns
    joined: list[dict[str, Any]] = field(default_factory=list)  # participations, as columns
    stand_ins: dict[int, int] = field(default_factory=dict)  # case -> who may act beside the holder
    rising: list[Rise] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.audiences.at


def work_off(duties: Collection[Deadline], audiences: Audiences) -> Batch:
    """Consume every plan row that has come and write what follows; the rows and their cases are locked by the caller.

    Each duty comes with `case` and `stage`. Runs in the caller's transaction: about eight statements, any number of
    duties. Any error is the caller's: nothing of the batch may be kept then.
    """
    batch = Batch(audiences)
    parts = by_case(
        Participation.objects.live()
        .filter(case_id__in={d.case_id for d in duties})
        .values_list("case_id", "user_id", "relation", "side", "agency_id", "team_id")
    )
    audiences.know([d.case for d in duties])
    for duty in duties:
        _take(batch, duty, parts)
    _write(batch)
    return batch


def _take(batch: Batch, duty: Deadline, parts: Mapping[int, list[Part]]) -> None:
    at = batch.at
    plan = [(datetime.fromisoformat(str(row[0])), str(row[1]), row[2]) for row in duty.plan]
    reached = [row for row in plan if row[0] <= at]
    rest = duty.plan[len(reached) :]
    lapsed = duty.due_at <= at and duty.lapsed_at is None
    batch.next_rows.append(
        {
            "id": duty.pk,
            "plan": rest,
            "next_at": rest[0][0] if rest else None,
            "lapsed_at": duty.due_at if lapsed or duty.lapsed_at else None,
            "failures": 0,
        }
    )
    if not reached and not lapsed:
        return  # its plan was made anew: it only needed its next instant
    row_at, when = reached[-1][:2] if reached else (duty.due_at, "at")
    reminder = Reminder(duty, when, row_at, lapsed=lapsed)
    batch.reminders.append(reminder)
    here = parts.get(duty.case_id, [])
    if lapsed:
        _lapse(batch, reminder, here)
    for audience in dict.fromkeys(str(name) for row in reached for name in row[2]):
        _tell(batch, reminder, audience, here)
    reminder.agency_of |= {p.user_id: p.agency_id for p in here if p.user_id in reminder.people}


def _lapse(batch: Batch, reminder: Reminder, here: list[Part]) -> None:
    """Pass the duty on to the person above, or prepare the case to rise by itself where the procedure says so."""
    duty = reminder.duty
    case = duty.case
    is_copy = duty.first_person_id != duty.person_id
    if duty.rule not in PASS_ON or is_copy:
        return
    is_step = duty.person_id == case.holder_id and duty.stage_id == case.current_stage_id
    if is_step and duty.rule in MAY_ACT and case.pk not in {r.case_id for r in batch.rising}:
        rise = rise_of(duty, batch.audiences.directory(case.partnership_id), batch.at)
        if rise is not None:
            batch.rising.append(rise)
            return
    holder = batch.audiences.manager(duty, here)
    if holder is None:
        return
    _let_in(batch, reminder, holder, here)
    reminder.stand_in = holder.user.pk
    reminder.people.append(holder.user.pk)
    if is_step and duty.rule in MAY_ACT:
        batch.stand_ins[case.pk] = holder.user.pk
    batch.passed.append(
        {
            "case_id": case.pk,
            "stage_id": duty.stage_id,
            "rule": duty.rule,
            "ordinal": PASSED + duty.ordinal,
            "person_id": holder.user.pk,
            "first_person_id": duty.person_id,
            "starts_at": duty.due_at,
            "due_at": duty.due_at,
            "amount": duty.amount,
            "unit": duty.unit,
            "source": duty.source,
            "capped": duty.capped,
            "lapsed_at": duty.due_at,
        }
    )


def _tell(batch: Batch, reminder: Reminder, audience: str, here: list[Part]) -> None:
    """Add the people an audience names. Once the time is up, who is told also takes part, so that they can see."""
    duty, audiences = reminder.duty, batch.audiences
    match audience:
        case "holder":
            found: list[int] = [duty.person_id]
        case "deputy":
            deputies = audiences.deputies(duty)
            reminder.agency_of |= {d.pk: d.agency_id for d in deputies}
            found = [d.pk for d in deputies]
        case "raiser":
            found = [duty.case.raiser_id]
        case "counterpart":
            found = [duty.case.counterpart_id]
        case "partnership":
            reminder.officers = audiences.officers(duty)
            return
        case _:
            holder = {
                "holder_manager": audiences.manager,
                "next_tier": audiences.next_tier,
                "designated_lead": audiences.lead,
            }[audience](duty, here)
            if holder is None:
                return
            if duty.due_at <= batch.at:
                _let_in(batch, reminder, holder, here)
            found = [holder.user.pk] if any(p.user_id == holder.user.pk for p in here) else []
    reminder.people += [person for person in found if person not in reminder.people]


def _let_in(batch: Batch, reminder: Reminder, holder: Holder, here: list[Part]) -> None:
    duty, user_id = reminder.duty, holder.user.pk
    below = part_of(duty.person_id, here)
    if below is None or any(p.user_id == user_id for p in here):
        return
    agency_id = holder.agency_id or holder.user.agency_id
    part = Part(user_id, RELATION_OF[holder.role], side_of(holder, below), agency_id, None)
    here.append(part)
    reminder.let_in.append(user_id)
    batch.joined.append(
        {
            "case_id": duty.case_id,
            "user_id": user_id,
            "agency_id": agency_id,
            "relation": part.relation,
            "side": part.side,
            "started_at": batch.at,
            "why": WHY,
            **Participation.copies(duty.case),
        }
    )


def _write(batch: Batch) -> None:
    bulk.update(Deadline, batch.next_rows)
    bulk.insert(Participation, batch.joined)
    bulk.insert(Deadline, batch.passed)
    cases = {r.duty.case_id: r.duty.case for r in batch.reminders}
    stand_ins = [(pk, who) for pk, who in batch.stand_ins.items() if cases[pk].stand_in_id != who]
    last = {r.duty.case_id: _line(r).facts for r in batch.reminders if r.duty.case_id in batch.stand_ins}
    bulk.update(
        Case,
        [
            {
                "id": pk,
                "stand_in_id": who,
                "changed_at": batch.at,
                "last_change": in_short(Verb.LAPSED, last[pk], SERVICE),
            }
            for pk, who in stand_ins
        ],
    )
    told = [r for r in batch.reminders if r.lapsed or r.let_in]
    told.sort(key=lambda r: (r.duty.due_at, r.duty.pk))
    for reminder, event_id in zip(told, append_many(map(_line, told), at=batch.at), strict=True):
        reminder.event_id = event_id
    recorded.send(sender=Deadline, change=batch)
    for rise in batch.rising:
        raise_by_silence(rise, at=batch.at)


def _line(reminder: Reminder) -> Line:
    """Return the event of a lapse; or, some time after it, of somebody let in because it still was not done."""
    duty = reminder.duty
    return Line(
        chain=duty.case.chain,
        verb=Verb.LAPSED.value,
        object_ref=f"case:{duty.case_id}",
        facts={
            "rule": duty.rule,
            "stage": duty.stage.ordinal,
            "due": duty.due_at.isoformat(),
            "when": "at" if reminder.lapsed else "after",
            "person": duty.person_id,
            "to": reminder.stand_in,
            "let_in": reminder.let_in,
        },
        actor=SERVICE,
    )
