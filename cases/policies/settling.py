"""Who settles, decides, refers and ends a disagreement."""

from __future__ import annotations

from cases.access import Look
from cases.models.case import Outcome, Safe
from cases.models.participation import Relation
from cases.policies.asking import accepted, holds_it, in_dispute, not_refused, takes_part
from cases.refusals import NotAllowed, NotNow
from cases.workflow import State


def agree(look: Look) -> None:
    """Whoever holds the case records an agreement (G24)."""
    in_dispute(look)
    holds_it(look)
    accepted(look)
    not_refused(look)
    if not {Outcome.RESOLVED_AGREED, "way_forward_agreed"} & set(look.case.rung.outcomes):
        raise NotNow("On this stage the matter is decided, not agreed.")


def agree_to_differ(look: Look) -> None:
    """Two views may stand only where the risk allows it (G13)."""
    agree(look)
    if Outcome.AGREED_TO_DIFFER not in look.case.rung.outcomes:
        raise NotNow("On this stage two views cannot be left standing.")
    if not look.case.definition.agree_to_differ.allows(look.case.urgency):
        raise NotNow("The risk is too high to leave it at two views. Settle it, or take it further.")
    if look.case.child_safe != Safe.YES:
        raise NotNow("Agreeing to differ is possible only when the child is safe for now.")


def withdraw(look: Look) -> None:
    """The raiser ends it with a closing statement (X7)."""
    in_dispute(look)
    if not look.is_raiser:
        raise NotAllowed("Only the person who raised it withdraws it.")


def divert(look: Look) -> None:
    """A manager or decider finds that it belongs elsewhere, such as a complaint (G05)."""
    in_dispute(look)
    holds_it(look)
    accepted(look)
    not_refused(look)
    if look.case.state == State.RESOLUTION:
        raise NotNow("Withdraw it if it belongs elsewhere.")


def free_to_decide(look: Look) -> None:
    """No party decides, nor a line manager of one, nor whoever judged the case on another rung (X11).

    Nor whoever acts for one of these today, nor a deputy for another role than the one that decides.
    """
    if look.has_conflict:
        raise NotAllowed(
            "You have a part in this disagreement, or act for somebody who has, so you cannot decide it. "
            "Your deputy can."
        )
    part = look.speaking_as(look.case.holder_id, look.case.stand_in_id)
    if not look.may_decide_as(part):
        raise NotAllowed(
            f"You act for {look.standing.name_of(part.user_id)} in another role. "
            "Only their deputy in the role that decides can do this."
        )


def determine(look: Look) -> None:
    """The CSWO or the deputy decides; never a party or somebody who decided before (PK05, X11)."""
    in_dispute(look)
    if Outcome.DETERMINED not in look.case.rung.outcomes:
        raise NotNow("On this stage nobody decides alone.")
    holds_it(look)
    if not look.has(Relation.DECIDER):
        raise NotAllowed("Only the Chief Social Work Officer or the deputy determines.")
    free_to_decide(look)
    accepted(look)


def refer(look: Look) -> None:
    """The CSWO refers to the committee or the chief officers (PK05, X8)."""
    takes_part(look)
    if look.case.state not in (State.CSWO, State.DETERMINED):
        raise NotNow("A referral is made by the Chief Social Work Officer.")
    if not look.has(Relation.DECIDER):
        raise NotAllowed("Only the Chief Social Work Officer or the deputy refers a case.")
    free_to_decide(look)
    if not look.case.definition.referral_bodies:
        raise NotNow("The procedure names nobody to refer to.")
    if look.case.state == State.CSWO:
        accepted(look)


def decide_for_committee(look: Look) -> None:
    """The committee's officer records what the committee or the chief officers decided."""
    in_dispute(look)
    if look.case.state != State.COMMITTEE:
        raise NotNow("This is not with the committee.")
    if Outcome.COMMITTEE_DETERMINED not in look.case.rung.outcomes:
        raise NotNow("On this stage the matter is settled by agreement.")
    if look.case.rung.kind == "chaired_meeting":
        raise NotNow("A chaired meeting settles it on this stage.")
    holds_it(look)
    free_to_decide(look)
    accepted(look)


def convene(look: Look) -> None:
    """Whoever holds a stage of a chaired meeting calls it, changes it or calls it off (WO04)."""
    in_dispute(look)
    if look.case.rung.kind != "chaired_meeting":
        raise NotNow("This stage has no chaired meeting.")
    holds_it(look)
    free_to_decide(look)
    accepted(look)


def record_meeting(look: Look) -> None:
    """The chair, or whoever called the meeting, records what came of it."""
    in_dispute(look)
    if look.case.rung.kind != "chaired_meeting":
        raise NotNow("This stage has no chaired meeting.")
    if not (look.has(Relation.CHAIR) or look.is_holder):
        raise NotAllowed("Only the chair, or whoever called the meeting, records it.")
    free_to_decide(look)
    accepted(look)
