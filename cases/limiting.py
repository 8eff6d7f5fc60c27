"""Limits that the guide leaves open, as a partnership sets them: rehearsed first, then set with a reason (X3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import prefetch_related_objects

from accounts.actions.door import office
from accounts.models import Partnership, User
from accounts.refusals import Refused
from cases.deadlines import calendar_of, in_force, instant
from cases.models import Case, ProcedureVersion
from cases.models.procedure import LocalSetting, RuleNote
from cases.procedures import publishing
from cases.procedures.definitions import Procedure
from cases.procedures.limits import Limit
from cases.procedures.local import check_local, limits_of, open_limits
from cases.procedures.telling import ToldLimit, tell
from cases.procedures.vocabulary import Unit
from cases.reckoning import Move
from cases.reprojecting import rehearsal, would_move

#: More dates than this are counted as "more than": a page is no list of a whole area.
MOST = 200


@dataclass(frozen=True)
class OpenLimit:
    """One limit that may be set: as it is told and is now, as the file has it, and who set it, if anybody did."""

    told: ToldLimit
    now: Limit
    of_file: Limit
    setting: LocalSetting | None

    @property
    def path(self) -> str:
        return self.told.key


@dataclass(frozen=True)
class Rehearsal:
    """What a change would do to open dates; `more` says that these are not all."""

    moves: tuple[tuple[Case, Move], ...]
    more: bool


def limits_to_set(version: ProcedureVersion, partnership: Partnership) -> list[OpenLimit]:
    """Return every limit of a version that the partnership may set for itself, in the order of the page."""
    mine = publishing.local_limits(partnership, version.key)
    prefetch_related_objects(list(mine.values()), "note", "set_by")
    of_file = open_limits(version.definition)
    procedure = in_force(version, partnership)
    now, sections = limits_of(procedure), tell(procedure)
    told = [limit for section in sections for limit in section.limits if limit.key in of_file]
    return [OpenLimit(limit, now[limit.key], of_file[limit.key], mine.get(limit.key)) for limit in told]


def check(version: ProcedureVersion, partnership: Partnership, path: str, amount: int, unit: Unit) -> Limit:
    """Return the limit a setting would make. Raises LocalLimitError when the document or danger forbids it, Refused
    when it is the limit already."""
    limit = check_local(version.definition, path, amount, unit)
    now = limits_of(in_force(version, partnership))[path]
    if (now.amount, now.unit, now.beside) == (limit.amount, limit.unit, None):
        raise Refused("That is the limit already. Nothing was changed.")
    return limit


def rehearse(
    partnership: Partnership,
    procedure: Procedure,
    path: str,
    amount: int,
    unit: Unit,
    *,
    by: User,
    at: datetime,
) -> Rehearsal:
    """Return which open dates would move, and to when; nothing is kept of it."""
    with rehearsal(partnership):
        LocalSetting.objects.create(
            partnership=partnership,
            procedure_key=procedure.key,
            path=path,
            amount=amount,
            unit=unit,
            note=RuleNote.add(partnership, RuleNote.Kind.LIMIT, "Rehearsed.", by=by, at=at),
            set_by=by,
            at=at,
        )
        found = list(islice(would_move(partnership, at), MOST + 1))
    return Rehearsal(tuple(found[:MOST]), more=len(found) > MOST)


def change_limit(
    partnership: Partnership,
    version: ProcedureVersion,
    path: str,
    *,
    amount: int,
    unit: Unit,
    reason: str,
    by: User,
    at: datetime,
) -> LocalSetting:
    """Set one limit from now on; open dates are worked out again by the sweep, with an event and a notice for each.

    Raises Refused for somebody who does not administer the partnership, without a reason, or for what is the limit
    already; LocalLimitError when it may not be set.
    """
    with office(partnership, by):
        partnership = Partnership.objects.get(pk=partnership.pk)  # the settings as they are behind the lock
        if not reason.strip():
            raise Refused("Say why this limit is set.")
        check(version, partnership, path, amount, unit)
        return publishing.set_limit(
            partnership,
            version.definition,
            path,
            amount=amount,
            unit=unit,
            reason=reason.strip(),
            by=by,
            at=at,
        )


def cautions(
    version: ProcedureVersion, partnership: Partnership, path: str, limit: Limit, at: datetime
) -> list[str]:
    """Return what an administrator should know before setting a limit, one sentence each; they may still go on.

    Times are compared as they would run from `at`.
    """
    parts = path.split(".")
    if parts[0] != "rungs":
        return []
    _, state, _, clock, urgency = parts
    procedure, calendar = in_force(version, partnership), calendar_of(partnership)

    def length(of: Limit) -> timedelta:
        return instant(of, at, calendar) - at

    settle = procedure.rung(state).settle
    found = []
    if settle is not None and clock != "settle" and length(limit) > length(settle.limit(urgency)):
        found.append("This is longer than the whole stage has to be settled.")
    before = procedure.rung(state).clock(clock).limit(urgency)
    if length(limit) > 2 * length(before):
        found.append("This is more than twice as long as now. Children wait while adults disagree.")
    return found
