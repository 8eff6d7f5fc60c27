"""The statement that public bodies owe their readers: reached from every page, signed in or not."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tests.pages.desk import client_of


@pytest.mark.parametrize("where", ["/sign-in/?password", "/forgotten/", "/accessibility/"])
@pytest.mark.django_db
def test_it_is_linked_in_the_foot_of_a_page_for_anybody(client: Client, where: str) -> None:
    foot = client.get(where).content.decode().partition("<footer")[2]
    assert f'<a href="{reverse("accessibility")}">Accessibility</a>' in foot


def test_it_is_linked_in_the_foot_of_a_page_for_who_is_signed_in(cast: Cast) -> None:
    nurse = client_of(cast.nurse)
    foot = nurse.get(reverse("home")).content.decode().partition("<footer")[2]
    assert f'<a href="{reverse("accessibility")}">Accessibility</a>' in foot
    page = unescape(nurse.get(reverse("accessibility")).content.decode())
    assert cast.partnership.name in page
    assert f'href="{reverse("directory")}"' in page


@pytest.mark.django_db
def test_it_says_what_the_law_asks(client: Client) -> None:
    """What is met, what is not, whom to tell, who enforces it, how it was tested and when it was written."""
    page = unescape(client.get(reverse("accessibility")).content.decode())
    for words in (
        "Web Content Accessibility Guidelines 2.2</a> at level AA",
        "What does not work as well as it should",
        "tell the administrator of your partnership",
        "Equality Advisory and Support Service",
        "Equality and Human Rights Commission",
        "How we test it",
        "written on 22 November 2026",
    ):
        assert words in page
