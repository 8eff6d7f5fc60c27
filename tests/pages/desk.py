"""For tests of step pages: a situation in which each step may be taken, by whom, and what is typed into its form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import User
from cases.actions import following, managing, settling, talking
from cases.models import Action, Case, Deadline
from cases.workflow import State
from escalation.forms.clocks import LONDON
from tests.cases.steps import POSITION, agreed, audit, case_at, check_back_all, fresh, tell_and_escalate
from tests.cast import TUESDAY, Cast, opened

#: Wednesday, 10:30 in Scotland: when every page of these tests is opened.
NOW = TUESDAY + timedelta(days=1)
HOUR = timedelta(hours=1)

Typed = dict[str, Any]


def on(name: str, day: date) -> Typed:
    """Return what is typed into the boxes of a day."""
    return {f"{name}_day": str(day.day), f"{name}_month": str(day.month), f"{name}_year": str(day.year)}


def at(name: str, instant: datetime) -> Typed:
    """Return what is typed into the boxes of a day and time."""
    local = instant.astimezone(LONDON)
    return {**on(name, local.date()), f"{name}_time": local.strftime("%H:%M")}


def action(number: int, what: str, owner: User, due: date) -> Typed:
    """Return what is typed into one row of actions."""
    stem = f"action_{number}"
    return {f"{stem}_what": what, f"{stem}_owner": str(owner.pk), **on(f"{stem}_due", due)}


def client_of(user: User) -> Client:
    """Return a browser in which this person is signed in."""
    client = Client()
    client.force_login(user, backend="accounts.backends.PersonBackend")
    return client


def address(case: Case, key: str, page: str = "case_step") -> str:
    """Return the address of a step of a case."""
    return reverse(page, args=[case.reference, key])


def hidden(response: Any) -> Typed:
    """Return the hidden fields of the form that a page shows."""
    form = response.context["form"]
    return {name: str(form[name].value()) for name in ("form_token", "version")}


def open_duties(case: Case) -> list[tuple[str, str]]:
    """Return (rule, name) of everything due in a case."""
    rows = Deadline.objects.open().filter(case=case).select_related("person")
    return sorted((d.rule, d.person.full_name) for d in rows)


# The situations


def accepted(cast: Cast, state: str) -> Case:
    """Return a case on a managers' rung whose manager has accepted it."""
    case = case_at(cast, state)
    managing.accept(case, by=case.holder, audit=audit(case, TUESDAY + 7 * HOUR))
    return fresh(case)


def declined(cast: Cast) -> Case:
    """Return a case that the line manager does not support."""
    case = accepted(cast, State.LINE_MANAGER)
    managing.decline(
        case,
        by=cast.nurse_manager,
        audit=audit(case, TUESDAY + 8 * HOUR),
        discussion="We went through the visits.",
        why="One more visit would tell us more.",
        feedback="Not yet: please visit once more.",
    )
    return fresh(case)


def view_asked(cast: Cast) -> Case:
    """Return a case in which the raiser asked for an independent view after a refusal."""
    case = declined(cast)
    managing.ask_independent_view(
        case, by=cast.nurse, audit=audit(case, TUESDAY + 9 * HOUR), question="Is one more visit enough?"
    )
    return fresh(case)


def advice_asked(cast: Cast) -> Case:
    """Return a case in which the nurse asked her lead for advice."""
    case = opened(cast)
    talking.ask_advice(case, by=cast.nurse, audit=audit(case, TUESDAY + HOUR), question="Is it neglect?")
    return fresh(case)


def told(cast: Cast, **changes: Any) -> Case:
    """Return a case at Resolution in which the other side was told of the intention to escalate."""
    from cases.actions import climbing

    case = opened(cast, **changes)
    climbing.notify_intention(
        case, by=cast.nurse, audit=audit(case, TUESDAY + HOUR), message="I mean to take this further."
    )
    return fresh(case)


def referred(cast: Cast) -> Case:
    """Return a case that the CSWO referred to the committee."""
    case = accepted(cast, State.CSWO)
    settling.refer(
        case,
        by=cast.cswo,
        audit=audit(case, TUESDAY + 8 * HOUR),
        body="cpc",
        referred_on=date(2026, 6, 2),
        reason="Thresholds differ across agencies.",
        feedback="I have referred this to the committee.",
    )
    return fresh(case)


def checked_back(cast: Cast) -> Case:
    """Return a case that was agreed, done and checked back by both sides, ready to be closed."""
    case = agreed(cast)
    check_back_all(case, cast, TUESDAY + 5 * HOUR)
    return fresh(case)


def done_once(cast: Cast) -> Case:
    """Return a case that was agreed and whose first check back both sides answered."""
    case = agreed(cast)
    for person in (cast.nurse, cast.social_worker):
        following.check_understood(case, by=person, audit=audit(case, TUESDAY + 4 * HOUR), answer=True)
    return fresh(case)


def both_positions(cast: Cast) -> Case:
    """Return a case at Resolution in which each side has given its position."""
    case = opened(cast)
    for person in (cast.nurse, cast.social_worker):
        talking.give_position(case, by=person, audit=audit(case, TUESDAY + HOUR), position=POSITION)
    return fresh(case)


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


def _words(**words: Any) -> Callable[[Cast, Case], Typed]:
    return lambda cast, case: words


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
            "discussed": "I told him what I saw.",
        },
        missing="discussed",
        state=State.RESOLUTION,
        duties=(("settle", "Nadia Reid"),),
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
        duties=(("settle", "Nadia Reid"),),
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
        duties=(("settle", "Nadia Reid"),),
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


def managers_told(cast: Cast) -> Case:
    """Return a case between managers in which the other side was told, ready to go to the senior managers."""
    from cases.actions import climbing

    case = case_at(cast, State.MANAGERS)
    climbing.notify_intention(
        case, by=cast.nurse_manager, audit=audit(case, TUESDAY + 5 * HOUR), message="We go to Stage 2."
    )
    return fresh(case)


__all__ = ["NOW", "SITUATIONS", "TUESDAY", "tell_and_escalate"]
