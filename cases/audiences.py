"""The people a reminder names by their place: holder, deputy, manager, next tier, lead (G18).

Asked for hundreds of duties at once, so everything is read once a sweep: procedures, partnerships and a directory for
each, and every question put to a directory is remembered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from accounts.directory import NEXT_UP, Directory, Holder
from accounts.models import Agency, Partnership, User
from accounts.roles import Role
from cases.access import WEIGHT
from cases.models import Case, Deadline, ProcedureVersion
from cases.models.deadline import Rule
from cases.models.participation import Relation, Side

#: Duties that pass to the next person up when nobody answers in time (X5).
PASS_ON = (Rule.SETTLE, Rule.ACCEPT, Rule.REPLY)

#: As whom each relation stands in the line of managers; an adviser answers to their senior manager.
TIER: dict[str, Role] = {
    Relation.RAISER: Role.PRACTITIONER,
    Relation.COUNTERPART: Role.PRACTITIONER,
    Relation.OWNER: Role.PRACTITIONER,
    Relation.LINE_MANAGER: Role.LINE_MANAGER,
    Relation.ADVISER: Role.LINE_MANAGER,
    Relation.SENIOR_MANAGER: Role.SENIOR_MANAGER,
}


@dataclass(frozen=True)
class Part:
    """A live participation, as much of it as is needed here."""

    user_id: int
    relation: str
    side: str
    agency_id: int
    team_id: int | None


@dataclass
class Audiences:
    """Answers who is meant, as the directory stands on the day of the sweep."""

    at: datetime
    partnerships: dict[int, Partnership] = field(default_factory=dict)
    _versions: dict[int, ProcedureVersion] = field(default_factory=dict)
    _directories: dict[int, Directory] = field(default_factory=dict)
    _usual: dict[tuple[int, Role, int | None, int | None], Holder | None] = field(default_factory=dict)

    def know(self, cases: Collection[Case]) -> None:
        """Read the partnerships and procedures not read yet, and give each case its own; two statements, or none."""
        if new := {c.partnership_id for c in cases} - self.partnerships.keys():
            self.partnerships |= Partnership.objects.in_bulk(new)
        if new := {c.procedure_id for c in cases} - self._versions.keys():
            self._versions |= ProcedureVersion.objects.defer("text").in_bulk(new)
        for case in cases:
            case.partnership = self.partnerships[case.partnership_id]
            case.procedure = self._versions[case.procedure_id]

    def directory(self, partnership_id: int) -> Directory:
        """Return the directory of all agencies of a partnership; two statements the first time."""
        if partnership_id not in self._directories:
            agencies = Agency.objects.filter(partnership=partnership_id)
            self._directories[partnership_id] = Directory.load(
                partnership_id, agencies, timezone.localdate(self.at)
            )
        return self._directories[partnership_id]

    def find(
        self,
        partnership_id: int,
        role: Role,
        agency_id: int | None,
        team_id: int | None,
        exclude: Collection[int],
    ) -> Holder | None:
        """Return who holds a role, as `Directory.holder` does; the usual answer is remembered."""
        key = partnership_id, role, agency_id, team_id
        if key not in self._usual:
            self._usual[key] = self.directory(partnership_id).holder(role, agency_id, team_id)
        usual = self._usual[key]
        if usual is None or usual.user.pk not in exclude:
            return usual
        return self.directory(partnership_id).holder(role, agency_id, team_id, exclude=exclude)

    def manager(self, duty: Deadline, parts: Collection[Part]) -> Holder | None:
        """Return the person above the one who has the duty, in their own agency; None at the top."""
        part = part_of(duty.person_id, parts)
        return self._above(duty, part, TIER.get(part.relation)) if part else None

    def next_tier(self, duty: Deadline, parts: Collection[Part]) -> Holder | None:
        """Return who stands above the rung of the duty, for the side of the one who has it; None at the top."""
        part = part_of(duty.person_id, parts)
        acts = duty.case.definition.rung(duty.stage.rung_key).acts
        return self._above(duty, part, Role(acts) if acts in Role else None) if part else None

    def lead(self, duty: Deadline, parts: Collection[Part]) -> Holder | None:
        """Return the designated lead of the agency of the one who has the duty."""
        part = part_of(duty.person_id, parts)
        if part is None:
            return None
        return self.find(
            duty.case.partnership_id, Role.DESIGNATED_LEAD, part.agency_id, None, _parties(duty.case)
        )

    def deputies(self, duty: Deadline) -> list[User]:
        """Return who acts today for the person who has the duty."""
        return self.directory(duty.case.partnership_id).deputies_of(duty.person_id)

    def officers(self, duty: Deadline) -> list[int]:
        """Return the committee's officers, who see no case."""
        return [u.pk for u in self.directory(duty.case.partnership_id).holders(Role.CPC_OFFICER)]

    def _above(self, duty: Deadline, part: Part, role: Role | None) -> Holder | None:
        above = NEXT_UP.get(role) if role else None
        if above is None:
            return None
        case = duty.case
        conflicted = {*_parties(case), duty.person_id}
        if duty.rule in PASS_ON:  # whoever acts for either side does not also act in somebody's place
            conflicted |= {duty.stage.acting_id, duty.stage.opposite_id or 0}
        return self.find(case.partnership_id, above, part.agency_id, _team(case, part), conflicted)


def part_of(user_id: int, parts: Collection[Part]) -> Part | None:
    """Return a person's weightiest live participation among those of a case."""
    mine = [p for p in parts if p.user_id == user_id]
    return min(mine, key=lambda p: WEIGHT.index(Relation(p.relation)), default=None)


def side_of(holder: Holder, part: Part) -> Side:
    """Return the side on which somebody above a person takes part; those who stand above both sides, on neither."""
    return Side(part.side) if holder.role in (Role.LINE_MANAGER, Role.SENIOR_MANAGER) else Side.NEUTRAL


def by_case(rows: Iterable[tuple[int, int, str, str, int, int | None]]) -> Mapping[int, list[Part]]:
    """Return participations (case, user, relation, side, agency, team) by their case."""
    found: dict[int, list[Part]] = {}
    for case_id, user_id, relation, side, agency_id, team_id in rows:
        found.setdefault(case_id, []).append(Part(user_id, relation, side, agency_id, team_id))
    return found


def _parties(case: Case) -> set[int]:
    return {case.raiser_id, case.counterpart_id}


def _team(case: Case, part: Part) -> int | None:
    """Return the team of a participation; that of the case for somebody of the same agency who named none."""
    if part.team_id is not None:
        return part.team_id
    if part.agency_id == case.raising_agency_id:
        return case.raising_team_id
    return case.receiving_team_id if part.agency_id == case.receiving_agency_id else None
