"""How long a sign-in lasts, where one is signed in, and how it ends (bars E5, E6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import actions
from accounts.actions import resets
from accounts.models import Membership, User
from accounts.roles import Role
from accounts.sign_in.devices import device_words
from accounts.sign_in.models import Authenticator, SignIn
from accounts.sign_in.sessions import digest
from tests.cast import TUESDAY, Cast
from tests.factories import PASSWORD
from tests.sign_in.conftest import Registry
from tests.sign_in.proof import code, signs_in, with_app
from tests.sign_in.test_second_step import secret_on

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36"


def is_in(client: Client) -> bool:
    return client.get(reverse("me")).status_code == 200


def test_half_an_hour_without_a_click_ends_it(inside: Client, clock: Any) -> None:
    clock.shift(30 * MINUTE - SECOND)
    assert is_in(inside)
    clock.shift(30 * MINUTE)
    assert not is_in(inside)
    clock.shift(-2 * MINUTE)
    assert not is_in(inside), "and it does not come back"


def test_twelve_hours_end_it_however_busy(inside: Client, clock: Any) -> None:
    clicks = 0
    while clicks < 71:
        clock.shift(10 * MINUTE)
        assert is_in(inside)
        clicks += 1
    clock.shift(10 * MINUTE - SECOND)
    assert is_in(inside)
    clock.shift(SECOND)
    assert not is_in(inside)
    assert clicks == 71


def test_an_ordinary_click_writes_at_most_once_a_minute(inside: Client, clock: Any) -> None:
    def written() -> int:
        with CaptureQueriesContext(connection) as found:
            inside.get(reverse("directory"))
        return sum(not q["sql"].startswith("SELECT") for q in found.captured_queries)

    began = SignIn.objects.get(user__isnull=False).seen_at
    clock.shift(59 * SECOND)
    assert [written(), written()] == [0, 0]
    clock.shift(SECOND)
    assert [written(), written()] == [1, 0]
    assert SignIn.objects.get(user__isnull=False).seen_at == began + MINUTE


def test_the_page_says_until_when_and_what_to_do(inside: Client, clock: Any) -> None:
    text = inside.get(reverse("me")).content.decode()
    assert "If you do nothing, you are signed out at 11am. At 10:30pm it ends in any case." in text
    clock.shift(20 * MINUTE)
    text = inside.get(reverse("me")).content.decode()
    assert "If you do nothing, you are signed out at 11:20am. At 10:30pm it ends in any case." in text


def test_staying_gives_another_half_hour_and_a_token_for_the_forms(inside: Client, clock: Any) -> None:
    clock.shift(29 * MINUTE)
    answer = inside.get(reverse("stay")).json()
    assert (answer["left"], answer["last"]) == (1800, 12 * 3600 - 29 * 60)
    assert len(answer["token"]) == 64
    clock.shift(29 * MINUTE)
    assert is_in(inside)


def test_the_table_holds_no_key_that_opens_anything(inside: Client, nurse: User) -> None:
    key = inside.cookies[settings.SESSION_COOKIE_NAME].value
    row = SignIn.objects.get(user=nurse)
    assert row.pk == digest(key) != key
    assert key not in str(SignIn.objects.values_list().get(pk=row.pk))
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = row.pk
    assert not is_in(thief)
    assert is_in(inside)


def test_signing_in_gives_a_new_key(client: Client, nurse: User) -> None:
    client.get(reverse("sign_in"))
    client.post(reverse("sign_in"), {"email": nurse.email, "password": PASSWORD})
    between = client.cookies[settings.SESSION_COOKIE_NAME].value
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = between
    client.post(reverse("second_step"), {"confirm_code": code()})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != between
    assert is_in(client)
    assert not is_in(thief)
    assert thief.get(reverse("second_step")).url == f"{reverse('sign_in')}?password", "that session is gone"


@pytest.mark.parametrize(
    "ended_by",
    [
        *("sign out", "quick exit", "leaver", "password", "one device", "all devices"),
        *("app added", "app removed", "second step reset"),
    ],
)
def test_what_ends_a_sign_in_ends_it_at_the_next_click(
    cast: Cast, nurse: User, clock: Any, ended_by: str, registry: Registry
) -> None:
    phone, desk = Client(), Client(headers={"User-Agent": CHROME})
    signs_in(phone, nurse)
    clock.shift(MINUTE)  # a code works once
    signs_in(desk, nurse)
    assert (is_in(phone), is_in(desk)) == (True, True)
    key = digest(phone.cookies[settings.SESSION_COOKIE_NAME].value)
    match ended_by:
        case "sign out":
            answer = phone.post(reverse("sign_out"))
            assert answer["Clear-Site-Data"] == '"cache", "storage"'
        case "quick exit":
            answer = phone.post(reverse("quick_exit"))
            assert (answer.url, answer["Clear-Site-Data"]) == (reverse("left"), '"cache", "storage"')
            text = phone.get(answer.url).content.decode()
            assert "Escalation" not in text
            assert "child" not in text.lower()
        case "leaver":
            actions.deactivate_person(person=nurse, by=cast.administrator, at=TUESDAY)
        case "password":
            new = "gulls over the harbour wall"
            form = {"old": PASSWORD, "password": new, "again": new}
            assert desk.post(reverse("change_password"), form).url == reverse("my_sign_in")
        case "one device":
            assert desk.post(reverse("end_sign_in", args=[key])).status_code == 302
        case "all devices":
            assert desk.post(reverse("end_other_sign_ins")).status_code == 302
            assert registry("sign_in_ended") == [("sign_in_ended", nurse.pk, {"count": 1})]
        case "app added":
            secret = secret_on(desk.get(reverse("add_app")).content.decode())
            answer = desk.post(reverse("add_app"), {"code": code(secret=secret)})
            assert answer.url == reverse("my_sign_in")
        case "app removed":
            old = Authenticator.objects.get(user=nurse)
            with_app(nurse, password=False)
            answer = desk.post(reverse("remove_factor", args=["app", old.pk]))
            assert answer.url == reverse("my_sign_in")
            assert not Authenticator.objects.filter(pk=old.pk).exists()
        case "second step reset":
            asked = resets.ask_for_reset(
                person=nurse, checked="I saw her.", by=cast.administrator, at=TUESDAY
            )
            assert is_in(phone), "nothing has happened yet"
            resets.agree_to_reset(reset=asked, by=cast.second_administrator, at=TUESDAY)
    refused = sum(not is_in(phone) for _ in range(10))
    assert refused == 10
    assert is_in(desk) == (ended_by not in ("leaver", "second step reset")), "and only that one"


def test_a_role_that_ended_opens_nothing_at_the_next_click(cast: Cast, clock: Any) -> None:
    """E5: the sign-in goes on, what the role opened does not; its twin is the click before."""
    office, closed = Client(), 0
    office.force_login(cast.second_administrator, backend="accounts.backends.PersonBackend")
    pages = [
        reverse(name) for name in ("administration", "staff", "role_requests", "operations", "add_person")
    ]
    assert [office.get(page).status_code for page in pages] == [200] * len(pages)
    held = Membership.objects.get(user=cast.second_administrator, role=Role.ADMINISTRATOR)
    actions.end_role(membership=held, by=cast.administrator, at=TUESDAY)
    for page in pages:
        closed += office.get(page).status_code == office.post(page).status_code == 403
    assert closed == len(pages)
    assert is_in(office)


def test_nobody_ends_somebody_elses_sign_in(inside: Client, cast: Cast) -> None:
    other = Client()
    other.force_login(cast.teacher, backend="accounts.backends.PersonBackend")
    key = digest(other.cookies[settings.SESSION_COOKIE_NAME].value)
    assert inside.post(reverse("end_sign_in", args=[key])).status_code == 404
    assert is_in(other)


def test_my_devices_are_listed_with_this_one_marked(nurse: User, clock: Any) -> None:
    desk, phone = (
        Client(headers={"User-Agent": CHROME}),
        Client(headers={"User-Agent": "Firefox/1 (Android)"}),
    )
    signs_in(phone, nurse)
    clock.shift(MINUTE)
    signs_in(desk, nurse)
    text = desk.get(reverse("my_sign_in")).content.decode()
    assert text.count("Chrome on Windows") == 1
    assert text.count("Firefox on Android") == 2, "its name, and in the button that signs it out"
    assert text.count("This device") == 1
    assert "Since 10:31am today; last used just now" in text
    clock.shift(29 * MINUTE)
    assert "Firefox on Android" not in desk.get(reverse("my_sign_in")).content.decode(), "ended by itself"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (CHROME, "Chrome on Windows"),
        (CHROME + " Edg/141.0", "Edge on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15.0) Gecko/20100101 Firefox/140.0", "Firefox on Mac"),
        ("", "A browser on an unknown device"),
        ("<script>alert(1)</script>", "A browser on an unknown device"),
    ],
)
def test_a_device_has_a_name_that_its_owner_knows(agent: str, words: str) -> None:
    assert device_words(agent) == words
