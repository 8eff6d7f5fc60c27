"""A meeting beside the ladder is called what the area's procedure calls it: on buttons, pages and notices.

A mail does not say it: it says nothing of what a meeting is.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from cases.models import Draft
from cases.procedures.loading import shipped_files
from notifications.delivery import compose
from notifications.models import Kind, Message
from tests import in_place
from tests.cast import TUESDAY, Cast, opened
from tests.meetings.room import LATER, Room
from tests.pages.desk import client_of, hidden
from tests.pages.scene import words

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("PO01", "X1")]
SHIPPED = shipped_files()["perth-and-kinross-2025"].read_text(encoding="utf-8")


@pytest.fixture
def room(cast: Cast) -> Room:
    """The room of an area that calls its meeting a Round table."""
    area = SHIPPED.replace('label = "Re-think"', 'label = "Round table"').replace(
        'version = "1.1"', 'version = "2"', 1
    )
    version = in_place.publish(area, name="round-table.toml").version
    in_place.adopt(cast.partnership, version, from_date=date(2026, 1, 1), reason="for this test")
    cast.procedure = version
    return Room.of(cast)


def test_everywhere_it_has_the_name_of_the_procedure(room: Room) -> None:
    case = opened(room.cast)
    step = reverse("case_step", args=[case.reference, "ask-rethink"])
    draft: Any = {
        "user": room.cast.nurse,
        "data": {"about": "Half."},
        "started_at": TUESDAY,
        "saved_at": TUESDAY,
    }
    Draft.objects.create(case=case, purpose="ask-rethink", **draft)
    Draft.objects.create(purpose="rethink:new", **draft)
    rethink = room.asked()
    with time_machine.travel(LATER, tick=False):
        nurse, coordinator = client_of(room.cast.nurse), client_of(room.coordinator)
        page = nurse.get(step)
        assert "<title>Ask for a Round table - Escalation</title>" in page.content.decode()
        assert "Ask for a Round table: not now" not in words(page)
        assert "Ask for a Round table" in words(nurse.get(reverse("case", args=[case.reference])))
        home = words(nurse.get("/"))
        assert f"Ask for a Round table, case {case.reference}" in home
        assert "Asking for a Round table" in home
        assert "Ask for a Round table" in words(nurse.get(reverse("rethinks")))
        assert "A Round table waits to be arranged" in words(coordinator.get("/"))
        assert "Arrange 1 Round table" in words(coordinator.get("/"))
        assert "There is something new in a Round table" in words(coordinator.get(reverse("inbox")))
        assert nurse.post(step, {"about": "", **hidden(page)}).status_code == 200
        assert "facilitated meeting" not in home
        assert "Re-think" not in home
    [told] = Message.objects.filter(kind=Kind.RETHINK)
    assert f"There is something new in the facilitated meeting {rethink.reference}." in compose(told).body
