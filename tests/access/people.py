"""Every kind of person in the access tables: who they are, and what they have that gives them nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Permission as StoredPermission
from django.contrib.contenttypes.models import ContentType

from accounts.models import Membership, User
from accounts.roles import Role
from cases import glass
from cases.models import Case, Participation
from cases.models.participation import Relation, Side
from tests.cast import TUESDAY, Cast
from tests.factories import UserFactory, cover, member

#: Each name of the tables, and who it is. Those without a part in the case come last.
PEOPLE = {
    "raiser": "the health visitor who raised it",
    "raiser_deputy": "covers the health visitor today",
    "counterpart": "the social worker on the other side",
    "line": "the health visitor's line manager",
    "line_deputy": "covers that manager today",
    "line_other": "the social worker's line manager",
    "senior": "the senior manager of health",
    "senior_other": "the senior manager of social work",
    "cswo": "the Chief Social Work Officer",
    "cswo_deputy": "her deputy, also a senior manager of social work",
    "lead": "the designated lead of health, once asked",
    "officer": "the committee's officer, once it was referred",
    "owner": "a police officer who carries out an agreed action",
    "former": "took part on the raising side until yesterday",
    "former_deputy": "covered the health visitor until yesterday",
    "leaver": "stands on the raising side still, but was deactivated",
    "colleague": "same team and role as the health visitor, no part in it",
    "team_manager": "another line manager of the same team",
    "lead_other": "the designated lead of social work, never asked",
    "teacher": "a practitioner of a third agency",
    "third_senior": "the senior manager of a third agency",
    "nursery": "a practitioner of an agency without managers",
    "facilitator": "a Re-think facilitator of the partnership",
    "coordinator": "a Re-think coordinator of the partnership",
    "chair": "an independent chair of the partnership",
    "auditor": "the auditor",
    "administrator": "an administrator",
    "superuser": "a practitioner with Django's superuser and staff flags set behind everybody's back",
    "holder_of_all": "a practitioner with every model-wide permission",
    "reader": "a designated lead of health who opened the case in an emergency",
    "stranger": "a practitioner of another partnership",
    "foreign_administrator": "an administrator of another partnership",
    "nobody": "somebody of the partnership without any role",
}
#: Who stands on a side, when they are in the case at all.
SIDED = frozenset(
    {
        "raiser",
        "raiser_deputy",
        "counterpart",
        "line",
        "line_deputy",
        "line_other",
        "senior",
        "senior_other",
        "owner",
    }
)


def crowd(cast: Cast, day: date) -> dict[str, User]:
    """Return everybody by name as they are on a day, before any case gives them anything."""
    found = dict(_of_the_cast(cast))
    found["raiser_deputy"] = _covering(cast, "Deirdre Moir", cast.nurse)
    found["line_deputy"] = _covering(cast, "Lorna Beck", cast.nurse_manager)
    found["former_deputy"] = _covering(cast, "Hector Laing", cast.nurse, ends_on=day - timedelta(days=1))
    found["former"] = hire("Freya Innes", Role.LINE_MANAGER, cast.school_team)
    found["leaver"] = hire("Gregor Lyle", Role.PRACTITIONER, cast.health_team)
    found["leaver"].is_active = False
    found["leaver"].save()
    found["team_manager"] = hire(
        "Morven Sillars", Role.LINE_MANAGER, cast.health_team, starts_on=date(2025, 1, 1)
    )
    found["facilitator"] = hire("Ronan Swift", Role.RETHINK_FACILITATOR, cast.partnership, cast.police)
    found["coordinator"] = hire("Senga Orr", Role.RETHINK_COORDINATOR, cast.partnership, cast.police)
    found["chair"] = hire("Tavish Row", Role.INDEPENDENT_CHAIR, cast.partnership, cast.police)
    found["superuser"] = hire("Ulla Marr", Role.PRACTITIONER, cast.health_team)
    User.objects.filter(pk=found["superuser"].pk).update(is_superuser=True)
    found["holder_of_all"] = hire("Vera Lund", Role.PRACTITIONER, cast.health_team)
    found["holder_of_all"].user_permissions.set(StoredPermission.objects.all())
    found["reader"] = hire("Wilma Rae", Role.DESIGNATED_LEAD, cast.health, starts_on=date(2025, 1, 1))
    elsewhere = cast.stranger.agency
    found["foreign_administrator"] = hire("Otto Blane", Role.ADMINISTRATOR, elsewhere.partnership, elsewhere)
    found["nobody"] = UserFactory(full_name="Yusuf Noll", agency=cast.health)
    assert found.keys() == PEOPLE.keys()
    ContentType.objects.clear_cache()
    return {
        name: User.objects.select_related("agency__partnership").get(pk=u.pk) for name, u in found.items()
    }


def take_their_places(found: dict[str, User], case: Case, at: datetime) -> None:
    """Give those people their place in a case whom the case itself gives none: past, gone, or for an hour."""
    _part(case, found["former"], ended_at=at)
    _part(case, found["leaver"])
    glass.open_case(case.reference, by=found["reader"], reason="The duty team asks about tonight.", at=at)


def _of_the_cast(cast: Cast) -> dict[str, User]:
    return {
        "raiser": cast.nurse,
        "counterpart": cast.social_worker,
        "line": cast.nurse_manager,
        "line_other": cast.social_work_manager,
        "senior": cast.health_senior,
        "senior_other": cast.social_work_senior,
        "cswo": cast.cswo,
        "cswo_deputy": cast.cswo_deputy,
        "lead": cast.health_lead,
        "officer": cast.cpc_officer,
        "owner": cast.police_officer,
        "colleague": cast.colleague,
        "lead_other": cast.social_work_lead,
        "teacher": cast.teacher,
        "third_senior": cast.education_senior,
        "nursery": cast.nursery_worker,
        "auditor": cast.auditor,
        "administrator": cast.administrator,
        "stranger": cast.stranger,
    }


def hire(name: str, role: Role, place: Any, agency: Any = None, **dates: Any) -> User:
    """Return a new person with a role."""
    return member(name, role, place, agency=agency, **dates)


def _covering(cast: Cast, name: str, person: User, **dates: Any) -> User:
    deputy = hire(name, Role.PRACTITIONER, cast.health_team)
    cover(Membership.objects.filter(user=person).order_by("pk")[0], deputy, **dates)
    return deputy


def _part(case: Case, person: User, **more: Any) -> None:
    Participation.of(
        case,
        user=person,
        agency_id=person.agency_id,
        relation=Relation.LINE_MANAGER,
        side=Side.RAISING,
        started_at=TUESDAY,
        **more,
    ).save()
