"""From what was recorded to rows of the outbox, inside the same transaction: both are kept, or neither.

Listens to the one signal of `cases.audit`. One statement adds the rows of a change, or of a whole batch of the sweep;
the unique key makes a repeat harmless.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.models import Partnership
from cases.actions.change import Change
from cases.audit import Verb, recorded
from cases.deadlines import calendar_of
from cases.glass_reviews import ReviewDue
from cases.lapsing import Batch, Reminder
from cases.models import AgencyConcern, BreakGlass, Case, ChairedMeeting, Deadline, Reprojection, Rethink
from cases.reckoning import Move
from cases.reprojecting import Moves
from cases.working_time import CalendarExhausted, next_opening
from escalation import bulk
from notifications import beside, recipients
from notifications.models import Kind, Message
from notifications.rules import RULES, reminder_kind


def connect() -> None:
    """Listen, once per process, to what cases record and to what the sweep finds."""
    recorded.connect(on_change, sender=Case, dispatch_uid="notifications-change")
    recorded.connect(beside.on_rethink, sender=Rethink, dispatch_uid="notifications-rethink")
    recorded.connect(beside.on_meeting, sender=ChairedMeeting, dispatch_uid="notifications-meeting")
    recorded.connect(beside.on_concern, sender=AgencyConcern, dispatch_uid="notifications-concern")
    recorded.connect(on_sweep, sender=Deadline, dispatch_uid="notifications-sweep")
    recorded.connect(on_moves, sender=Reprojection, dispatch_uid="notifications-moves")
    recorded.connect(on_review_due, sender=BreakGlass, dispatch_uid="notifications-review")


def on_change(*, change: Change, **signal: Any) -> None:
    """Plan the messages of one change of a case."""
    Message.objects.bulk_create(messages_of(change), ignore_conflicts=True)


def on_sweep(*, change: Batch, **signal: Any) -> None:
    """Plan the messages of one batch of the sweep."""
    bulk.insert(Message, reminders_of(change))


def on_moves(*, change: Moves, **signal: Any) -> None:
    """Tell whoever has a date that the settings of the partnership moved; one message a person, of the nearest."""
    mine: dict[int, Move] = {}
    for move in sorted(change.moves, key=lambda move: move.due.at):
        mine.setdefault(move.duty.person_id, move)
    for deputy, person in recipients.covers(change.at, membership__user_id__in=list(mine)):
        mine.setdefault(deputy, mine[person])
    opens = _next_opening(change.at, change.reprojection.partnership)
    case = change.case
    bulk.insert(
        Message,
        [
            {
                "kind": Kind.DATE_MOVED.value,
                "recipient_id": person,
                "case_id": case.pk,
                "event": change.event_id,
                "deadline_id": move.duty.pk,
                "reference": case.reference,
                "needed_by": move.due.at,
                "key": f"{change.event_id}:{person}",
                "created_at": change.at,
                "not_before": change.at if case.urgency == "immediate" else opens,
            }
            for person, move in mine.items()
        ],
    )


def on_review_due(*, change: ReviewDue, **signal: Any) -> None:
    """Remind whoever is asked to look into an emergency access; they take no part in the case."""
    glass = change.glass
    Message.objects.bulk_create(
        [
            Message(
                kind=Kind.GLASS_REVIEW,
                recipient_id=person,
                case_id=glass.case_id,
                reference=glass.case.reference,
                needed_by=glass.review_due_at,
                key=f"glass:{glass.pk}:{change.row_at:%Y%m%dT%H%M%S}:{person}",
                created_at=change.at,
                not_before=_next_opening(change.at, glass.case.partnership),
            )
            for person in change.people
        ],
        ignore_conflicts=True,
    )


def messages_of(change: Change) -> list[Message]:
    """Return one message for each person who should hear of a change: by the rule's row, or of their new duty.

    A new duty is named in whatever message its person gets. The person who acts gets none.
    """
    event = change.event
    assert event is not None  # the signal is sent after the event
    duties = recipients.new_duties(change)
    kinds: dict[int, Kind] = {}
    for tell in RULES[Verb(change.verb)]:
        if not tell.only_if or change.facts.get(tell.only_if):
            for person in recipients.people(change, tell.to):
                kinds.setdefault(person, tell.kind)
    for person in duties:
        kinds.setdefault(person, Kind.NEEDS_YOU)
    for person in recipients.outside(change):
        kinds.setdefault(person, Kind.STAGE_OUTSIDE)
    kinds.pop(event.actor_id or 0, None)
    for deputy, person in recipients.deputies(duties.keys() & kinds.keys(), change):
        if deputy != event.actor_id and deputy not in kinds:
            kinds[deputy], duties[deputy] = Kind.NEEDS_YOU, duties[person]
    return [
        Message(
            kind=kind,
            recipient_id=person,
            case=change.case,
            event=event.pk,
            deadline=duties.get(person),
            reference=change.case.reference,
            needed_by=duties[person].due_at if person in duties else None,
            key=f"{event.pk}:{person}",
            created_at=change.at,
            not_before=change.at,
        )
        for person, kind in sorted(kinds.items())
    ]


def reminders_of(batch: Batch) -> Iterable[dict[str, Any]]:
    """Return the messages of one batch of the sweep, as columns: one for each person, case and rule.

    Reminders wait until the agency for which a person is told is at work, unless there is danger today.
    """
    opens: dict[tuple[int, int | None], datetime] = {}
    found: dict[tuple[int, int, str], dict[str, Any]] = {}

    def held(case: Case, agency_id: int | None) -> datetime:
        key = case.partnership_id, agency_id
        if key not in opens:
            opens[key] = _next_opening(batch.at, case.partnership, agency_id)
        return batch.at if case.urgency == "immediate" else opens[key]

    for reminder in sorted(batch.reminders, key=_nearest_first):
        case, rule = reminder.duty.case, reminder.duty.rule
        for person in reminder.people:
            if (person, case.pk, rule) not in found:
                kind = reminder_kind(reminder.when, stands_in=person == reminder.stand_in)
                then = held(case, reminder.agency_of.get(person))
                found[person, case.pk, rule] = _reminder(reminder, person, kind, batch.at, then)
        for person in reminder.officers:
            if (person, case.pk, "") not in found:
                then = held(case, None)
                found[person, case.pk, ""] = _reminder(reminder, person, Kind.OVERDUE_OUTSIDE, batch.at, then)
    return found.values()


def _reminder(reminder: Reminder, person: int, kind: Kind, at: datetime, held: datetime) -> dict[str, Any]:
    duty = reminder.duty
    return {
        "kind": kind.value,
        "recipient_id": person,
        "case_id": duty.case_id,
        "event": reminder.event_id,
        "deadline_id": duty.pk,
        "reference": duty.case.reference,
        "needed_by": duty.due_at,
        "key": f"{duty.pk}:{duty.due_at:%Y%m%dT%H%M%S}:{reminder.when}:{reminder.row_at:%Y%m%dT%H%M%S}:{person}",
        "created_at": at,
        "not_before": held,
    }


def _nearest_first(reminder: Reminder) -> tuple[bool, int]:
    """Order a person's own duty before the copy of it that passed to somebody else."""
    duty = reminder.duty
    return duty.first_person_id != duty.person_id, duty.pk


def _next_opening(at: datetime, partnership: Partnership, agency_id: int | None = None) -> datetime:
    try:
        return next_opening(at, calendar_of(partnership, agency_id))
    except CalendarExhausted:
        return at  # a calendar that never opens must not swallow a reminder
