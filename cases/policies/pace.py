"""Who says what keeps the child safe, how urgent it is, and when a clock stands still."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from cases.access import Look
from cases.models.case import Case, Safe
from cases.policies.asking import accepted, holds_it, in_dispute, not_refused, takes_part
from cases.refusals import NotAllowed, NotNow


def set_safety_line(look: Look) -> None:
    """Anybody in the case may say that what keeps the child safe has changed, or confirm it."""
    takes_part(look)
    if look.case.ended:
        raise NotNow("This case has ended.")


def change_pace(look: Look) -> None:
    """Urgency and horizon follow the facts; a party or the holder changes them with a reason (G16)."""
    takes_part(look)
    in_dispute(look)
    if not (look.is_party or look.is_holder):
        raise NotAllowed("Only the two sides and whoever holds the case change how urgent it is.")


def extend(look: Look) -> None:
    """Whoever holds a stage may have more time for it, once and before it is due, where the procedure says so."""
    _has_leeway(look)
    allowed, case = look.case.definition.extension, look.case
    if allowed is None or not allowed.allows(case.urgency):
        raise NotNow("The procedure gives no more time for a stage at this urgency.")
    if case.current_stage.due_at is None or case.current_stage.due_at <= look.at:
        raise NotNow("The time is up already. More time is asked for before it is due.")
    if case.current_stage.times_extended >= allowed.most_times:
        raise NotNow("This stage has had all the time that the procedure gives.")


def pause(look: Look) -> None:
    """Whoever holds a stage may let its clocks stand still, where the procedure says so and the child is safe."""
    _has_leeway(look)
    clocks_may_stand_still(look.case, look.at)


def clocks_may_stand_still(case: Case, at: datetime) -> None:
    """Whoever asks for it, and whatever for: as often as the procedure says, and only while the child is safe."""
    allowed = case.definition.pause
    if allowed is None or not allowed.allows(case.urgency):
        raise NotNow("The procedure does not let a clock stand still at this urgency.")
    if case.child_safe != Safe.YES:
        raise NotNow("A clock may stand still only while the child is safe.")
    if case.current_stage.due_at is None or case.current_stage.due_at <= at:
        raise NotNow("The time is up already.")
    if case.current_stage.times_paused >= allowed.most_times:
        raise NotNow("The clock of this stage has stood still before. The procedure does not allow it again.")


def resume(look: Look) -> None:
    """Either side, or whoever holds the case, lets the clocks of a stage run again."""
    takes_part(look)
    in_dispute(look)
    if not (look.is_party or look.is_holder):
        raise NotAllowed("Only the two sides and whoever holds the case let the clock run again.")
    until = look.case.current_stage.paused_until
    if until is None or until <= timezone.localdate(look.at):
        raise NotNow("No clock stands still.")


def _has_leeway(look: Look) -> None:
    in_dispute(look)
    holds_it(look)
    accepted(look)
    not_refused(look)
