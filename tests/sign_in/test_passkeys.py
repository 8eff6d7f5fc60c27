"""Passkeys without a browser: an honest one is made and confirms, and what is forged opens nothing (bars E1, E2)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.sign_in.models import Passkey
from tests.cast import Cast
from tests.factories import PASSWORD
from tests.sign_in.conftest import Registry
from tests.sign_in.proof import forgets_proof, with_app
from tests.sign_in.soft_passkey import AT, SoftPasskey


@pytest.fixture(autouse=True)
def _at_its_address(settings: Any) -> None:
    settings.BASE_URL = urlsplit(AT)


@pytest.fixture
def device(inside: Client) -> SoftPasskey:
    """The nurse's passkey, set up on the page for it."""
    return set_up(inside)


def set_up(client: Client) -> SoftPasskey:
    device = SoftPasskey()
    answer = client.post(reverse("add_passkey"), {"passkey": device.makes(asked_to_make(client))})
    assert answer.status_code == 302, answer.content.decode()
    return device


def asked_to_make(client: Client) -> str:
    return str(client.get(reverse("add_passkey")).context["options"])


def asked(client: Client) -> str:
    """Return the question that the page before a grave act puts to the browser."""
    return str(client.get(reverse("add_app")).context["options"])


def confirms(client: Client, answer: str) -> int:
    """Hand an answer to that page, and return its status: 302 when it was taken, 401 when not."""
    sent = {"next": reverse("add_app"), "confirm_passkey": answer}
    return int(client.post(reverse("confirm"), sent).status_code)


def test_a_passkey_signs_in_and_gives_fresh_proof(
    inside: Client, device: SoftPasskey, nurse: User, registry: Registry
) -> None:
    other = Client()
    other.post(reverse("sign_in"), {"email": nurse.email, "password": PASSWORD})
    question = other.get(reverse("second_step")).context["options"]
    answer = other.post(reverse("second_step"), {"confirm_passkey": device.confirms(question)})
    assert answer.status_code == 302
    assert other.get(reverse("me")).status_code == 200
    forgets_proof(other)
    assert confirms(other, device.confirms(asked(other))) == 302
    assert other.get(reverse("add_app")).status_code == 200
    assert [facts["factor"] for _, _, facts in registry("signed_in")] == ["passkey"]
    assert registry("stepped_up") == [("stepped_up", nurse.pk, {"how": "passkey"})]


def test_an_answer_is_taken_once(inside: Client, device: SoftPasskey) -> None:
    forgets_proof(inside)
    answer = device.confirms(asked(inside))
    assert confirms(inside, answer) == 302
    forgets_proof(inside)
    assert confirms(inside, answer) == 401, "the question was asked once"
    asked(inside)
    assert confirms(inside, answer) == 401, "and the next one is another"


def _elsewhere(device: SoftPasskey, question: str) -> str:
    device.origin = "http://localhost.example"
    return device.confirms(question)


def _for_another_party(device: SoftPasskey, question: str) -> str:
    device.party = "example"
    return device.confirms(question)


def _copied(device: SoftPasskey, question: str) -> str:
    device.uses = -1  # its twin has confirmed since
    return device.confirms(question)


def _by_another_key(device: SoftPasskey, question: str) -> str:
    device.key = SoftPasskey().key
    return device.confirms(question)


def _unknown(device: SoftPasskey, question: str) -> str:
    return SoftPasskey().confirms(question)


def _without_a_touch(device: SoftPasskey, question: str) -> str:
    answer = json.loads(device.confirms(question))
    answer["response"]["signature"] = ""
    return json.dumps(answer)


def _of_a_making(device: SoftPasskey, question: str) -> str:
    return device.makes(question)


def _another_question(device: SoftPasskey, question: str) -> str:
    return device.confirms(json.dumps({"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}))


FORGED = [
    *(_elsewhere, _for_another_party, _copied, _by_another_key, _unknown, _without_a_touch, _of_a_making),
    *(_another_question, *(lambda _d, _q, words=words: words for words in ("{", "[]", "{}", "null", "1"))),
]


@pytest.mark.parametrize("forge", FORGED)
def test_what_is_forged_gives_no_proof(
    inside: Client, device: SoftPasskey, forge: Any, registry: Registry
) -> None:
    """Each has its twin: the same device, asked again, is believed."""
    forgets_proof(inside)
    device.confirms(asked(inside))
    assert confirms(inside, device.confirms(asked(inside))) == 302, "the counter stands at two"
    forgets_proof(inside)
    key, party, origin, uses = device.key, device.party, device.origin, device.uses
    assert confirms(inside, forge(device, asked(inside))) == 401
    assert len(registry("factor_failed")) == 1
    assert inside.get(reverse("add_app")).status_code == 401
    device.key, device.party, device.origin, device.uses = key, party, origin, uses
    assert confirms(inside, device.confirms(asked(inside))) == 302


def test_nobody_confirms_with_somebody_elses_passkey(inside: Client, device: SoftPasskey, cast: Cast) -> None:
    other = Client()
    other.force_login(with_app(cast.teacher), backend="accounts.backends.PersonBackend")
    theirs = set_up(other)
    forgets_proof(inside)
    assert confirms(inside, theirs.confirms(asked(inside))) == 401
    assert confirms(inside, device.confirms(asked(inside))) == 302


def test_a_passkey_is_made_for_this_address_and_for_the_question_that_was_asked(inside: Client) -> None:
    for device in (SoftPasskey(origin="http://localhost.example"), SoftPasskey(party="example")):
        answer = inside.post(reverse("add_passkey"), {"passkey": device.makes(asked_to_make(inside))})
        assert "The passkey was not made" in answer.content.decode()
    honest, old = SoftPasskey(), asked_to_make(inside)
    asked_to_make(inside)
    for given in (honest.makes(old), "{}", "null", json.dumps({"id": 1})):
        answer = inside.post(reverse("add_passkey"), {"passkey": given})
        assert "The passkey was not made" in answer.content.decode()
    assert Passkey.objects.count() == 0
    kept = honest.makes(asked_to_make(inside))
    assert inside.post(reverse("add_passkey"), {"passkey": kept}).status_code == 302
    assert Passkey.objects.count() == 1
    assert inside.post(reverse("add_passkey"), {"passkey": kept}).status_code == 200
    assert Passkey.objects.count() == 1
