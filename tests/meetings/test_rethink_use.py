"""How Re-think is used, counted for the committee and for inspection without a child or a person (PO05, PO07)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from cases.actions import rethinking
from cases.audit import Audit
from cases.models import LearningItem
from cases.reports.base import Period
from cases.reports.reflection import use_of
from tests.cast import opened
from tests.meetings.room import FEELINGS, GUEST, LATER, Room
from tests.pages.desk import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("PO07", "PO05")]
JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))


def test_each_figure_is_that_of_what_happened(room: Room) -> None:
    case = opened(room.cast)
    room.asked(case=case, reason="disagreement")  # beside a case, waiting
    rethinking.redirect(room.asked(), by=room.coordinator, audit=Audit(LATER), why="A talk first.")
    held = room.held()
    room.held()
    rethinking.became(held, opened(room.cast, at=LATER), by=room.cast.nurse, audit=Audit(LATER))
    use = use_of(room.cast.partnership, JUNE)
    assert use.by_state == {"asked": 1, "redirected": 1, "held": 2}
    assert use.by_reason == {"disagreement": 1, "stuck": 3}
    assert (use.asked, use.held, use.beside_a_case, use.taken_on) == (4, 2, 1, 1)
    assert use.outcomes == {"shared_picture": 2, "support": 2}
    assert (use.people, use.guests) == (8, 2)  # nurse, social worker, guest and facilitator, twice
    assert use.actions == {"open": 2}
    assert use_of(room.cast.partnership, Period(date(2026, 7, 1), date(2026, 7, 31))).asked == 0
    assert use_of(room.cast.stranger.agency.partnership, JUNE).asked == 0


def test_it_is_for_those_who_read_reports(room: Room) -> None:
    room.held()
    with time_machine.travel(LATER + timedelta(days=1), tick=False):
        url = reverse("report", args=["rethink"])
        for person in (room.cast.cpc_officer, room.cast.auditor):
            page = unescape(client_of(person).get(url).content.decode())
            assert "We share one picture and understand each other’s view" in page
            for word in (FEELINGS, GUEST, room.cast.nurse.full_name, "Burnside"):
                assert word not in page
            assert url in client_of(person).get(reverse("rethinks")).content.decode()
        for person in (room.cast.nurse, room.coordinator, room.cast.administrator, room.cast.stranger):
            assert client_of(person).get(url).status_code == 403


@pytest.mark.requirement("G30", "PO04", "PO06")
def test_what_was_learnt_goes_on_without_the_room(room: Room) -> None:
    held = room.held()
    with time_machine.travel(LATER + timedelta(days=1), tick=False):
        nurse = client_of(room.cast.nurse)
        here = f"{reverse('learning_raise')}?rethink={held.reference}"
        assert here in nurse.get(reverse("rethink", args=[held.reference])).content.decode()
        page = unescape(nurse.get(here).content.decode())
        # What was written down as learnt stands ready to be made fit for others; nothing of the room goes along.
        assert "Ask earlier.</textarea>" in page
        assert re.search(r'value="rethink"[^>]* checked', page)
        assert FEELINGS not in page
        # Whoever had no part in it finds an empty box.
        stranger = unescape(client_of(room.cast.nurse_manager).get(here).content.decode())
        assert "Ask earlier." not in stranger
        nurse.post(here, {"source": "rethink", "theme": "roles", "what": "Ask earlier.", "route": "cpc"})
    item = LearningItem.objects.get()
    assert (item.source, item.what, item.case) == ("rethink", "Ask earlier.", None)
