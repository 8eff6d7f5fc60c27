"""Placeholder until grants land."""

from guardian.shortcuts import assign_perm

from accounts.models import Membership
from accounts.roles import ROLES, Role


def sync(user):
    for m in Membership.objects.filter(user=user):
        for p in ROLES[Role(m.role)].permissions:
            place = {
                "log_disagreement": m.agency,
                "manage_team": m.team,
                "lead_agency": m.agency,
                "advise": m.agency,
            }.get(p.value, m.partnership)
            if place:
                assign_perm(p.value, user, place)
