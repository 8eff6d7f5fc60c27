"""A7: neither the words nor the time of an answer tell whether somebody has an account here.

The same statements in the same order, and as much work of the processor; that can be told on a busy machine. With
ORACLE_PAIRS=500 or more the clock on the wall is asked as well: the medians differ by less than 10 ms at the
sign-in, and by less than 5 ms for a link.
"""

from __future__ import annotations

import os
import re
import statistics
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import global_settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import PASSWORD
from tests.same_work import statements

PAIRS = min(int(os.environ.get("ORACLE_PAIRS", "12")), 500)  # a password is hashed in each


@pytest.mark.parametrize("page", ["sign_in", "forgotten"])
def test_a_known_and_an_unknown_address_look_and_take_the_same(
    nurse: User, settings: Any, clock: Any, page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.PASSWORD_HASHERS = [  # the real one, so that its time counts
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *global_settings.PASSWORD_HASHERS[1:],
    ]
    nurse.set_password(PASSWORD)
    nurse.save()
    took: dict[str, list[tuple[float, float]]] = {"known": [], "unknown": []}
    for n in range(PAIRS):
        bodies, work = set(), {}
        pair = [("known", nurse.email), ("unknown", "nobody@example.org")]  # each asked as often as the other
        for kind, email in pair if n % 2 else reversed(pair):
            client = Client(REMOTE_ADDR=f"198.51.{n // 250}.{n % 250}")
            sent = {"email": email, "password": "not the password at all"}
            with statements() as made:
                began = time.perf_counter(), time.thread_time()
                answer = client.post(reverse(page), sent)
                took[kind].append((time.perf_counter() - began[0], time.thread_time() - began[1]))
            bodies.add((answer.status_code, answer.headers.get("Location", ""), _plain(answer, email)))
            work[kind] = made
        assert len(bodies) == 1
        if (
            page == "forgotten"
        ):  # the message to the known person is the one thing there is nobody else to write to
            (message,) = [sql for sql in work["known"] if 'INSERT INTO "notifications_message"' in sql]
            work["known"].remove(message)
        assert work["known"] == work["unknown"]
        clock.shift(timedelta(minutes=61))
    bar = 0.010 if page == "sign_in" else 0.005
    wall, processor = (
        abs(statistics.median(t[n] for t in took["known"]) - statistics.median(t[n] for t in took["unknown"]))
        for n in (0, 1)
    )
    with capsys.disabled():
        told = f"{wall * 1000:.2f} ms apart, {processor * 1000:.2f} of work"
        print(f"\n{PAIRS:,} pairs of accounts, {page}: {told}")  # noqa: T201
    assert processor < bar, "the password of nobody is hashed as well"
    assert wall < bar or PAIRS < 500


def _plain(answer: Any, email: str) -> str:
    text = answer.content.decode().replace(email, "ADDRESS")
    return re.sub(r'(csrfmiddlewaretoken" value="|nonce=")[^"]+', r"\1", text)
