"""What time alone causes. The sweep finds what is due and records it: late when nothing ran it, never wrong.

Any number may run at once. A batch claims some hundreds of duties and their cases with SKIP LOCKED, in the order that
every write to a case keeps (case, duty, head of the chain), and commits them together with what they caused. A batch
that fails is done again one by one, so that a poisoned row holds up nobody (docs/decisions/sweep-and-outbox.md).
"""

from __future__ import annotations

import logging
import traceback
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from cases.audiences import Audiences
from cases.lapsing import Batch, work_off
from cases.models import Deadline, Heartbeat

log = logging.getLogger(__name__)

#: How long a row that cannot be worked off is left alone: as long as it is late by now, within these bounds.
SHORTEST_REST, LONGEST_REST = timedelta(minutes=5), timedelta(hours=1)


@dataclass
class SweepResult:
    """What a sweep did, as counts."""

    due: int = 0  # duties with a reminder that had come
    lapsed: int = 0  # timescales recorded as lapsed
    passed_on: int = 0  # duties that passed to the next person up
    raised: int = 0  # cases that went up by themselves
    put_off: int = 0  # rows that could not be worked off and were put off; each is in the log

    def count(self, batch: Batch) -> None:
        """Add what a batch did."""
        self.due += len(batch.next_rows)
        self.lapsed += sum(r.lapsed for r in batch.reminders)
        self.passed_on += len(batch.passed)
        self.raised += len(batch.rising)

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


def sweep(at: datetime, batch: int = 500) -> SweepResult:
    """Work off every reminder that has come by `at` (UTC), `batch` duties a transaction; return what was done.

    Idempotent. There is no upper age: what an outage left is done at the next run, with its true due instant.
    Raises when the database is out of reach, and only then.
    """
    result, known = SweepResult(), Audiences(at)
    while claimed := _one_batch(known, batch, result):
        if claimed < batch:
            break
    return result


def beat(name: str, at: datetime) -> None:
    """Note that a background duty ("sweep", "send") ran to its end at this instant; one statement."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=at)], update_conflicts=True, unique_fields=["name"], update_fields=["at"]
    )


def _one_batch(known: Audiences, size: int, result: SweepResult) -> int:
    """Claim and work off one batch; return how many were claimed."""
    claimed: list[Deadline] = []
    try:
        with transaction.atomic():
            claimed = _claim(known.at, size)
            if claimed:
                done = work_off(claimed, known)
        if claimed:
            result.count(done)
    except Exception as error:
        if not claimed:
            raise
        connection.ensure_connection()  # without a database there is nothing to do again
        log.warning("a batch of %d duties failed and is done one by one: %s", len(claimed), _where(error))
        for duty in claimed:
            _alone(known, duty.pk, result)
    return len(claimed)


def _alone(known: Audiences, duty_id: int, result: SweepResult) -> None:
    """Work off one duty, or put it off when it cannot be."""
    try:
        with transaction.atomic():
            if claimed := _claim(known.at, 1, only=duty_id):
                done = work_off(claimed, known)
        if claimed:
            result.count(done)
    except Exception as error:
        connection.ensure_connection()
        log.error("duty %s could not be worked off and is put off: %s", duty_id, _where(error))
        _put_off(known.at, duty_id)
        result.put_off += 1


def _claim(at: datetime, size: int, *, only: int | None = None) -> list[Deadline]:
    """Lock up to `size` due duties and their cases, and return them; what somebody else holds is left for later."""
    due = Deadline.objects.open().filter(next_at__lte=at)
    if only is not None:
        due = due.filter(pk=only)
    return list(
        due.select_related("case", "stage")
        .select_for_update(of=("case", "self"), skip_locked=True)
        .order_by("next_at", "pk")[:size]
    )


def _put_off(at: datetime, duty_id: int) -> None:
    with transaction.atomic():
        for duty in _claim(at, 1, only=duty_id):
            rest = min(max(at - duty.due_at, SHORTEST_REST), LONGEST_REST)
            Deadline.objects.filter(pk=duty.pk).update(next_at=at + rest)


def _where(error: Exception) -> str:
    """Return kind and place of an error: its words may quote what somebody wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    return (
        f"{type(error).__name__} at {frames[-1].name}:{frames[-1].lineno}" if frames else type(error).__name__
    )
