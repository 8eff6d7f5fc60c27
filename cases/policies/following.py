"""Who reads feedback, checks back, closes and reopens."""

from __future__ import annotations

from cases.access import Look
from cases.models.participation import Relation, Side
from cases.policies.asking import holds_it, takes_part
from cases.refusals import NotAllowed, NotNow
from cases.workflow import SETTLED, State


def acknowledge(look: Look) -> None:
    """The raiser says that they have read the feedback (G21)."""
    if not look.is_raiser:
        raise NotAllowed("Only the person who raised it acknowledges the feedback.")


def after_settling(look: Look) -> None:
    """The disagreement was settled and is being checked back."""
    takes_part(look)
    if look.case.state not in SETTLED:
        raise NotNow("This has not been settled yet, or it has been closed.")


def report_action(look: Look) -> None:
    """The owner of an action, or whoever holds the case, says how it ended (G24)."""
    after_settling(look)


def do_duty(look: Look) -> None:
    """Who has a duty that only the area's procedure knows says that it is done; the action asks whose it is."""
    takes_part(look)
    if look.case.ended:
        raise NotNow("This case has ended.")


def check_back(look: Look) -> None:
    """Raiser and counterpart each answer the check backs (G25, G36)."""
    after_settling(look)
    if not (look.is_raiser or look.is_counterpart):
        raise NotAllowed("The check back is asked of the two people who disagreed.")


def close(look: Look) -> None:
    """Whoever holds the settled case debriefs and closes it, after both check backs (G29)."""
    after_settling(look)
    holds_it(look)


def reopen(look: Look) -> None:
    """A party reopens with new facts; a failed check back does so by itself."""
    takes_part(look)
    if look.case.state not in (*SETTLED, State.CLOSED):
        raise NotNow("Only a settled or closed case is reopened.")
    if not (look.sides & {Side.RAISING, Side.RECEIVING} or look.has(Relation.DECIDER)):
        raise NotAllowed("Only the two sides, or whoever determined it, reopen a case.")
