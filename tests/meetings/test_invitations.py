"""Invitations go through the outbox, to guests as well, with a calendar file and without a word of what it is about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from icalendar import Calendar

from cases.actions import rethinking
from cases.audit import Audit
from cases.models import Invitation
from notifications.delivery import SendResult, send_due
from notifications.models import Kind, Message, Status
from tests.cast import TUESDAY, opened
from tests.meetings.room import FEELINGS, GUEST, LATER, MEETS, Room
from tests.pages.desk import client_of
from tests.pages.scene import words

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("PO03")]
SOON = TUESDAY + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def real_mail(settings: Any) -> None:
    settings.DEMO_MODE = False


def sent_to(address: str) -> list[Any]:
    return [letter for letter in mail.outbox if letter.to == [address]]


def calendar_in(letter: Any) -> Any:
    [part] = letter.attachments
    assert part.get_content_type() == "text/calendar"
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    assert str(calendar["method"]) == part.get_param("method")
    return calendar, calendar.walk("VEVENT")[0]


def test_asking_tells_the_coordinator_and_nobody_else(room: Room) -> None:
    rethink = room.asked()
    assert send_due(SOON) == SendResult(sent=1)
    [letter] = mail.outbox
    assert letter.to == [room.coordinator.email]
    assert letter.subject == f"Escalation: there is something new in {rethink.reference}"
    assert f"/rethinks/{rethink.reference}/" in letter.body
    assert letter.attachments == []


def test_arranged_everybody_invited_gets_the_day_and_a_calendar_file(room: Room) -> None:
    rethink = room.arranged()
    send_due(SOON)
    invited = Message.objects.filter(kind=Kind.INVITED)
    assert invited.count() == 5  # asker, two colleagues, guest, facilitator
    [letter] = sent_to(GUEST)
    assert letter.subject == f"Escalation: you are invited to a meeting, {rethink.reference}"
    assert "Dear colleague," in letter.body
    assert (
        "When: 10:30am on Tuesday 9 June 2026, for 90 minutes\nWhere: Burnside Centre, room 2\n"
        in letter.body
    )
    assert f"please tell {room.coordinator.full_name} ({room.coordinator.email})" in letter.body
    assert "sign in" not in letter.body  # there is nothing for a guest to open
    calendar, event = calendar_in(letter)
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (MEETS, MEETS + timedelta(minutes=90))
    assert str(event["summary"]) == "Meeting of professionals"
    assert str(event["location"]) == "Burnside Centre, room 2"
    assert str(calendar["method"]) == "PUBLISH"
    assert (int(event["sequence"]), str(event["status"])) == (0, "CONFIRMED")
    [account] = sent_to(room.cast.teacher.email)
    assert f"/rethinks/{rethink.reference}/" in account.body


def test_moved_the_calendar_entry_is_replaced_and_who_is_out_is_told(room: Room) -> None:
    rethink = room.arranged()
    send_due(SOON)
    mail.outbox.clear()
    room.arranged(
        rethink=rethink,
        at=TUESDAY + timedelta(hours=1),
        meets_at=MEETS + timedelta(days=1),
        addresses=(room.cast.social_worker.email,),
    )
    send_due(TUESDAY + timedelta(hours=2))
    kinds = {letter.to[0]: letter.subject for letter in mail.outbox}
    off = f"Escalation: a meeting is off for you, {rethink.reference}"
    moved = f"Escalation: a meeting has another time or place, {rethink.reference}"
    assert kinds == {
        GUEST: off,
        room.cast.teacher.email: off,
        room.cast.nurse.email: moved,
        room.cast.social_worker.email: moved,
        room.facilitator.email: moved,
    }
    _, event = calendar_in(sent_to(room.cast.nurse.email)[0])
    assert (int(event["sequence"]), event.decoded("dtstart")) == (1, MEETS + timedelta(days=1))
    calendar, gone = calendar_in(sent_to(GUEST)[0])
    assert (str(calendar["method"]), str(gone["status"])) == ("CANCEL", "CANCELLED")
    assert str(gone["uid"]) == str(event["uid"]) == f"{rethink.reference.lower()}@127.0.0.1"
    assert int(gone["sequence"]) > 0


def test_whoever_is_out_before_the_mail_went_gets_no_invitation(room: Room) -> None:
    rethink = room.arranged()
    room.arranged(rethink=rethink, at=SOON, addresses=(room.cast.social_worker.email,))
    send_due(SOON)
    assert [letter.subject.split(",")[0] for letter in sent_to(GUEST)] == [
        "Escalation: a meeting is off for you"
    ]


def test_called_off_before_the_mail_went_nobody_is_invited_any_more(room: Room) -> None:
    rethink = room.arranged()
    rethinking.call_off(rethink, by=room.coordinator, audit=Audit(SOON), why="The room is flooded.")
    send_due(SOON)
    subjects = {
        letter.subject.split(",")[0] for letter in mail.outbox if letter.to != [room.coordinator.email]
    }
    assert subjects == {"Escalation: a meeting is off for you"}


def test_no_mail_and_no_file_holds_a_word_of_what_it_is_about(room: Room) -> None:
    case = opened(room.cast, subject_reference="CANARYCHILD")
    rethink = room.asked(case=case, about="CANARY-ABOUT", considered_words="CANARY-WORDS", when="CANARY-WHEN")
    room.held(room.arranged(rethink=rethink))
    send_due(LATER)
    assert len(mail.outbox) >= 10
    for letter in mail.outbox:
        files = b"".join(p.get_payload(decode=True) for p in letter.attachments).decode()
        everything = f"{letter.subject}\n{letter.body}\n{files}"
        for word in ("CANARY", FEELINGS, "grandmother", "one plan", "Re-think", "escalation of"):
            assert word not in everything, word
        if letter.attachments:
            assert case.reference not in everything
            others = {i.email for i in Invitation.objects.all()} - set(letter.to) - {room.coordinator.email}
            assert not [address for address in others if address in everything]  # one person a mail, no list


def test_the_calendar_file_can_be_fetched_by_who_is_invited_until_they_are_not(room: Room) -> None:
    with time_machine.travel(SOON, tick=False):
        rethink = room.arranged()
        url = reverse("rethink_calendar", args=[rethink.reference])
        client = client_of(room.cast.teacher)
        answer = client.get(url)
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer["Content-Disposition"] == f'attachment; filename="re-think-{rethink.reference}.ics"'
        assert Calendar.from_ical(answer.content).walk("VEVENT")[0].decoded("dtstart") == MEETS
        room.arranged(rethink=rethink, at=SOON, addresses=(GUEST,))
        assert client.get(url).status_code == 404


def test_clocks_going_forward_do_not_move_a_meeting(room: Room) -> None:
    from datetime import UTC, datetime

    spring = datetime(2027, 3, 28, 9, 0, tzinfo=UTC)  # 10am by the clock, which went forward that night
    room.arranged(meets_at=spring)
    send_due(SOON)
    [letter] = sent_to(GUEST)
    assert "When: 10am on Sunday 28 March 2027" in letter.body
    assert calendar_in(letter)[1].decoded("dtstart") == spring


def test_a_guests_mail_that_failed_for_good_is_shown_and_tried_again(room: Room) -> None:
    """Nobody signs in as a guest, so an administrator is the one who can see to it."""
    room.arranged()
    to_guest = Message.objects.filter(invitation__email=GUEST)
    to_guest.update(status=Status.DEAD, attempts=5, error="bounced")
    client = client_of(room.cast.administrator)
    with time_machine.travel(SOON, tick=False):
        assert GUEST in words(client.get(reverse("operations")))
        assert GUEST not in words(client_of(room.cast.stranger).get(reverse("operations")))
        client.post(reverse("operations_retry"))
    assert to_guest.get().status == Status.WAITING
