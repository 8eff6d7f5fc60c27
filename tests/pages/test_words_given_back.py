"""A form sent after the sign-in ended, or with an old token: nothing is done, and the words come back (401, 403)."""

from __future__ import annotations

import pytest
from django.test import Client

from cases.models import Entry
from tests.cast import Cast, opened

WORDS = "The child was hungry on three visits, and nobody opened on the fourth."


@pytest.fixture
def address(cast: Cast) -> str:
    return f"/cases/{opened(cast).reference}/do/update/"


def test_signed_out_before_the_button(cast: Cast, address: str) -> None:
    answer = Client().post(address, {"update": WORDS}, headers={"origin": "http://testserver"})
    page = answer.content.decode()
    assert answer.status_code == 401
    assert WORDS in page
    assert f"/sign-in/?next={address.replace('/', '%2F')}" in page
    assert not Entry.objects.filter(kind="update").exists()


def test_a_page_with_an_old_token(cast: Cast, address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.nurse, backend="accounts.backends.PersonBackend")
    typed = {"update": WORDS, "csrfmiddlewaretoken": "an old one of no use", "form_token": "a b c d"}
    answer = client.post(address, typed, headers={"origin": "http://testserver"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert WORDS in page
    assert "an old one of no use" not in page
    assert "a b c d" not in page
    assert not Entry.objects.filter(kind="update").exists()


def test_a_foreign_page_gets_nothing_back(cast: Cast, address: str) -> None:
    for headers in ({"origin": "http://elsewhere.example"}, {}):
        answer = Client().post(address, {"update": WORDS}, headers=headers)
        assert answer.status_code == 401
        assert WORDS not in answer.content.decode()


def test_markup_is_escaped(cast: Cast, address: str) -> None:
    typed = {"update": "<script>alert(1)</script> two three four"}
    page = Client().post(address, typed, headers={"origin": "http://testserver"}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
