"""Signing in and out, slowed down when somebody guesses; the first password by invitation; the demonstration's page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts import actions, invitations, throttle
from accounts.grants import holds
from accounts.models import Cover, Membership, User
from accounts.permissions import Permission
from accounts.refusals import Refused
from accounts.roles import ROLES, Role
from accounts.tasks import sync_roles
from accounts.throttle import SignInThrottle
from escalation.trail.models import REGISTRY, Event
from tests.accounts.office import granted
from tests.cast import TUESDAY, Cast
from tests.factories import LONG_AGO, PASSWORD
from tests.sign_in.proof import code, with_app

pytestmark = pytest.mark.usefixtures("tuesday")
WRONG = "The email address and password do not belong together."


@pytest.fixture(autouse=True)
def _not_the_demonstration(settings: Any) -> None:
    settings.DEMO_MODE = False
    # Each sign-in here takes a hash of its own; what is tested is what comes before and after it.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def nurse(cast: Cast) -> User:
    """The nurse, with a password and an authenticator app."""
    return with_app(cast.nurse)


def registry(*verbs: str) -> list[tuple[str, int | None, dict[str, Any]]]:
    found = Event.objects.filter(chain=REGISTRY, verb__in=verbs).order_by("seq")
    return [(e.verb, e.actor_id, json.loads(e.payload)) for e in found]


def try_in(client: Client, email: str, password: str, **more: Any) -> Any:
    return client.post(reverse("sign_in"), {"email": email, "password": password, **more})


def confirm(client: Client) -> Any:
    return client.post(reverse("second_step"), {"confirm_code": code()})


def test_signing_in_leads_home_and_is_recorded(client: Client, nurse: User) -> None:
    assert try_in(client, "Nadia.Reid@Example.org", PASSWORD).url == reverse("second_step")
    assert client.get(reverse("me")).status_code == 302, "a password alone opens nothing"
    response = confirm(client)
    assert (response.status_code, response.url) == (302, reverse("home"))
    assert client.get(reverse("me")).status_code == 200
    assert registry("signed_in", "sign_in_failed") == [
        ("signed_in", nurse.pk, {"factor": "authenticator", "how": "password", "roles": ["practitioner"]})
    ]


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/directory/?q=a", "/directory/?q=a"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_it_leads_to_the_page_asked_for_when_it_is_ours(
    client: Client, nurse: User, wanted: str, leads_to: str
) -> None:
    try_in(client, nurse.email, PASSWORD, next=wanted)
    assert confirm(client).url == leads_to
    assert client.get(f"{reverse('sign_in')}?next={wanted}").url == leads_to, "signed in already"


def test_every_failure_reads_the_same(client: Client, cast: Cast, nurse: User) -> None:
    User.objects.filter(pk=cast.teacher.pk).update(is_active=False, password=nurse.password)
    texts = set()
    for email, password in (
        (nurse.email, "not the password at all"),
        ("nobody@example.org", PASSWORD),
        (cast.teacher.email, PASSWORD),  # left
    ):
        response = try_in(client, email, password)
        assert response.status_code == 200
        text = response.content.decode()
        assert WRONG in text
        texts.add(_without_tokens(text).replace(email, ""))
    assert len(texts) == 1
    assert "_auth_user_id" not in client.session
    assert registry("sign_in_failed") == [
        ("sign_in_failed", None, {"account": nurse.pk}),
        ("sign_in_failed", None, {"account": None}),
        ("sign_in_failed", None, {"account": cast.teacher.pk}),
    ]


def _without_tokens(text: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


def test_the_password_is_not_written_back_and_the_address_is(client: Client, nurse: User) -> None:
    text = try_in(client, nurse.email, "some secret or other").content.decode()
    assert "some secret" not in text
    assert f'value="{nurse.email}"' in text


# Guessing


def test_four_errors_cost_nothing_then_each_try_waits_longer(client: Client, nurse: User) -> None:
    with time_machine.travel(TUESDAY, tick=False) as clock:
        for _ in range(5):
            assert WRONG in try_in(client, nurse.email, "wrong").content.decode()
        for seconds in (1, 2, 4, 8, 16, 32, 60, 60):
            text = try_in(client, nurse.email, PASSWORD).content.decode()
            words = f"{seconds} second{'s' if seconds > 1 else ''}"
            assert f"Too many tries in a row. Wait {words}, then try again." in text, (
                "even with the right password"
            )
            clock.shift(timedelta(seconds=seconds))
            assert WRONG in try_in(client, nurse.email, "wrong").content.decode()
        clock.shift(timedelta(seconds=60))
        assert try_in(client, nurse.email, PASSWORD).status_code == 302, "delayed, never locked out"
    assert not SignInThrottle.objects.exists(), "forgotten once the right one was given"


def test_a_victim_gets_in_from_elsewhere_while_somebody_guesses(client: Client, nurse: User) -> None:
    for _ in range(20):
        client.post(reverse("sign_in"), {"email": nurse.email, "password": "wrong"}, REMOTE_ADDR="192.0.2.7")
    text = client.post(
        reverse("sign_in"), {"email": nurse.email, "password": PASSWORD}, REMOTE_ADDR="192.0.2.7"
    ).content.decode()
    assert "Too many tries" in text
    response = client.post(
        reverse("sign_in"), {"email": nurse.email, "password": PASSWORD}, REMOTE_ADDR="192.0.2.8"
    )
    assert response.status_code == 302


def test_tries_that_are_not_heard_are_not_recorded_as_failures(client: Client, nurse: User) -> None:
    for _ in range(20):
        try_in(client, nurse.email, "wrong")
    assert len(registry("sign_in_failed")) == throttle.FREE_TRIES + 1


def test_tries_are_forgotten_after_an_hour(client: Client, nurse: User) -> None:
    with time_machine.travel(TUESDAY, tick=False) as clock:
        for _ in range(6):
            try_in(client, nurse.email, "wrong")
        clock.shift(timedelta(hours=1, seconds=1))
        for _ in range(5):
            assert WRONG in try_in(client, nurse.email, "wrong").content.decode()
    assert [row.tries for row in SignInThrottle.objects.all()] == [5, 5], "from here, and from everywhere"


def test_the_table_tells_neither_who_nor_from_where(client: Client, nurse: User) -> None:
    try_in(client, nurse.email, "wrong")
    row = str(list(SignInThrottle.objects.values_list()))
    assert nurse.email not in row
    assert "127.0.0.1" not in row


def test_a_role_that_starts_today_counts_from_the_first_sign_in(
    client: Client, cast: Cast, nurse: User
) -> None:
    tomorrow = TUESDAY + timedelta(days=1)
    granted(
        person=nurse,
        role=Role.SENIOR_MANAGER,
        place=cast.health,
        starts_on=tomorrow.date(),
        by=cast.administrator,
        at=TUESDAY,
    )
    with time_machine.travel(tomorrow, tick=False):
        assert not holds(User.objects.get(pk=nurse.pk), Permission.LEAD_AGENCY, cast.health)
        try_in(client, nurse.email, PASSWORD)
        confirm(client)
        assert holds(User.objects.get(pk=nurse.pk), Permission.LEAD_AGENCY, cast.health)
    # Of the three rights of a senior manager she holds one already, as a practitioner: to log a disagreement.
    new = sorted(
        p for p in ROLES[Role.SENIOR_MANAGER].permissions if p not in ROLES[Role.PRACTITIONER].permissions
    )
    assert new == [Permission.LEAD_AGENCY, Permission.OPEN_IN_EMERGENCY]
    assert registry("grants_rebuilt") == [
        ("grants_rebuilt", None, {"added": len(new), "removed": 0, "strays": 0})
    ]


def test_the_hourly_task_does_the_same_for_everybody(cast: Cast) -> None:
    # A cover that begins today was named long ago: no grant stands yet.
    Cover.objects.create(
        membership=Membership.objects.get(user=cast.health_senior), deputy=cast.colleague, starts_on=LONG_AGO
    )
    assert not holds(cast.colleague, Permission.LEAD_AGENCY, cast.health)
    sync_roles()
    assert holds(cast.colleague, Permission.LEAD_AGENCY, cast.health)


# Going out


def test_signing_out_ends_the_session_and_is_recorded(as_: Callable[[User], Client], cast: Cast) -> None:
    client = as_(cast.nurse)
    kept = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert client.get(reverse("sign_out")).status_code == 405, "never by a link"
    assert client.post(reverse("sign_out")).url == reverse("sign_in")
    assert registry("signed_out") == [("signed_out", cast.nurse.pk, {})]
    other = Client()
    other.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert other.get(reverse("me")).status_code == 302


def test_a_leaver_is_out_at_the_next_click(as_: Callable[[User], Client], cast: Cast) -> None:
    client = as_(cast.nurse)
    assert client.get(reverse("me")).status_code == 200
    actions.deactivate_person(person=cast.nurse, by=cast.administrator, at=TUESDAY)
    assert client.get(reverse("me")).url == f"{reverse('sign_in')}?next={reverse('me')}"


# Invitations


@pytest.fixture
def invited(cast: Cast) -> User:
    """A new person without a password."""
    return actions.add_person(
        email="isla.newton@example.org",
        full_name="Isla Newton",
        job_title="Midwife",
        agency=cast.health,
        by=cast.administrator,
        at=TUESDAY,
    )


def link_for(person: User) -> str:
    return reverse("invitation", args=[invitations.token_for(person)])


def test_an_invitation_sets_one_password_once(client: Client, cast: Cast, invited: User) -> None:
    link = reverse("invitation", args=[actions.invite(person=invited, by=cast.administrator, at=TUESDAY)])
    other = link_for(invited)
    assert "Welcome, Isla Newton" in client.get(link).content.decode()
    response = client.post(link, {"password": PASSWORD, "again": PASSWORD})
    assert response.url == f"{reverse('sign_in')}?password"
    assert try_in(client, invited.email, PASSWORD).status_code == 302
    for used in (link, other):
        again = client.post(used, {"password": "another one altogether", "again": "another one altogether"})
        assert again.status_code == 410
        assert "This link no longer works" in again.content.decode()
    assert User.objects.get(pk=invited.pk).check_password(PASSWORD)
    assert registry("person_invited", "password_set") == [
        ("person_invited", cast.administrator.pk, {}),
        ("password_set", invited.pk, {}),
    ]


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [
        ("short", "short", "This password is too short"),
        ("", "", "Choose a password"),
        (PASSWORD, PASSWORD + "!", "The two passwords differ"),
        ("gullsoverharbou", "gullsoverharbou", ""),
    ],
)
def test_a_password_is_long_and_typed_twice(
    client: Client, invited: User, password: str, again: str, sentence: str
) -> None:
    response = client.post(link_for(invited), {"password": password, "again": again})
    if sentence:
        assert response.status_code == 200
        assert sentence in response.content.decode()
        assert not User.objects.get(pk=invited.pk).has_usable_password()
    else:
        assert response.status_code == 302, "fifteen letters without any sign or figure"


def test_a_common_password_is_refused(client: Client, invited: User) -> None:
    text = client.post(
        link_for(invited), {"password": "1q2w3e4r5t6y7u8i9o0p", "again": "1q2w3e4r5t6y7u8i9o0p"}
    )
    assert "too common" in text.content.decode()


def test_an_invitation_lasts_seven_days(client: Client, invited: User) -> None:
    link = link_for(invited)
    with time_machine.travel(TUESDAY + timedelta(days=7) - timedelta(seconds=1), tick=False):
        assert client.get(link).status_code == 200
    with time_machine.travel(TUESDAY + timedelta(days=7, seconds=1), tick=False):
        assert client.get(link).status_code == 410


def test_a_forged_invitation_opens_nothing(client: Client, cast: Cast, invited: User) -> None:
    token = invitations.token_for(invited)
    for forged in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        "x",
        f"{token}x",
        token.replace(":", "", 1),
    ):
        assert client.get(reverse("invitation", args=[forged])).status_code == 410
    User.objects.filter(pk=invited.pk).update(is_active=False)
    assert client.get(reverse("invitation", args=[token])).status_code == 410


def test_nobody_is_invited_who_has_a_password(client: Client, cast: Cast, nurse: User) -> None:
    assert client.get(link_for(nurse)).status_code == 410
    with pytest.raises(Refused, match="Nadia Reid has set a password already"):
        actions.invite(person=nurse, by=cast.administrator, at=TUESDAY)


# The demonstration


def test_one_click_signs_in_as_anybody_of_the_demonstration(
    client: Client, cast: Cast, settings: Any
) -> None:
    settings.DEMO_MODE = True
    assert (
        client.get(f"{reverse('sign_in')}?next=/directory/").url
        == f"{reverse('demo_sign_in')}?next=%2Fdirectory%2F"
    )
    text = client.get(reverse("demo_sign_in")).content.decode()
    for name in ("Nadia Reid", "Greta Holm", "Anders Blair"):
        assert text.count(f'Sign in<span class="govuk-visually-hidden"> as {name}</span>') == 1
    assert "Acts for Greta Holm, Chief Social Work Officer, until further notice." in text
    response = client.post(reverse("demo_sign_in"), {"person": cast.cswo.pk, "next": "/me/"})
    assert response.url == "/me/"
    assert "Greta Holm" in client.get("/me/").content.decode()
    client.post(reverse("demo_sign_in"), {"person": cast.nurse.pk})
    assert "Nadia Reid" in client.get("/me/").content.decode(), "and as somebody else afterwards"
    assert registry("signed_in") == [
        ("signed_in", cast.cswo.pk, {"how": "demonstration", "roles": ["cswo"]}),
        ("signed_in", cast.nurse.pk, {"how": "demonstration", "roles": ["practitioner"]}),
    ]


@pytest.mark.parametrize("person", ["", "0", "nobody", "-1"])
def test_the_demonstration_signs_nobody_in_whom_it_does_not_know(
    client: Client, cast: Cast, settings: Any, person: str
) -> None:
    settings.DEMO_MODE = True
    assert client.post(reverse("demo_sign_in"), {"person": person}).status_code == 404


def test_outside_the_demonstration_there_is_no_such_page(client: Client, cast: Cast) -> None:
    assert client.get(reverse("demo_sign_in")).status_code == 404
    assert client.post(reverse("demo_sign_in"), {"person": cast.nurse.pk}).status_code == 404
    assert "_auth_user_id" not in client.session
    text = client.get(reverse("sign_in")).content.decode()
    assert "Choose somebody to be" not in text
    assert "Nadia" not in text
