"""What time alone causes. The sweep finds what is due and records it: late when nothing ran it, never wrong.

Any number may run at once. A batch claims some hundreds of duties and their cases with SKIP LOCKED, in the order that
every write to a case keeps (case, duty, head of the chain), and commits them together with what they caused. A batch
that fails is done again in halves, so that a poisoned row holds up nobody (docs/decisions/sweep-and-outbox.md).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import chain, repeat

from django.db import connection, transaction
from django.db.models import F

from cases import glass_reviews, reprojecting
from cases.audiences import Audiences
from cases.lapsing import Batch, work_off
from cases.models import Deadline
from escalation import health
from escalation.logs import where

log = logging.getLogger(__name__)

#: How long a row that cannot be worked off is left alone: as long as it is late by now, within these bounds.
SHORTEST_REST, LONGEST_REST = timedelta(minutes=5), timedelta(hours=1)
#: Duties a transaction. What is due as a rule fits into two of them, and fewer batches ask less of the database. A
#: sweep that goes on, after an outage or a load, takes smaller ones: a page that writes to one of its cases waits until
#: the batch is committed.
BATCH, AFTER_TWO = 600, 350
#: What a batch needs to know of each duty, its case and its stage: a case has four times as many columns.
OF_DUTY = [
    *("rule", "ordinal", "person", "first_person", "due_at", "amount", "unit", "source", "capped"),
    *("lapsed_at", "plan", "case", "stage"),
]
OF_CASE = [
    *("partnership", "procedure", "reference", "chain", "state", "urgency", "raiser", "counterpart"),
    *("raising_agency", "raising_team", "receiving_agency", "receiving_team", "holder", "stand_in"),
    *("current_stage", "rung_key", "opened_at"),
]
OF_STAGE = ["state", "rung_key", "ordinal", "acting", "opposite"]


@dataclass
class SweepResult:
    """What a sweep did, as counts."""

    due: int = 0  # duties with a reminder that had come
    lapsed: int = 0  # timescales recorded as lapsed
    passed_on: int = 0  # duties that passed to the next person up
    raised: int = 0  # cases that went up by themselves
    moved: int = 0  # dates worked out again because settings changed
    reviews: int = 0  # reminders to look into an emergency access
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


def sweep(at: datetime, batch: int = BATCH) -> SweepResult:
    """Work off every reminder that has come by `at` (UTC), `batch` duties a transaction; return what was done.

    After two such batches it takes fewer at a time. Idempotent. There is no upper age: what an outage left is done at
    the next run, with its true due instant.
    Raises when the database is out of reach, and only then.
    """
    result = SweepResult(moved=reprojecting.work_off(at))  # first: a date that moved away has not lapsed
    result.reviews = glass_reviews.remind(at)
    known = Audiences(at)
    for size in chain([batch, batch], repeat(min(batch, AFTER_TWO))):
        if _one_batch(known, size, result) < size:
            break
    return result


def beat(name: str, at: datetime) -> None:
    """Note that a background duty ("sweep", "send") ran to its end at this instant; one statement."""
    health.heard(name, at)


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
        _after_failure(known, [duty.pk for duty in claimed], error, result)
    return len(claimed)


def _after_failure(known: Audiences, ids: list[int], error: Exception, result: SweepResult) -> None:
    """Do a failed batch again in halves, and those in halves, until the row that is ill stands alone and is put off."""
    connection.ensure_connection()  # without a database there is nothing to do again
    if len(ids) == 1:
        log.error("duty %s could not be worked off and is put off: %s", ids[0], where(error))
        _put_off(known.at, ids[0])
        result.put_off += 1
        return
    log.warning("a batch of %d duties failed and is done in halves: %s", len(ids), where(error))
    for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
        try:
            with transaction.atomic():
                if claimed := _claim(known.at, len(half), only=half):
                    done = work_off(claimed, known)
            if claimed:
                result.count(done)
        except Exception as again:
            _after_failure(known, half, again, result)


def _claim(at: datetime, size: int, *, only: Sequence[int] | None = None) -> list[Deadline]:
    """Lock up to `size` due duties and their cases, and return them; what somebody else holds is left for later."""
    due = Deadline.objects.open().filter(next_at__lte=at)
    if only is not None:
        due = due.filter(pk__in=only)
    return list(
        due.select_related("case", "stage")
        .only(*OF_DUTY, *(f"case__{name}" for name in OF_CASE), *(f"stage__{name}" for name in OF_STAGE))
        .select_for_update(of=("case", "self"), skip_locked=True)
        .order_by("next_at", "pk")[:size]
    )


def _put_off(at: datetime, duty_id: int) -> None:
    """Leave a row alone for a while and count that it failed; it is tried again for ever, and people are shown it."""
    with transaction.atomic():
        for duty in _claim(at, 1, only=[duty_id]):
            rest = min(max(at - duty.due_at, SHORTEST_REST), LONGEST_REST)
            Deadline.objects.filter(pk=duty.pk).update(next_at=at + rest, failures=F("failures") + 1)
