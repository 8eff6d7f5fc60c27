"""The names of the permissions that guardian grants on agencies, teams and partnerships (`accounts.grants`)."""

from enum import StrEnum


class Permission(StrEnum):
    """Codenames. Each is declared on the model whose objects it is granted on (Meta.permissions)."""

    LOG_DISAGREEMENT = "log_disagreement"  # on an Agency
    MANAGE_TEAM = "manage_team"  # on a Team
    LEAD_AGENCY = "lead_agency"  # on an Agency
    ADVISE = "advise"  # on an Agency
    OPEN_IN_EMERGENCY = "open_in_emergency"  # on an Agency
    DETERMINE = "determine"  # on a Partnership
    VIEW_REPORTS = "view_reports"  # on a Partnership
    RECEIVE_REFERRALS = "receive_referrals"  # on a Partnership
    ARRANGE_RETHINK = "arrange_rethink"  # on a Partnership
    VERIFY_TRAIL = "verify_trail"  # on a Partnership
    ADMINISTER = "administer"  # on a Partnership
