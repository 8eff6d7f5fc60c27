"""What a page shows, as somebody reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client

from accounts.models import Membership, User

SignIn = Callable[[User], Client]


def only(person: User) -> Membership:
    return Membership.objects.get(user=person)


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())
