"""The nouns of the product, one a file."""

from cases.models.action import Action, CheckBack, Referral
from cases.models.calendar import ClosedDay, OpeningHours
from cases.models.case import Case, Stage
from cases.models.deadline import Deadline, Heartbeat
from cases.models.draft import Diversion, Draft
from cases.models.entry import Entry
from cases.models.participation import Participation
from cases.models.procedure import Adoption, LocalSetting, ProcedureVersion

__all__ = [
    "Action",
    "Adoption",
    "Case",
    "CheckBack",
    "ClosedDay",
    "Deadline",
    "Diversion",
    "Draft",
    "Entry",
    "Heartbeat",
    "LocalSetting",
    "OpeningHours",
    "Participation",
    "ProcedureVersion",
    "Referral",
    "Stage",
]
