"""Writing down that a record leaves the service: in its own list, in the case's chain of reads and in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.acting import WhoDid
from accounts.models import User
from cases.models import Case, Participation, RecordExport
from cases.record.looks import reads_chain
from escalation.trail.models import REGISTRY
from escalation.trail.writing import Actor, Line, append_many

EXPORTED = "record_exported"


def record_export(
    case: Case, user: User, *, audience: str, form: str, reason: str, at: datetime
) -> RecordExport:
    """Record one export and return its row, which holds the reason.

    Call it in a transaction, and let that end before the file is made: meanwhile the head of the registry is locked.
    """
    part = Participation.objects.read_as(case, user)
    agency_id = part.agency_id if part else user.agency_id
    row = RecordExport.objects.create(
        case=case, user=user, agency_id=agency_id, audience=audience, form=form, reason=reason, at=at
    )
    for_somebody = part.user_id if part and part.user_id != user.pk else None
    actor = Actor(user.pk, part.relation if part else "review", agency_id, for_somebody)
    facts = {"audience": audience, "export": row.pk, "form": form}
    ref = f"export:{row.pk}"
    append_many(
        [
            Line(reads_chain(case.chain), EXPORTED, ref, facts, actor),
            Line(REGISTRY, EXPORTED, ref, facts, actor),
        ],
        at=at,
    )
    return row


@dataclass(frozen=True)
class Taken:
    """One record that somebody took out, and who it was, in whose place."""

    row: RecordExport
    who: str


def taken_out(case: Case) -> list[Taken]:
    """Return the records of a case that were taken out, oldest first; two statements, three where a deputy did."""
    rows = list(RecordExport.objects.filter(case=case).select_related("user", "agency").order_by("at", "pk"))
    did = WhoDid((f"export:{row.pk}" for row in rows), reads_chain(case.chain))
    return [Taken(row, did.name(f"export:{row.pk}", row.user, row.at)) for row in rows]
