"""A sender that is killed loses nothing, and repeats no more than one mail a time it was killed (D2, D7)."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction

from cases.models import Case
from notifications import outbox
from notifications.models import Message, Status
from tests.cast import TUESDAY, make_cast, opened
from tests.notifications.crowd import copies_of, finish, iso, start
from tests.notifications.sink import Sink, sink

pytestmark = pytest.mark.django_db(transaction=True)
COUNT = 120


def many() -> Case:
    """Return the first of many cases, each with one message waiting for the same person."""
    case = opened(make_cast())
    [first] = Message.objects.all()
    copies = copies_of(case, COUNT - 1)
    duties = {d.case_id: d.pk for c in copies for d in c.deadlines.filter(rule="reply")}
    Message.objects.bulk_create(
        Message(
            kind=first.kind,
            recipient=first.recipient,
            case=copy,
            deadline_id=duties[copy.pk],
            reference=copy.reference,
            needed_by=first.needed_by,
            key=f"test:{copy.pk}",
            created_at=TUESDAY,
            not_before=TUESDAY,
        )
        for copy in copies
    )
    return case


def sender(server: Sink, at: object) -> tuple[str, dict[str, str]]:
    code = f"from notifications.delivery import send_due; print(send_due({at}).sent)"
    url = f"smtp://127.0.0.1:{server.port}"
    return code, {"EMAIL_URL": url, "DEMO_MODE": "false", "SEND_MAIL": "true"}


def test_a_killed_sender_loses_nothing_and_repeats_with_the_same_id() -> None:
    many()
    chance, kills, at = random.Random(2026), 0, TUESDAY
    with sink() as server:
        for _ in range(5):
            code, environ = sender(server, iso(at))
            running = start(code, **environ)
            server.wait_for(len(server.mails) + chance.randint(1, 15))
            time.sleep(chance.uniform(0, 0.02))
            running.kill()
            running.communicate()
            kills += running.returncode == -9
            at += outbox.LEASE + timedelta(seconds=1)  # what it had claimed is free again
        assert kills == 5
        assert 5 <= len(server.mails) < COUNT, "the kills were to hit it in its work"
        code, environ = sender(server, iso(at))
        finish(start(code, **environ))
        times = Counter(str(mail["Message-ID"]) for mail in server.mails)
    assert len(times) == COUNT, "every message arrived"
    assert sum(times.values()) - COUNT <= kills, "one repeat for each kill at most"
    assert set(Message.objects.values_list("status", "attempts")) == {(Status.SENT, 0)}


def test_senders_at_once_send_each_message_once() -> None:
    many()
    with sink() as server:
        code, environ = sender(server, iso(TUESDAY))
        shares = [int(out) for out in finish(*(start(code, **environ) for _ in range(2)))]
        ids = [str(mail["Message-ID"]) for mail in server.mails]
    assert sum(shares) == COUNT
    assert (len(ids), len(set(ids))) == (COUNT, COUNT)


def test_what_one_sender_is_claiming_the_other_passes_over() -> None:
    opened(make_cast())
    claimed, done = threading.Event(), threading.Event()

    def claim_slowly() -> None:
        with transaction.atomic():
            assert len(outbox.claim(TUESDAY, 10)) == 1
            claimed.set()
            done.wait(timeout=5)
        connection.close()

    first = threading.Thread(target=claim_slowly)
    first.start()
    assert claimed.wait(timeout=20)
    assert outbox.claim(TUESDAY, 10) == []
    done.set()
    first.join()
    assert Message.objects.get().status == Status.SENDING
