"""A7: neither the words nor the time of an answer tell whether somebody has an account here.

Some pairs in `make test`; ORACLE_PAIRS=500 for the whole bar.
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

PAIRS = int(os.environ.get("ORACLE_PAIRS", "12"))


@pytest.mark.parametrize("page", ["sign_in", "forgotten"])
def test_a_known_and_an_unknown_address_look_and_take_the_same(
    nurse: User, settings: Any, clock: Any, page: str
) -> None:
    settings.PASSWORD_HASHERS = [  # the real one, so that its time counts
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *global_settings.PASSWORD_HASHERS[1:],
    ]
    nurse.set_password(PASSWORD)
    nurse.save()
    apart: list[float] = []
    for n in range(PAIRS):
        took, bodies = {}, set()
        pair = [("known", nurse.email), ("unknown", f"nobody{n}@example.org")]
        for kind, email in pair if n % 2 else reversed(pair):
            client = Client(REMOTE_ADDR=f"198.51.{n // 250}.{n % 250}")
            sent = {"email": email, "password": "not the password at all"}
            began = time.thread_time()  # of this thread alone, whatever else the machine does
            answer = client.post(reverse(page), sent)
            took[kind] = time.thread_time() - began
            bodies.add((answer.status_code, answer.headers.get("Location", ""), _plain(answer, email)))
        assert len(bodies) == 1
        apart.append(took["known"] - took["unknown"])
        clock.shift(timedelta(minutes=61))
    assert abs(statistics.median(apart)) < (0.010 if page == "sign_in" else 0.005)


def _plain(answer: Any, email: str) -> str:
    text = answer.content.decode().replace(email, "ADDRESS")
    return re.sub(r'(csrfmiddlewaretoken" value="|nonce=")[^"]+', r"\1", text)
