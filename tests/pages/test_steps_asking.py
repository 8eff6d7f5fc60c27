"""What the pages of steps ask, show and fill in: the procedure's own questions, and the record of the case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine

from cases.actions import settling, talking
from cases.audit import Audit
from cases.models import Action, Entry
from cases.models.entry import Kind
from cases.workflow import State
from tests import in_place
from tests.cases.steps import POSITION, audit, case_at, fresh
from tests.cast import TUESDAY, Cast, new_case, opened
from tests.pages.desk import (
    HOUR,
    NOW,
    accepted,
    action,
    address,
    agreed,
    at,
    client_of,
    declined,
    done_once,
    form_of,
    hidden,
    last,
    names,
    on,
    open_duties,
    send,
    shown,
    told,
    view_asked,
)
from tests.pages.situation import NEXT_WEEK
from tests.pages.situations import SITUATIONS


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


# Meetings, positions, common ground


@pytest.mark.requirement("G10", "G34")
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


@pytest.mark.requirement("G10")
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


@pytest.mark.requirement("G22", "PK02")
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


@pytest.mark.requirement("G24")
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


@pytest.mark.requirement("G24")
@pytest.mark.requirement("G24")
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


@pytest.mark.requirement("G30")
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


@pytest.mark.requirement("G11")
def test_a_prompt_names_the_document_it_comes_from(cast: Cast) -> None:
    page = shown(cast, opened(cast), "social_worker", "position")
    assert "Write facts, at the time or soon after." in page
    assert "Perth and Kinross 2025, “Key principles of Escalation”</a>" in page
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
    other = in_place.publish(text, name="two_rungs.toml").version
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
