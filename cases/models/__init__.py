"""The nouns of the product, one a file."""

from cases.models.action import Action, CheckBack, Referral
from cases.models.calendar import ClosedDay, OpeningHours
from cases.models.case import Case, Stage
from cases.models.chaired import ChairedMeeting
from cases.models.concern import AgencyConcern, ConcernNote
from cases.models.deadline import Deadline, Heartbeat
from cases.models.draft import Diversion, Draft
from cases.models.entry import Entry
from cases.models.facts import CaseFacts, FactsDue, StageFacts
from cases.models.gathering import Invitation
from cases.models.glass import BreakGlass
from cases.models.keeping import LegalHold, Removal, RemovalRequest, RetentionRule
from cases.models.learning import LearningItem, Recognition, ReflectiveAccount
from cases.models.leeway import Extension, MovedDate, Pause, Reprojection
from cases.models.paper import DisclosureSetting, Paper, PaperRun
from cases.models.participation import Participation
from cases.models.procedure import Adoption, LocalSetting, ProcedureVersion, RuleNote
from cases.models.record import RecordExport, ReviewRequest
from cases.models.rethink import Rethink, RethinkAction, RethinkNote
from cases.models.saved_search import SavedSearch

__all__ = [
    "Action",
    "Adoption",
    "AgencyConcern",
    "BreakGlass",
    "Case",
    "CaseFacts",
    "ChairedMeeting",
    "CheckBack",
    "ClosedDay",
    "ConcernNote",
    "Deadline",
    "DisclosureSetting",
    "Diversion",
    "Draft",
    "Entry",
    "Extension",
    "FactsDue",
    "Heartbeat",
    "Invitation",
    "LearningItem",
    "LegalHold",
    "LocalSetting",
    "MovedDate",
    "OpeningHours",
    "Paper",
    "PaperRun",
    "Participation",
    "Pause",
    "ProcedureVersion",
    "Recognition",
    "RecordExport",
    "Referral",
    "ReflectiveAccount",
    "Removal",
    "RemovalRequest",
    "Reprojection",
    "RetentionRule",
    "Rethink",
    "RethinkAction",
    "RethinkNote",
    "ReviewRequest",
    "RuleNote",
    "SavedSearch",
    "Stage",
    "StageFacts",
]
