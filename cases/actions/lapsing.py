"""Silence that moves the case itself, where the procedure says `on_silence = "raise"` (X5).

Not by the door: nobody asks for it, so there is no person whose right could be checked. The sweep holds the lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.directory import Directory
from accounts.models import User
from accounts.standing import with_standing
from cases.access import Look
from cases.actions.change import Change
from cases.actions.rungs import OF_THE_STAGE, end_duties, enter_rung
from cases.audit import Audit, Verb
from cases.holders import Pair, pair_for
from cases.models import Case, Deadline, Participation
from cases.models.case import Outcome
from cases.refusals import NotNow
from escalation.trail.writing import SERVICE, Actor


@dataclass(frozen=True)
class Rise:
    """A case that is to go up because nobody answered: from whom, to which rung, and who acts there."""

    case_id: int
    person_id: int
    target: str
    pair: Pair


class ClockLook(Look):
    """The look of the holder whose time is up; in the trail the service itself acts."""

    def actor(self, part: Participation) -> Actor:
        return SERVICE


def rise_of(duty: Deadline, people: Directory, at: datetime) -> Rise | None:
    """Return where a case goes because the holder's duty lapsed; None where silence moves the duty only.

    None also at the top, and when the directory knows nobody free to act there: then the duty passes on instead.
    """
    case = duty.case
    if not case.in_dispute or case.definition.rung(case.rung_key).on_silence != "raise":
        return None
    target = case.definition.next_rung(case.rung_key, case.urgency)
    if target is None:
        return None
    try:
        pair = pair_for(case, target.key, people, at)
    except NotNow:
        return None
    return Rise(case.pk, duty.person_id, target.key, pair)


def raise_by_silence(rise: Rise, *, at: datetime) -> None:
    """Take a case to the next rung by itself: new stage, clocks and holder, with one sealed event.

    No brief and no feedback go with it, since nobody wrote any; the event says that it was silence. The case row is
    locked by the caller, in whose transaction this runs.
    """
    case = Case.objects.whole().get(pk=rise.case_id)
    silent = with_standing(User.objects.filter(pk=rise.person_id), timezone.localdate(at)).get()
    look = ClockLook.at_case(case, silent, at)
    c = Change(look, Audit(at), Verb.ESCALATED, look.speaking_as(silent.pk))
    c.on_stage(left_at=at, outcome=Outcome.ESCALATED)
    end_duties(c, *OF_THE_STAGE)
    c.facts |= {"from": c.stage.rung_key, "silence": True}
    case.escalate(case.definition.rung(rise.target).state)
    enter_rung(c, rise.target, pair=rise.pair)
    for part in c.joined:
        part.added_by = None
    c.save()
