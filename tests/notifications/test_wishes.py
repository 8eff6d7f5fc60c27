"""How people hear of news, what carriers say became of a mail, calendars of one's own, and the operations page."""

from __future__ import annotations

import json
import threading
from datetime import datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from cases.clock import beat
from cases.models import Case, Deadline, Participation
from cases.models.deadline import Rule
from escalation.trail.models import REGISTRY, Event
from notifications import carriers, feeds, outbox, preferences
from notifications.carriers import Letter
from notifications.carriers.notify import Notify
from notifications.delivery import send_due
from notifications.models import CalendarFeed, Kind, Message, Receipt, Status
from tests.cases.steps import case_at
from tests.cast import TUESDAY, Cast, opened
from tests.pages.scene import signed_in, words

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: Half past eight on Wednesday morning in Scotland.
MORNING = datetime.fromisoformat("2026-06-03T07:30:00+00:00")


@pytest.fixture
def mails(settings: Any, mailoutbox: list[Any]) -> list[Any]:
    settings.DEMO_MODE, settings.SEND_MAIL = False, True
    settings.MAIL_CARRIER = "server"
    return mailoutbox


def only_news(cast: Cast, *cases: Case) -> None:
    """Leave one piece of news for the nurse from each case."""
    Message.objects.all().delete()
    for number, case in enumerate(cases):
        Message.objects.create(
            kind=Kind.UPDATED,
            recipient=cast.nurse,
            case=case,
            reference=case.reference,
            key=f"news:{number}",
            created_at=TUESDAY,
            not_before=TUESDAY,
        )


# Personal wishes


def test_news_come_together_at_the_time_of_day_somebody_chose(cast: Cast, mails: list[Any]) -> None:
    only_news(cast, *(opened(cast) for _ in range(3)))
    preferences.save(cast.nurse, news_by_mail=True, together_at=time(8, 30))
    done = send_due(TUESDAY)
    assert (done.sent, done.held, len(mails)) == (0, 3, 0)
    assert send_due(MORNING - MINUTE).sent == 0
    assert send_due(MORNING).sent == 3
    [mail] = mails
    assert (mail.subject, mail.to) == ("Escalation: 3 news", [cast.nurse.email])
    assert mail.body.count("There is something new (case ") == 3
    assert set(Message.objects.values_list("status", flat=True)) == {Status.SENT}


def test_what_asks_something_of_a_person_is_sent_at_once_whatever_they_chose(
    cast: Cast, mails: list[Any]
) -> None:
    preferences.save(cast.social_worker, news_by_mail=False, together_at=None)
    opened(cast)  # the social worker has to answer
    assert send_due(TUESDAY).sent == 1
    assert [mail.to for mail in mails] == [[cast.social_worker.email]]


def test_news_are_not_mailed_to_who_does_without_them_and_stand_in_the_inbox(
    cast: Cast, mails: list[Any]
) -> None:
    only_news(cast, opened(cast))
    preferences.save(cast.nurse, news_by_mail=False, together_at=None)
    assert send_due(TUESDAY).dropped == 1
    assert mails == []
    assert Message.objects.inbox_of(cast.nurse).count() == 1


def test_a_duty_of_ones_own_that_news_name_is_never_held_back(cast: Cast, mails: list[Any]) -> None:
    case = opened(cast)
    only_news(cast, case)
    duty = Deadline.objects.get(case=case, rule=Rule.SETTLE)
    Message.objects.update(deadline=duty, needed_by=duty.due_at)
    preferences.save(cast.nurse, news_by_mail=False, together_at=None)
    assert send_due(TUESDAY).sent == 1


def test_in_danger_today_news_come_at_once(cast: Cast, mails: list[Any]) -> None:
    only_news(cast, opened(cast, urgency="immediate"))
    preferences.save(cast.nurse, news_by_mail=False, together_at=None)
    assert send_due(TUESDAY).sent == 1


@pytest.mark.parametrize(
    ("at", "clock", "then"),
    [
        ("2026-06-02T09:30:00+00:00", time(8, 30), "2026-06-03T07:30:00+00:00"),
        ("2026-06-02T07:30:00+00:00", time(8, 30), "2026-06-02T07:30:00+00:00"),
        ("2026-10-24T20:00:00+00:00", time(8, 30), "2026-10-25T08:30:00+00:00"),
        ("2026-03-28T20:00:00+00:00", time(8, 30), "2026-03-29T07:30:00+00:00"),
    ],
)
def test_the_time_of_day_is_that_of_clocks_here(at: str, clock: time, then: str) -> None:
    found = preferences.next_time(clock, datetime.fromisoformat(at))
    assert found == datetime.fromisoformat(then)


