"""Who acts on each rung, for either side: found by tier, with conflicts of interest passed over (G18, X11)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.directory import Directory, Holder
from accounts.roles import Role
from cases.conflicts import barred
from cases.models import Case
from cases.refusals import NotNow
from cases.workflow import State

#: Rungs where one person acts alone for both sides.
ALONE = (State.CSWO, State.COMMITTEE)


@dataclass(frozen=True)
class Pair:
    """Who acts on a rung for the raising side (or for both), and their opposite number."""

    acting: Holder
    opposite: Holder | None


def directory_for(case: Case, at: datetime) -> Directory:
    """Return the directory of the case's agencies today; one query."""
    parties = (case.raiser_id, case.counterpart_id)
    return Directory.load(case.partnership_id, case.agencies(), timezone.localdate(at), people=parties)


def pair_for(case: Case, key: str, people: Directory, at: datetime) -> Pair:
    """Return who acts on the rung of this key at an instant.

    Parties never act on it; whoever has a conflict of interest or judged another rung does not decide (X11).
    Raises NotNow when the directory knows nobody free to act, saying whom to ask.
    """
    parties = {case.raiser_id, case.counterpart_id}
    rung = case.definition.rung(key)
    role, state = Role(rung.acts), State(rung.state)
    if state in ALONE:
        found = people.holder(role, None, exclude=parties | barred(case, state, at))
        if found is None:
            raise NotNow(
                f"The directory knows no {role.label}, nor a deputy, who is free to act here. "
                "Ask your administrator to name one."
            )
        return Pair(found, None)
    acting = for_a_side(people, role, case.raising_agency_id, case.raising_team_id, exclude=parties)
    if acting is None:
        raise NotNow(
            f"The directory knows no {role.label.lower()} for {case.raising_agency}. "
            "Ask your administrator to name one, or ask your designated lead for advice."
        )
    if state == State.LINE_MANAGER:
        return Pair(acting, None)
    opposite = for_a_side(
        people, role, case.receiving_agency_id, case.receiving_team_id, exclude=parties | {acting.user.pk}
    )
    return Pair(acting, opposite)


def for_a_side(
    people: Directory,
    role: Role,
    agency_id: int | None,
    team_id: int | None = None,
    *,
    exclude: Collection[int],
) -> Holder | None:
    """Return who holds a role for one side; never the CSWO, who decides later and is no party before (X11)."""
    found = people.holder(role, agency_id, team_id, exclude=exclude)
    return None if found is not None and found.role == Role.CSWO else found


def next_manager_up(case: Case, people: Directory, *, after: int) -> Holder | None:
    """Return a manager above the one who refused, for a case that an independent view supports (X4).

    None when everybody above refused on this stage too, or the agency has nobody there.
    """
    refused = case.stages.filter(rung_key=case.rung_key, supported=False).values_list("acting_id", flat=True)
    passed_over = {case.raiser_id, case.counterpart_id, after, *refused}
    return for_a_side(people, Role.SENIOR_MANAGER, case.raising_agency_id, exclude=passed_over)
