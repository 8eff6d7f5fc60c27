"""Roles whose last day has passed, with nobody there, while something was still to do in them.

Ending a role by hand asks who takes over. A role that ends by its date cannot ask: what came meanwhile stays with
whoever had it, who still sees it and is reminded, and the administrators are told to hand it over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from accounts.actions.door import day_of, office
from accounts.actions.roles import left_behind
from accounts.audit import Verb, of_membership, record
from accounts.models import Membership
from escalation.trail.writing import SERVICE

#: So many days back is looked, should nothing have run for a while.
LOOKED_BACK = timedelta(days=14)


def tell_of_ended_roles(*, at: datetime) -> int:
    """Record each role that ended on one of the last days and left something to do, once; return how many were new.

    Whoever holds the role elsewhere now, such as after a move, goes on with it: what they have may be of that place.
    """
    today = day_of(at)
    still_held = Membership.objects.on(today).filter(user=OuterRef("user"), role=OuterRef("role"))
    ended = Membership.objects.filter(
        ~Exists(still_held),
        ends_on__lt=today,
        ends_on__gte=today - LOOKED_BACK,
        user__is_active=True,
        left_told_at=None,
    ).select_related("user__agency__partnership", "partnership")
    told = 0
    for membership in ended.order_by("pk"):
        with office(membership.partnership, None):
            membership.refresh_from_db(fields=["left_told_at"])
            left = left_behind(membership, today)
            if left and membership.left_told_at is None:
                membership.left_told_at = at
                membership.save(update_fields=["left_told_at"])
                facts = of_membership(membership) | {
                    "cases": sum(found.cases for found in left),
                    "duties": sum(found.duties for found in left),
                    "beside": sum(found.beside for found in left),
                }
                record(Verb.ROLE_LEFT_OPEN, actor=SERVICE, about=membership, facts=facts, at=at)
                told += 1
    return told
