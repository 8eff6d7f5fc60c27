"""The inbox holds my own notices about cases I can see, and the demonstration shows its mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases.actions import talking
from cases.models import Participation
from cases.workflow import State
from notifications.delivery import send_due
from notifications.models import Message
from tests.cases.steps import audit, case_at
from tests.cast import TUESDAY, Cast, opened

LATER = TUESDAY + timedelta(hours=8)


@pytest.fixture
def here(client: Client, cast: Cast) -> Client:
    client.force_login(cast.social_worker)
    return client


def test_it_shows_mine_newest_first_and_nobody_elses(here: Client, cast: Cast) -> None:
    case = case_at(cast, State.LINE_MANAGER)
    other = opened(cast, counterpart=cast.teacher, counterpart_team_id=cast.school_team.pk)
    page = here.get(reverse("inbox")).content.decode()
    assert page.count(f"/cases/{case.reference}/") == 3
    assert other.reference not in page
    assert page.index("gone to another stage") < page.index("means to take this further")
    assert page.index("means to take this further") < page.index("The next step is yours")
    assert page.count("New") >= 3


def test_an_empty_one_says_what_will_come(here: Client) -> None:
    assert "No notices yet" in here.get(reverse("inbox")).content.decode()


def test_a_case_i_left_is_gone_from_it(here: Client, cast: Cast) -> None:
    case = opened(cast)
    Participation.objects.filter(user=cast.social_worker).update(ended_at=TUESDAY)
    assert case.reference not in here.get(reverse("inbox")).content.decode()


def test_a_duty_that_is_done_says_so(here: Client, cast: Cast) -> None:
    case = opened(cast)
    assert "Answer and give your side" in here.get(reverse("inbox")).content.decode()
    talking.give_position(case, by=cast.social_worker, audit=audit(case, LATER), position={"view": "No."})
    page = here.get(reverse("inbox")).content.decode()
    assert "Answer and give your side" not in page
    assert "No longer waiting" in page


def test_marking_as_read_stops_at_what_was_shown_and_at_my_own(here: Client, cast: Cast) -> None:
    opened(cast)
    opened(cast, counterpart=cast.teacher, counterpart_team_id=cast.school_team.pk)
    shown = Message.objects.filter(recipient=cast.social_worker).latest("pk")
    assert f'value="{shown.pk}"' in here.get(reverse("inbox")).content.decode()
    opened(cast)  # comes in while the page is open
    assert here.get(reverse("inbox_read")).status_code == 405
    here.post(reverse("inbox_read"), {"up_to": str(shown.pk)})
    read = Message.objects.exclude(read_at=None)
    assert [m.pk for m in read] == [shown.pk]
    here.post(reverse("inbox_read"), {"up_to": "no number"})
    assert Message.objects.exclude(read_at=None).count() == 1


def test_pages_follow_one_another_without_a_gap(here: Client, cast: Cast) -> None:
    references = [opened(cast).reference for _ in range(30)]
    seen: list[str] = []
    address = reverse("inbox")
    for expected in (25, 5):
        response = here.get(address)
        rows = response.context["notices"]["rows"]
        assert len(rows) == expected
        seen += [row["reference"] for row in rows]
        address = response.context["older_url"]
    assert (seen, address) == (references[::-1], "")


@pytest.mark.parametrize("typed", ["", "x", "-1", "9" * 40, "٣", "1e3"])
def test_a_strange_address_shows_a_page(here: Client, typed: str) -> None:
    assert here.get(reverse("inbox"), {"before": typed}).status_code == 200


def test_a_page_costs_the_same_however_many_rows(
    here: Client, cast: Cast, django_assert_num_queries: object
) -> None:
    for _ in range(26):
        opened(cast)
    here.get(reverse("inbox"))
    with django_assert_num_queries(3):  # type: ignore[operator]
        here.get(reverse("inbox"))


def test_signing_in_comes_first(client: Client, cast: Cast) -> None:
    assert client.get(reverse("inbox")).status_code == 302


# The demonstration


def test_the_demonstration_shows_each_mail_as_it_went(client: Client, cast: Cast, settings: Any) -> None:
    settings.DEMO_MODE = True
    case = opened(cast)
    send_due(TUESDAY)
    page = client.get(reverse("sent_mail")).content.decode()
    assert f"Escalation: {case.reference} needs you by 5pm on Tuesday 9 June" in page
    assert "callum.petrie@example.org" in page
    assert "If a child is in danger now, call 999." in page
    opened(cast)  # waits, so it was not sent
    assert client.get(reverse("sent_mail")).content.decode().count("Dear Callum Petrie") == 1


def test_outside_the_demonstration_there_is_no_such_page(client: Client, cast: Cast, settings: Any) -> None:
    settings.DEMO_MODE = False
    assert client.get(reverse("sent_mail")).status_code == 404
