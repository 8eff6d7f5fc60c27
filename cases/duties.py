"""What a person still has to do in open cases: it is handed over before they give up a role (accounts.duties)."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from accounts.models import User
from accounts.roles import Role
from cases.models import Deadline, Participation
from cases.models.deadline import Rule
from cases.models.participation import Relation

#: In which role a person stands in each relation to a case.
ROLE_OF: dict[Relation, Role] = {
    Relation.RAISER: Role.PRACTITIONER,
    Relation.COUNTERPART: Role.PRACTITIONER,
    Relation.OWNER: Role.PRACTITIONER,
    Relation.LINE_MANAGER: Role.LINE_MANAGER,
    Relation.SENIOR_MANAGER: Role.SENIOR_MANAGER,
    Relation.DECIDER: Role.CSWO,
    Relation.COMMITTEE: Role.CPC_OFFICER,
    Relation.ADVISER: Role.DESIGNATED_LEAD,
}


def open_duties_of(person: User, role: Role | None) -> list[str]:
    """Return a line for each duty this person has in this role, or in any: its reference and what is due, no more."""
    due = Deadline.objects.open().filter(person=person)
    if role is not None:
        relations = [relation for relation, held in ROLE_OF.items() if held == role]
        part = Participation.objects.live().filter(case=OuterRef("case"), user=person, relation__in=relations)
        due = due.filter(Exists(part))
    rows = due.order_by("due_at", "pk").values_list("case__reference", "rule")
    return [f"{reference}: {Rule(rule).label.lower()}" for reference, rule in rows]
