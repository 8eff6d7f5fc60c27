"""E3: thousands of guesses from one and from a hundred addresses find nothing, and lock nobody out.

Some hundreds in `make test`; GUESSES=10000 for the whole bar.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.sign_in.known_devices import device_of
from accounts.throttle import SignInThrottle
from tests.cast import Cast
from tests.factories import PASSWORD
from tests.sign_in.conftest import Registry
from tests.sign_in.proof import code, with_app

GUESSES = int(os.environ.get("GUESSES", "120"))
OFFICE = "192.0.2.1"


def gives(client: Client, email: str, password: str, address: str, **headers: str) -> Any:
    sent = {"email": email, "password": password}
    return client.post(reverse("sign_in"), sent, REMOTE_ADDR=address, headers=headers)


def gets_in(client: Client, person: User, address: str, clock: Any) -> bool:
    clock.shift(timedelta(seconds=31))  # another code of the app
    answer = gives(client, person.email, PASSWORD, address)
    if answer.status_code != 302:
        return False
    client.post(reverse("second_step"), {"confirm_code": code()}, REMOTE_ADDR=address)
    return client.get(reverse("me"), REMOTE_ADDR=address).status_code == 200


@pytest.mark.parametrize("addresses", [1, 100])
def test_guessing_finds_nothing_and_locks_nobody_out(
    nurse: User, clock: Any, registry: Registry, addresses: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Guesses from the victim's own office among them, each with a made-up X-Forwarded-For."""
    own = Client()
    assert gets_in(own, nurse, OFFICE, clock), "the twin: before anybody guesses"
    guesser = Client()
    came_in, address = 0, OFFICE
    for n in range(GUESSES):
        address = OFFICE if addresses == 1 else f"198.51.100.{n % addresses}"
        answer = gives(
            guesser, nurse.email, f"guess number {n}", address, **{"X-Forwarded-For": f"203.0.113.{n % 250}"}
        )
        came_in += answer.status_code != 200
        clock.shift(timedelta(milliseconds=100))
    heard = len(registry("sign_in_failed"))
    with capsys.disabled():
        print(f"\n{GUESSES:,} guesses from {addresses}: {heard} heard, {came_in} came in")  # noqa: T201
    assert came_in == 0
    assert heard <= addresses * (12 + GUESSES / 10 / 60), "in the long run one a minute and address"
    answer = gives(Client(), nurse.email, PASSWORD, address)
    assert answer.status_code == 200, "not even the right password, from where guesses come"
    assert gets_in(own, nurse, OFFICE, clock), "the device she signed in on before, at the very address"
    for n in range(60):
        gives(guesser, nurse.email, f"once more {n}", f"198.51.100.{n}")
    assert gets_in(Client(), nurse, "192.0.2.77", clock), (
        "and a new device at a new address, at the first try"
    )


def test_under_attack_a_strange_address_waits_after_its_first_error(cast: Cast, nurse: User) -> None:
    stranger = Client()
    wait = "Too many tries in a row. Wait 1 second"
    for email in (nurse.email, "nobody@example.org"):  # known or not: it looks the same
        for n in range(50):
            gives(Client(), email, "wrong", f"198.51.100.{n}")
        assert wait not in gives(stranger, email, "wrong", "192.0.2.9").content.decode()
        assert wait in gives(stranger, email, "wrong", "192.0.2.9").content.decode()


def test_a_known_device_is_the_owners_alone_and_opens_nothing(
    cast: Cast, nurse: User, clock: Any, rf: Any
) -> None:
    own = Client()
    assert gets_in(own, nurse, OFFICE, clock)
    (name,) = [name for name in own.cookies if "device" in name]
    cookie = own.cookies[name]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 180 * 24 * 3600)
    request = rf.get("/")
    request.COOKIES[name] = cookie.value
    assert device_of(request, nurse.email)
    assert device_of(request, cast.colleague.email) is None, "somebody else's account"
    for forged in ("", "x", cookie.value[:-1], cookie.value.replace(":", "", 1)):
        request.COOKIES[name] = forged
        assert device_of(request, nurse.email) is None
    stolen = Client()
    stolen.cookies[name] = cookie.value
    assert stolen.get(reverse("me")).status_code == 302, "it opens nothing"
    for n in range(12):
        gives(stolen, nurse.email, f"wrong {n}", f"198.51.100.{n}")
    text = gives(stolen, nurse.email, PASSWORD, "198.51.100.99").content.decode()
    assert "Too many tries" in text, "and its guesses are counted wherever it is carried"
    clock.shift(timedelta(days=181))
    request.COOKIES[name] = cookie.value
    assert device_of(request, nurse.email) is None


def test_what_is_counted_tells_neither_who_nor_where(nurse: User) -> None:
    with_app(nurse)
    gives(Client(), nurse.email, "wrong", OFFICE)
    rows = str(list(SignInThrottle.objects.values_list()))
    assert nurse.email not in rows and OFFICE not in rows
