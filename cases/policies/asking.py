"""What every rule is, its boolean twin, and what several rules ask."""

from __future__ import annotations

import logging
from collections.abc import Callable

from cases.access import Look
from cases.refusals import NotAllowed, NotNow, Refusal
from cases.workflow import LADDER

log = logging.getLogger(__name__)

Rule = Callable[[Look], None]


def can(rule: Rule, look: Look) -> bool:
    """Return whether a rule lets this person through; an error in the rule means no."""
    try:
        rule(look)
    except Refusal:
        return False
    except Exception:
        log.exception("a rule failed and was taken as a refusal")
        return False
    return True


def takes_part(look: Look) -> None:
    """The person takes part in the case."""
    if not look.mine:
        raise NotAllowed("You do not take part in this case.")


def in_dispute(look: Look) -> None:
    """The disagreement has not been settled or ended."""
    if look.case.state not in LADDER:
        raise NotNow(f"This disagreement is no longer open: {look.case.get_state_display().lower()}.")


def holds_it(look: Look) -> None:
    """The next step is this person's."""
    takes_part(look)
    if not look.is_holder:
        raise NotAllowed(f"The next step is with {look.case.holder or 'nobody'}, not with you.")


def accepted(look: Look) -> None:
    """Where the procedure has something to accept on this rung, it was accepted."""
    if look.case.in_dispute and look.case.rung.acknowledge and look.case.current_stage.accepted_at is None:
        raise NotNow("Accept this first, so that everybody knows who has it.")


def not_refused(look: Look) -> None:
    """The manager has not declined on this rung."""
    if look.case.current_stage.supported is False:
        raise NotNow(
            "This was not supported on this stage. The person who raised it decides what happens now."
        )
