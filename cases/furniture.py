"""What the navigation offers beside the ladder: what the procedure of the area knows, and what a role has to do."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from accounts.models import Partnership, User
from accounts.roles import Role
from accounts.standing import Standing
from cases.procedures import publishing
from cases.procedures.definitions import Procedure
from cases.record.forgetting import KEEPERS
from escalation.clock import now

#: By partnership: the local day and the version of its settings for which it holds, and the procedure in force.
_in_force: dict[int, tuple[tuple[date, int], Procedure | None]] = {}


def procedure_of(partnership: Partnership) -> Procedure | None:
    """Return the procedure a partnership follows today, or None; asks the database once a day and after changes.

    Adopting another version counts up the partnership's settings version, so that no process keeps an old one.
    """
    known_as = (timezone.localdate(now()), partnership.settings_version)
    kept = _in_force.get(partnership.pk)
    if kept is None or kept[0] != known_as:
        try:
            found = publishing.current_for(partnership, known_as[0]).definition
        except publishing.NothingAdopted:
            found = None
        kept = _in_force[partnership.pk] = (known_as, found)
    return kept[1]


def links(person: User, standing: Standing) -> list[tuple[str, str]]:
    """Return the links of a person beside those to cases, for the navigation."""
    procedure = procedure_of(person.agency.partnership)
    if procedure is None:
        return []
    found = []
    if Role.DESIGNATED_LEAD in standing.roles:
        found.append(("Look-ups", "flagged_looks"))
    if KEEPERS & standing.roles:
        found.append(("Keeping", "keeping"))
    if Role.AUDITOR in standing.roles:
        found.append(("Trail", "trail"))
    if procedure.rethink is not None:
        found.append((procedure.rethink.label, "rethinks"))
    if procedure.concerns is not None and Role.DESIGNATED_LEAD in standing.roles:
        found.append(("Concerns", "concerns_lead"))
    return found
