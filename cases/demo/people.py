"""The fictional partnership of the demonstration, with a person in every role. No name, number or place is real."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from accounts.audit import THE_SERVICE
from accounts.grants import sync
from accounts.models import Agency, Cover, Membership, Partnership, Team, User
from accounts.roles import Role
from cases.calendars import seed_holidays, seed_opening_hours
from cases.models import ProcedureVersion
from cases.procedures import publishing
from cases.procedures.loading import shipped_files
from escalation.clock import now

SLUG = "glenalder"
PROCEDURE = "perth-and-kinross-2025"
#: Numbers of the range that is kept free for drama and demonstrations.
CONTACTS = [
    {"label": "Emergency", "number": "999"},
    {"label": "Glenalder child protection and duty team, day and night", "number": "01632 960476"},
    {"label": "Police, not an emergency", "number": "101"},
]
#: key: (name, short name, kind, who acts on its behalf)
AGENCIES: dict[str, tuple[str, str, str, str]] = {
    "health": ("NHS Glenalder", "Health", "health board", ""),
    "social_work": ("Glenalder Council Social Work", "Social Work", "council", ""),
    "education": ("Glenalder Council Education", "Education", "council", ""),
    "police": ("Glenalder Police", "Police", "police", ""),
    "charity": ("Lantern House Families", "Lantern House", "charity", ""),
    "nursery": ("Acorn Steps Nursery", "Acorn Steps", "nursery", "education"),
}
TEAMS: dict[str, tuple[str, str]] = {
    "health_visiting": ("health", "Health visiting, Alderbank"),
    "midwifery": ("health", "Community midwifery"),
    "assessment": ("social_work", "Children and families: assessment"),
    "throughcare": ("social_work", "Children and families: long-term"),
    "school": ("education", "Alderbank High School"),
    "public_protection": ("police", "Public protection unit"),
    "family_support": ("charity", "Family support"),
    "nursery_room": ("nursery", "Nursery team"),
}
#: key: (name, job, role, place). A place is a team, an agency, or "*" for the partnership (then with the employer).
PEOPLE: dict[str, tuple[str, str, Role, str]] = {
    "rowan": ("Rowan Ferrier", "Health visitor", Role.PRACTITIONER, "health_visiting"),
    "mirren": ("Mirren Tolmie", "Health visiting team leader", Role.LINE_MANAGER, "health_visiting"),
    "isla": ("Isla Garrow", "Community midwife", Role.PRACTITIONER, "midwifery"),
    "bryce": ("Bryce Henshaw", "Midwifery team leader", Role.LINE_MANAGER, "midwifery"),
    "catriona": ("Catriona Velde", "Head of children's health", Role.SENIOR_MANAGER, "health"),
    "lorne": ("Lorne Pascoe", "Child protection nurse adviser", Role.DESIGNATED_LEAD, "health"),
    "duncan": ("Duncan Airdale", "Social worker", Role.PRACTITIONER, "assessment"),
    "sheena": ("Sheena Marlowe", "Team leader, assessment", Role.LINE_MANAGER, "assessment"),
    "tamsin": ("Tamsin Orrick", "Social worker", Role.PRACTITIONER, "throughcare"),
    "euan": ("Euan Selkirk-Hale", "Team leader, long-term", Role.LINE_MANAGER, "throughcare"),
    "alastair": (
        "Alastair Quill",
        "Service manager, children and families",
        Role.SENIOR_MANAGER,
        "social_work",
    ),
    "nora": ("Nora Whitlaw", "Child protection adviser", Role.DESIGNATED_LEAD, "social_work"),
    "fraser": ("Fraser Lindqvist", "Guidance teacher", Role.PRACTITIONER, "school"),
    "una": ("Una Drummore", "Depute head teacher", Role.LINE_MANAGER, "school"),
    "gordon": ("Gordon Achter", "Head of education services", Role.SENIOR_MANAGER, "education"),
    "priya": ("Priya Kinnaird", "Child protection lead, education", Role.DESIGNATED_LEAD, "education"),
    "craig": ("Craig Sundby", "Detective constable", Role.PRACTITIONER, "public_protection"),
    "hazel": ("Hazel Brannoch", "Detective sergeant", Role.LINE_MANAGER, "public_protection"),
    "magnus": ("Magnus Thrale", "Detective chief inspector", Role.SENIOR_MANAGER, "police"),
    "ailsa": ("Ailsa Corrie", "Family support worker", Role.PRACTITIONER, "family_support"),
    "benedict": ("Benedict Strang", "Service co-ordinator", Role.LINE_MANAGER, "family_support"),
    "wilma": ("Wilma Dacre", "Director", Role.SENIOR_MANAGER, "charity"),
    "jodie": ("Jodie Fenwick-Ross", "Early years practitioner", Role.PRACTITIONER, "nursery_room"),
    "helena": ("Helena Muirfield", "Chief Social Work Officer", Role.CSWO, "*social_work"),
    "torquil": ("Torquil Baines", "Head of service, deputy CSWO", Role.SENIOR_MANAGER, "*social_work"),
    "sorcha": ("Sorcha Ellwood", "Child Protection Committee lead officer", Role.CPC_OFFICER, "*social_work"),
    "rhona": ("Rhona Whistle", "Partnership co-ordinator", Role.RETHINK_COORDINATOR, "*education"),
    "lewis": ("Lewis Carnegy", "Restorative practice lead", Role.RETHINK_FACILITATOR, "*charity"),
    "victor": ("Victor Hallam", "Internal auditor", Role.AUDITOR, "*social_work"),
    "ada": ("Ada Pentland", "Systems administrator", Role.ADMINISTRATOR, "*social_work"),
}


@dataclass
class Demo:
    """The partnership of the demonstration and everything in it, by key."""

    partnership: Partnership
    procedure: ProcedureVersion
    agencies: dict[str, Agency] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    team_of: dict[str, Team | None] = field(default_factory=dict)

    def __getattr__(self, key: str) -> User:
        """Return a person by key."""
        people: dict[str, User] = self.__dict__.get("people", {})
        if key not in people:
            raise AttributeError(key)
        return people[key]


def make_people(today: date) -> Demo:
    """Create the partnership, its agencies, teams and people, and let it adopt its procedure."""
    since = today - timedelta(days=400)
    partnership = Partnership.objects.create(
        name="Glenalder Child Protection Committee", slug=SLUG, division="SCT", emergency_contacts=CONTACTS
    )
    seed_opening_hours(partnership)
    seed_holidays(partnership, today.year - 1, today.year + 2)
    partnership.refresh_from_db()
    text, at = shipped_files()[PROCEDURE].read_text(), now()
    procedure = publishing.publish(text, name=f"{PROCEDURE}.toml", by=THE_SERVICE, at=at).version
    publishing.adopt(
        partnership, procedure, from_date=since, reason="Adopted for the demonstration", by=THE_SERVICE, at=at
    )
    demo = Demo(partnership, procedure)
    for key, (name, short, kind, acts_for) in AGENCIES.items():
        demo.agencies[key] = Agency.objects.create(
            partnership=partnership,
            name=name,
            short_name=short,
            kind=kind,
            represented_by=demo.agencies.get(acts_for),
        )
    for key, (agency, name) in TEAMS.items():
        demo.teams[key] = Team.objects.create(agency=demo.agencies[agency], name=name)
    for key, (name, job, role, place) in PEOPLE.items():
        _add(demo, key, name, job, role, place, since)
    cswo = Membership.objects.get(user=demo.helena)
    Cover.objects.create(
        membership=cswo, deputy=demo.torquil, starts_on=since, reason="Named deputy", granted_by=demo.ada
    )
    for person in demo.people.values():
        sync(person)
    return demo


def _add(demo: Demo, key: str, name: str, job: str, role: Role, place: str, since: date) -> None:
    team = demo.teams.get(place)
    wide = place.startswith("*")
    agency = team.agency if team else demo.agencies[place.lstrip("*")]
    email = name.lower().replace(" ", ".").replace("'", "") + "@glenalder.example"
    user = User.objects.create_user(email, name, job_title=job, agency=agency)
    # The deputy CSWO leads a service; the others with a star hold their role for the whole partnership.
    everywhere = wide and role != Role.SENIOR_MANAGER
    Membership.objects.create(
        user=user,
        role=role,
        partnership=demo.partnership,
        agency=None if everywhere else agency,
        team=team,
        starts_on=since + timedelta(days=30) if wide else since,
    )
    demo.people[key] = user
    demo.team_of[key] = team
