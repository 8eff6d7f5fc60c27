"""Going up by the pages: the brief built from the record, what is asked before, the situation now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine

from cases.actions import climbing, managing, talking
from cases.audit import Audit
from cases.models.entry import Kind
from cases.workflow import State
from tests.cases.steps import POSITION, audit, fresh, tell_and_escalate
from tests.cast import TUESDAY, Cast, new_case, opened
from tests.pages.desk import (
    HOUR,
    NOW,
    accepted,
    form_of,
    last,
    managers_told,
    names,
    open_duties,
    send,
    shown,
    told,
)
from tests.pages.situation import BRIEF, SELF_CHECK
from tests.pages.situations import SITUATIONS


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


# Going up


@pytest.mark.requirement("G19", "PK01")
def test_the_brief_is_built_from_the_record(cast: Cast) -> None:
    case = opened(cast)
    talking.record_contact(
        case,
        by=cast.nurse,
        audit=Audit(TUESDAY + HOUR),
        happened_at=TUESDAY + HOUR,
        method="telephone",
        people="Callum Petrie",
        discussed="I told him what I saw.",
        result="He keeps his view.",
    )
    for person in (cast.nurse, cast.social_worker):
        talking.give_position(case, by=person, audit=Audit(TUESDAY + HOUR), position=POSITION)
    talking.give_update(case, by=cast.nurse, audit=Audit(TUESDAY + 2 * HOUR), update="The mother rang.")
    tell = audit(case, TUESDAY + 2 * HOUR)
    climbing.notify_intention(case, by=cast.nurse, audit=tell, message="I go on.")
    form = form_of(cast, case, "nurse", "escalate")
    assert form["brief_concerns"].value() == (
        "The referral of 28 May was declined at screening. I saw the child unfed on three visits."
        "\n\nNew on 2 June 2026: The mother rang."
    )
    assert form["brief_consequences"].value() == new_case(cast).consequence
    assert form["brief_steps"].value() == (
        "2 June 2026, telephone, Callum Petrie: I told him what I saw. Came of it: He keeps his view.\n"
        "2 June 2026: the other side was told that this would be taken further."
    )
    assert form["brief_other_position"].value() == (
        "What we have seen and know: Seen on three visits.\n\n"
        "How we see the need or risk: The threshold is met.\n\n"
        "What it means for the child: Hunger, missed school."
    )


def test_the_other_sides_position_is_not_in_the_brief_of_somebody_who_may_not_read_it_yet(cast: Cast) -> None:
    case = told(cast)
    talking.give_position(case, by=cast.social_worker, audit=Audit(NOW), position=POSITION)
    form = form_of(cast, case, "nurse", "escalate")
    assert form["brief_other_position"].value() == ""
    assert "Nothing could be taken from the record" in shown(cast, case, "nurse", "escalate")
    assert "Seen on three visits" not in shown(cast, case, "nurse", "common-ground")


def test_what_is_missing_is_listed_in_the_order_of_the_page(cast: Cast) -> None:
    answer = send(cast, told(cast), "nurse", "escalate", {})
    anchors = [problem["href"] for problem in answer.context["form"].error_summary()]
    page = answer.content.decode()
    places = [page.index(f'id="{anchor.removeprefix("#")}"') for anchor in anchors]
    assert anchors[0].startswith("#id_check_")
    assert places == sorted(places)


@pytest.mark.requirement("PK03", "G19")
def test_the_next_brief_goes_on_from_the_last_one_as_it_was_edited(cast: Cast) -> None:
    case = opened(cast)
    tell_and_escalate(case, cast.nurse, TUESDAY + HOUR)  # its brief says "Hungry at school." and "Two calls."
    managing.accept(case, by=cast.nurse_manager, audit=audit(case, TUESDAY + 2 * HOUR))
    managing.support(
        case,
        by=cast.nurse_manager,
        audit=audit(case, TUESDAY + 3 * HOUR),
        discussion="The visits.",
        why="The pattern is clear.",
        feedback="I support you.",
    )
    climbing.notify_intention(
        case, by=cast.nurse_manager, audit=audit(case, TUESDAY + 4 * HOUR), message="We go on."
    )
    form = form_of(cast, case, "nurse_manager", "escalate")
    assert form["brief_concern"].value() == "Hungry at school."
    assert form["brief_consequences"].value() == "Worse health."
    assert form["brief_steps"].value() == (
        "Two calls.\n"
        "2 June 2026, line manager supported the concern: The pattern is clear.\n"
        "2 June 2026: the other side was told that this would be taken further."
    )
    assert form["threshold"].value() == "The child is not getting enough to eat."


@pytest.mark.requirement("PK04")
def test_what_blocked_agreement_comes_from_the_common_ground(cast: Cast) -> None:
    case = accepted(cast, State.SENIOR_MANAGERS)
    talking.set_common_ground(
        case,
        by=cast.health_senior,
        audit=Audit(NOW),
        disputed_facts="Whether there is food at home.",
        question="Is the threshold met?",
    )
    climbing.notify_intention(case, by=cast.health_senior, audit=audit(case, NOW), message="We go on.")
    form = form_of(cast, case, "health_senior", "escalate")
    assert form["brief_blocked"].value() == (
        "Still disputed: Whether there is food at home.\n\nThe question to decide: Is the threshold met?"
    )


@pytest.mark.requirement("G14", "G17", "PK10")
def test_what_was_sent_up_stands_in_the_record_as_it_was_typed(cast: Cast) -> None:
    case = told(cast)
    typed = SITUATIONS["escalate"].typed(cast, case)
    assert send(cast, case, "nurse", "escalate", typed).status_code == 302
    brief = last(case, Kind.BRIEF)
    assert brief["brief"] == {key.removeprefix("brief_"): text for key, text in BRIEF.items()}
    assert brief["tried"] == BRIEF["brief_steps"]
    assert brief["self_check"] == {
        "said_clearly": "yes",
        "tried_directly": "yes",
        "asked_manager": "yes",
        "own_procedure": "no",
    }
    assert last(case, Kind.SITUATION) == {"situation": "At school today."}


def test_the_questions_to_oneself_are_asked_before_the_first_escalation_only(cast: Cast) -> None:
    first = names(form_of(cast, told(cast), "nurse", "escalate"))
    later = names(form_of(cast, managers_told(cast), "nurse_manager", "escalate"))
    assert {n for n in first if n.startswith("check_")} == {*SELF_CHECK, "check_own_procedure"}
    assert not {n for n in later if n.startswith("check_")}


@pytest.mark.requirement("PK12")
def test_the_pair_that_fits_the_step_stands_beside_it(cast: Cast) -> None:
    """Do and avoid: openness where it is taken further, the clear record where it is written down."""
    case = told(cast)
    for key, tip, others in (
        ("escalate", "escalate", ("position", "record")),
        ("position", "position", ("escalate", "record")),
        ("contact", "record", ("escalate", "position")),
    ):
        page = shown(cast, case, "nurse", key)
        [pair] = cast.procedure.definition.tips_for(tip)
        assert f"<strong>Do:</strong> {pair.do}" in page
        assert f"<strong>Avoid:</strong> {pair.avoid}" in page
        assert page.count("<strong>Do:</strong>") == 1
        for other in others:
            assert cast.procedure.definition.tips_for(other)[0].do not in page


def test_feedback_is_asked_of_everybody_but_the_raiser(cast: Cast) -> None:
    assert "feedback" not in names(form_of(cast, told(cast), "nurse", "escalate"))
    case = managers_told(cast)
    typed = {
        "brief_concern": "Hungry.",
        "brief_consequences": "Worse health.",
        "brief_steps": "Two calls.",
        "threshold": "Not enough to eat.",
        "situation": "At school.",
    }
    answer = send(cast, case, "nurse_manager", "escalate", typed)
    assert answer.status_code == 200
    assert "Say what you tell the person who raised it" in unescape(answer.content.decode())
    assert (
        send(cast, case, "nurse_manager", "escalate", {**typed, "feedback": "We go on."}).status_code == 302
    )
    assert ("acknowledge", "Nadia Reid") in open_duties(case)


def test_in_danger_without_a_notice_the_reason_is_asked_and_the_questions_may_be_left(cast: Cast) -> None:
    case = opened(cast, urgency="immediate")
    typed = {**BRIEF, "threshold": "Danger tonight.", "situation": "At home alone."}
    answer = send(cast, case, "nurse", "escalate", typed)
    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {"no_notice_why"}
    assert (
        send(cast, case, "nurse", "escalate", {**typed, "no_notice_why": "Nobody answers."}).status_code
        == 302
    )
    assert last(case, Kind.BRIEF)["no_notice_why"] == "Nobody answers."


def test_a_stage_is_passed_over_only_to_one_above_the_next(cast: Cast) -> None:
    case = opened(cast, urgency="immediate")
    form = form_of(cast, case, "nurse", "skip")
    assert [value for value, _ in form.fields["target"].choices] == ["managers", "senior_managers", "cswo"]
    typed = SITUATIONS["skip"].typed(cast, case)
    assert send(cast, case, "nurse", "skip", {**typed, "target": "line_manager"}).status_code == 200
    assert send(cast, case, "nurse", "skip", {**typed, "target": "cswo"}).status_code == 302
    assert fresh(case).state == State.CSWO


def test_a_rung_without_a_brief_of_its_own_carries_on_that_of_the_rung_below(cast: Cast) -> None:
    case = opened(cast, urgency="immediate")
    tell_and_escalate(case, cast.nurse, TUESDAY + HOUR)
    form = form_of(cast, case, "nurse_manager", "skip")
    assert form["brief_concerns"].value() == "Hungry at school."
    assert {n for n in names(form) if n.startswith("brief_")} == set(BRIEF)


# The situation now


@pytest.mark.requirement("G20")
def test_a_fresh_situation_is_offered_and_an_old_one_has_to_be_written_afresh(
    cast: Cast, wednesday: Any
) -> None:
    case = opened(cast)
    assert form_of(cast, case, "nurse", "agree")["situation"].value().startswith("Child at school today.")
    wednesday.move_to(TUESDAY + timedelta(days=8))  # five working days are over
    form = form_of(cast, case, "nurse", "agree")
    assert form["situation"].value() in (None, "")
    assert "What was written on" in form.fields["situation"].help_text or (
        "is too old now" in form.fields["situation"].help_text
    )
