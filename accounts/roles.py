"""The roles a person may hold: a title, one sentence for people, and the guardian permissions each carries.

A role is held through a Membership, for a team, an agency or the whole partnership. Case access never follows from a
role: it follows from taking part in the case (cases.models.Participation).
"""

from dataclasses import dataclass

from django.db.models import TextChoices

from accounts.permissions import Permission


class Role(TextChoices):
    PRACTITIONER = "practitioner", "Practitioner"
    LINE_MANAGER = "line_manager", "Line manager"
    SENIOR_MANAGER = "senior_manager", "Senior manager"
    DESIGNATED_LEAD = "designated_lead", "Designated child protection lead"
    CSWO = "cswo", "Chief Social Work Officer"
    CPC_OFFICER = "cpc_officer", "CPC officer"
    RETHINK_COORDINATOR = "rethink_coordinator", "Re-think coordinator"
    RETHINK_FACILITATOR = "rethink_facilitator", "Re-think facilitator"
    INDEPENDENT_CHAIR = "independent_chair", "Independent chair"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"


@dataclass(frozen=True)
class RoleFacts:
    """What a role is: its sentence, where it is held, and what it carries there."""

    sentence: str
    held_at: str  # "team", "agency" or "partnership": where a membership in this role usually sits
    permissions: tuple[Permission, ...]


ROLES: dict[Role, RoleFacts] = {
    Role.PRACTITIONER: RoleFacts(
        "Works with children or their families and can log a disagreement.",
        "team",
        (Permission.LOG_DISAGREEMENT,),
    ),
    Role.LINE_MANAGER: RoleFacts(
        "Manages a team. Takes its disagreements to the manager in the other agency.",
        "team",
        (Permission.LOG_DISAGREEMENT, Permission.MANAGE_TEAM, Permission.OPEN_IN_EMERGENCY),
    ),
    Role.SENIOR_MANAGER: RoleFacts(
        "Leads a service. Takes what managers could not settle to their opposite number.",
        "agency",
        (Permission.LOG_DISAGREEMENT, Permission.LEAD_AGENCY, Permission.OPEN_IN_EMERGENCY),
    ),
    Role.DESIGNATED_LEAD: RoleFacts(
        "Advises on child protection in the agency and can give an independent view.",
        "agency",
        (Permission.LOG_DISAGREEMENT, Permission.ADVISE, Permission.OPEN_IN_EMERGENCY),
    ),
    Role.CSWO: RoleFacts(
        "Decides what managers could not settle. The determination is final.",
        "partnership",
        (Permission.DETERMINE,),
    ),
    Role.CPC_OFFICER: RoleFacts(
        "Works for the committee: reads the audit reports and receives referrals.",
        "partnership",
        (Permission.VIEW_REPORTS, Permission.RECEIVE_REFERRALS),
    ),
    Role.RETHINK_COORDINATOR: RoleFacts(
        "Takes requests for a Re-think, arranges the meeting and invites people.",
        "partnership",
        (Permission.ARRANGE_RETHINK,),
    ),
    Role.RETHINK_FACILITATOR: RoleFacts(
        "Leads facilitated reflection between professionals, and takes no side.", "partnership", ()
    ),
    Role.INDEPENDENT_CHAIR: RoleFacts(
        "Chairs a resolution meeting without being part of any agency in it.", "partnership", ()
    ),
    Role.AUDITOR: RoleFacts(
        "Checks that the record was not altered and reads the audit reports.",
        "partnership",
        (Permission.VIEW_REPORTS, Permission.VERIFY_TRAIL),
    ),
    Role.ADMINISTRATOR: RoleFacts(
        "Looks after people, teams and roles. Sees nothing of any case.",
        "partnership",
        (Permission.ADMINISTER,),
    ),
}
