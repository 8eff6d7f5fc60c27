"""What was written down in a Re-think is corrected beside it, by those who were there (G27)."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from cases.actions import rethinking
from cases.audit import Audit
from cases.models import RethinkNote
from cases.refusals import NotAllowed, NotNow
from escalation.trail.models import Event
from notifications.models import Message
from tests.meetings.room import LATER, Room
from tests.pages.desk import client_of, hidden

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("G27", "PO04", "PO06")]
FELT = "CANARY I felt heard in the end."
FACT = "It is two days of school a week."


def test_both_are_shown_and_the_room_stays_closed(room: Room) -> None:
    rethink, cast = room.held(), room.cast
    url = reverse("rethink", args=[rethink.reference])
    step = reverse("rethink_step", args=[rethink.reference, "correct"])
    Message.objects.all().delete()
    with time_machine.travel(LATER, tick=False):
        here = client_of(cast.social_worker)
        assert step in here.get(url).content.decode()
        page = here.get(step)
        wrong = here.post(step, hidden(page) | {"step": "impact"})
        assert "Say how it should read" in unescape(wrong.content.decode())
        sent = here.post(step, hidden(page) | {"step": "impact", "correction": FACT})
        assert sent.status_code == 302
        audit = Audit(LATER + timedelta(minutes=1))
        rethinking.correct(rethink, by=cast.nurse, audit=audit, step="perspectives", correction=FELT)
        there = unescape(client_of(cast.nurse).get(url).content.decode())
        away = unescape(client_of(cast.teacher).get(url).content.decode())
    assert "The child misses one day of school a week." in there
    assert all(words in there for words in (FACT, "Corrected by Callum Petrie", FELT))
    assert FACT in away
    assert FELT not in away, "a correction of what stays in the room stays there too"
    told = Message.objects.values_list("recipient__full_name", flat=True)
    assert sorted(told) == [
        "Bram Tulloch",  # twice: he led it
        "Bram Tulloch",
        "Callum Petrie",
        "Eilidh Kerr",  # of the fact alone
        "Nadia Reid",
    ]
    assert Event.objects.filter(chain=rethink.chain, verb="rethink_corrected").count() == 2
    assert not Event.objects.filter(payload__contains="two days").exists()


def test_a_corrected_fact_is_carried_corrected_and_the_room_is_not(room: Room) -> None:
    rethink = room.held()
    for step, words in (("impact", FACT), ("perspectives", FELT)):
        rethinking.correct(rethink, by=room.cast.nurse, audit=Audit(LATER), step=step, correction=words)
    carried = "\n".join(words for _, words in rethinking.facts_to_carry(rethink, room.cast.nurse))
    assert f"The child misses one day of school a week.\nCorrected: {FACT}" in carried
    assert FELT not in carried


def test_only_those_who_were_there_correct_it_and_only_once_it_is_written(room: Room) -> None:
    held, arranged = room.held(), room.arranged()
    for person in (room.cast.teacher, room.coordinator):
        with pytest.raises(NotAllowed, match="Only those who were there"):
            rethinking.correct(held, by=person, audit=Audit(LATER), step="impact", correction=FACT)
    with pytest.raises(NotNow, match="Nothing was written down yet"):
        rethinking.correct(arranged, by=room.cast.nurse, audit=Audit(LATER), step="impact", correction=FACT)
    with pytest.raises(NotNow, match="Choose what is to be corrected"):
        rethinking.correct(held, by=room.cast.nurse, audit=Audit(LATER), step="none", correction=FACT)
    assert not RethinkNote.objects.filter(kind="correction").exists()
