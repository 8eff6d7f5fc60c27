"""Writing down that a record leaves the service: in its own list, in the case's chain of reads and in the registry."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from accounts.standing import standing_of
from cases.models import Case, Participation, RecordExport
from cases.record.looks import reads_chain
from escalation.trail.models import REGISTRY
from escalation.trail.writing import Actor, Line, append_many

EXPORTED = "record_exported"


def record_export(
    case: Case, user: User, *, audience: str, form: str, reason: str, at: datetime
) -> RecordExport:
    """Record one export and return its row, which holds the reason; call it in the transaction that makes the file."""
    part = (
        Participation.objects.live()
        .filter(case=case, user_id__in=standing_of(user).acting_ids)
        .order_by("pk")
        .first()
    )
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
