"""Agencies and teams."""

from __future__ import annotations

from datetime import datetime

from accounts.actions.door import day_of, office
from accounts.audit import Verb, by_administrator, record
from accounts.grants import sync
from accounts.models import Agency, Partnership, Team, User
from accounts.refusals import Refused


def create_agency(
    *,
    partnership: Partnership,
    name: str,
    short_name: str,
    kind: str = "",
    represented_by: Agency | None = None,
    by: User | None,
    at: datetime,
) -> Agency:
    """Add an agency to a partnership and return it (G07).

    `represented_by` is the agency whose managers act for one that has none of its own, such as a nursery.
    Raises Refused for a name that is there already, or a representing agency of another partnership.
    """
    with office(partnership, by):
        if Agency.objects.filter(partnership=partnership, name__iexact=name).exists():
            raise Refused(f"There is an agency called {name} already. Give this one another name.")
        if represented_by is not None and represented_by.partnership_id != partnership.pk:
            raise Refused("Choose an agency of this partnership to act on its behalf.")
        if represented_by is not None and represented_by.represented_by_id is not None:
            raise Refused(f"{represented_by} has no managers of its own either. Choose an agency that has.")
        agency = Agency.objects.create(
            partnership=partnership,
            name=name,
            short_name=short_name,
            kind=kind,
            represented_by=represented_by,
        )
        facts = {
            "partnership": partnership.pk,
            "represented_by": represented_by.pk if represented_by else None,
        }
        record(Verb.AGENCY_CREATED, actor=by_administrator(by), about=agency, facts=facts, at=at)
        return agency


def create_team(*, agency: Agency, name: str, by: User | None, at: datetime) -> Team:
    """Add a team to an agency and return it. Raises Refused for a name that the agency has already."""
    with office(agency.partnership, by):
        if Team.objects.filter(agency=agency, name__iexact=name).exists():
            raise Refused(f"{agency} has a team called {name} already. Give this one another name.")
        team = Team.objects.create(agency=agency, name=name)
        # Who holds a role for the whole agency holds it for the new team too.
        sync(_of_whole_agency(agency), day=day_of(at))
        record(Verb.TEAM_CREATED, actor=by_administrator(by), about=team, facts={"agency": agency.pk}, at=at)
        return team


def _of_whole_agency(agency: Agency) -> list[User]:
    wide = {"agency": agency, "team": None}
    holders = User.objects.filter(**{f"memberships__{key}": value for key, value in wide.items()})
    deputies = User.objects.filter(**{f"covering__membership__{key}": value for key, value in wide.items()})
    return list({person.pk: person for person in (*holders, *deputies)}.values())
