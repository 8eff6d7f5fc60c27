"""Checkpoints: daily and after each determination, chained, mailed, acknowledged, and missed when they fail to come."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from cases.record import texts
from escalation import health
from escalation.trail import checkpoints, exporting, verify
from escalation.trail.anchors import Checkpoint, Head, Receipt, Witness
from escalation.trail.models import REGISTRY, Event
from notifications.carriers import Letter
from tests.cases.steps import case_at, determined
from tests.cast import TUESDAY, Cast, opened
from tests.record.full import count

NOW = datetime.now(UTC)


@pytest.fixture
def witnesses(db: None) -> list[Witness]:
    """Return the mailboxes of two agencies and the auditor."""
    given = [("agency", "Health"), ("agency", "Police"), ("auditor", "Audit Strathbracken")]
    return [
        Witness.objects.create(kind=k, organisation=o, email=f"{o[:5].lower()}@example.org", since=TUESDAY)
        for k, o in given
    ]


def export(wanted: exporting.Wanted) -> bytes:
    out = io.BytesIO()
    exporting.write(out, wanted, texts.every if wanted.texts == "all" else None)
    return out.getvalue()


def check(content: bytes, *mails: bytes) -> verify.Verifier:
    kept = [m for text in mails for m in verify.mails_in(text)]
    return verify.Verifier(kept).read(content.splitlines(keepends=True))


@pytest.mark.usefixtures("witnesses")
def test_every_checkpoint_is_mailed_and_checks_an_export(cast: Cast, settings: Any) -> None:
    settings.DEMO_MODE, settings.SEND_MAIL = False, True
    case = determined(cast)
    assert checkpoints.run(TUESDAY) == {"taken": 1, "sent": 3, "failed": 0}
    assert checkpoints.send_receipts(TUESDAY) == {"sent": 0, "failed": 0}
    opened(cast)
    checkpoints.take(TUESDAY)
    checkpoints.send_receipts(TUESDAY)
    assert len(mail.outbox) == 6
    first, second = mail.outbox[0], mail.outbox[3]
    assert first.subject == "Escalation: checkpoint 1 of the record. Please keep this mail."
    assert {len(m.to) for m in mail.outbox} == {1}
    whole = exporting.Wanted(NOW, None, "all")
    done = check(export(whole), first.message().as_bytes(), second.body.encode())
    assert (done.code, done.problems) == (0, [])
    assert done.counts == {
        "lines": done.counts["lines"],
        "chains": 3,
        "events": Event.objects.count(),
        "texts": 23,  # and why the procedure was adopted
        "withheld": 0,
        "erased": 0,
        "disposed": 0,
        "checkpoints": 2,
        "mails": 2,
    }
    one = check(export(exporting.Wanted(NOW, (case.chain,), "none")), first.body.encode())
    assert (one.code, one.counts["chains"], one.counts["mails"]) == (0, 1, 1)
    quoted = "".join(f"> {line}\n" for line in second.body.splitlines())
    assert check(export(whole), quoted.encode()).code == 0


def test_a_mail_says_nothing_about_anybody(cast: Cast, witnesses: list[Witness]) -> None:
    case = determined(cast)
    point = checkpoints.take(TUESDAY)
    said = "\n".join(checkpoints.mail_of(Receipt.objects.filter(checkpoint=point)[0]).values())
    people = [cast.nurse.full_name, cast.cswo.full_name, case.reference, str(case.chain), "Strathbracken"]
    assert [word for word in people if word in said] == []
    assert len(witnesses) == 3


def test_each_checkpoint_extends_the_one_before_for_a_year(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    """365 days with a case now and then (bar C13); each root can be computed from what is stored."""
    days = count(365, 40)
    for day in range(days):
        if day % (days // 5) == 0:
            opened(cast)
        checkpoints.take(TUESDAY + timedelta(days=day))
    points = list(Checkpoint.objects.order_by("n"))
    assert [p.n for p in points] == list(range(1, days + 1))
    assert all(bytes(b.prev) == bytes(a.hash) for a, b in pairwise(points))
    assert Head.objects.count() == 5 + days  # a case grows once, the registry with each checkpoint
    done = check(export(exporting.Wanted(NOW, None, "none")), checkpoints.text_of(points[-1]).encode())
    assert (done.code, done.counts["checkpoints"], done.counts["mails"]) == (0, days, 1)
    with capsys.disabled():
        print(f"\n{days} daily checkpoints, each extends the one before; the last mail checks all")  # noqa: T201


def test_one_is_due_after_a_day_and_after_each_determination(cast: Cast) -> None:
    assert checkpoints.wanted(NOW)
    point = checkpoints.take(NOW)
    assert not checkpoints.wanted(point.at + timedelta(hours=23, minutes=59))
    assert checkpoints.wanted(point.at + timedelta(hours=24))
    case_at(cast, "cswo")
    assert not checkpoints.wanted(point.at)
    determined(cast)
    assert checkpoints.wanted(point.at)
    assert not checkpoints.wanted(checkpoints.take(NOW).at)


def test_number_time_and_hash_are_set_by_the_database(cast: Cast) -> None:
    opened(cast)
    forged = Checkpoint(n=77, at=TUESDAY, prev=b"x" * 32, hash=b"y" * 32, chains=0, events=0, root=b"z" * 32)
    forged.save(force_insert=True)
    stored = Checkpoint.objects.get()
    assert (stored.n, bytes(stored.prev)) == (1, bytes(32))
    assert abs(stored.at - datetime.now(UTC)) < timedelta(minutes=5)
    assert bytes(stored.hash) != b"y" * 32
    refused = 0
    for sql in (
        "UPDATE trail_checkpoint SET n = 2",
        "DELETE FROM trail_checkpoint",
        "TRUNCATE trail_checkpoint CASCADE",
        "UPDATE trail_checkpoint_head SET seq = 1",
        "DELETE FROM trail_tombstone",
        "INSERT INTO trail_tombstone VALUES (gen_random_uuid(), 1, '', now())",
    ):
        with (
            pytest.raises(DatabaseError, match="denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
        refused += 1
    assert refused == 6


def test_a_failing_mail_is_tried_again_and_the_rest_goes_out(
    witnesses: list[Witness], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints.take(TUESDAY)
    gone: list[str] = []

    def send(self: Any, fail_silently: bool = False) -> int:
        if self.to == [witnesses[0].email] and len(gone) < 3:
            gone.append(self.to[0])
            raise ConnectionRefusedError
        return 1

    monkeypatch.setattr("django.core.mail.EmailMessage.send", send)
    assert checkpoints.send_receipts(TUESDAY) == {"sent": 2, "failed": 1}
    assert checkpoints.send_receipts(TUESDAY) == {"sent": 0, "failed": 0}  # not at once
    assert checkpoints.send_receipts(TUESDAY + timedelta(minutes=2)) == {"sent": 0, "failed": 1}
    assert checkpoints.send_receipts(TUESDAY + timedelta(days=1)) == {"sent": 0, "failed": 1}
    assert checkpoints.send_receipts(TUESDAY + timedelta(days=2)) == {"sent": 1, "failed": 0}


def test_where_no_mail_may_leave_it_waits_and_is_missed(witnesses: list[Witness], settings: Any) -> None:
    """A copy of the service on somebody's machine writes to no witness, and takes nothing for sent."""
    settings.DEMO_MODE, settings.SEND_MAIL = False, False
    at = checkpoints.take(TUESDAY).at
    assert checkpoints.send_receipts(at) == {"sent": 0, "failed": 0}
    assert (mail.outbox, Receipt.objects.filter(sent_at=None).count()) == ([], len(witnesses))
    assert checkpoints.lacking(TUESDAY) == []
    assert checkpoints.lacking(TUESDAY + timedelta(hours=2, seconds=1)) == [
        "Checkpoint mails wait, since no mail leaves this service. See EMAIL_URL and SEND_MAIL."
    ]
    settings.SEND_MAIL = True
    assert checkpoints.send_receipts(at) == {"sent": 3, "failed": 0}
    assert len(mail.outbox) == 3


