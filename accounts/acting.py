"""Who did something beside the entries of a case, and in whose place they did it, as the trail says (G18).

A row names who did it; for whom a deputy did it stands in its event, which has the same object, person and instant.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from accounts.models import User
from escalation.trail.models import Event


class WhoDid:
    """What deputies did to some objects, by the names that their events give these: `paper:7`, `export:12`.

    One statement, and one more only where a deputy did something. `chain` narrows it to one chain of the trail.
    """

    def __init__(self, refs: Iterable[str], chain: UUID | None = None) -> None:
        rows = Event.objects.filter(object_ref__in=list(refs), acting_for_id__isnull=False)
        rows = rows.filter(chain=chain) if chain is not None else rows
        done = list(rows.values_list("object_ref", "actor_id", "claimed_at", "acting_for_id"))
        names: dict[int | None, str] = dict(
            User.objects.filter(pk__in={for_whom for *_, for_whom in done}).values_list("pk", "full_name")
        )
        self._for_whom: dict[tuple[str, int | None, datetime | None], str] = {
            (ref, actor, at): names.get(whom, "somebody else") for ref, actor, at, whom in done
        }

    def name(self, ref: str, person: User, at: datetime | None) -> str:
        """Return the name of who did something to an object at an instant: "Hamish Orr, acting for Greta Holm"."""
        for_whom = self._for_whom.get((ref, person.pk, at))
        return f"{person.full_name}, acting for {for_whom}" if for_whom else person.full_name
