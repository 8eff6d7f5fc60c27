"""The cast: one partnership with five agencies and a person in each role, and a stranger from another partnership."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from accounts.grants import sync
from accounts.models import Agency, Membership, Partnership, Team, User
from accounts.roles import Role
from cases.actions.opening import NewCase, open_case
from cases.audit import Audit
from cases.calendars import seed_holidays, seed_opening_hours
from cases.models import Case, ProcedureVersion
from cases.procedures.loading import shipped_files
from tests import in_place
from tests.factories import AgencyFactory, PartnershipFactory, TeamFactory, cover, join, member

#: A Tuesday in June, 10:30 in Scotland.
TUESDAY = datetime(2026, 6, 2, 9, 30, tzinfo=UTC)


@dataclass
class Cast:
    """Everybody by the part they play. Health raises, social work answers, unless a test says otherwise."""

    partnership: Partnership
    health: Agency
    social_work: Agency
    education: Agency
    police: Agency
    nursery: Agency
    health_team: Team
    social_work_team: Team
    school_team: Team
    procedure: ProcedureVersion

    nurse: User  # raises
    nurse_manager: User
    health_senior: User
    health_lead: User
    social_worker: User  # counterpart
    social_work_manager: User
    social_work_senior: User
    social_work_lead: User
    teacher: User
    education_manager: User
    education_senior: User
    nursery_worker: User
    police_officer: User
    cswo: User
    cswo_deputy: User
    cpc_officer: User
    auditor: User
    administrator: User
    second_administrator: User
    colleague: User  # same team as the nurse, no part in her cases
    stranger: User  # another partnership


def publish(key: str = "perth-and-kinross-2025") -> ProcedureVersion:
    """Return the published version of a shipped procedure, publishing it once."""
    return in_place.publish(shipped_files()[key].read_text(), name=f"{key}.toml").version


def make_cast() -> Cast:
    """Create the cast."""
    partnership = PartnershipFactory()
    seed_opening_hours(partnership)
    seed_holidays(partnership, 2025, 2028)
    procedure = publish()
    in_place.adopt(partnership, procedure, from_date=date(2025, 1, 1), reason="set up")

    def hire(name: str, role: Role, place: Team | Agency | Partnership, **more: Any) -> User:
        return member(name, role, place, grants=False, **more)

    def agency(name: str, short: str, **more: Any) -> Agency:
        return AgencyFactory(partnership=partnership, name=name, short_name=short, **more)

    health = agency("NHS Strathbracken", "Health")
    social_work = agency("Strathbracken Council Social Work", "Social Work")
    education = agency("Strathbracken Council Education", "Education")
    police = agency("Strathbracken Police", "Police")
    nursery = agency("Little Burn Nursery", "Nursery", represented_by=education)
    health_team = TeamFactory(agency=health, name="Health visiting, north")
    sw_team = TeamFactory(agency=social_work, name="Children and families, north")
    school_team = TeamFactory(agency=education, name="Bracken High School")
    nursery_team = TeamFactory(agency=nursery, name="Nursery staff")
    elsewhere = AgencyFactory(
        partnership=PartnershipFactory(name="Glenfarrow Safeguarding Partnership", slug="glenfarrow"),
        name="Glenfarrow Health",
    )
    cswo = hire("Greta Holm", Role.CSWO, partnership, agency=social_work)
    deputy = hire("Hamish Orr", Role.SENIOR_MANAGER, social_work, job="Head of Service and deputy CSWO")
    cover(Membership.objects.get(user=cswo), deputy)
    Membership.objects.filter(user=deputy).update(
        starts_on=date(2025, 6, 1)
    )  # after the other senior manager
    cast = Cast(
        partnership=partnership,
        health=health,
        social_work=social_work,
        education=education,
        police=police,
        nursery=nursery,
        health_team=health_team,
        social_work_team=sw_team,
        school_team=school_team,
        procedure=procedure,
        nurse=hire("Nadia Reid", Role.PRACTITIONER, health_team, job="Health visitor"),
        nurse_manager=hire("Morag Lunan", Role.LINE_MANAGER, health_team),
        health_senior=hire("Stuart Vane", Role.SENIOR_MANAGER, health),
        health_lead=hire("Leila Baird", Role.DESIGNATED_LEAD, health),
        social_worker=hire("Callum Petrie", Role.PRACTITIONER, sw_team, job="Social worker"),
        social_work_manager=hire("Tara Munro", Role.LINE_MANAGER, sw_team),
        social_work_senior=hire("Victor Shaw", Role.SENIOR_MANAGER, social_work),
        social_work_lead=hire("Ursula Dow", Role.DESIGNATED_LEAD, social_work),
        teacher=hire("Eilidh Kerr", Role.PRACTITIONER, school_team, job="Guidance teacher"),
        education_manager=hire("Fergus Boyd", Role.LINE_MANAGER, school_team),
        education_senior=hire("Ingrid Marr", Role.SENIOR_MANAGER, education),
        nursery_worker=hire("Oona Wylie", Role.PRACTITIONER, nursery_team, job="Nursery practitioner"),
        police_officer=hire("Pavel Rennie", Role.PRACTITIONER, police, job="Detective constable"),
        cswo=cswo,
        cswo_deputy=deputy,
        cpc_officer=hire("Quentin Ross", Role.CPC_OFFICER, partnership, agency=social_work),
        auditor=hire("Yvonne Tait", Role.AUDITOR, partnership, agency=social_work),
        administrator=hire("Anders Blair", Role.ADMINISTRATOR, partnership, agency=social_work),
        second_administrator=hire("Bryony Nairn", Role.ADMINISTRATOR, partnership, agency=health),
        colleague=hire("Kirsty Adair", Role.PRACTITIONER, health_team, job="Health visitor"),
        stranger=hire("Zoe Fallon", Role.PRACTITIONER, elsewhere, job="Nurse"),
    )
    join(cast.health_lead, Role.PRACTITIONER, health_team, grants=False)
    sync()  # the grants of everybody at once
    return cast


def new_case(cast: Cast, **changes: Any) -> NewCase:
    """Return the answers of an ordinary disagreement: a declined referral, urgent within days."""
    answers: dict[str, Any] = {
        "about": "decision",
        "reasons": ["referral_threshold"],
        "subject": "child",
        "subject_reference": "HV-2041",
        "age_band": "5 to 11",
        "what": "The referral of 28 May was declined at screening. I saw the child unfed on three visits.",
        "happened_at": datetime(2026, 5, 29, 14, 0, tzinfo=UTC),
        "consequence": "Without help at home the child is likely to go hungry and miss school again.",
        "urgency": "standard",
        "child_safe": "yes",
        "safety_line": "Grandmother has the child each evening until Sunday; I visit on Thursday.",
        "safety_owner": "Health visitor",
        "safety_until": datetime(2026, 6, 8, 16, 0, tzinfo=UTC),
        "situation": "Child at school today. Grandmother confirmed by telephone at 9am.",
        "counterpart": cast.social_worker,
        "counterpart_team_id": cast.social_work_team.pk,
        "raising_team_id": cast.health_team.pk,
    }
    return NewCase(**answers | changes)


def opened(cast: Cast, *, at: datetime = TUESDAY, by: User | None = None, **changes: Any) -> Case:
    """Return a case opened by the nurse (or somebody else)."""
    return open_case(
        new_case(cast, **changes), by=by or cast.nurse, audit=Audit(at), procedure=cast.procedure
    )
