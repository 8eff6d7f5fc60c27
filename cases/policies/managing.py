"""Who accepts, supports and refuses, and who answers a refusal."""

from __future__ import annotations

from cases.access import Look
from cases.models.participation import Relation
from cases.policies.asking import Rule, accepted, holds_it, in_dispute, not_refused, takes_part
from cases.refusals import NotAllowed, NotNow
from cases.workflow import State


def accept(look: Look) -> None:
    """The manager to whom it was brought says that they have it."""
    in_dispute(look)
    holds_it(look)
    if look.case.rung.acknowledge is None or look.case.current_stage.accepted_at is not None:
        raise NotNow("There is nothing to accept here.")


def give_manager_view(look: Look) -> None:
    """The line manager says whether they support the concern, and why (G22)."""
    in_dispute(look)
    holds_it(look)
    if look.case.state != State.LINE_MANAGER:
        raise NotNow("A manager’s view is given on the line manager's stage.")
    accepted(look)
    not_refused(look)


def decline(look: Look) -> None:
    """The senior manager decides that it goes no further (PK03)."""
    in_dispute(look)
    holds_it(look)
    accepted(look)
    not_refused(look)
    if look.case.state == State.LINE_MANAGER or not look.case.rung.may_refuse:
        raise NotNow("On this stage nobody can stop the concern on their own.")


def answer_refusal(look: Look) -> None:
    """After a refusal the raiser brings new facts, accepts it, or asks for an independent view (X4)."""
    in_dispute(look)
    stage = look.case.current_stage
    if stage.supported is not False:
        raise NotNow("Nobody has declined this.")
    if not look.is_raiser:
        raise NotAllowed("Only the person who raised it answers this.")
    if stage.view_asked_at is not None:
        raise NotNow("An independent view was asked for. Wait for it.")


def answer_refusal_by(way: str) -> Rule:
    """Return the rule of one way past a refusal, which the area's procedure must know (X4)."""

    def rule(look: Look) -> None:
        answer_refusal(look)
        if way not in look.case.definition.on_refusal.raiser_may:
            raise NotNow("This procedure does not have that way past a manager’s answer.")

    return rule


def give_independent_view(look: Look) -> None:
    """The designated lead who was asked says whether they support the concern (X4)."""
    in_dispute(look)
    takes_part(look)
    stage = look.case.current_stage
    if stage.view_asked_at is None or stage.supported is not False:
        raise NotNow("Nobody has asked for an independent view.")
    if not look.has(Relation.ADVISER) or not look.is_holder:
        raise NotAllowed("Only the designated lead who was asked gives the independent view.")
