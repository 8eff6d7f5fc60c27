"""Who hears of what: one row for each verb of the trail, and the kinds of message a lapsing timescale makes.

Beside these rows, whoever gets a duty by a change is told of it. The person who acts is never told of their own act,
and nobody outside the ladder hears anything (G33).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cases.audit import Verb
from notifications.models import Kind


class To(StrEnum):
    """To whom, by their place in the case; `recipients` finds the people."""

    RAISER = "raiser"
    COUNTERPART = "counterpart"
    OPPOSITE = "opposite"  # the manager on the other side of this stage
    HOLDER = "holder"  # and whoever may act beside the holder since a timescale lapsed
    FEEDBACK = "feedback"  # whom the stage that was left names for feedback, on the raising side (G21)
    MANAGERS = "managers"  # line and senior managers who take part, on either side
    ON_DUTY = "on_duty"  # everybody with something due (G21)
    ASKER = "asker"  # who asked this lead for advice
    EVERYBODY = "everybody"  # who takes part
    REVIEWER = "reviewer"  # who is asked to look into an emergency access


@dataclass(frozen=True)
class Tell:
    """One kind of message to some people; `only_if` names a fact of the event that must be true."""

    kind: Kind
    to: tuple[To, ...]
    only_if: str = ""


_PARTIES = (To.RAISER, To.COUNTERPART)
_NEWS = (Tell(Kind.UPDATED, (To.ON_DUTY, To.HOLDER), only_if="shared"),)
_PACE = (Tell(Kind.CHANGED, (To.ON_DUTY, To.HOLDER)),)
_DATES = (Tell(Kind.DATE_MOVED, (*_PARTIES, To.OPPOSITE, To.ON_DUTY)),)
_UP = (Tell(Kind.MOVED, (*_PARTIES, To.FEEDBACK)),)
_SETTLED = (Tell(Kind.SETTLED, (*_PARTIES, To.MANAGERS)),)
_CHECKED = (Tell(Kind.REOPENED, _PARTIES, only_if="reopened"), Tell(Kind.UPDATED, (To.HOLDER,)))

#: Empty: nobody is told, except of a duty that it makes. The first row that names a person counts for them.
RULES: dict[Verb, tuple[Tell, ...]] = {
    Verb.OPENED: (),  # the counterpart has to answer, and so hears of it
    Verb.CONTACT_RECORDED: (),
    Verb.MEETING_RECORDED: (Tell(Kind.UPDATED, (To.HOLDER,)),),
    Verb.POSITION_RECORDED: (Tell(Kind.UPDATED, (To.HOLDER,)),),
    Verb.COMMON_GROUND_RECORDED: (),
    Verb.UPDATED: _NEWS,
    Verb.CORRECTED: _NEWS,
    Verb.TEXT_ERASED: (),  # nobody is told by mail: the case says so to whoever opens it
    Verb.SAFETY_LINE_SET: _PACE,
    Verb.URGENCY_CHANGED: _PACE,
    Verb.HORIZON_CHANGED: _PACE,
    Verb.EXTENDED: _DATES,
    Verb.PAUSED: _DATES,
    Verb.RESUMED: _DATES,
    Verb.DATES_MOVED: (),  # whoever has a date that moved is told of it: see planning.on_moves
    Verb.ADVICE_ASKED: (),
    Verb.ADVICE_GIVEN: (Tell(Kind.ADVICE_GIVEN, (To.ASKER,)),),
    Verb.INTENTION_NOTIFIED: (Tell(Kind.NOTICE_GIVEN, (To.COUNTERPART, To.OPPOSITE)),),
    Verb.ESCALATED: (*_UP, Tell(Kind.MOVED, (To.MANAGERS,), only_if="silence")),
    Verb.SKIPPED: _UP,
    Verb.ACCEPTED: (Tell(Kind.ACCEPTED, (To.RAISER,)),),
    Verb.SUPPORTED: _UP,
    Verb.DECLINED: (Tell(Kind.DECLINED, (To.RAISER,)),),
    Verb.NEW_FACTS_GIVEN: (),
    Verb.VIEW_ASKED: (),
    Verb.VIEW_SUPPORTS: (Tell(Kind.VIEW_GIVEN, (To.RAISER,)),),
    Verb.VIEW_DOES_NOT_SUPPORT: (Tell(Kind.VIEW_GIVEN, (To.RAISER,)),),
    Verb.AGREED: _SETTLED,
    Verb.AGREED_TO_DIFFER: _SETTLED,
    Verb.DETERMINED: _SETTLED,
    Verb.REFERRED: (Tell(Kind.MOVED, (*_PARTIES, To.MANAGERS)),),
    Verb.COMMITTEE_DECIDED: _SETTLED,
    Verb.WITHDRAWN: (Tell(Kind.ENDED, (To.EVERYBODY,)),),
    Verb.DIVERTED: (Tell(Kind.ENDED, (To.EVERYBODY,)),),
    Verb.FEEDBACK_ACKNOWLEDGED: (Tell(Kind.UPDATED, (To.HOLDER,), only_if="entries"),),  # with an answer
    Verb.ACTION_REPORTED: (Tell(Kind.UPDATED, (To.HOLDER,)),),
    Verb.DUTY_DONE: (Tell(Kind.UPDATED, (To.HOLDER,)),),
    Verb.CHECKED_UNDERSTOOD: _CHECKED,
    Verb.CHECKED_DONE: _CHECKED,
    Verb.REOPENED: (Tell(Kind.REOPENED, _PARTIES),),
    Verb.CLOSED: (Tell(Kind.ENDED, (*_PARTIES, To.MANAGERS)),),
    Verb.RETHINK_ASKED: (),  # the Re-think has its own people (notifications.beside)
    Verb.MEETING_CONVENED: (),  # invitations go out: notifications.beside
    Verb.MEETING_CALLED_OFF: (Tell(Kind.UPDATED, (To.ON_DUTY, To.HOLDER)),),
    Verb.CHAIRED_MEETING_HELD: (Tell(Kind.UPDATED, (*_PARTIES, To.MANAGERS)),),
    Verb.HANDED_OVER: (Tell(Kind.UPDATED, (To.EVERYBODY,)),),
    Verb.GLASS_BROKEN: (Tell(Kind.GLASS, (To.EVERYBODY,)), Tell(Kind.GLASS_REVIEW, (To.REVIEWER,))),
    Verb.GLASS_REVIEWED: (Tell(Kind.UPDATED, (To.EVERYBODY,)),),
    Verb.LAPSED: (),  # reminders follow the procedure's own table: see reminder_kind
}


def reminder_kind(when: str, *, stands_in: bool) -> Kind:
    """Return the kind of a reminder by its row; `stands_in` says that the duty passed to the person just now."""
    if stands_in:
        return Kind.PASSED_ON
    return {"before": Kind.REMINDER, "at": Kind.LAPSED, "after": Kind.OVERDUE}[when]
