"""Who may raise a concern about an agency, who decides on it, and the pattern over time that leads may see (WO05).

Never mixed with cases: no case, no child, and outside the lead's own agency no person either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count
from django.db.models.functions import TruncQuarter
from django.utils import timezone

from accounts.directory import Directory
from accounts.grants import holds
from accounts.models import Agency, User
from accounts.permissions import Permission
from accounts.roles import Role
from accounts.standing import acted_for, standing_of
from cases.models import AgencyConcern, ProcedureVersion
from cases.models.concern import leads_for
from cases.procedures import publishing
from cases.procedures.beside import Concerns
from cases.refusals import NotAllowed, NotNow, Refusal
from escalation.trail.writing import Actor

State = AgencyConcern.State
OUTSIDE = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})


@dataclass(frozen=True)
class ConcernLook:
    """A person looks at a concern."""

    concern: AgencyConcern
    user: User
    at: datetime

    @property
    def is_lead(self) -> bool:
        """Return whether I am the designated lead to whom it came, and did not raise it myself."""
        row = self.concern
        return (
            row.lead_agency_id in leads_for(self.user)
            and row.raiser_id != self.user.pk
            and holds(self.user, Permission.ADVISE, row.lead_agency)
        )

    def actor(self) -> Actor:
        """Return who stands in the trail when I act."""
        if self.concern.raiser_id == self.user.pk:
            return Actor(self.user.pk, "raiser", self.user.agency_id)
        lead = Role.DESIGNATED_LEAD
        acting_for = acted_for(self.user, lead, agencies=[self.concern.lead_agency_id])
        return Actor(self.user.pk, lead.value, self.user.agency_id, acting_for)


def decide(look: ConcernLook) -> None:
    """The lead decides what is done about it, once; and may decide anew until it has ended."""
    if not look.is_lead:
        raise NotAllowed("Only the designated lead to whom it came decides about it.")
    if look.concern.state == State.ENDED:
        raise NotNow("This has ended.")


def follow_up(look: ConcernLook) -> None:
    """The lead says what came of the decision, and ends it or looks again on another day."""
    if not look.is_lead:
        raise NotAllowed("Only the designated lead to whom it came follows it up.")
    if look.concern.state != State.DECIDED:
        raise NotNow("Decide first what is done about it.")


def can_follow_up(look: ConcernLook) -> bool:
    """Return whether it may be followed up by this person now."""
    try:
        follow_up(look)
    except Refusal:
        return False
    return True


def offered_to(user: User, at: datetime) -> tuple[ProcedureVersion, Concerns]:
    """Return the procedure under which this person may raise a concern. Raises NotAllowed or NotNow with the reason."""
    if not {held.role for held in standing_of(user).held} - OUTSIDE:
        raise NotAllowed("This is for people who work with children and families.")
    try:
        version = publishing.current_for(user.agency.partnership, timezone.localdate(at))
    except publishing.NothingAdopted as nothing:
        raise NotNow(str(nothing)) from nothing
    if version.definition.concerns is None:
        raise NotNow("Your area’s procedure has no way of its own for this. Talk to your designated lead.")
    return version, version.definition.concerns


def lead_agency_for(user: User, about: Agency, at: datetime) -> Agency:
    """Return the agency whose designated lead decides: one's own, or the one that acts on its behalf.

    Raises NotNow when there is no lead, or only oneself, or only one of the agency that it is about.
    """
    people = Directory.load(user.agency.partnership_id, [user.agency], timezone.localdate(at))
    found = people.holder(Role.DESIGNATED_LEAD, user.agency_id, exclude={user.pk})
    if found is None:
        raise NotNow(
            "The directory knows no other designated lead for your agency. Ask your administrator to name one."
        )
    agency_id = found.agency_id or found.user.agency_id
    if agency_id == about.pk:
        raise NotNow(
            "The designated lead for your agency works for the agency this is about. "
            "Use the whistleblowing procedure, or ask your administrator to name another lead."
        )
    return Agency.objects.get(pk=agency_id)


def leads_of(agency_id: int, at: datetime) -> list[int]:
    """Return the designated leads of an agency on the local day, and whoever covers them."""
    from accounts.models import Cover, Membership

    day = timezone.localdate(at)
    rows = Membership.objects.on(day).filter(
        agency_id=agency_id, role=Role.DESIGNATED_LEAD, user__is_active=True
    )
    covers = Cover.objects.on(day).filter(membership__in=rows, deputy__is_active=True)
    people = [*rows.values_list("user_id", flat=True), *covers.values_list("deputy_id", flat=True)]
    return sorted({p for p in people if p is not None})


@dataclass(frozen=True)
class Pattern:
    """How often concerns about one agency were raised, quarter by quarter, by anybody in the partnership."""

    agency: Agency
    quarters: tuple[tuple[date, int], ...]
    families: tuple[tuple[str, int], ...]
    undecided: int

    @property
    def total(self) -> int:
        return sum(number for _, number in self.quarters)


def patterns(user: User, quarters: Iterable[date]) -> list[Pattern]:
    """Return the pattern of every agency but those whose lead asks: counts alone, no word and no person.

    Nobody sees what others raised about their own agency: with small numbers that would point to whoever did. Two
    statements, however many concerns.
    """
    own = {*leads_for(user), user.agency_id}
    days = list(quarters)
    rows = AgencyConcern.objects.filter(
        partnership_id=user.agency.partnership_id, raised_at__date__gte=min(days)
    ).exclude(about_id__in=own)
    by_quarter: dict[int, dict[date, int]] = {}
    waiting: dict[int, int] = {}
    families: dict[int, dict[str, int]] = {}
    grouped = rows.annotate(quarter=TruncQuarter("raised_at")).values(
        "about_id", "quarter", "state", "families"
    )
    for row in grouped.annotate(n=Count("pk")):
        agency, day, number = row["about_id"], timezone.localdate(row["quarter"]), row["n"]
        counts = by_quarter.setdefault(agency, {})
        counts[day] = counts.get(day, 0) + number
        waiting[agency] = waiting.get(agency, 0) + (number if row["state"] == State.RAISED else 0)
        for family in row["families"]:
            found = families.setdefault(agency, {})
            found[family] = found.get(family, 0) + number
    agencies = Agency.objects.filter(pk__in=by_quarter).order_by("name")
    return [
        Pattern(
            agency,
            tuple((day, by_quarter[agency.pk].get(day, 0)) for day in days),
            tuple(sorted(families.get(agency.pk, {}).items(), key=lambda item: (-item[1], item[0]))),
            waiting[agency.pk],
        )
        for agency in agencies
    ]


def last_quarters(today: date, number: int = 8) -> list[date]:
    """Return the first days of so many quarters up to the one of this day, oldest first."""
    year, quarter = today.year, (today.month - 1) // 3
    found = []
    for back in range(number):
        index = year * 4 + quarter - back
        found.append(date(index // 4, index % 4 * 3 + 1, 1))
    return found[::-1]
