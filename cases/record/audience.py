"""For whom a record is printed, and what of it they may read."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import TextChoices

from cases.models import Entry
from cases.models.entry import Visibility
from cases.reading import Reading, Record


class Audience(TextChoices):
    SHARED = "shared", "Everybody in the case: what all of them may read"
    OWN = "own", "My agency’s own file: that, and what my agency wrote for itself"
    FULL = "full", "A review: everything that was written"


class SharedReading(Reading):
    """What everybody in the case may read."""

    def why_closed(self, entry: Entry, root: Entry | None = None) -> str:
        first = root or entry
        if first.visibility != Visibility.SHARED:
            return "Not for everybody in the case."
        if (
            first.kind == "position"
            and self.stages[first.stage_id].left_at is None
            and not self._both(first.stage_id)
        ):
            return "Not open yet: the other side has not given its position."
        return ""

    def may_read_part(self, entry: Entry, key: str) -> bool:
        return key != "self_check"

    def _both(self, stage: UUID) -> bool:
        return sum(given == stage for given, _ in self.positions) > 1


class FullReading(Reading):
    """Everything but what somebody wrote for themselves alone."""

    def why_closed(self, entry: Entry, root: Entry | None = None) -> str:
        return ""

    def may_read_part(self, entry: Entry, key: str) -> bool:
        return key != "self_check"


class OwnReading(Reading):
    """What the person may read, without what they wrote for themselves alone: the file is read by colleagues."""

    def may_read_part(self, entry: Entry, key: str) -> bool:
        return key != "self_check"


_READINGS: Mapping[str, type[Reading]] = {
    Audience.SHARED: SharedReading,
    Audience.OWN: OwnReading,
    Audience.FULL: FullReading,
}


def read_as(record: Record, audience: Audience) -> Record:
    """Let a record be read as an audience may, and return it. The record is the caller's own: nobody else reads it."""
    record.__dict__["reading"] = _READINGS[audience].of(record.look, record.stages, record.entries)
    record.__dict__.pop("looked_at", None)
    return record


def readable(record: Record) -> dict[UUID, bool]:
    """Return for each entry that still has its words whether the audience may read it."""
    return {e.pk: not record.why_closed(e) for e in record.entries if e.content}
