"""A situation for each step: the case, whose step it is, who is refused, what is typed, and what stands afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from accounts.models import User
from accounts.roles import Role
from cases.actions import pace
from cases.audit import Audit
from cases.models import Action, Case, Deadline, Invitation
from cases.workflow import State
from tests.cases.steps import agreed, case_at
from tests.cast import Cast, opened
from tests.factories import member
from tests.meetings.panel import Panel
from tests.pages.desk import (
    HOUR,
    NOW,
    Typed,
    accepted,
    action,
    advice_asked,
    at,
    both_positions,
    checked_back,
    declined,
    done_once,
    letter_due,
    on,
    referred,
    told,
    view_asked,
)

BRIEF = {
    "brief_concerns": "The child was hungry on three visits.",
    "brief_consequences": "The child's health is likely to suffer.",
    "brief_steps": "2 June: telephone. No agreement.",
    "brief_other_position": "They see the threshold as not met.",
}
SELF_CHECK = {f"check_{key}": "yes" for key in ("said_clearly", "tried_directly", "asked_manager")}
NEXT_WEEK = date(2026, 6, 10)


@dataclass(frozen=True)
class Situation:
    """A step that may be taken: the case, who takes it, who is refused, what is typed, and what may not be missing."""

    case: Callable[[Cast], Case]
    by: str
    typed: Callable[[Cast, Case], Typed] = field(repr=False)
    missing: str  # a field without which the form is refused
    refused: str = ""  # somebody in the case who may not; without one everybody in it may
    state: str = ""  # where the case stands afterwards
    duties: tuple[tuple[str, str], ...] = ()  # duties that are there afterwards
    gone: tuple[tuple[str, str], ...] = ()  # duties that are no longer open afterwards


def _paused(cast: Cast) -> Case:
    case = opened(cast)
    pace.pause(
        case,
        by=cast.nurse,
        audit=Audit(NOW, version=case.version),
        resumes_on=NOW.date() + timedelta(days=3),
        reason="The report comes then.",
    )
    return case


def _words(**words: Any) -> Callable[[Cast, Case], Typed]:
    return lambda cast, case: words


def _before_the_panel(cast: Cast) -> Case:
    return Panel.of(cast).case


def _after_the_panel(cast: Cast) -> Case:
    return Panel.of(cast).convened(meets_at=NOW - HOUR).case


def _with_a_coordinator(cast: Cast) -> Case:
    member("Roisin Keel", Role.RETHINK_COORDINATOR, cast.partnership, agency=cast.education)
    return opened(cast)


SITUATIONS: dict[str, Situation] = {
    "accept": Situation(
        lambda c: case_at(c, State.LINE_MANAGER),
        "nurse_manager",
        _words(),
        missing="form_token",
        refused="nurse",
        state=State.LINE_MANAGER,
        gone=(("accept", "Morag Lunan"),),
    ),
    "manager-view": Situation(
        lambda c: accepted(c, State.LINE_MANAGER),
        "nurse_manager",
        _words(
            discussion="We went through the visits.",
            supports="yes",
            situation="At school today.",
            why="The pattern is clear.",
            feedback="I will meet Tara Munro.",
        ),
        missing="why",
        refused="nurse",
        state=State.MANAGERS,
        duties=(("reply", "Tara Munro"), ("settle", "Morag Lunan"), ("acknowledge", "Nadia Reid")),
    ),
    "answer-refusal": Situation(
        declined,
        "nurse",
        _words(way="new_facts", facts="A fourth visit: again no food in the house."),
        missing="facts",
        refused="nurse_manager",
        state=State.LINE_MANAGER,
        duties=(("settle", "Morag Lunan"),),
        gone=(("answer_refusal", "Nadia Reid"),),
    ),
    "independent-view": Situation(
        view_asked,
        "health_lead",
        _words(supports="yes", view="Three visits are enough."),
        missing="view",
        refused="nurse",
        state=State.LINE_MANAGER,
        duties=(("accept", "Stuart Vane"), ("acknowledge", "Nadia Reid")),
        gone=(("independent_view", "Leila Baird"),),
    ),
    "determine": Situation(
        lambda c: accepted(c, State.CSWO),
        "cswo",
        lambda c, case: {
            "question": "Is the threshold met?",
            "decision": "Yes.",
            "reasons": "Three visits show the same.",
            "told": "Everybody, by me, today.",
            "situation": "At home.",
            "feedback": "Your concern was upheld.",
            **action(1, "Start the assessment", c.social_worker, NEXT_WEEK),
        },
        missing="reasons",
        refused="health_senior",
        state=State.DETERMINED,
        duties=(("action", "Callum Petrie"), ("check_understood", "Nadia Reid"), ("debrief", "Greta Holm")),
    ),
    "committee-outcome": Situation(
        referred,
        "cpc_officer",
        lambda c, case: {
            **on("outcome_on", NOW.date()),
            "outcome": "A joint threshold is written down.",
            "situation": "At home.",
            "feedback": "The committee has decided.",
        },
        missing="outcome",
        refused="cswo",
        state=State.DETERMINED,
        duties=(("check_understood", "Callum Petrie"), ("debrief", "Quentin Ross")),
    ),
    "contact": Situation(
        opened,
        "nurse",
        lambda c, case: {
            **at("happened_at", NOW - HOUR),
            "method": "telephone",
            "people": "Callum Petrie, social worker",
            "reached": "yes",
            "discussed": "I told him what I saw.",
        },
        missing="discussed",
        state=State.RESOLUTION,
    ),
    "meeting": Situation(
        opened,
        "nurse",
        lambda c, case: {
            **at("happened_at", NOW - HOUR),
            "method": "in_person",
            "people": "Nadia Reid, Callum Petrie",
            "note_views": "Each said what they saw.",
            "agreed": "A joint visit.",
        },
        missing="method",
        state=State.RESOLUTION,
        gone=(("reply", "Callum Petrie"),),
    ),
    "position": Situation(
        opened,
        "social_worker",
        _words(
            position_seen="Seen once.",
            position_view="The threshold is not met.",
            position_impact="A visit may frighten the family.",
            position_other_side="They saw the child hungry.",
            position_way_forward="A joint visit.",
        ),
        missing="position_view",
        state=State.RESOLUTION,
        gone=(("reply", "Callum Petrie"),),
    ),
    "common-ground": Situation(
        both_positions,
        "nurse",
        _words(agreed_facts="Both saw the child."),
        missing="agreed_facts",
        state=State.RESOLUTION,
    ),
    "agree": Situation(
        opened,
        "nurse",
        lambda c, case: {
            "agreement": "A joint visit this week.",
            **action(1, "Joint visit", c.social_worker, NEXT_WEEK),
            **action(4, "Tell the school", c.nurse_manager, NEXT_WEEK),
            "checklist": ["own_records"],
            "situation": "At school.",
        },
        missing="agreement",
        refused="social_worker",
        state=State.AGREED,
        duties=(("action", "Callum Petrie"), ("action", "Morag Lunan"), ("check_done", "Nadia Reid")),
    ),
    "agree-to-differ": Situation(
        opened,
        "nurse",
        _words(risk="Low: the grandmother is there each evening.", situation="At school."),
        missing="risk",
        refused="social_worker",
        state=State.AGREED,
        duties=(("check_understood", "Callum Petrie"), ("check_understood", "Nadia Reid")),
    ),
    "intention": Situation(
        opened,
        "nurse",
        _words(message="I mean to take this to my manager."),
        missing="message",
        refused="social_worker",
        state=State.RESOLUTION,
    ),
    "escalate": Situation(
        told,
        "nurse",
        _words(
            **BRIEF,
            **SELF_CHECK,
            check_own_procedure="no",
            threshold="The child is not getting enough to eat.",
            situation="At school today.",
        ),
        missing="threshold",
        refused="social_worker",
        state=State.LINE_MANAGER,
        duties=(("accept", "Morag Lunan"), ("settle", "Morag Lunan")),
        gone=(("reply", "Callum Petrie"), ("settle", "Nadia Reid")),
    ),
    "skip": Situation(
        lambda c: opened(c, urgency="immediate"),
        "nurse",
        _words(**BRIEF, target="managers", reason="Harm is likely tonight.", situation="At home alone."),
        missing="reason",
        refused="social_worker",
        state=State.MANAGERS,
        duties=(("reply", "Tara Munro"), ("settle", "Morag Lunan")),
    ),
    "decline": Situation(
        lambda c: accepted(c, State.SENIOR_MANAGERS),
        "health_senior",
        _words(why="The joint visit has settled it.", feedback="The visit did what you asked for."),
        missing="why",
        refused="nurse",
        state=State.SENIOR_MANAGERS,
        duties=(("answer_refusal", "Nadia Reid"),),
        gone=(("settle", "Stuart Vane"),),
    ),
    "refer": Situation(
        lambda c: accepted(c, State.CSWO),
        "cswo",
        lambda c, case: {
            "body": "cpc",
            **on("referred_on", NOW.date()),
            "reason": "Thresholds differ.",
            "feedback": "It goes to the committee.",
        },
        missing="body",
        refused="nurse",
        state=State.COMMITTEE,
        duties=(("settle", "Quentin Ross"),),
    ),
    "give-advice": Situation(
        advice_asked,
        "health_lead",
        _words(advice="It is. Go on."),
        missing="advice",
        refused="nurse",
        state=State.RESOLUTION,
        gone=(("advice", "Leila Baird"),),
    ),
    "acknowledge": Situation(
        lambda c: case_at(c, State.MANAGERS),
        "nurse",
        _words(reply="Thank you."),
        missing="form_token",
        refused="social_worker",
        state=State.MANAGERS,
        gone=(("acknowledge", "Nadia Reid"),),
    ),
    "report-action": Situation(
        agreed,
        "social_worker",
        lambda c, case: {
            "action": str(Action.objects.get(case=case).pk),
            "done": "yes",
            **at("done_at", NOW - HOUR),
            "evidence": "Visit note of 3 June, social work record.",
        },
        missing="evidence",
        state=State.AGREED,
        gone=(("action", "Callum Petrie"),),
    ),
    "duty": Situation(
        letter_due,
        "social_work_manager",
        lambda c, case: {
            "duty": str(Deadline.objects.open().get(case=case, rule="duty").pk),
            "how": "Letter of 2 June to health, on the child's file.",
            **at("done_at", NOW - HOUR),
        },
        missing="how",
        state=State.AGREED,
        duties=(("check_understood", "Callum Petrie"),),
        gone=(("duty", "Tara Munro"),),
    ),
    "check-understood": Situation(
        agreed,
        "nurse",
        _words(answer="yes"),
        missing="answer",
        state=State.AGREED,
        duties=(("check_understood", "Callum Petrie"),),
        gone=(("check_understood", "Nadia Reid"),),
    ),
    "check-done": Situation(
        done_once,
        "social_worker",
        _words(answer="yes", helped="yes", closing_harm_reduced="yes", closing_heard="no"),
        missing="helped",
        state=State.AGREED,
        duties=(("check_done", "Nadia Reid"),),
        gone=(("check_done", "Callum Petrie"),),
    ),
    "close": Situation(
        checked_back,
        "nurse",
        lambda c, case: {
            "debrief": "Both practitioners, together.",
            **on("debriefed_on", NOW.date()),
            "family": "told",
            "family_words": "The health visitor told the mother.",
            "learning": "Ring before refusing.",
            "learning_route": "cpc",
        },
        missing="family",
        refused="social_worker",
        state=State.CLOSED,
    ),
    "update": Situation(
        opened,
        "social_worker",
        _words(update="The mother has asked for help."),
        missing="update",
        state=State.RESOLUTION,
    ),
    "safety": Situation(
        opened,
        "social_worker",
        lambda c, case: {
            "child_safe": "unsure",
            "safety_line": "Aunt has the child until Friday.",
            "safety_owner": "Social worker",
            **at("safety_until", NOW + timedelta(days=2)),
        },
        missing="safety_line",
        state=State.RESOLUTION,
        duties=(("safety", "Nadia Reid"),),
    ),
    "ask-advice": Situation(
        opened,
        "nurse",
        _words(question="Is it neglect?"),
        missing="question",
        state=State.RESOLUTION,
        duties=(("advice", "Leila Baird"),),
    ),
    "urgency": Situation(
        opened,
        "nurse",
        _words(urgency="urgent", reason="The grandmother leaves on Friday."),
        missing="reason",
        state=State.RESOLUTION,
        duties=(("settle", "Nadia Reid"),),
    ),
    "horizon": Situation(
        opened,
        "nurse",
        lambda c, case: {
            "known": "yes",
            **at("horizon_at", NOW + timedelta(days=2)),
            "reason": "The grandmother leaves then.",
        },
        missing="reason",
        state=State.RESOLUTION,
    ),
    "extend": Situation(
        opened,
        "nurse",
        _words(amount="2", reason="Both of us are at a course until Friday."),
        missing="reason",
        refused="social_worker",
        state=State.RESOLUTION,
        duties=(("settle", "Nadia Reid"),),
    ),
    "pause": Situation(
        opened,
        "nurse",
        lambda c, case: {
            **on("resumes_on", NOW.date() + timedelta(days=3)),
            "reason": "The report comes then.",
        },
        missing="reason",
        refused="social_worker",
        state=State.RESOLUTION,
        duties=(("settle", "Nadia Reid"),),
    ),
    "resume": Situation(
        _paused,
        "social_worker",
        _words(reason="The report came today."),
        missing="reason",
        state=State.RESOLUTION,
        duties=(("settle", "Nadia Reid"),),
    ),
    "divert": Situation(
        lambda c: accepted(c, State.LINE_MANAGER),
        "nurse_manager",
        _words(route="complaint", reason="It is about conduct.", feedback="HR takes it up."),
        missing="route",
        refused="nurse",
        state=State.DIVERTED,
    ),
    "convene": Situation(
        _before_the_panel,
        "cpc_officer",
        lambda c, case: {
            **at("meets_at", NOW + 48 * HOUR),
            "minutes": "90",
            "place": "Old Mill, board room",
            "chair": str(User.objects.get(full_name="Ivor Strand").pk),
            "addresses": c.nurse.email,
        },
        missing="place",
        refused="nurse",
        state=State.COMMITTEE,
    ),
    "call-off-meeting": Situation(
        _after_the_panel,
        "cpc_officer",
        _words(why="The road is closed."),
        missing="why",
        refused="nurse",
        state=State.COMMITTEE,
    ),
    "record-meeting": Situation(
        _after_the_panel,
        "cpc_officer",
        lambda c, case: {
            "there": [str(i.pk) for i in Invitation.objects.filter(meeting__case=case)],
            "minutes": "Both sides spoke.",
            "record_holder": "The board, file 12",
            "ended": "decided",
            "decided_outcome": "Health leads from now on.",
            "situation": "At home with grandmother.",
            "feedback": "The panel decided.",
            **action(1, "Call the core group", c.nurse, NEXT_WEEK),
        },
        missing="minutes",
        refused="nurse",
        state=State.DETERMINED,
        duties=(("action", "Nadia Reid"), ("acknowledge", "Nadia Reid")),
        gone=(("settle", "Quentin Ross"),),
    ),
    "ask-rethink": Situation(
        _with_a_coordinator,
        "nurse",
        lambda c, case: {
            "about": "We see the plan quite differently.",
            "point_raised": "yes",
            "point_talked": "yes",
            "point_formal": "no",
            "addresses": c.social_worker.email,
        },
        missing="about",
        state=State.RESOLUTION,
    ),
    "withdraw": Situation(
        opened,
        "nurse",
        _words(statement="The child lives with the grandmother now."),
        missing="statement",
        refused="social_worker",
        state=State.WITHDRAWN,
    ),
    "reopen": Situation(
        agreed,
        "social_worker",
        _words(reason="The visit was refused."),
        missing="reason",
        state=State.RESOLUTION,
        duties=(("settle", "Nadia Reid"),),
    ),
}
