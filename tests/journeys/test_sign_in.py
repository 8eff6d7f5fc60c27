"""Signing in with a real browser: password and app, passkey, recovery code, the warning before the end, quick exit."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.sync_api import CDPSession, Page, expect

from accounts.sign_in import recovery
from accounts.sign_in.models import SignIn
from accounts.sign_in.sessions import SessionStore
from tests.cast import Cast
from tests.factories import PASSWORD
from tests.journeys.conftest import OpenWindow
from tests.journeys.person import Person
from tests.sign_in.proof import code, with_app

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _a_real_service(settings: Any, live_server: Any) -> None:
    """Not the demonstration, at the address that passkeys are bound to."""
    settings.DEMO_MODE = False
    settings.BASE_URL = urlsplit(live_server.url.replace("127.0.0.1", "localhost"))


def gives_password(one: Person, *, wanted: str = "/sign-in/") -> Person:
    one.goes_to(wanted)
    one.page.get_by_label("Work email address").fill(one.user.email)
    one.page.get_by_label("Password", exact=True).fill(PASSWORD)
    return one.presses("Sign in")


def types_code(one: Person, typed: str, button: str = "Sign in") -> Person:
    one.page.get_by_label("Code", exact=True).fill(typed)
    return one.presses(button)


def set_password(user: Any) -> None:
    user.set_password(PASSWORD)
    user.save()


def has_a_device(page: Page) -> CDPSession:
    """Give the browser a device that confirms passkeys by itself."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session


@pytest.mark.parametrize("script", [True, False])
def test_first_sign_in_with_an_app_and_the_next_ones(stage: Cast, person: OpenWindow, script: bool) -> None:
    set_password(stage.nurse)
    nurse = person(stage.nurse, width=375 if not script else 1280, script=script)
    gives_password(nurse).is_at("Set up your second step")
    nurse.follows("Use an app").is_at("Set up an app")
    if script:
        nurse.unfolds("I cannot scan it")
    secret = nurse.page.locator("p.esc-reference").text_content().replace(" ", "")
    nurse.page.get_by_label("The code that the app shows now").fill(pyotp.TOTP(secret).now())
    nurse.page.get_by_label("What you call it").fill("Work phone")
    nurse.presses("Save this app").is_at("Your recovery codes")
    codes = nurse.page.locator(".esc-codes li").all_inner_texts()
    assert len(codes) == 10
    nurse.follows("I have kept them: go on").sees(f"{nurse.user.full_name}")
    # The code that set it up does not sign in as well; a recovery code does, once
    nurse.presses("Sign out")
    gives_password(nurse).is_at("Confirm that it is you")
    types_code(nurse, codes[0]).is_at("Your sign-in").sees("9 are left").sees("Work phone")
    nurse.presses("Sign out")
    gives_password(nurse)
    nurse.page.get_by_label("Code", exact=True).fill(codes[0])
    nurse.presses_in_vain("Sign in").sees("This code is not right, or was used before")


def test_a_passkey_is_made_and_signs_in(stage: Cast, person: OpenWindow) -> None:
    set_password(stage.nurse)
    nurse = person(stage.nurse)
    nurse.url = nurse.url.replace("127.0.0.1", "localhost")
    device = has_a_device(nurse.page)
    gives_password(nurse).is_at("Set up your second step")
    nurse.follows("Use a passkey").is_at("Set up a passkey")
    nurse.page.get_by_label("What you call it").fill("Ward laptop")
    nurse.presses("Make a passkey").is_at("Your recovery codes")
    nurse.follows("I have kept them: go on")
    nurse.presses("Sign out")
    gives_password(nurse).is_at("Confirm that it is you")
    nurse.presses("Use a passkey").sees(nurse.user.full_name)
    nurse.goes_to("/me/sign-in/").sees("Ward laptop")
    # And gives fresh proof
    forget_proof()
    nurse.goes_to("/me/sign-in/app/", status=401).is_at("Confirm that it is you")
    nurse.presses("Use a passkey").is_at("Add an app")
    assert stage.nurse.passkeys.get().uses >= 2
    device.detach()


def forget_proof() -> None:
    """Let the second factor of the one who is signed in be too old for grave acts."""
    row = SignIn.objects.get(user__isnull=False)
    store = SessionStore()
    data = store.decode(row.session_data)
    data.pop("confirmed_at")
    SignIn.objects.filter(pk=row.pk).update(session_data=store.encode(data))


@pytest.fixture
def nurse(stage: Cast, person: OpenWindow) -> Person:
    """The nurse, signed in by password and app, with a browser whose clock a test can move."""
    one = person(with_app(stage.nurse))
    one.page.clock.install()
    gives_password(one)
    return types_code(one, code())


def minutes_pass(one: Person, minutes: int) -> None:
    one.page.clock.fast_forward(minutes * 60_000)
    one.page.clock.run_for(2_000)


def test_the_warning_comes_before_the_end_and_staying_is_one_press(nurse: Person) -> None:
    nurse.goes_to("/directory/").sees("If you do nothing, you are signed out at")
    banner = nurse.page.locator("[data-stay]")
    minutes_pass(nurse, 24)
    expect(banner).to_be_hidden()
    minutes_pass(nurse, 2)
    expect(banner).to_be_visible()
    expect(banner).to_contain_text("because nothing has happened here for a while")
    nurse.is_on_a_good_page()
    nurse.page.get_by_role("button", name="Stay signed in").click()
    expect(banner).to_be_hidden()
    minutes_pass(nurse, 24)
    expect(banner).to_be_hidden()


def test_what_was_typed_is_still_there_after_the_end(nurse: Person, stage: Cast) -> None:
    nurse.goes_to("/directory/")
    nurse.page.get_by_label("Name, job or team").fill("health visitor")
    SignIn.objects.all().delete()
    minutes_pass(nurse, 31)
    banner, main = nurse.page.locator("[data-stay]"), nurse.page.locator("main")
    expect(banner).to_contain_text("You have been signed out. What you typed is still on this page.")
    expect(main).to_be_hidden()
    go_on = "I am signed in again: go on"
    nurse.page.get_by_role("button", name=go_on).click()
    expect(main).to_be_hidden()  # she is not yet
    # She signs in again in another tab; the code of before was taken, so it is one from paper
    sheet = recovery.make(stage.nurse)
    first = nurse.opens_another_window()
    gives_password(nurse)
    types_code(nurse, sheet[0])
    # The first tab has heard of it and goes on by itself, with a token that fits the new sign-in
    first.bring_to_front()
    expect(first.locator("main")).to_be_visible()
    expect(first.locator("[data-stay]")).to_be_hidden()
    assert first.get_by_label("Name, job or team").input_value() == "health visitor"


def test_a_page_left_alone_shows_nothing_after_the_end(nurse: Person) -> None:
    nurse.goes_to("/directory/").sees("Leila Baird")
    SignIn.objects.all().delete()
    with nurse.page.expect_navigation(url=re.compile("/sign-in/")):
        minutes_pass(nurse, 31)
    nurse.is_at("Sign in").does_not_see("Leila Baird")


def test_quick_exit_leaves_nothing_even_by_going_back(nurse: Person) -> None:
    nurse.goes_to("/directory/").sees("Leila Baird")
    nurse.page.get_by_role("button", name="Quick exit").click()
    nurse.page.wait_for_url(re.compile("/left/"))
    assert nurse.page.title() == "Closed"
    assert "Escalation" not in nurse.page.content()
    for _ in range(2):
        nurse.page.go_back()
        assert "Leila Baird" not in nurse.page.content()
    assert not SignIn.objects.filter(user__isnull=False).exists()
