"""The partnership of the generated cases: ten agencies of one pattern, so that any two of them can disagree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from accounts.audit import THE_SERVICE
from accounts.grants import sync
from accounts.models import Agency, Membership, Partnership, Team, User
from accounts.roles import Role
from cases.calendars import seed_holidays, seed_opening_hours
from cases.demo.people import CONTACTS, PROCEDURE, Demo
from cases.models import ProcedureVersion
from cases.procedures import publishing
from cases.procedures.loading import shipped_files
from escalation.clock import now

SLUG = "measured"
#: Cases reach two years back, and people must have held their roles for as long.
YEARS_BACK = 3
TEAMS, PRACTITIONERS = ("North", "South"), 4
#: Name, short name, kind.
AGENCIES = [
    ("Eastmoor Council Social Work", "Social Work", "council"),
    ("NHS Eastmoor", "Health", "health board"),
    ("Eastmoor Council Education", "Education", "council"),
    ("Eastmoor Police", "Police", "police"),
    ("Eastmoor Council Housing", "Housing", "council"),
    ("Eastmoor Midwifery Trust", "Midwifery", "health board"),
    ("Harbour Light Families", "Harbour Light", "charity"),
    ("Fernside Early Years", "Fernside", "nursery"),
    ("Eastmoor Youth Justice", "Youth Justice", "council"),
    ("Eastmoor Recovery Service", "Recovery", "charity"),
]


def _names(text: str) -> list[str]:
    return text.split()


FIRST = _names(
    "Abel Bryony Calder Dilys Edric Fenella Gavin Hester Ivor Jessamy Kester Lorna Merrick Niamh Osric Petra "
    "Quillan Rhona Silas Tabitha Ulric Verity Wystan Yseult"
)
LAST = _names(
    "Ashgrove Birkmyre Coldwell Dunmarle Esslow Farnham-Vey Greystoke Hartsop Inverarl Jessop Kilmarron Lathbury "
    "Marchbank Netherfold Ormsay Pettifer Quarrier Ravelston Skelmorl Thornhope Ulverden Wetherlam Yarrowby"
)


@dataclass(frozen=True)
class Staff:
    """The people of one agency, by their keys."""

    agency: int
    teams: tuple[int, ...]
    practitioners: tuple[int, ...]  # one after the other in the first team, the second, the first ...
    line_manager: int
    senior_manager: int
    lead: int

    def team_of(self, practitioner: int) -> int:
        """Return the team of a practitioner."""
        return self.teams[self.practitioners.index(practitioner) % len(self.teams)]


@dataclass(frozen=True)
class Place:
    """The partnership and everybody in it."""

    partnership: Partnership
    procedure: ProcedureVersion
    staff: tuple[Staff, ...]
    cswo: int
    officer: int

    def demo(self, raising: int = 1, receiving: int = 2) -> Demo:
        """Return the first practitioners of two agencies and those above them, for playing a course.

        Neither is the agency that employs the CSWO, so that each agency in a played case can be told apart.
        """
        people = User.objects.select_related("agency__partnership").in_bulk()
        teams = Team.objects.in_bulk()
        demo = Demo(self.partnership, self.procedure)
        for letter, staff in (("a", self.staff[raising]), ("b", self.staff[receiving])):
            keys = (staff.practitioners[0], staff.line_manager, staff.senior_manager, staff.lead)
            for key, pk in zip(("worker", "manager", "senior", "lead"), keys, strict=True):
                demo.people[f"{key}_{letter}"] = people[pk]
                demo.team_of[f"{key}_{letter}"] = teams[staff.teams[0]] if key == "worker" else None
        demo.people |= {"cswo": people[self.cswo], "officer": people[self.officer]}
        return demo


def place(today: date) -> Place:
    """Return the partnership with its people, made at the first call."""
    found = Partnership.objects.filter(slug=SLUG).first()
    partnership = found or _make(today)
    procedure = publishing.current_for(partnership, today)
    held = list(Membership.objects.filter(partnership=partnership).order_by("pk"))

    def of(role: Role, agency: int | None) -> list[int]:
        return list(dict.fromkeys(m.user_id for m in held if m.role == role and m.agency_id == agency))

    teams: dict[int, list[int]] = {}
    for team in Team.objects.filter(agency__partnership=partnership).order_by("pk"):
        teams.setdefault(team.agency_id, []).append(team.pk)
    staff = tuple(
        Staff(
            agency.pk,
            tuple(teams[agency.pk]),
            tuple(of(Role.PRACTITIONER, agency.pk)),
            of(Role.LINE_MANAGER, agency.pk)[0],
            of(Role.SENIOR_MANAGER, agency.pk)[0],
            of(Role.DESIGNATED_LEAD, agency.pk)[0],
        )
        for agency in Agency.objects.filter(partnership=partnership).order_by("pk")
    )
    return Place(partnership, procedure, staff, of(Role.CSWO, None)[0], of(Role.CPC_OFFICER, None)[0])


def _make(today: date) -> Partnership:
    since = date(today.year - YEARS_BACK, 1, 1)
    partnership = Partnership.objects.create(
        name="Eastmoor Child Protection Committee", slug=SLUG, division="SCT", emergency_contacts=CONTACTS
    )
    seed_opening_hours(partnership)
    seed_holidays(partnership, since.year, today.year + 2)
    text, at = shipped_files()[PROCEDURE].read_text(), now()
    published = publishing.publish(text, name=f"{PROCEDURE}.toml", by=THE_SERVICE, at=at).version
    publishing.adopt(
        partnership, published, from_date=since, reason="Adopted for measuring", by=THE_SERVICE, at=at
    )
    people: list[User] = []

    def add(job: str, role: Role, agency: Agency, *teams: Team, wide: bool = False) -> None:
        n = len(people)
        # 24 first names and 23 last ones share no divisor, so that no two people have one name.
        name = f"{FIRST[n % len(FIRST)]} {LAST[n % len(LAST)]}"
        email = f"{name.lower().replace(' ', '.')}@eastmoor.example"
        people.append(User.objects.create_user(email, name, job_title=job, agency=agency))
        for team in teams or (None,):
            Membership.objects.create(
                user=people[-1],
                role=role,
                partnership=partnership,
                agency=None if wide else agency,
                team=team,
                starts_on=since,
            )

    for name, short, kind in AGENCIES:
        agency = Agency.objects.create(partnership=partnership, name=name, short_name=short, kind=kind)
        teams = [Team.objects.create(agency=agency, name=f"{short}, {where.lower()}") for where in TEAMS]
        for n in range(PRACTITIONERS):
            add(f"Practitioner, {short}", Role.PRACTITIONER, agency, teams[n % len(teams)])
        add(f"Team manager, {short}", Role.LINE_MANAGER, agency, *teams)
        add(f"Service manager, {short}", Role.SENIOR_MANAGER, agency)
        add(f"Child protection lead, {short}", Role.DESIGNATED_LEAD, agency)
    first = Agency.objects.filter(partnership=partnership).earliest("pk")
    add("Chief Social Work Officer", Role.CSWO, first, wide=True)
    add("Committee lead officer", Role.CPC_OFFICER, first, wide=True)
    add("Internal auditor", Role.AUDITOR, first, wide=True)
    add("Systems administrator", Role.ADMINISTRATOR, first, wide=True)
    sync(people)
    partnership.refresh_from_db()
    return partnership
