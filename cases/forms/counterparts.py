"""The other side of a disagreement, found among people and teams of the partnership (G03)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from accounts.directory import Directory, colleagues
from accounts.models import Agency, Membership, Team, User
from accounts.roles import Role
from cases.forms.asking import Asking

#: As many people as the directory gives for one search.
PEOPLE_SHOWN = 20
#: As many teams as fit on a page beside the people.
TEAMS_SHOWN = 10


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be named as the other side: `value` is what the form sends ("p12" a person, "t3" a team)."""

    value: str
    user: User
    team_id: int | None
    label: str
    hint: str
    agency: Agency | None = None  # of the team named, which may not be that of the manager who answers for it


def search(asking: Asking, words: str) -> list[Candidate]:
    """Return people, then teams, whose name, job, team or agency holds every word; nothing for no words."""
    if not words.split():
        return []
    today = timezone.localdate(asking.at)
    rows = colleagues(asking.user.agency.partnership_id, words, today)
    found = {
        (row.user_id, row.team_id): _person(row)
        for row in rows
        if _may_answer(asking, row.agency_id, row.user)
    }
    teams = Team.objects.filter(agency__partnership_id=asking.user.agency.partnership_id)
    for word in words.split():
        teams = teams.filter(
            Q(name__icontains=word) | Q(agency__name__icontains=word) | Q(agency__short_name__icontains=word)
        )
    return [
        *found.values(),
        *_teams(asking, list(teams.select_related("agency").order_by("name", "pk")[:TEAMS_SHOWN]), today),
    ]


def named(asking: Asking, value: str) -> Candidate | None:
    """Return the person or team behind a value of the form; None for one that is unknown, gone or not allowed."""
    kind, key = value[:1], value[1:]
    if not (key.isascii() and key.isdigit() and len(key) < 18):
        return None
    today = timezone.localdate(asking.at)
    partnership_id = asking.user.agency.partnership_id
    if kind == "p":
        row = (
            Membership.objects.on(today)
            .filter(pk=key, partnership_id=partnership_id, user__is_active=True, agency__isnull=False)
            .exclude(role__in=[Role.ADMINISTRATOR, Role.AUDITOR])
            .select_related("user__agency", "team", "agency")
            .first()
        )
        return _person(row) if row is not None and _may_answer(asking, row.agency_id, row.user) else None
    if kind == "t":
        teams = Team.objects.filter(pk=key, agency__partnership_id=partnership_id).select_related("agency")
        return next(iter(_teams(asking, list(teams), today)), None)
    return None


def agencies(asking: Asking) -> list[Agency]:
    """Return the agencies one can look through, by name."""
    found = Agency.objects.filter(partnership_id=asking.user.agency.partnership_id).order_by("name")
    return [a for a in found if asking.procedure.same_agency_allowed or a.pk != asking.user.agency_id]


def _may_answer(asking: Asking, agency_id: int | None, user: User) -> bool:
    own = agency_id == asking.user.agency_id
    return user.pk != asking.user.pk and (asking.procedure.same_agency_allowed or not own)


def _person(row: Membership) -> Candidate:
    job = row.user.job_title or row.get_role_display()
    place = [row.team.name] if row.team else []
    return Candidate(
        f"p{row.pk}", row.user, row.team_id, row.user.full_name, ", ".join([job, *place, str(row.agency)])
    )


def _teams(asking: Asking, teams: list[Team], today: date) -> list[Candidate]:
    """Return the teams whose manager the directory knows; the manager answers for a person nobody knows."""
    if not teams:
        return []
    people = Directory.load(asking.user.agency.partnership_id, [team.agency for team in teams], today)
    found = []
    for team in teams:
        holder = people.holder(Role.LINE_MANAGER, team.agency_id, team.pk, exclude={asking.user.pk})
        if holder is None or not _may_answer(asking, team.agency_id, holder.user):
            continue
        if holder.user.agency_id == team.agency_id:
            holder.user.agency = team.agency  # known already: no need to ask for it again when the case opens
        # A nursery's disagreement goes to the agency that manages it: the team named is then not the manager's own.
        own = holder.team_id or (team.pk if holder.agency_id == team.agency_id else None)
        found.append(
            Candidate(
                f"t{team.pk}",
                holder.user,
                own,
                f"Somebody in {team.name}",
                f"{team.agency}. It goes to {holder.user}, {holder.role.label.lower()}.",
                team.agency,
            )
        )
    return found
