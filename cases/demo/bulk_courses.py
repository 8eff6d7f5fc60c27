"""The courses that generated cases take, told once each; `[[word]]` is filled from `bulk_words` in every copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cases.demo.bulk_rehearsal import Rehearsal

Told = Callable[[Rehearsal], None]


@dataclass(frozen=True)
class Course:
    """How many of a hundred cases take a course, and whether they are still open."""

    share: int
    told: Told
    open: bool = True
    urgencies: tuple[str, ...] = ("standard", "standard", "urgent")


def opened(p: Rehearsal) -> None:
    """Log it and speak to the other side."""
    p.log(
        "worker_a",
        "worker_b",
        about="inaction",
        reasons=["referral_threshold"],
        subject="young_person",
        subject_reference="[[file]]",
        age_band="[[age]]",
        what="[[what]]",
        consequence="[[consequence]]",
        child_safe="yes",
        safety_line="[[line]]",
        safety_owner="[[owner]]",
        safety_until=p.safety_until(0),
        situation="[[situation]]",
        urgency=p.urgency,
    )
    p.wait(0, 1)
    p.contact("worker_a", "Both practitioners", "[[discussed]]", "[[result]]")


def positions(p: Rehearsal) -> None:
    """Each side says how it sees it."""
    p.wait(0, 1)
    p.position("worker_a", "[[seen]]", "[[view]]", "[[consequence]]", "[[forward]]", "[[other]]")
    p.position("worker_b", "[[other]]", "[[other_view]]", "[[other_impact]]", "[[forward]]", "[[seen]]")


def to_line_manager(p: Rehearsal) -> None:
    """Tell the other side and take it to the line manager, some time after it began."""
    p.pause()
    p.safety("worker_a", "[[line]]", "[[owner]]")
    p.intention("worker_a", "I have told you that I am taking this to my line manager.")
    brief = {
        "concerns": "[[what]]",
        "consequences": "[[consequence]]",
        "steps": "[[discussed]]",
        "other_position": "[[other]]",
    }
    p.escalate("worker_a", brief, "[[situation]]", "[[discussed]]", threshold="[[view]]")


def to_managers(p: Rehearsal) -> None:
    """The line manager supports it."""
    to_line_manager(p)
    p.accept("manager_a")
    p.support(
        "manager_a", "We went through the record together.", "[[view]]", "I support you and ask to meet."
    )


def to_senior_managers(p: Rehearsal) -> None:
    """The managers could not settle it."""
    to_managers(p)
    p.wait(0, 1)
    p.meeting("manager_a", "Both team managers", {"child_now": "[[situation]]", "concerns": "[[view]]"})
    p.intention("manager_a", "We agreed that our senior managers take this up.")
    brief = {"concern": "[[what]]", "steps": "[[discussed]]", "consequences": "[[consequence]]"}
    p.escalate(
        "manager_a", brief, "[[situation]]", "[[discussed]]", feedback="It goes to the senior managers."
    )


def to_cswo(p: Rehearsal) -> None:
    """The senior managers could not settle it."""
    to_senior_managers(p)
    p.accept("senior_a")
    p.wait(0, 1)
    p.intention("senior_a", "We agreed that the Chief Social Work Officer decides.")
    brief = {
        "issue": "[[what]]",
        "consequences": "[[consequence]]",
        "steps": "[[discussed]]",
        "blocked": "[[other_view]]",
    }
    p.escalate(
        "senior_a", brief, "[[situation]]", "[[discussed]]", feedback="The Chief Social Work Officer decides."
    )


def talking(p: Rehearsal) -> None:
    """Each side has given its position."""
    opened(p)
    positions(p)


def waits_long(p: Rehearsal) -> None:
    """It was left lying, then the line was confirmed and something new came."""
    opened(p)
    p.pause()
    p.safety("worker_a", "[[line]]", "[[owner]]")
    p.update("worker_b", "[[other]]")


def ready(p: Rehearsal) -> None:
    """The other side was told: one press takes it to the line manager."""
    opened(p)
    p.intention("worker_a", "I have told you that I am taking this to my line manager.")


def line_manager(p: Rehearsal) -> None:
    """Waiting for the line manager to accept it."""
    opened(p)
    to_line_manager(p)


def line_manager_accepted(p: Rehearsal) -> None:
    """The line manager has it."""
    line_manager(p)
    p.accept("manager_a")


def declined(p: Rehearsal) -> None:
    """The line manager does not support it; the raiser decides what happens now."""
    line_manager_accepted(p)
    p.decline("manager_a", "[[other_view]]", "I do not support taking it further as things are.")


def managers(p: Rehearsal) -> None:
    """Waiting for the managers to meet."""
    opened(p)
    to_managers(p)


def managers_met(p: Rehearsal) -> None:
    """The managers met; one press takes it to the senior managers."""
    managers(p)
    p.wait(0, 1)
    p.meeting("manager_a", "Both team managers", {"child_now": "[[situation]]", "concerns": "[[view]]"})
    p.common_ground("manager_b", "[[seen]]", "[[other]]", "[[question]]")
    p.intention("manager_a", "I will ask my senior manager to take this up.")


def senior_managers(p: Rehearsal) -> None:
    """Waiting for the senior manager to accept it."""
    opened(p)
    to_senior_managers(p)


def senior_managers_accepted(p: Rehearsal) -> None:
    """The senior manager has it."""
    senior_managers(p)
    p.accept("senior_a")


def cswo(p: Rehearsal) -> None:
    """Waiting for the Chief Social Work Officer to accept it."""
    opened(p)
    to_cswo(p)


def cswo_accepted(p: Rehearsal) -> None:
    """The Chief Social Work Officer has it."""
    cswo(p)
    p.accept("cswo")


def committee(p: Rehearsal) -> None:
    """Referred to the committee."""
    cswo_accepted(p)
    p.wait(0, 1)
    p.refer("cswo", "cpc", "[[question]]", "I have asked the committee to settle who does this from now on.")


def agreed(p: Rehearsal) -> None:
    """Settled between the two, with one action."""
    opened(p)
    p.pause()
    p.agree("worker_a", "[[forward]]", [("[[forward]]", "worker_b", p.days(4, 40))])


def agreed_between_managers(p: Rehearsal) -> None:
    """Settled between managers, with two actions; one of the two has confirmed it."""
    managers(p)
    p.wait(0, 1)
    actions = [("[[forward]]", "worker_b", p.days(4, 30)), ("[[line]]", "worker_a", p.days(2, 20))]
    p.agree("manager_a", "[[forward]]", actions, feedback="We agreed. It starts this week.")
    p.wait(0, 1)
    p.understood("worker_a")


def determined(p: Rehearsal) -> None:
    """Decided by the Chief Social Work Officer."""
    cswo_accepted(p)
    p.wait(0, 1)
    p.determine(
        "cswo",
        [("[[forward]]", "worker_b", p.days(4, 40))],
        question="[[question]]",
        decision="[[forward]]",
        reasons="[[view]]",
        told="Both practitioners and all managers, by me on the same day.",
        feedback="Your concern was upheld in part.",
    )


def closed(p: Rehearsal) -> None:
    """Settled, checked back twice, debriefed and closed."""
    opened(p)
    p.wait(0, 2)
    p.agree("worker_a", "[[forward]]", [("[[forward]]", "worker_b", p.days(3, 6))])
    p.wait(1, 1)
    p.understood("worker_a")
    p.understood("worker_b")
    p.wait(1, 4)
    p.done("worker_b", 1, "Held in the agency's own record.")
    p.wait(1, 2)
    p.checked("worker_a")
    p.checked("worker_b")
    p.wait(1, 5)
    p.close("worker_a", "Both practitioners, by telephone.", "The family was told in the same week.")


def withdrawn(p: Rehearsal) -> None:
    """Withdrawn by the raiser."""
    opened(p)
    p.wait(1, 3)
    p.withdraw("worker_a", "What was missing has arrived. [[line]]")


def diverted(p: Rehearsal) -> None:
    """Found to be about conduct."""
    line_manager_accepted(p)
    p.divert("manager_a", "complaint", "It is about conduct.", "It goes to the complaints procedure.")


def long_record(p: Rehearsal) -> None:
    """One case with far more than fifty lines in its record, for the bench of the case page."""
    opened(p)
    for n in range(18):
        p.wait(0, 1)
        who = "ab"[n % 2]
        p.update(f"worker_{who}", "[[situation]]")
        p.contact(f"worker_{who}", "Both practitioners", "[[discussed]]", "[[result]]")
    talked = {"child_now": "[[situation]]", "views": "[[view]]", "impact": "[[consequence]]"}
    for _ in range(4):
        p.wait(1, 2)
        p.meeting("worker_a", "Both practitioners", talked, agreed="[[forward]]")
    positions(p)
    p.common_ground("worker_a", "[[seen]]", "[[other]]", "[[question]]")
    to_managers(p)
    for n in range(4):
        p.update(f"manager_{'ab'[n % 2]}", "[[situation]]")
    p.intention("manager_a", "I will ask my senior manager to take this up.")


QUICK = ("standard", "urgent", "immediate")
COURSES: dict[str, Course] = {
    "talking": Course(7, talking, urgencies=QUICK),
    "waits_long": Course(3, waits_long),
    "ready": Course(8, ready),
    "line_manager": Course(6, line_manager),
    "line_manager_accepted": Course(5, line_manager_accepted),
    "declined": Course(3, declined),
    "managers": Course(9, managers),
    "managers_met": Course(7, managers_met),
    "senior_managers": Course(4, senior_managers),
    "senior_managers_accepted": Course(5, senior_managers_accepted),
    "cswo": Course(2, cswo),
    "cswo_accepted": Course(2, cswo_accepted),
    "committee": Course(2, committee),
    "agreed": Course(10, agreed),
    "agreed_between_managers": Course(4, agreed_between_managers),
    "determined": Course(3, determined),
    "closed": Course(13, closed, open=False, urgencies=QUICK),
    "withdrawn": Course(4, withdrawn, open=False, urgencies=QUICK),
    "diverted": Course(3, diverted, open=False),
}
LONG = Course(0, long_record, urgencies=("standard",))
