"""The second step at every sign-in: set up first, asked ever after; each code once, guessing slowed down (E1-E3)."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.sign_in import recovery, totp
from accounts.sign_in.models import Authenticator, RecoveryCode
from accounts.sign_in.sealing import seal, unseal
from escalation.clock import now
from notifications.models import Message
from tests.access.test_routes import EVERY, policy_of, sample
from tests.cast import Cast
from tests.factories import PASSWORD
from tests.sign_in.conftest import Registry
from tests.sign_in.proof import SECRET, code, forgets_proof, signs_in, with_app


@pytest.fixture
def newcomer(cast: Cast, clock: Any) -> User:
    """The teacher, with a password and no second step yet."""
    cast.teacher.set_password(PASSWORD)
    cast.teacher.save()
    return cast.teacher


def gives_password(client: Client, person: User, wanted: str = "") -> Any:
    return client.post(reverse("sign_in"), {"email": person.email, "password": PASSWORD, "next": wanted})


def secret_on(page: str) -> str:
    found = re.search(r'esc-reference">([A-Z2-7 ]{32,})<', page)
    assert found
    return found[1].replace(" ", "")


def test_the_first_sign_in_sets_it_up_and_shows_ten_codes_once(
    client: Client, newcomer: User, registry: Registry
) -> None:
    assert gives_password(client, newcomer, "/directory/").url == reverse("second_step")
    assert client.get(reverse("second_step")).url == reverse("set_up")
    assert "Welcome, Eilidh Kerr" in client.get(reverse("set_up")).content.decode()
    page = client.get(reverse("set_up_app")).content.decode()
    assert "<svg" in page
    assert "style=" not in page
    secret = secret_on(page)
    wrong = client.post(reverse("set_up_app"), {"code": "000000"})
    assert "This code is not right" in wrong.content.decode()
    assert secret_on(wrong.content.decode()) == secret, "the same square: the app has it already"
    page = client.post(
        reverse("set_up_app"), {"code": code(secret=secret), "name": "My phone"}
    ).content.decode()
    codes = re.findall(r'<li class="esc-reference">([A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4})</li>', page)
    assert len(set(codes)) == 10
    assert 'href="/directory/"' in page
    assert client.get(reverse("me")).status_code == 200
    stored = " ".join(
        str(row) for row in [*RecoveryCode.objects.values_list(), *Authenticator.objects.values_list()]
    )
    assert not [c for c in codes if c in stored or c.replace("-", "") in stored]
    assert secret not in stored
    assert registry("factor_added", "recovery_codes_made", "signed_in") == [
        ("factor_added", newcomer.pk, {"first": True, "kind": "authenticator"}),
        ("recovery_codes_made", newcomer.pk, {}),
        ("signed_in", newcomer.pk, {"factor": "authenticator", "how": "password", "roles": ["practitioner"]}),
    ]
    assert not Message.objects.exists(), "who sets it up for the first time has it before their eyes"


def test_a_password_alone_opens_no_page_of_the_service(client: Client, newcomer: User) -> None:
    gives_password(client, newcomer)
    closed = [w for w, p in EVERY if policy_of(p) not in ("public", "demo", "signing_in")]
    opened = []
    for where in closed:
        answer = client.get(sample(where))
        if answer.status_code != 302 or not answer.url.startswith(reverse("sign_in")):
            opened.append(where)
    assert opened == []
    assert len(closed) >= 45


def test_who_has_one_cannot_set_up_another_by_a_password_alone(client: Client, nurse: User) -> None:
    gives_password(client, nurse)
    for name in ("set_up", "set_up_app", "set_up_passkey"):
        assert client.get(reverse(name)).url == reverse("second_step")
        assert client.post(reverse(name), {"code": code(), "passkey": "{}"}).url == reverse("second_step")
    assert Authenticator.objects.filter(user=nurse).count() == 1


def test_the_step_between_lasts_ten_minutes_and_ends_with_another_password(
    client: Client, nurse: User, clock: Any
) -> None:
    gives_password(client, nurse)
    clock.shift(timedelta(minutes=10) - timedelta(seconds=1))
    assert client.get(reverse("second_step")).status_code == 200
    clock.shift(timedelta(seconds=1))
    assert (
        client.post(reverse("second_step"), {"confirm_code": code()}).url == f"{reverse('sign_in')}?password"
    )
    gives_password(client, nurse)
    nurse.set_password("gulls over the harbour wall")
    nurse.save()
    assert (
        client.post(reverse("second_step"), {"confirm_code": code()}).url == f"{reverse('sign_in')}?password"
    )


@pytest.mark.parametrize(("off", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_phone_may_be_half_a_minute_off(client: Client, nurse: User, off: int, taken: bool) -> None:
    gives_password(client, nurse)
    answer = client.post(reverse("second_step"), {"confirm_code": code(now() + timedelta(seconds=off))})
    assert (answer.status_code == 302) is taken


def test_a_code_signs_in_once_and_none_before_it(nurse: User, clock: Any) -> None:
    for ahead in (0, 30):
        used, again = code(now() + timedelta(seconds=ahead)), code()
        first, second = Client(), Client()
        gives_password(first, nurse)
        gives_password(second, nurse)
        assert first.post(reverse("second_step"), {"confirm_code": used}).status_code == 302
        assert second.post(reverse("second_step"), {"confirm_code": again}).status_code == 200
        clock.shift(timedelta(minutes=2))


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_at_once_one_is_taken(cast: Cast) -> None:
    with_app(cast.nurse)
    at, typed, person = now(), code(), cast.nurse

    def take(_: int) -> bool:
        try:
            return totp.take(person, typed, at) is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(100))) == 1
    sheet = recovery.make(person)

    def use(_: int) -> bool:
        try:
            return recovery.take(person, sheet[0], at)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(100))) == 1


def test_a_recovery_code_signs_in_once_and_its_owner_is_told(
    client: Client, nurse: User, registry: Registry, clock: Any
) -> None:
    sheet = recovery.make(nurse)
    gives_password(client, nurse)
    typed = sheet[3].lower().replace("-", " ")
    assert client.post(reverse("second_step"), {"confirm_code": typed}).url == reverse("my_sign_in")
    assert "9 are left" in client.get(reverse("my_sign_in")).content.decode()
    other = Client()
    gives_password(other, nurse)
    assert other.post(reverse("second_step"), {"confirm_code": sheet[3]}).status_code == 200, "used"
    assert other.post(reverse("second_step"), {"confirm_code": sheet[4]}).status_code == 302
    assert registry("recovery_code_used") == [
        ("recovery_code_used", nurse.pk, {"left": 9}),
        ("recovery_code_used", nurse.pk, {"left": 8}),
    ]
    assert list(Message.objects.values_list("kind", "recipient_id")) == [("sign_in_changed", nurse.pk)] * 2


def test_nobody_uses_somebody_elses_recovery_code(client: Client, cast: Cast, nurse: User) -> None:
    theirs = recovery.make(with_app(cast.teacher))
    gives_password(client, nurse)
    assert [client.post(reverse("second_step"), {"confirm_code": one}).status_code for one in theirs[:4]] == [
        200
    ] * 4


def test_guessing_codes_is_slowed_down_from_however_many_addresses(
    nurse: User, clock: Any, registry: Registry
) -> None:
    """A guess a second by somebody who knows the password: after the first few, most are not even looked at."""
    guessers = [Client(REMOTE_ADDR=f"192.0.2.{n}") for n in range(20)]
    for guesser in guessers:
        gives_password(guesser, nurse)
    right = {code(now() + timedelta(seconds=30 * n)) for n in range(-2, 25)}
    wrong = [f"{n:06}" for n in range(1_000_000) if f"{n:06}" not in right]
    guesses = 0
    for _second in range(200):
        guesser = guessers[guesses % 20]
        answer = guesser.post(reverse("second_step"), {"confirm_code": wrong[guesses]})
        assert answer.status_code == 200
        guesses += 1
        clock.shift(timedelta(seconds=1))
    looked_at = len(registry("factor_failed"))
    assert (guesses, looked_at) == (200, 13)
    clock.shift(timedelta(minutes=1))
    owner = Client()
    signs_in(owner, nurse)
    assert owner.get(reverse("me")).status_code == 200, "delayed, never locked out"


def test_whoever_stole_a_password_holds_up_nobody_at_a_device_of_their_own(nurse: User, clock: Any) -> None:
    """E3: a guess a second goes on and on; the owner confirms at once where they signed in before."""
    own, strange, thief = Client(), Client(), Client()
    signs_in(own, nurse)
    own.post(reverse("sign_out"))
    clock.shift(timedelta(minutes=1))
    gives_password(thief, nurse)

    def guesses(times: int) -> None:
        for _ in range(times):
            thief.post(reverse("second_step"), {"confirm_code": "ABCD-EFGH-JKLM"})
            clock.shift(timedelta(seconds=1))

    guesses(40)
    gives_password(strange, nurse)
    assert "Too many tries" in strange.post(reverse("second_step"), {"confirm_code": code()}).content.decode()
    signs_in(own, nurse)
    forgets_proof(own)
    clock.shift(timedelta(seconds=30))
    guesses(1)
    own.post(reverse("confirm"), {"confirm_code": code()})
    assert "confirmed_at" in own.session, "and so does a grave act that waits for it"
    for _ in range(6):  # the device's own guesses are slowed down all the same
        answer = own.post(reverse("confirm"), {"confirm_code": "ABCD-EFGH-JKLM"})
    assert "Too many tries" in answer.content.decode()


def test_the_last_means_stays_and_every_change_needs_fresh_proof(
    inside: Client, nurse: User, clock: Any, registry: Registry
) -> None:
    only = Authenticator.objects.get(user=nurse)
    remove = reverse("remove_factor", args=["app", only.pk])
    assert inside.post(remove).url == reverse("my_sign_in")
    assert "This is the only one you have" in inside.get(reverse("my_sign_in")).content.decode()
    page = inside.get(reverse("add_app")).content.decode()
    second = secret_on(page)
    answer = inside.post(reverse("add_app"), {"code": code(secret=second), "name": "Old phone"})
    assert answer.url == reverse("my_sign_in"), "the sheet of recovery codes stays as it was"
    forgets_proof(inside)
    for name, args in (
        ("remove_factor", ["app", only.pk]),
        ("new_codes", []),
        ("add_app", []),
        ("add_passkey", []),
    ):
        assert inside.post(reverse(name, args=args)).status_code == 401
    assert inside.post(remove, {"confirm_code": code()}).url == reverse("my_sign_in")
    assert [a.name for a in Authenticator.objects.filter(user=nurse)] == ["Old phone"]
    assert [verb for verb, _, _ in registry("factor_added", "factor_removed")] == [
        "factor_added",
        "factor_removed",
    ]


def test_nobody_takes_away_somebody_elses_phone(inside: Client, cast: Cast) -> None:
    theirs = Authenticator.objects.get(user=with_app(cast.teacher))
    assert inside.post(reverse("remove_factor", args=["app", theirs.pk])).status_code == 404
    assert inside.post(reverse("remove_factor", args=["token", theirs.pk])).status_code == 404
    assert Authenticator.objects.filter(pk=theirs.pk).exists()


def test_a_secret_opens_under_a_former_key_and_under_no_other(settings: Any) -> None:
    sealed = seal(SECRET)
    assert SECRET not in sealed
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another key altogether, and quite a long one too"
    assert unseal(sealed) is None
    settings.SECRET_KEY_FALLBACKS = [former]
    assert unseal(sealed) == SECRET
