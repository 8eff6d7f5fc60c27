"""A browser that goes out to an organisation's own sign-in, and comes back."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from tests.sign_in.local_provider import LocalProvider

SUBJECT = "nadia-at-nhs"


def goes_out(client: Client, **wanted: str) -> str:
    answer = client.get(reverse("provider_start", args=["nhs-scot"]), wanted)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.url)


def comes_back(client: Client, given: dict[str, str], slug: str = "nhs-scot") -> Any:
    return client.get(reverse("provider_back", args=[slug]), given)


def through(client: Client, local: LocalProvider, subject: str = SUBJECT, **wanted: str) -> Any:
    return comes_back(client, local.says_yes(goes_out(client, **wanted), subject))


def is_in(client: Client) -> bool:
    return client.get(reverse("me")).status_code == 200
