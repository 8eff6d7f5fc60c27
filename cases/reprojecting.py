"""Open dates worked out again when what they were counted from changes: calendar, limits, urgency, horizon, pauses.

One rule for a change in one case (`cases.actions.pace`) and for a change of a partnership's settings, which asks for it
by a row (`ask`) that the sweep works off, so that nobody waits for it and nothing is lost when it is stopped. The
system's own reckoning does not look like activity: neither version nor time of change of a case are touched.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import Q

from accounts.models import Partnership, User
from cases.audit import Verb, recorded
from cases.deadlines import forget
from cases.models import Case, Deadline, MovedDate, Reprojection, Stage
from cases.models.deadline import CLOCK_OF_RULE, DeadlineState, Rule
from cases.reckoning import WAITS_ON_HOLDER, Move, Reckoner, is_copy, moved_facts
from escalation import bulk
from escalation.logs import where
from escalation.trail.writing import SERVICE, Line, append_many

log = logging.getLogger(__name__)


CHUNK = 200
#: How often a case is tried in which the database broke off: whoever was in the way is let through by then.
TRIES = 3


@dataclass
class Moves:
    """The dates of one case that a reprojection moved. Sent with `recorded`, sender Reprojection."""

    case: Case
    reprojection: Reprojection
    at: datetime
    moves: list[Move]
    event_id: UUID | None = None


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
            log.warning("a reprojection failed and goes on case by case: %s", where(error))
            done, goes_on = _case_by_case(at)
            moved += done
            if not goes_on:
                break
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


def _case_by_case(at: datetime) -> tuple[int, bool]:
    """Do the chunk that failed one case at a time; return how many dates moved, and whether to go on now.

    A case that fails is passed over, and the log says which. When the database could not do it (somebody else holds
    its rows: a deadlock) there is nothing wrong with the case: the next sweep begins with it.
    """
    moved = 0
    for _ in range(CHUNK):
        with transaction.atomic():
            row = _next()
            if row is None:
                return moved, True
            try:
                moved += _one_case(row, at)
            except OperationalError as error:
                log.warning("a reprojection waits for the next sweep: %s", where(error))
                return moved, False
            except Exception as error:
                row.refresh_from_db()
                ill = _cases(row.partnership, row.up_to, size=1)[0]
                log.error("the dates of case %s could not be worked out again: %s", ill.pk, where(error))
                row.up_to = ill.pk
                row.save(update_fields=["up_to"])
    return moved, True


def _one_case(row: Reprojection, at: datetime, tries: int = TRIES) -> int:
    """Do the next case of a reprojection, again when the database broke off, and return how many dates moved."""
    try:
        with transaction.atomic():
            return _chunk(row, at, size=1)
    except OperationalError as error:
        if tries == 1:
            raise
        log.warning("a case of a reprojection is done again: %s", where(error))
        row.refresh_from_db()
    return _one_case(row, at, tries - 1)


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
    case_of = {case.pk: case for case in cases}
    wanted = Q(state=DeadlineState.OPEN) | Q(rule__in=[Rule.ACTION, Rule.CHECK_DONE])
    for duty in Deadline.objects.filter(wanted, case__in=cases).select_related("stage").order_by("pk"):
        duty.case = case_of[duty.case_id]
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
    settles = [move for move in settles if not is_copy(move.duty)]
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
            if not is_copy(move.duty)
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
        if case.settled or (person == case.holder_id and rule in (*CLOCK_OF_RULE, *WAITS_ON_HOLDER)):
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
        actor=SERVICE,
    )
