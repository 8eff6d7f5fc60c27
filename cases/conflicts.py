"""Who may not decide a case, whatever their role: conflicts of interest and deciders of another rung (X11).

The same three rules stand in the database (cases/sql/conflicts.sql), for whatever gets around this.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Membership
from accounts.roles import Role
from cases.models import Case, Entry, Participation
from cases.models.entry import Kind
from cases.models.participation import Side

#: What somebody writes when they decide on a case, or judged it before.
DECIDES = (Kind.DETERMINATION, Kind.COMMITTEE_OUTCOME)
JUDGED = (*DECIDES, Kind.INDEPENDENT_VIEW)


def barred(case: Case, state: str, at: datetime) -> frozenset[int]:
    """Return the ids of everybody who may not decide this case on the rung `state`; one query.

    Whoever stands or ever stood on a side, or wrote for one as a deputy; the line managers of the two teams, or of the
    two agencies as a whole; and whoever judged the case on another rung. The one who decided this very rung may decide
    it again when it comes back.
    """
    sided = Participation.objects.filter(case=case).exclude(side=Side.NEUTRAL).values_list("user_id")
    teams = [pk for pk in (case.raising_team_id, case.receiving_team_id) if pk is not None]
    agencies = [case.raising_agency_id, case.receiving_agency_id]
    managers = (
        Membership.objects.on(timezone.localdate(at))
        .filter(Q(team__in=teams) | Q(team=None, agency__in=agencies), role=Role.LINE_MANAGER)
        .values_list("user_id")
    )
    # A deputy who wrote for a side stood on it, though the participation is that of whom they acted for.
    deputies = Entry.objects.filter(case=case, acting_for__isnull=False).exclude(side=Side.NEUTRAL)
    judged = Entry.objects.filter(case=case, kind__in=JUDGED).exclude(stage__state=state)
    found = sided.union(
        managers,
        deputies.values_list("author_id"),
        judged.values_list("author_id"),
        judged.filter(acting_for__isnull=False).values_list(F("acting_for_id")),
    )
    return frozenset(pk for (pk,) in found)