def test_they_go_by_whichever_carrier_is_named(
    witnesses: list[Witness], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO_MODE, settings.SEND_MAIL, settings.MAIL_CARRIER = False, True, "notify"
    gone: list[Letter] = []
    carrier = SimpleNamespace(open=lambda: None, close=lambda: None, carry=gone.append)
    monkeypatch.setattr("notifications.carriers.carrier", lambda: carrier)
    checkpoints.take(TUESDAY)
    assert checkpoints.send_receipts(TUESDAY) == {"sent": 3, "failed": 0}
    assert {letter.to for letter in gone} == {witness.email for witness in witnesses}
    assert len({letter.key for letter in gone}) == 3


def test_a_witness_says_that_the_mail_is_kept(client: Client, witnesses: list[Witness]) -> None:
    point = checkpoints.take(TUESDAY)
    receipt = Receipt.objects.get(checkpoint=point, witness=witnesses[0])
    link = re.search(r"https?://\S+(/trail/\S+)", checkpoints.mail_of(receipt)["body"])
    assert link is not None
    page = client.get(link[1])
    assert bytes(point.root).hex() in page.content.decode()
    assert client.post(link[1]).status_code == 302
    client.post(link[1])  # a second time changes nothing
    receipt.refresh_from_db()
    assert receipt.acknowledged_at is not None
    assert Event.objects.filter(chain=REGISTRY, verb="receipt_acknowledged").count() == 1
    assert client.get("/trail/receipts/00000000-0000-4000-8000-000000000009/").status_code == 404


def test_a_witness_who_is_silent_or_was_not_reached_is_told_until_it_is_mended(
    witnesses: list[Witness], settings: Any
) -> None:
    """A later mail that is kept makes up for one that was missed; who is asked no more is waited for no more."""
    settings.DEMO_MODE, settings.SEND_MAIL = False, True
    week, silent = NOW + timedelta(days=8), "Not acknowledged for more than 7 days: "
    health_, police, audit = witnesses
    points = [checkpoints.take(NOW), checkpoints.take(NOW)]
    checkpoints.send_receipts(NOW)
    assert f"{silent}Audit Strathbracken, Health, Police." in checkpoints.lacking(week)
    checkpoints.acknowledge(Receipt.objects.get(checkpoint=points[1], witness=health_), NOW)
    checkpoints.acknowledge(Receipt.objects.get(checkpoint=points[0], witness=audit), NOW)
    call_command("witnesses", "end", "--email", police.email)
    assert f"{silent}Audit Strathbracken." in checkpoints.lacking(week)
    checkpoints.acknowledge(Receipt.objects.get(checkpoint=points[1], witness=audit), NOW)
    assert [words for words in checkpoints.lacking(week) if words.startswith(silent)] == []
    Receipt.objects.filter(checkpoint=points[0], witness=police).update(try_at=None, sent_at=None)
    assert not any("could not be sent" in words for words in checkpoints.lacking(week))  # not asked any more
    third = checkpoints.take(NOW)
    Receipt.objects.filter(checkpoint=third).update(try_at=None, attempts=checkpoints.ATTEMPTS)
    assert any("checkpoint --again" in words for words in checkpoints.lacking(NOW))
    mail.outbox.clear()
    call_command("checkpoint", "--again")
    assert sorted(m.to[0] for m in mail.outbox) == sorted([health_.email, audit.email])
    assert not any("could not be sent" in words for words in checkpoints.lacking(NOW))


def test_a_missing_checkpoint_is_told_within_26_hours(client: Client, cast: Cast) -> None:
    from cases.clock import beat
    from escalation.clock import now

    with time_machine.travel(TUESDAY, tick=False) as clock:
        checkpoints.take(TUESDAY)
        clock.shift(timedelta(hours=26))
        for duty in health.DUTIES:
            beat(duty, TUESDAY + timedelta(hours=26))
        assert health.staff_warning(now()) == ""
        assert client.get("/readyz").json()["alarms"] == []
        clock.shift(timedelta(seconds=31))
        assert health.staff_warning(now()).startswith(
            "No checkpoint of the record was taken since yesterday."
        )
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["alarms"]) == (200, ["checkpoint"])
    with time_machine.travel(NOW + timedelta(days=3), tick=False), pytest.raises(CommandError) as told:
        call_command("checkpoint", "--status")
    assert [line.split(".")[0] for line in str(told.value).splitlines()] == [
        "Checkpoints must go to at least two agencies",
        "Checkpoints must go to the auditor as well",
        "No checkpoint was taken in the last 26 hours",
    ]


@pytest.mark.django_db
def test_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    call_command(
        "witnesses", "add", "--kind", "agency", "--organisation", "Health", "--email", "it@example.org"
    )
    with pytest.raises(CommandError, match="is a witness already"):
        call_command(
            "witnesses", "add", "--kind", "agency", "--organisation", "X", "--email", "it@example.org"
        )
    with pytest.raises(CommandError, match="is not an email address"):
        call_command("witnesses", "add", "--kind", "agency", "--organisation", "X", "--email", "it")
    call_command("checkpoint")
    call_command("checkpoint", "--if-due")
    call_command("checkpoint", "--show", "1")
    printed = capsys.readouterr().out
    assert "Checkpoint 1 taken. 1 mails sent, 0 failed." in printed
    assert "No checkpoint was due." in printed
    assert verify.mails_in(printed.encode())[0]["n"] == 1
    call_command("witnesses", "end", "--email", "it@example.org")
    assert capsys.readouterr().out == ""
