"""The first partnership and its administrators, from an empty database to their first page."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Agency, Membership, Partnership, User
from cases.models import ClosedDay
from tests.factories import PASSWORD
from tests.sign_in.conftest import Registry
from tests.sign_in.proof import code
from tests.sign_in.test_second_step import secret_on

pytestmark = pytest.mark.django_db
ANNA, BEN = ("anna.weir@example.org", "Anna Weir"), ("ben.tulloch@example.org", "Ben Tulloch")


def set_up(*administrators: tuple[str, str], **changes: Any) -> str:
    said = StringIO()
    given = {
        "slug": "strathbracken",
        "partnership": "Strathbracken Child Protection Committee",
        "agency": "Strathbracken Council",
    } | changes
    argv = [f"--{name}={value}" for name, value in given.items()]
    for email, name in administrators:
        argv += ["--administrator", email, name]
    argv += ["--emergency", "Child protection team, day and night", "01632 960001"]
    call_command("set_up", *argv, stdout=said)
    return said.getvalue()


def test_from_nothing_to_two_administrators_at_their_first_page(clock: Any, registry: Registry) -> None:
    said = set_up(ANNA, BEN)
    assert "One administrator alone" not in said
    links = re.findall(r"http://\S+(/invitation/\S+/)", said)
    assert len(links) == 2
    assert ClosedDay.objects.count() > 20
    for link, (email, name) in zip(links, (ANNA, BEN), strict=True):
        client = Client()
        assert name in client.get(link).content.decode()
        client.post(link, {"password": PASSWORD, "again": PASSWORD})
        client.post(reverse("sign_in"), {"email": email, "password": PASSWORD})
        secret = secret_on(client.get(reverse("set_up_app")).content.decode())
        client.post(reverse("set_up_app"), {"code": code(secret=secret)})
        page = client.get(reverse("administration"))
        assert page.status_code == 200
        assert "Strathbracken Council" in page.content.decode()
        assert "01632 960001" in page.content.decode()
    verbs = [v for v, _, _ in registry("agency_created", "person_added", "role_granted", "person_invited")]
    assert verbs == ["agency_created", *["person_added", "role_granted", "person_invited"] * 2]


def test_the_second_one_can_come_later_and_a_third_comes_by_the_pages(clock: Any) -> None:
    assert "One administrator alone can give no roles" in set_up(ANNA)
    assert "One administrator alone" not in set_up(BEN, partnership="", agency="")
    assert (Partnership.objects.count(), Agency.objects.count(), Membership.objects.count()) == (1, 1, 2)
    with pytest.raises(CommandError, match="has two administrators"):
        set_up(("carla.main@example.org", "Carla Main"))
    assert User.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "administrators", "words"),
    [
        ({"agency": ""}, [ANNA], "needs --partnership and --agency"),
        ({"partnership": ""}, [ANNA], "needs --partnership and --agency"),
        ({"slug": "Not a slug"}, [ANNA], "slug"),
        ({}, [("anna", "Anna Weir")], "anna is not an email address"),
        ({}, [ANNA, ANNA], "known already"),
    ],
)
def test_what_cannot_be_set_up_leaves_nothing_behind(
    clock: Any, changes: dict[str, str], administrators: list[tuple[str, str]], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        set_up(*administrators, **changes)
    assert (Partnership.objects.count(), Agency.objects.count(), User.objects.count()) == (0, 0, 0)
