"""Words are never lost: an expired session, a page overtaken by somebody else, a button pressed twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from accounts.sign_in.models import SignIn
from cases.models import Case, Entry
from cases.models.deadline import Rule
from cases.models.entry import Kind
from cases.workflow import State
from tests.cast import Cast
from tests.journeys import given, words
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import Person, pages_checked
from tests.journeys.then import Then as then
from tests.journeys.when import When as when

pytestmark = pytest.mark.browser

SEEN = "What we have seen and know"
VIEW = "How we see the need or risk"
HALF = "Three visits in May. Each time there was no"


def test_half_a_position_is_offered_again_after_the_session_ran_out(stage: Cast, person: OpenWindow) -> None:
    # Given half a position, written and kept on the way
    case = given.a_case_at(stage, State.RESOLUTION).reference
    nurse = person(stage.nurse).signs_in()
    when(nurse).begins(case, "position")
    when(nurse).writes_for_a_while(SEEN, HALF)
    nurse.sees("Saved at ")

    # When her session runs out, and she presses the button
    SignIn.objects.all().delete()
    nurse.presses("Give this position", status=401).is_at("You have been signed out").sees(HALF)
    nurse.follows("Sign in again").is_at("Choose somebody to be")
    nurse.presses(f"Sign in as {nurse.name}")
    # Then she is on the same page again, and her words stand in it
    nurse.is_at("Give your side’s position").sees("You began this before")
    then(nurse).finds_written(SEEN, HALF)
    assert Entry.objects.filter(kind=Kind.POSITION).count() == 0

    # And when she has finished it, it is in the record and the draft is gone
    when(nurse).gives_a_position(case, words.RAISING)
    nurse.goes_to("/").does_not_see("What you began to write")
    assert Entry.objects.filter(kind=Kind.POSITION).count() == 1
    assert pages_checked(nurse) >= 9


def test_signed_out_in_one_window_and_in_again_in_another(stage: Cast, person: OpenWindow) -> None:
    # Given a page on which something was written when the session ran out
    case = given.a_case_at(stage, State.RESOLUTION).reference
    nurse = person(stage.nurse).signs_in()
    when(nurse).begins(case, "position")
    SignIn.objects.all().delete()
    when(nurse).writes_for_a_while(SEEN, HALF)
    # Then the page says so, and keeps the words
    nurse.sees("Not saved: you have been signed out. Keep this page open, sign in again in another tab")

    # When she signs in again in another window, and goes on here
    page = nurse.opens_another_window()
    nurse.signs_in()
    nurse.page = page
    for heading, text in words.RAISING.items():
        nurse.writes(heading, text)
    nurse.presses("Give this position")
    # Then the position is in the record
    nurse.sees(*words.RAISING.values())
    assert Entry.objects.filter(kind=Kind.POSITION).count() == 1


def test_a_page_overtaken_by_the_other_side_keeps_the_words(stage: Cast, person: OpenWindow) -> None:
    # Given a nurse who writes an agreement, while the social worker gives his position
    case = given.a_case_at(stage, State.RESOLUTION).reference
    nurse, social_worker = person(stage.nurse).signs_in(), person(stage.social_worker).signs_in()
    when(nurse).begins(case, "intention").writes("What do you tell the other side?", "I go on to my manager.")
    when(social_worker).gives_a_position(case, words.RECEIVING)

    # When she sends it
    nurse.presses("Tell them", status=409)
    # Then she sees what changed, and her words
    nurse.is_at("Somebody changed this before you")
    nurse.sees("Position of the receiving side", "Callum Petrie", "I go on to my manager.")
    assert Entry.objects.filter(kind=Kind.INTENTION).count() == 0

    # When she goes on with them
    nurse.follows("Go on with your words")
    then(nurse).finds_written("What do you tell the other side?", "I go on to my manager.")
    nurse.presses("Tell them")
    # Then the notice is in the record, once
    assert [e.texts["message"] for e in Entry.objects.filter(kind=Kind.INTENTION)] == [
        "I go on to my manager."
    ]
    assert pages_checked(nurse, social_worker) >= 12


def test_two_windows_of_one_person_send_the_same_step(stage: Cast, person: OpenWindow) -> None:
    # Given a manager with the same page open twice
    case = given.a_case_at(stage, State.LINE_MANAGER).reference
    manager = person(stage.nurse_manager).signs_in()
    when(manager).begins(case, "accept")
    first = manager.opens_another_window()
    when(manager).begins(case, "accept")

    # When the second window accepts it, and then the first
    manager.presses("Accept this and tell them").sees("You have accepted this.")
    manager.page = first
    manager.presses("Accept this and tell them", status=409)
    # Then the first says that it was done, and offers the way on
    manager.is_at("You changed this already").sees("Accepted")
    manager.follows("See the case as it is now")
    then(manager).has_waiting(case, Rule.SETTLE, Rule.SAFETY, Rule.SITUATION)
    assert pages_checked(manager) >= 10


def _at_its_old_address(thread: LiveServerThread, connections_override: Any = None) -> Any:
    """Make a server where another one stood a moment ago; Django's own waits until that is forgotten."""
    where = (thread.host, thread.port)
    return thread.server_class(
        where,
        QuietWSGIRequestHandler,
        allow_reuse_address=True,
        connections_override=connections_override,
    )