def test_the_page_keeps_what_somebody_chose(cast: Cast) -> None:
    client, where = signed_in(cast.nurse), reverse("my_news")
    assert client.post(where, {"news_by_mail": "yes", "together_at": "8:30am"}).url == where
    assert "8:30am" in client.get(where).content.decode()
    kept = preferences.of([cast.nurse.pk])[cast.nurse.pk]
    assert (kept.news_by_mail, kept.together_at) == (True, time(8, 30))
    client.post(where, {"news_by_mail": "no", "together_at": "8:30am"})
    kept = preferences.of([cast.nurse.pk])[cast.nurse.pk]
    assert (kept.news_by_mail, kept.together_at) == (False, None)
    assert "Choose whether you want email about news" in words(client.post(where, {}))


# What became of a mail


class Post(carriers.MailServer):
    """A carrier that reads back what a test says."""

    reads_back = True
    said: dict[str, Receipt] = {}
    carried: list[Letter] = []

    def open(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Nothing to close."""

    def carry(self, letter: Letter) -> str:
        self.carried.append(letter)
        return f"post-{len(self.carried)}"

    def receipt(self, reference: str) -> Receipt:
        return self.said.get(reference, Receipt.PENDING)


@pytest.fixture
def post(mails: list[Any], monkeypatch: pytest.MonkeyPatch) -> Post:
    Post.said, Post.carried = {}, []
    monkeypatch.setattr("notifications.delivery.carrier", Post)
    return Post()


def test_a_mail_that_was_delivered_is_known_to_be(cast: Cast, post: Post) -> None:
    opened(cast)
    assert send_due(TUESDAY).sent == 1
    message = Message.objects.get()
    assert (message.carrier_ref, message.receipt) == ("post-1", "pending")
    assert send_due(TUESDAY + MINUTE).asked_after == 0, "asked every five minutes"
    Post.said["post-1"] = Receipt.DELIVERED
    assert send_due(TUESDAY + 5 * MINUTE).asked_after == 1
    message.refresh_from_db()
    assert (message.status, message.receipt) == ("sent", "delivered")
    assert send_due(TUESDAY + HOUR).asked_after == 0


def test_a_mail_that_bounced_is_shown_on_the_case_and_to_administrators(cast: Cast, post: Post) -> None:
    case = opened(cast)
    send_due(TUESDAY)
    Post.said["post-1"] = Receipt.BOUNCED
    send_due(TUESDAY + 5 * MINUTE)
    message = Message.objects.get()
    assert (message.status, message.error, message.sent_at) == ("dead", "bounced", None)
    with time_machine.travel(TUESDAY + HOUR, tick=False):
        said = words(signed_in(cast.nurse).get(reverse("case", args=[case.reference])))
        assert "Email did not arrive: ring them" in said
        page = signed_in(cast.administrator)
        said = words(page.get(reverse("operations")))
        assert "Callum Petrie" in said
        assert "bounced" in said
        assert case.reference not in said, "whose address to mend, not what it was about"
        page.post(reverse("operations_retry"))
    event = Event.objects.filter(chain=REGISTRY).latest("seq")
    assert (event.verb, json.loads(event.payload)["count"]) == ("messages_tried_again", 1)
    Post.said.clear()
    assert send_due(TUESDAY + HOUR).sent == 1
    Post.said["post-2"] = Receipt.DELIVERED
    send_due(TUESDAY + 2 * HOUR)
    assert Participation.objects.get(case=case, user=cast.social_worker).mail_failed_at is None


def test_a_mail_that_was_returned_is_tried_again_and_then_dead(cast: Cast, post: Post) -> None:
    opened(cast)
    Post.said = {f"post-{n}": Receipt.RETURNED for n in range(1, 20)}
    for hour in range(12):
        send_due(TUESDAY + hour * HOUR)
        send_due(TUESDAY + hour * HOUR + 10 * MINUTE)
    assert len(Post.carried) == outbox.MOST_TRIES
    assert len({letter.key for letter in Post.carried}) == 1, "the same mail each time"
    assert Message.objects.get().status == "dead"


def test_a_carrier_that_never_says_is_asked_no_more_after_three_days(cast: Cast, post: Post) -> None:
    opened(cast)
    send_due(TUESDAY)
    assert send_due(TUESDAY + 4 * DAY).asked_after == 1
    assert send_due(TUESDAY + 5 * DAY).asked_after == 0
    assert Message.objects.get().status == "sent"


def test_notify_is_spoken_to_in_its_own_words() -> None:
    class Client:
        def send_email_notification(self, **given: Any) -> dict[str, str]:
            self.given = given
            return {"id": "n-1"}

        def get_notification_by_id(self, reference: str) -> dict[str, str]:
            return {"status": {"n-1": "permanent-failure", "n-2": "sending"}[reference]}

    client = Client()
    notify = Notify(client, "template-1")
    assert notify.carry(Letter("a@example.org", "Subject", "Body", "<key@host>")) == "n-1"
    assert client.given == {
        "email_address": "a@example.org",
        "template_id": "template-1",
        "personalisation": {"subject": "Subject", "body": "Body"},
        "reference": "key@host",
    }
    assert (notify.receipt("n-1"), notify.receipt("n-2")) == (Receipt.BOUNCED, Receipt.PENDING)


def test_notifys_own_client_hands_over_to_a_server(settings: Any) -> None:
    asked: list[Any] = []

    class Stub(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            answer = json.dumps({"id": "n-9"}).encode()
            self.send_response(201)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Stub) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        settings.NOTIFY_ADDRESS = f"http://127.0.0.1:{server.server_port}"
        settings.NOTIFY_KEY = "test-" + "-".join(["8b3d5b1f-0f3c-4b44-9d4e-4f8a2c6d7e80"] * 2)
        settings.NOTIFY_TEMPLATE = "template-1"
        assert Notify.from_settings().carry(Letter("a@example.org", "S", "B", "<k@h>")) == "n-9"
        server.shutdown()
    assert asked[0]["personalisation"] == {"subject": "S", "body": "B"}


def test_outside_production_no_mail_leaves_unless_somebody_says_so(
    cast: Cast, mails: list[Any], settings: Any
) -> None:
    settings.SEND_MAIL = False
    opened(cast)
    assert send_due(TUESDAY).dropped == 1
    assert (mails, Message.objects.get().error) == ([], "mail is off")
    with time_machine.travel(TUESDAY, tick=False):
        assert "Email is off" in words(signed_in(cast.administrator).get(reverse("operations")))


# A calendar of one's own


def test_a_calendar_shows_what_is_due_and_nothing_of_the_case(cast: Cast) -> None:
    case = opened(cast)
    other = case_at(cast, "managers")
    token = feeds.make(cast.nurse, TUESDAY)
    answer = Client().get(reverse("calendar_feed", args=[token]))
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/calendar")
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    mine = Deadline.objects.open().filter(person=cast.nurse)
    assert text.count("BEGIN:VEVENT") == mine.count() >= 3
    assert f"SUMMARY:Due: Settle this or take it further ({case.reference})\r\n" in text
    assert "DTSTART:20260609T160000Z\r\n" in text
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    for secret in ("HV-2041", "Grandmother", "Nadia", "Callum", "hungry", other.get_state_display()):
        assert secret not in text


def test_the_address_of_a_calendar_ends_when_its_owner_says_so_or_leaves(cast: Cast) -> None:
    opened(cast)
    client = signed_in(cast.nurse)
    page = client.post(reverse("calendar_feed_make")).content.decode()
    token = page.split("/calendars/")[1].split(".ics")[0]
    where = reverse("calendar_feed", args=[token])
    assert token not in CalendarFeed.objects.get().digest
    assert Client().get(where).status_code == 200
    assert "It was last read" in words(client.get(reverse("my_news")))
    cast.nurse.is_active = False
    cast.nurse.save()
    assert Client().get(where).status_code == 410
    cast.nurse.is_active = True
    cast.nurse.save()
    client = signed_in(cast.nurse)
    new = client.post(reverse("calendar_feed_make")).content.decode().split("/calendars/")[1].split(".ics")[0]
    assert Client().get(where).status_code == 410, "a new address ends the one before"
    client.post(reverse("calendar_feed_end"))
    assert Client().get(reverse("calendar_feed", args=[new])).status_code == 410


def test_a_duty_that_only_the_area_has_stands_in_its_words(cast: Cast) -> None:
    opened(cast)
    Deadline.objects.filter(rule=Rule.SAFETY).update(label="Send the letter; ring first")
    assert "SUMMARY:Due: Send the letter\\; ring first (" in feeds.calendar_of(cast.nurse, TUESDAY)


def test_a_case_somebody_left_is_not_in_their_calendar(cast: Cast) -> None:
    case = opened(cast)
    Participation.objects.filter(case=case, user=cast.nurse).update(ended_at=TUESDAY)
    assert "VEVENT" not in feeds.calendar_of(cast.nurse, TUESDAY)


# The operations page


def test_the_operations_page_shows_what_is_oldest_stuck_and_dead(cast: Cast) -> None:
    case = opened(cast)
    Deadline.objects.filter(case=case, rule=Rule.SETTLE).update(next_at=TUESDAY - HOUR, failures=3)
    with time_machine.travel(TUESDAY, tick=False):
        said = words(signed_in(cast.administrator).get(reverse("operations")))
    assert "Background work is silent" in said
    assert "Oldest reminder not yet worked off" in said
    assert "This is late" in said
    assert "Reminders that could not be worked off" in said
    assert "What is due Settle this or take it further Tried 3 times" in said
    assert case.reference not in said, "administrators see no case"
    with time_machine.travel(TUESDAY, tick=False):
        for name in ("sweep", "send", "beat", "checkpoint"):
            beat(name, TUESDAY)
        beat("worker", TUESDAY - 10 * MINUTE)
        said = words(signed_in(cast.administrator).get(reverse("operations")))
    assert said.count("Last heard of Less than a minute ago State Running") == 4
    assert "The background worker Last heard of 10 minutes ago State Silent" in said
    assert signed_in(cast.nurse).get(reverse("operations")).status_code == 403
    assert signed_in(cast.nurse).post(reverse("operations_retry")).status_code == 403
