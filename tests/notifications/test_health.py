"""Silence is noticed: health, readiness and the warning for staff (D12); and the command that does without Celery."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import tasks as case_tasks
from cases.clock import beat
from cases.models import Deadline, Heartbeat
from cases.models.deadline import Rule
from escalation import celery, health
from notifications import tasks as message_tasks
from notifications.models import Message
from tests.cast import TUESDAY, Cast, opened
from tests.notifications.crowd import only

DUE = datetime.fromisoformat("2026-06-09T16:00:00+00:00")
MINUTE = timedelta(minutes=1)


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def test_alive_asks_nobody(client: Client) -> None:
    # No database fixture: touching the database here would fail.
    assert (client.get("/healthz").status_code, client.get("/healthz").json()) == (200, {"ok": True})


@pytest.mark.django_db
def test_ready_only_while_sweep_and_sender_are_heard_of(client: Client) -> None:
    with time_machine.travel(TUESDAY, tick=False) as clock:
        assert ready(client) == (
            503,
            {
                "ready": False,
                "database": True,
                "seconds_since": {"sweep": None, "send": None, "checkpoint": None},
                "silent": ["sweep", "send"],
                "alarms": ["checkpoint"],
            },
        )
        beat("sweep", TUESDAY)
        beat("send", TUESDAY)
        clock.shift(5 * MINUTE)
        assert ready(client)[0] == 200
        clock.shift(timedelta(seconds=1))
        assert ready(client)[0] == 503
        beat("send", TUESDAY + 5 * MINUTE)
        assert ready(client) == (
            503,
            {
                "ready": False,
                "database": True,
                "seconds_since": {"sweep": 301, "send": 1, "checkpoint": None},
                "silent": ["sweep"],
                "alarms": ["checkpoint"],
            },
        )


def test_not_ready_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(at: datetime) -> None:
        raise OperationalError("CANARY: password")

    monkeypatch.setattr(health, "heartbeat_ages", gone)
    assert ready(client) == (503, {"ready": False, "database": False})


@pytest.mark.django_db
def test_every_page_warns_staff_within_six_minutes(cast: Cast, settings: Any, monkeypatch: Any) -> None:
    settings.WATCH_BACKGROUND = True
    monkeypatch.setattr(health, "_STARTED", time.monotonic() - health.GRACE_SECONDS - 1)
    with time_machine.travel(TUESDAY, tick=False) as clock:
        page = Client()
        page.force_login(cast.nurse)

        def said() -> str:
            return page.get("/inbox/").content.decode()

        assert "Reminders have stopped" in said(), (
            "never heard of, and the start was more than five minutes ago"
        )
        for name in ("sweep", "send", "beat", "worker"):
            beat(name, TUESDAY)
        assert "Background work" not in said()
        clock.shift(5 * MINUTE + timedelta(seconds=1))
        assert (
            "Reminders have stopped: lapsed timescales are not recorded, emails are not sent, the clock of the "
            "background work has stopped and the background worker has stopped. Check due times yourself, and tell "
            "your administrator."
        ) in said()
        for silent, words in (
            ("sweep", "Reminders have stopped: lapsed timescales are not recorded."),
            ("send", "Reminders have stopped: emails are not sent."),
            ("beat", "Reminders may be late: the clock of the background work has stopped."),
            ("worker", "Reminders may be late: the background worker has stopped."),
        ):
            for name in ("sweep", "send", "beat", "worker"):
                beat(name, TUESDAY if name == silent else TUESDAY + 5 * MINUTE)
            assert words in said()
            assert ready(page)[0] == 503
            assert ready(page)[1]["silent"] == [silent]


@pytest.mark.django_db
def test_a_service_without_celery_never_misses_it(client: Client) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        beat("sweep", TUESDAY)
        beat("send", TUESDAY)
        assert ready(client)[0] == 200
        assert health.staff_warning(TUESDAY) == ""


@pytest.mark.django_db
def test_the_warning_costs_no_statement(cast: Cast, settings: Any, django_assert_num_queries: Any) -> None:
    page = Client()
    page.force_login(cast.nurse)
    page.get("/inbox/")
    with CaptureQueriesContext(connection) as without:
        page.get("/inbox/")
    settings.WATCH_BACKGROUND = True
    with django_assert_num_queries(len(without)):
        page.get("/inbox/")


def test_beat_and_worker_give_signs_of_life(monkeypatch: Any) -> None:
    heard: list[str] = []
    monkeypatch.setattr(health, "heard", lambda name, at: heard.append(name))
    scheduler = celery.HeardScheduler(celery.app, schedule_filename="never-written", lazy=True)
    monkeypatch.setattr(celery.PersistentScheduler, "tick", lambda self: 300.0)
    assert scheduler.tick() == 30
    assert scheduler.tick() == 30
    celery._worker_is_heard()
    assert heard == ["beat", "worker"], "beat says so twice a minute at most"


# The command and the tasks


@pytest.mark.django_db
def test_the_command_alone_records_and_sends(cast: Cast) -> None:
    opened(cast)
    only(Rule.SETTLE)
    printed = StringIO()
    with time_machine.travel(TUESDAY, tick=False):
        call_command("sweep", "--at", "2026-06-09T17:00+01:00", "--send", "--json", stdout=printed)
    assert json.loads(printed.getvalue()) == {
        "sweep": {"due": 1, "lapsed": 1, "passed_on": 1, "raised": 0, "moved": 0, "reviews": 0, "put_off": 0},
        "send": {"sent": 1, "dropped": 0, "failed": 0, "put_back": 0, "held": 0, "asked_after": 0},
    }
    assert Deadline.objects.filter(lapsed_at=DUE).count() == 2
    # The heartbeat tells when it really ran, whatever instant was asked for.
    assert dict(Heartbeat.objects.values_list("name", "at")) == {"sweep": TUESDAY, "send": TUESDAY}


@pytest.mark.django_db
def test_the_command_sends_only_when_asked_to(cast: Cast) -> None:
    opened(cast)
    printed = StringIO()
    call_command("sweep", "--at", TUESDAY.isoformat(), stdout=printed)
    assert (
        printed.getvalue() == "sweep: 0 due, 0 lapsed, 0 passed on, 0 raised, 0 moved, 0 reviews, 0 put off\n"
    )
    assert Message.objects.get().status == "waiting"
    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["sweep"]


@pytest.mark.django_db
def test_the_command_fails_when_something_was_put_off(cast: Cast) -> None:
    opened(cast)
    Deadline.objects.filter(rule=Rule.SETTLE).update(plan=[["no instant", "at", ["holder"]]], next_at=TUESDAY)
    with pytest.raises(CommandError, match="1 of the duties could not be worked off"):
        call_command("sweep", "--at", TUESDAY.isoformat(), stdout=StringIO())


@pytest.mark.parametrize(
    ("typed", "said"), [("tomorrow", "is not an instant"), ("2026-06-09T17:00", "names no time zone")]
)
def test_the_command_explains_a_wrong_instant(typed: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("sweep", "--at", typed)


@pytest.mark.django_db
def test_the_tasks_do_the_same_by_the_clock(cast: Cast) -> None:
    opened(cast)
    only(Rule.SETTLE)
    with time_machine.travel(
        DUE + timedelta(hours=18), tick=False
    ):  # the next morning, when the office is open
        case_tasks.sweep()
        message_tasks.send()
        assert Deadline.objects.filter(lapsed_at=DUE, ordinal=0).count() == 1
        assert Message.objects.filter(status="waiting").count() == 0
        assert health.staff_warning(DUE + timedelta(hours=18)) == ""
