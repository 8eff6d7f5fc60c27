"""May this person do this to this case now, and if not, why not.

Each rule takes a Look, returns nothing and raises NotAllowed (never you) or NotNow (not at present) with one plain
sentence. `can(rule, look)` is its boolean twin: it draws the button, while the rule itself guards the door inside the
locked transaction. An unexpected error in a rule means no.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.utils import timezone

from cases.access import Look
from cases.models.case import Outcome, Safe
from cases.models.participation import Relation, Side
from cases.refusals import NotAllowed, NotNow, Refusal
from cases.workflow import LADDER, SETTLED, State

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


# What several rules ask


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


# Resolution and talking


def add_to_record(look: Look) -> None:
    """Contact attempts, meetings, updates: any party, manager or decider while it is open."""
    takes_part(look)
    in_dispute(look)


def give_update(look: Look) -> None:
    """New information reaches those with a duty until the case has ended (G21)."""
    takes_part(look)
    if look.case.ended:
        raise NotNow("This case has ended. Ask for it to be reopened if something new has come up.")


def give_position(look: Look) -> None:
    """Each side gives its own position, on its own (G12)."""
    takes_part(look)
    in_dispute(look)
    if not look.is_party:
        raise NotAllowed("Only the two sides give a position. You can add a meeting note or advice.")


def set_common_ground(look: Look) -> None:
    """Agreed and disputed facts are written once both positions can be read (G12)."""
    give_position(look)


def correct(look: Look) -> None:
    """An author corrects their own entry; both stay."""
    takes_part(look)


def ask_rethink(look: Look) -> None:
    """Somebody of either side asks for a Re-think beside the case; its timescales run on meanwhile (PO02)."""
    takes_part(look)
    in_dispute(look)
    if look.case.definition.rethink is None:
        raise NotNow("This procedure has no Re-think.")
    if not look.is_party:
        raise NotAllowed("Only the two sides ask for a Re-think.")


# The child, the pace


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
    allowed, case = look.case.definition.pause, look.case
    if allowed is None or not allowed.allows(case.urgency):
        raise NotNow("The procedure does not let a clock stand still at this urgency.")
    if case.child_safe != Safe.YES:
        raise NotNow("A clock may stand still only while the child is safe.")
    if case.current_stage.due_at is None or case.current_stage.due_at <= look.at:
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


# Advice


def ask_advice(look: Look) -> None:
    """A party asks a designated lead without handing the case over (G23)."""
    takes_part(look)
    in_dispute(look)
    if not look.is_party:
        raise NotAllowed("Only the two sides ask for advice.")


def give_advice(look: Look) -> None:
    """The lead who was asked answers."""
    takes_part(look)
    in_dispute(look)
    if not look.has(Relation.ADVISER):
        raise NotAllowed("Only a designated lead who was asked gives advice here.")


# Going up


def notify_intention(look: Look) -> None:
    """Whoever holds the case tells the other side before going up (G15)."""
    in_dispute(look)
    holds_it(look)
    accepted(look)
    not_refused(look)
    if look.case.next_rung is None:
        raise NotNow("This is the last stage of the procedure. It is settled here.")
    if look.case.current_stage.notice_at is not None:
        raise NotNow("The other side has been told already.")


def escalate(look: Look) -> None:
    """Whoever holds the case takes it to the next stage, once the other side was told (G15, G17)."""
    in_dispute(look)
    holds_it(look)
    accepted(look)
    not_refused(look)
    case = look.case
    if case.state == State.LINE_MANAGER:
        raise NotNow("Say whether you support the concern. If you do, it goes on from there.")
    if case.next_rung is None:
        raise NotNow("This is the last stage of the procedure. It is settled here.")
    needs_notice = case.rung.intention_notice and case.urgency != "immediate"
    if needs_notice and case.current_stage.notice_at is None:
        raise NotNow("Tell the other side first that you mean to take this further.")


def skip(look: Look) -> None:
    """In danger today a stage may be passed over, with a reason (X6)."""
    in_dispute(look)
    holds_it(look)
    not_refused(look)
    case = look.case
    if not case.definition.may_skip(case.urgency):
        allowed = case.definition.skip.allowed_urgencies
        if not allowed:
            raise NotNow("This procedure has no stage that may be passed over.")
        if allowed == ("immediate",):
            raise NotNow("A stage is passed over only when there is danger today.")
        paces = ", ".join(f"“{case.definition.urgency(u).label}”" for u in allowed)
        raise NotNow(f"A stage is passed over only for: {paces}.")
    if len(case.rungs_above) < 2:
        raise NotNow("There is no stage left to pass over.")


# The manager's part


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


# Settling


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
    """No party decides, nor a line manager of one, nor whoever judged the case on another rung (X11)."""
    if look.has_conflict:
        raise NotAllowed("You have a part in this disagreement, so you cannot decide it. Your deputy can.")


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


# Afterwards


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