def test_the_server_dies_in_the_middle_of_a_form(
    stage: Cast, browser: Browser, assets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was typed stays on the page, is saved when the server is back, and is sent once by the next press."""
    monkeypatch.setattr(LiveServerThread, "_create_server", _at_its_old_address)
    # Given a nurse who writes her position
    case = given.a_case_at(stage, State.RESOLUTION).reference
    server = LiveServer("localhost")
    address = server.url.removeprefix("http://")
    nurse = Person(browser, server.url, stage.nurse, width=1280, script=True, pictures=None).signs_in()
    when(nurse).begins(case, "position")
    for heading, text in words.RAISING.items():
        nurse.writes(heading, text)

    # When the server dies and she presses the button
    server.stop()
    nurse.context.set_offline(True)  # its threads outlive it here, and would answer what is open already
    nurse.page.get_by_role("button", name="Give this position").click()
    # Then nothing was sent, and the page says so and keeps every word
    nurse.sees("Not sent: no connection. Your words are still here.")
    for heading, text in words.RAISING.items():
        then(nurse).finds_written(heading, text)
    assert Entry.objects.filter(kind=Kind.POSITION).count() == 0

    # When the server is back, the page saves them by itself
    server = LiveServer(address)
    nurse.context.set_offline(False)
    # At once when the browser hears that there is a network, after ten seconds where there is only this machine.
    expect(nurse.page.locator("body")).to_contain_text("Saved at ", timeout=20_000)
    nurse.problems.clear()
    # And the next press, at once, sends them once
    nurse.presses("Give this position").sees(*words.RAISING.values())
    assert Entry.objects.filter(kind=Kind.POSITION).count() == 1
    nurse.leaves()
    server.stop()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_button_pressed_twice_sends_once(stage: Cast, person: OpenWindow, script: bool) -> None:
    # Given a nurse about to add something new
    case = given.a_case_at(stage, State.RESOLUTION)
    nurse = person(stage.nurse, script=script).signs_in()
    when(nurse).begins(case.reference, "update").writes("What is new?", "The mother has asked for help.")
    # When she clicks the button twice
    nurse.page.get_by_role("button", name="Add this and tell them").dblclick()
    # Then it is in the record once
    expect(nurse.page).to_have_url(f"{nurse.url}/cases/{case.reference}/")
    nurse.is_on_a_good_page().sees("It is in the record")
    assert Entry.objects.filter(kind=Kind.UPDATE).count() == 1
    assert Case.objects.get(pk=case.pk).version == case.version + 1


def test_a_half_written_disagreement_waits_at_home(stage: Cast, person: OpenWindow) -> None:
    # Given a nurse who stops in the middle of the third page
    nurse = person(stage.nurse).signs_in()
    when(nurse).begins_to_log()
    when(nurse).finds_it_in_scope()
    when(nurse).says_what_it_is_about()
    when(nurse).writes_for_a_while("What happened, and why do you disagree?", HALF)
    nurse.sees("Saved at ")

    # When she signs in again the next day
    SignIn.objects.all().delete()
    nurse.signs_in()
    # Then home offers it, and she goes on where she stopped
    nurse.follows("A new disagreement").sees("You have a draft").follows("Go on with your draft")
    nurse.is_at("What happened?")
    then(nurse).finds_written("What happened, and why do you disagree?", HALF)
    assert pages_checked(nurse) >= 11
