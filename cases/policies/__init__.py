"""May this person do this to this case now, and if not, why not.

Each rule takes a Look, returns nothing and raises NotAllowed (never you) or NotNow (not at present) with one plain
sentence. `can(rule, look)` is its boolean twin: it draws the button, while the rule itself guards the door inside the
locked transaction. An unexpected error in a rule means no.
"""

from cases.policies.asking import Rule, accepted, can, holds_it, in_dispute, not_refused, takes_part
from cases.policies.climbing import escalate, notify_intention, skip
from cases.policies.following import (
    acknowledge,
    after_settling,
    check_back,
    close,
    do_duty,
    reopen,
    report_action,
)
from cases.policies.managing import (
    accept,
    answer_refusal,
    answer_refusal_by,
    decline,
    give_independent_view,
    give_manager_view,
)
from cases.policies.pace import change_pace, extend, pause, resume, set_safety_line
from cases.policies.settling import (
    agree,
    agree_to_differ,
    convene,
    decide_for_committee,
    determine,
    divert,
    free_to_decide,
    record_meeting,
    refer,
    withdraw,
)
from cases.policies.talking import (
    add_to_record,
    ask_advice,
    ask_rethink,
    correct,
    give_advice,
    give_position,
    give_update,
    set_common_ground,
)

__all__ = [
    "Rule",
    "accept",
    "accepted",
    "acknowledge",
    "add_to_record",
    "after_settling",
    "agree",
    "agree_to_differ",
    "answer_refusal",
    "answer_refusal_by",
    "ask_advice",
    "ask_rethink",
    "can",
    "change_pace",
    "check_back",
    "close",
    "convene",
    "correct",
    "decide_for_committee",
    "decline",
    "determine",
    "divert",
    "do_duty",
    "escalate",
    "extend",
    "free_to_decide",
    "give_advice",
    "give_independent_view",
    "give_manager_view",
    "give_position",
    "give_update",
    "holds_it",
    "in_dispute",
    "not_refused",
    "notify_intention",
    "pause",
    "record_meeting",
    "refer",
    "reopen",
    "report_action",
    "resume",
    "set_common_ground",
    "set_safety_line",
    "skip",
    "takes_part",
    "withdraw",
]
