"""What the pages of steps ask, show and fill in: the procedure's own questions, and the record of the case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine

from cases.actions import climbing, managing, settling, talking
from cases.audit import Audit
from cases.models import Action, Case, Entry
from cases.models.entry import Kind
from cases.procedures import publishing
from cases.workflow import State
from tests.cases.steps import POSITION, audit, case_at, fresh, tell_and_escalate
from tests.cast import TUESDAY, Cast, new_case, opened
from tests.pages.desk import (
    BRIEF,
    HOUR,
    NEXT_WEEK,
    NOW,
    SELF_CHECK,
    SITUATIONS,
    Typed,
    accepted,
    action,
    address,
    agreed,
    at,
    client_of,
    declined,
    done_once,
    hidden,
    managers_told,
    on,
    open_duties,
    told,
    view_asked,
)


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def form_of(cast: Cast, case: Case, by: str, key: str) -> Any:
    """Return the form as the page of a step shows it."""
    page = client_of(getattr(cast, by)).get(address(case, key))
    assert page.status_code == 200, page.content.decode()
    return page.context["form"]


def shown(cast: Cast, case: Case, by: str, key: str) -> str:
    return unescape(client_of(getattr(cast, by)).get(address(case, key)).content.decode())


def send(cast: Cast, case: Case, by: str, key: str, typed: Typed) -> Any:
    """Open a page as somebody and send it with these answers."""
    client = client_of(getattr(cast, by))
    return client.post(address(case, key), {**typed, **hidden(client.get(address(case, key)))}, follow=False)


def last(case: Case, kind: Kind) -> dict[str, Any]:
    """Return the texts of the newest entry of a kind."""
    entry = Entry.objects.filter(case=case, kind=kind).order_by("written_at").last()
    assert entry is not None
    return entry.texts


def names(form: Any) -> set[str]:
    return set(form.fields) - {"form_token", "version"}


# Going up


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


# Meetings, positions, common ground


def test_a_meeting_follows_the_agenda_of_its_stage(cast: Cast) -> None:
    first = form_of(cast, opened(cast), "nurse", "meeting")
    assert [n for n in first.fields if n.startswith("note_")] == [
        "note_child_now",
        "note_roles",
        "note_views",
        "note_chronology",
        "note_impact",
    ]
    assert first.fields["agreed"].label == "What we agree"
    assert first.fields["held_back"].label == "Who has not spoken"
    later = form_of(cast, case_at(cast, State.MANAGERS), "nurse_manager", "meeting")
    assert [n for n in later.fields if n.startswith("note_")] == ["note_child_now", "note_concerns"]


def test_a_meeting_needs_a_word_of_what_was_said(cast: Cast) -> None:
    case = opened(cast)
    typed = {**at("happened_at", NOW - HOUR), "method": "in_person", "people": "Both of us"}
    answer = send(cast, case, "nurse", "meeting", typed)
    assert answer.context["form"].errors.keys() == {"note_child_now"}
    assert send(cast, case, "nurse", "meeting", {**typed, "note_views": "Each spoke."}).status_code == 302
    assert last(case, Kind.MEETING) == {
        "method": "in_person",
        "people": "Both of us",
        "notes": {"views": "Each spoke."},
    }


def test_a_talk_cannot_be_in_the_future_nor_on_a_day_that_is_none(cast: Cast) -> None:
    case = opened(cast)
    typed = SITUATIONS["contact"].typed(cast, case)
    answer = send(cast, case, "nurse", "contact", typed | at("happened_at", NOW + HOUR))
    assert "Date and time must be in the past" in answer.content.decode()
    answer = send(cast, case, "nurse", "contact", typed | {"happened_at_month": "13"})
    assert "Date and time must be a real date" in answer.content.decode()
    assert 'href="#id_happened_at_month"' in answer.content.decode()


def test_ones_own_sides_position_is_offered_again_and_the_other_sides_never(cast: Cast) -> None:
    case = opened(cast)
    talking.give_position(case, by=cast.nurse, audit=Audit(NOW), position=POSITION)
    assert form_of(cast, case, "nurse", "position")["position_seen"].value() == POSITION["seen"]
    assert POSITION["seen"] not in shown(cast, case, "social_worker", "position")


def test_the_common_ground_shows_what_one_may_read_of_the_positions(cast: Cast) -> None:
    case = SITUATIONS["common-ground"].case(cast)
    page = shown(cast, case, "nurse", "common-ground")
    assert "Position of the raising side" in page
    assert "Position of the receiving side" in page


# Managers


def test_a_manager_who_does_not_support_it_needs_no_situation(cast: Cast) -> None:
    case = accepted(cast, State.LINE_MANAGER)
    typed = {"discussion": "The visits.", "supports": "no", "why": "One more visit.", "feedback": "Not yet."}
    assert send(cast, case, "nurse_manager", "manager-view", typed).status_code == 302
    case = fresh(case)
    assert (case.state, case.holder) == (State.LINE_MANAGER, cast.nurse)
    assert ("answer_refusal", "Nadia Reid") in open_duties(case)


def test_the_page_of_a_refusal_shows_the_managers_reasons_and_the_three_ways(cast: Cast) -> None:
    case = declined(cast)
    page = shown(cast, case, "nurse", "answer-refusal")
    assert "One more visit would tell us more." in page
    assert "You may bring new facts, accept the answer, or ask the child protection lead" in page
    form = form_of(cast, case, "nurse", "answer-refusal")
    assert [v for v, _ in form.fields["way"].choices] == ["new_facts", "independent_view", "accept"]


def test_an_independent_view_is_asked_of_the_lead(cast: Cast) -> None:
    case = declined(cast)
    typed = {"way": "independent_view", "question": "Is one more visit enough?", "facts": "left over"}
    assert send(cast, case, "nurse", "answer-refusal", typed).status_code == 302
    assert fresh(case).holder == cast.health_lead
    assert not Entry.objects.filter(case=case, kind=Kind.NEW_FACTS).exists()


def test_accepting_the_answer_ends_it_with_a_statement(cast: Cast) -> None:
    case = declined(cast)
    assert send(cast, case, "nurse", "answer-refusal", {"way": "accept"}).status_code == 200
    typed = {"way": "accept", "statement": "The grandmother has moved in."}
    assert send(cast, case, "nurse", "answer-refusal", typed).status_code == 302
    assert fresh(case).state == State.WITHDRAWN


def test_a_lead_who_does_not_support_it_gives_it_back_to_the_raiser(cast: Cast) -> None:
    case = view_asked(cast)
    assert "Is one more visit enough?" in shown(cast, case, "health_lead", "independent-view")
    typed = {"supports": "no", "view": "One more visit is right."}
    assert send(cast, case, "health_lead", "independent-view", typed).status_code == 302
    assert fresh(case).holder == cast.nurse


# Actions


def test_actions_are_kept_in_order_with_owner_and_day(cast: Cast) -> None:
    case = opened(cast)
    assert send(cast, case, "nurse", "agree", SITUATIONS["agree"].typed(cast, case)).status_code == 302
    rows = Action.objects.filter(case=case).select_related("owner", "entry")
    assert [(a.number, a.entry.texts["what"], a.owner, a.due_on) for a in rows] == [
        (1, "Joint visit", cast.social_worker, NEXT_WEEK),
        (2, "Tell the school", cast.nurse_manager, NEXT_WEEK),
    ]
    assert last(case, Kind.AGREEMENT)["checklist"] == ["own_records"]


@pytest.mark.parametrize(
    ("left_out", "says"),
    [
        ("what", "Action 2: say what is to be done"),
        ("owner", "Action 2: choose who does it"),
        ("due_day", "The day of action 2 must include a day"),
    ],
)
def test_a_row_that_was_begun_is_asked_for_the_rest(cast: Cast, left_out: str, says: str) -> None:
    case = opened(cast)
    typed = {"agreement": "A visit.", "situation": "Well."} | action(
        2, "Visit", cast.social_worker, NEXT_WEEK
    )
    typed.pop(f"action_2_{left_out}")
    answer = send(cast, case, "nurse", "agree", typed)
    assert answer.status_code == 200
    assert says in unescape(answer.content.decode())
    assert fresh(case).state == State.RESOLUTION


def test_an_action_is_given_only_to_people_of_the_case_and_its_managers(cast: Cast) -> None:
    case = opened(cast)
    form = form_of(cast, case, "nurse", "agree")
    offered = {
        words
        for group in form.fields["action_1_owner"].choices
        if isinstance(group[1], list)
        for _, words in group[1]
    }
    assert offered == {
        "Nadia Reid, Health visitor",
        "Callum Petrie, Social worker",
        "Morag Lunan, Line manager",
        "Stuart Vane, Senior manager",
        "Leila Baird, Designated child protection lead",
        "Tara Munro, Line manager",
        "Victor Shaw, Senior manager",
        "Ursula Dow, Designated child protection lead",
        "Hamish Orr, Head of Service and deputy CSWO",
    }
    typed = {"agreement": "A visit.", "situation": "Well."}
    for outsider in (cast.stranger, cast.colleague, cast.administrator):
        answer = send(cast, case, "nurse", "agree", typed | action(1, "Visit", outsider, NEXT_WEEK))
        assert answer.status_code == 200
        assert answer.context["form"].errors.keys() == {"action_1_owner"}


def test_a_folded_row_with_something_in_it_is_open(cast: Cast) -> None:
    case = opened(cast)
    typed = {"agreement": "A visit.", **action(4, "Visit", cast.social_worker, NEXT_WEEK)}
    answer = send(cast, case, "nurse", "agree", typed)  # the situation is missing
    assert [s.open for s in answer.context["form"].sections() if s.folded] == [False, True, False]


# What follows an outcome


def test_a_holder_reports_any_action_and_others_their_own(cast: Cast) -> None:
    case = agreed(cast)
    for who in ("nurse", "social_worker"):
        form = form_of(cast, case, who, "report-action")
        assert [words for _, words in form.fields["action"].choices] == ["1. Joint visit (Callum Petrie)"]
        assert form["action"].value() == form.fields["action"].choices[0][0]


def test_a_no_reopens_and_needs_a_word(cast: Cast) -> None:
    case = agreed(cast)
    assert send(cast, case, "social_worker", "check-understood", {"answer": "no"}).status_code == 200
    typed = {"answer": "no", "words": "I understood Friday."}
    assert send(cast, case, "social_worker", "check-understood", typed).status_code == 302
    assert fresh(case).state == State.RESOLUTION
    case = done_once(cast)
    typed = {"answer": "yes", "helped": "no", "closing_harm_reduced": "no", "closing_heard": "yes"}
    answer = send(cast, case, "nurse", "check-done", typed)
    assert answer.context["form"].errors == {"words": ["Say why you answered no"]}
    assert send(cast, case, "nurse", "check-done", {**typed, "words": "Still hungry."}).status_code == 302
    assert fresh(case).state == State.RESOLUTION
    assert last(case, Kind.CHECK_BACK)["closing"] == {"harm_reduced": "no", "heard": "yes"}


def test_the_check_back_shows_what_was_agreed_and_what_came_of_it(cast: Cast) -> None:
    case = done_once(cast)
    page = shown(cast, case, "nurse", "check-done")
    assert "Joint visit this week." in page
    assert "1. Joint visit" in page
    assert "Callum Petrie, by 4 June 2026" in page


def test_learning_needs_a_place_to_go(cast: Cast) -> None:
    case = SITUATIONS["close"].case(cast)
    typed = SITUATIONS["close"].typed(cast, case)
    without = {k: v for k, v in typed.items() if k != "learning_route"}
    assert send(cast, case, "nurse", "close", without).context["form"].errors.keys() == {"learning_route"}
    neither = {k: v for k, v in without.items() if k != "learning"}
    assert send(cast, case, "nurse", "close", neither).status_code == 302


def test_the_feedback_is_read_before_it_is_acknowledged(cast: Cast) -> None:
    case = case_at(cast, State.MANAGERS)
    assert "I support you and will meet Tara Munro." in shown(cast, case, "nurse", "acknowledge")
    assert send(cast, case, "nurse", "acknowledge", {}).status_code == 302


def test_a_horizon_can_be_taken_away(cast: Cast) -> None:
    case = opened(cast, horizon_at=NOW + timedelta(days=3), horizon_why="The hearing.")
    form = form_of(cast, case, "nurse", "horizon")
    assert (form["known"].value(), form["horizon_at"].value()) == ("yes", NOW + timedelta(days=3))
    typed = {"known": "no", **on("horizon_at", date(2026, 6, 6)), "reason": "The hearing is off."}
    assert send(cast, case, "nurse", "horizon", typed).status_code == 302
    assert fresh(case).horizon_at is None


def test_the_present_urgency_is_no_choice(cast: Cast) -> None:
    form = form_of(cast, opened(cast), "nurse", "urgency")
    assert [v for v, _ in form.fields["urgency"].choices] == ["immediate", "urgent"]


def test_agreeing_to_differ_is_refused_where_the_risk_is_high(cast: Cast) -> None:
    case = opened(cast, urgency="urgent")
    page = client_of(cast.nurse).get(address(case, "agree-to-differ"))
    assert page.status_code == 409
    assert "The risk is too high to leave it at two views." in page.content.decode()


def test_a_prompt_names_the_document_it_comes_from(cast: Cast) -> None:
    page = shown(cast, opened(cast), "social_worker", "position")
    assert "Write facts, at the time or soon after." in page
    assert "Practitioner's Guide: Resolution and Escalation Arrangements (rewritten 2025)" in page
    assert "Be kind, clear and polite. Children need us to work well together." in page


def test_what_was_done_is_said_on_the_case_page_without_a_word_about_the_child(cast: Cast) -> None:
    case = told(cast)
    client = client_of(cast.nurse)
    typed = {**SITUATIONS["escalate"].typed(cast, case), **hidden(client.get(address(case, "escalate")))}
    page = unescape(client.post(address(case, "escalate"), typed, follow=True).content.decode())
    assert (
        "It has gone to Stage 1: Talk to your line manager. Whoever acts there and both practitioners have been told."
        in page
    )


# Another procedure


def test_the_forms_follow_a_procedure_that_is_not_perth_and_kinross(cast: Cast) -> None:
    from pathlib import Path

    text = (Path(__file__).parents[1] / "procedures" / "two_rungs.toml").read_text()
    other = publishing.publish(text, name="two_rungs.toml").version
    from cases.actions.opening import open_case

    case = open_case(
        new_case(cast, reasons=["roles"], urgency="standard"),
        by=cast.nurse,
        audit=Audit(TUESDAY),
        procedure=other,
    )
    form = form_of(cast, case, "nurse", "escalate")
    assert names(form) == {"brief_what", "tried", "threshold", "situation"}
    assert form.button() == "Take it to Level B and tell them"
    assert names(form_of(cast, case, "social_worker", "position")) == {"position_view"}
    assert [v for v, _ in form_of(cast, case, "nurse", "contact").fields["method"].choices] == ["meeting"]
    assert names(form_of(cast, case, "nurse", "meeting")) == {
        "happened_at",
        "method",
        "people",
        "note_talk",
        "agreed",
        "held_back",
        "record_holder",
    }
    checklist = form_of(cast, case, "nurse", "agree").fields["checklist"]
    assert [words for _, words in checklist.choices] == ["On the child's file", "In the agency's own log"]
    settling.agree(case, by=cast.nurse, audit=audit(case, TUESDAY + HOUR), agreement="A visit.", actions=[])
    form = form_of(cast, case, "nurse", "check-understood")
    assert form.fields["answer"].label == "Do you read it the same way?"
