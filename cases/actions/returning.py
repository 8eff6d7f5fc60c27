"""Who stands where somebody stood who has gone, when an ended case comes back. An open case is handed over at once."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.directory import Holder
from accounts.models import Membership, User
from accounts.roles import Role
from cases.actions.door import Change
from cases.models import Participation
from cases.models.participation import Relation, Side
from cases.refusals import NotNow


def replace_who_left(c: Change) -> None:
    """Put the manager, else the designated lead, in the place of a raiser or counterpart who works there no more.

    Nothing changes for those who are still there; one query then. Raises NotNow when the directory knows nobody.
    """
    case = c.case
    places = (
        ("raiser", Relation.RAISER, Side.RAISING, case.raising_agency_id, case.raising_team_id),
        (
            "counterpart",
            Relation.COUNTERPART,
            Side.RECEIVING,
            case.receiving_agency_id,
            case.receiving_team_id,
        ),
    )
    there = _still_there(c)
    for name, relation, side, agency_id, team_id in places:
        person_id = getattr(case, f"{name}_id")
        if person_id in there:
            continue
        person = User.objects.get(pk=person_id)
        found = _stand_in_for(c, side, agency_id, team_id)
        if found is None:
            raise NotNow(
                f"{person} no longer works there, and the directory knows no manager or designated lead who could "
                "stand in their place. Ask your administrator to name one."
            )
        Participation.objects.live().filter(case=case, user=person).update(ended_at=c.at)
        setattr(case, name, found.user)
        c.join(
            found.user,
            relation,
            side,
            agency_id=agency_id,
            why=f"took over from {person}, who has left"[:200],
        )
        c.facts.setdefault("replaced", []).append({"from": person_id, "to": found.user.pk})


def _still_there(c: Change) -> set[int]:
    """Return which of the two people still stand where they stood: active, with a role there today."""
    case, sides = c.case, Q()
    for person_id, agency in (
        (case.raiser_id, case.raising_agency),
        (case.counterpart_id, case.receiving_agency),
    ):
        able = [pk for pk in (agency.pk, agency.represented_by_id) if pk is not None]
        anywhere = Q(agency=None, user__agency__in=able)
        sides |= Q(user=person_id) & (Q(agency__in=able) | anywhere)
    held = Membership.objects.on(timezone.localdate(c.at)).filter(sides, partnership_id=case.partnership_id)
    wanted = User.objects.filter(pk__in=[case.raiser_id, case.counterpart_id], is_active=True)
    return set(wanted.filter(Exists(held.filter(user=OuterRef("pk")))).values_list("pk", flat=True))


def _stand_in_for(c: Change, side: Side, agency_id: int, team_id: int | None) -> Holder | None:
    """Return who may stand there: somebody without a part so far, else somebody who stood on the same side."""
    parts = list(Participation.objects.filter(case=c.case).values_list("user_id", "side", "relation"))
    parties = {c.case.raiser_id, c.case.counterpart_id}
    anybody = parties | {user for user, _side, _relation in parts}
    others = parties | {
        user
        for user, stood, relation in parts
        if stood != side and not (stood == Side.NEUTRAL and relation == Relation.ADVISER)
    }
    for exclude in (anybody, others):
        for role in (Role.LINE_MANAGER, Role.DESIGNATED_LEAD):
            found = c.people.holder(role, agency_id, team_id, exclude=exclude)
            # Whoever decides in the end is never a party before.
            if found is not None and found.role != Role.CSWO and found.agency_id is not None:
                return found
    return None
