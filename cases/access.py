"""How one person stands to one case at one instant: what every policy, page and action asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from accounts.models import User
from accounts.roles import Role
from accounts.standing import Standing, standing_of
from cases.conflicts import barred
from cases.models import Case, Participation
from cases.models.participation import Relation, Side
from escalation.prepared import Prepared, number
from escalation.trail.writing import Actor

_PARTS = Prepared()

#: Which participation speaks when a person has several: the one nearest to deciding.
WEIGHT = [
    Relation.DECIDER,
    Relation.CHAIR,
    Relation.COMMITTEE,
    Relation.SENIOR_MANAGER,
    Relation.LINE_MANAGER,
    Relation.RAISER,
    Relation.COUNTERPART,
    Relation.ADVISER,
    Relation.OWNER,
]

#: The roles in which each of these relations decides: a deputy has to cover one of them.
DECIDES_AS = {
    Relation.DECIDER: (Role.CSWO, Role.INDEPENDENT_CHAIR),
    Relation.CHAIR: (Role.INDEPENDENT_CHAIR,),
    Relation.COMMITTEE: (Role.CPC_OFFICER,),
}


@dataclass(frozen=True)
class Look:
    """A person looks at a case."""

    case: Case
    user: User
    standing: Standing
    parts: tuple[Participation, ...]  # everybody's live participations
    at: datetime

    @classmethod
    def at_case(cls, case: Case, user: User, at: datetime) -> Look:
        """Return the look of a person who may see the case; one query for the participations."""
        parts = tuple(
            _PARTS.objects(
                "of a case",
                lambda: Participation.objects.live().filter(case_id=number(0)).order_by("pk"),
                {number(0): case.pk},
                Participation,
                "user",
                "agency",
                "team",
            )
        )
        case.know_parts(parts)
        return cls(case, user, standing_of(user), parts, at)

    @cached_property
    def mine(self) -> tuple[Participation, ...]:
        """Return my participations and those of the people I act for, weightiest first; none for whoever has left."""
        if not self.user.is_active:
            return ()
        ids = self.standing.acting_ids
        mine = [p for p in self.parts if p.user_id in ids]
        return tuple(
            sorted(mine, key=lambda p: (WEIGHT.index(Relation(p.relation)), p.user_id != self.user.pk))
        )

    def has(self, relation: Relation, side: Side | None = None) -> bool:
        """Return whether I, or somebody I act for, stand in this relation."""
        return any(p.relation == relation and side in (None, p.side) for p in self.mine)

    def is_me(self, user_id: int | None) -> bool:
        """Return whether this is me or somebody I act for today."""
        return user_id is not None and user_id in self.standing.acting_ids

    @cached_property
    def has_conflict(self) -> bool:
        """Return whether I, or somebody I act for today, may not decide this case (X11); one query.

        Whoever stands in for a party today speaks for that party. Only the deputy of a decider who has a part decides
        on their own account, as the one to whom the case goes past that decider.
        """
        part = self.speaking_as(self.case.holder_id, self.case.stand_in_id)
        deciding = {self.case.rung.acts, *DECIDES_AS.get(Relation(part.relation), ())}
        others = {c.user_id for c in self.standing.covering if c.role not in deciding}
        return bool(
            {self.user.pk, part.user_id, *others} & barred(self.case, self.case.current_stage.state, self.at)
        )

    @property
    def is_holder(self) -> bool:
        """Return whether the next step is mine, or became mine when a timescale lapsed."""
        return self.is_me(self.case.holder_id) or self.is_me(self.case.stand_in_id)

    @property
    def is_raiser(self) -> bool:
        return self.is_me(self.case.raiser_id)

    @property
    def is_counterpart(self) -> bool:
        return self.is_me(self.case.counterpart_id)

    @property
    def sides(self) -> frozenset[str]:
        """Return the sides I stand on."""
        return frozenset(p.side for p in self.mine)

    @property
    def is_party(self) -> bool:
        """Return whether I belong to the raising or the receiving side."""
        return bool(self.sides - {Side.NEUTRAL})

    def speaking_as(self, *user_ids: int | None) -> Participation:
        """Return the participation in which I act: that of one of these people first, else my weightiest.

        Raises LookupError when I take no part at all.
        """
        for user_id in user_ids:
            if self.is_me(user_id):
                for part in self.mine:
                    if part.user_id == user_id:
                        return part
        if not self.mine:
            raise LookupError("takes no part in this case")
        return self.mine[0]

    def may_decide_as(self, part: Participation) -> bool:
        """Return whether a decision in this part is mine to make: my own part, or I cover the role that decides.

        Whoever covers another role of the same person sees the case and helps with it, and does not decide it.
        """
        roles = DECIDES_AS.get(Relation(part.relation))
        if roles is None or part.user_id == self.user.pk:
            return True
        return any(c.user_id == part.user_id and c.role in roles for c in self.standing.covering)

    def actor(self, part: Participation) -> Actor:
        """Return who is to stand in the trail when I act in this participation."""
        acting_for = part.user_id if part.user_id != self.user.pk else None
        return Actor(self.user.pk, part.relation, part.agency_id, acting_for)

    def role_words(self, part: Participation) -> str:
        """Return my role as it is now, in words, for the record."""
        words = Relation(part.relation).label
        if part.relation == Relation.DECIDER:
            words = Role.CSWO.label
        elif part.relation == Relation.CHAIR:
            words = Role.INDEPENDENT_CHAIR.label
        elif part.relation == Relation.COMMITTEE:
            words = Role.CPC_OFFICER.label
        elif part.relation == Relation.ADVISER:
            words = Role.DESIGNATED_LEAD.label
        if part.user_id != self.user.pk:
            words = f"{words}, acting for {self.standing.name_of(part.user_id)}"
        return words[:60]

    def parts_of(self, relation: Relation, side: Side | None = None) -> list[Participation]:
        """Return everybody's live participations in this relation."""
        return [p for p in self.parts if p.relation == relation and side in (None, p.side)]
