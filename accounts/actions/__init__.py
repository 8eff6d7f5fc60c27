"""Every write to people, places, roles and deputies. Each is one transaction: the change, the rights that follow from
it, and its event.

`by` is the administrator; None is the service itself, for its own command line. `at` is the instant it is done. Each
raises `accounts.refusals.Refused` with a sentence, having changed nothing.
"""

from accounts.actions.corrections import (
    ask_email_change,
    confirm_email_change,
    correct_person,
    decline_email_change,
)
from accounts.actions.covers import end_deputy, name_deputy
from accounts.actions.moves import left_by_moving, move_person
from accounts.actions.people import (
    accept_invitation,
    add_person,
    deactivate_person,
    invite,
    reactivate_person,
)
from accounts.actions.places import create_agency, create_team
from accounts.actions.requests import confirm_role, decline_role, request_role
from accounts.actions.roles import end_role, grant_role, hand_over_role, left_behind
from accounts.actions.staff_lists import confirm_staff_list, decline_staff_list, propose_staff_list

__all__ = [
    "accept_invitation",
    "add_person",
    "ask_email_change",
    "confirm_email_change",
    "confirm_role",
    "confirm_staff_list",
    "correct_person",
    "create_agency",
    "create_team",
    "deactivate_person",
    "decline_email_change",
    "decline_role",
    "decline_staff_list",
    "end_deputy",
    "end_role",
    "grant_role",
    "hand_over_role",
    "invite",
    "left_behind",
    "left_by_moving",
    "move_person",
    "name_deputy",
    "propose_staff_list",
    "reactivate_person",
    "request_role",
]
