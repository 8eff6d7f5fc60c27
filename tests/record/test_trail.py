"""The trail takes what it is given once, in order, and gives nothing back; and what the auditor sees of it."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from cases.actions import climbing, following, managing, settling, talking
from cases.audit import Audit
from cases.models import Case, Deadline, Entry, Participation, Stage
from cases.record.verifying import verify_database
from escalation import health
from escalation.trail import checkpoints
from escalation.trail.models import REGISTRY, Event
from escalation.trail.verify import Verifier
from tests.cases.steps import POSITION, audit, case_at, determined
from tests.cast import TUESDAY, Cast, opened

HOUR = timedelta(hours=1)


def test_rows_copied_in_are_sealed_like_any_other(cast: Cast) -> None:
    """COPY FROM STDIN is an insert: sequence, time and hashes are the database's own (bar C6)."""
    case = opened(cast)
    row = "\t".join(
        [
            "00000000-0000-4000-8000-0000000000aa", str(case.chain), "77", "2001-01-01 00:00+00",
            "2026-06-02 09:30+00", "", "updated", "case:0", "{}", r"\\x00", r"\\xff", r"\\xff", r"\\xff",
        ]
    )  # fmt: skip
    columns = (
        "id, chain, seq, at, claimed_at, acting_role, verb, object_ref, payload, salt, commitment, prev, hash"
    )
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(f"COPY trail_event ({columns}) FROM STDIN", io.StringIO(row + "\n"))
    forged = Event.objects.get(pk="00000000-0000-4000-8000-0000000000aa")
    assert forged.seq == 2
    assert abs(forged.at - datetime.now(UTC)) < timedelta(minutes=5)
    assert bytes(forged.hash) != b"\xff"
    assert verify_database(TUESDAY).code == 0


def _everything() -> dict[str, list[Any]]:
    """Return what a change could have left behind."""
    kinds: list[type[models.Model]] = [Case, Stage, Entry, Deadline, Participation, Event]
    return {m.__name__: list(m._default_manager.order_by("pk").values_list()) for m in kinds}


def test_a_change_without_its_event_never_happened(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of these changes is rolled back whole when its event cannot be written (bar C1)."""
    case, high = opened(cast), case_at(cast, "managers")
    won = determined(cast)
    hour = TUESDAY + 10 * HOUR
    words = {"by": cast.nurse, "audit": Audit(hour)}
    attempts = {
        "open": lambda: opened(cast, at=hour),
        "position": lambda: talking.give_position(case, position=POSITION, **words),
        "notice": lambda: climbing.notify_intention(case, message="I mean to take this further.", **words),
        "agree": lambda: settling.agree(case, agreement="A joint visit.", actions=[], **words),
        "withdraw": lambda: settling.withdraw(case, statement="Settled.", **words),
        "manager's position": lambda: talking.give_position(
            high, position=POSITION, by=cast.nurse_manager, audit=audit(high, hour)
        ),
        "check back": lambda: following.check_understood(won, answer=True, **words),
        "reopen": lambda: following.reopen(won, reason="New facts.", **words),
    }
    before = _everything()

    def refuse(self: Event, **kwargs: Any) -> None:
        raise DatabaseError("the trail is out of reach")

    monkeypatch.setattr(Event, "save", refuse)
    rolled_back = []
    for name, attempt in attempts.items():
        try:
            with transaction.atomic():
                attempt()
        except DatabaseError:
            rolled_back.append(name)
        except TypeError as error:  # the signature changed: this test must follow it
            pytest.fail(f"{name}: {error}")
        assert _everything() == before, name
    assert rolled_back == list(attempts)
    assert managing is not None


def test_a_role_is_not_given_without_its_event(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Membership.objects.count()
    signed_in = Event.objects.filter(chain=REGISTRY, verb="signed_in").count()
    monkeypatch.setattr(
        Event, "save", lambda self, **kw: (_ for _ in ()).throw(DatabaseError("out of reach"))
    )
    client.raise_request_exception = False
    client.post(reverse("sign_in"), {"username": cast.nurse.email, "password": "x"})
    assert Membership.objects.count() == before
    assert Event.objects.filter(chain=REGISTRY, verb="signed_in").count() == signed_in


def test_the_auditor_sees_how_the_trail_is_held_and_takes_it_away(client: Client, cast: Cast) -> None:
    determined(cast)
    with time_machine.travel(TUESDAY, tick=False):
        checkpoints.take(TUESDAY)
        client.force_login(cast.auditor)
        page = client.get(reverse("trail")).content.decode()
        assert "Checkpoints must go to at least two agencies" in page
        assert "It was not checked yet" in page
        page = client.post(reverse("check_trail")).content.decode()
        assert "INTACT" in page
        answer = client.post(reverse("take_trail"))
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            trail = archive.read("trail.jsonl")
            assert "verify.py" in archive.namelist()
        assert b'"texts":"none"' in trail
        assert b"unfed" not in trail  # no word that anybody wrote
        assert Event.objects.filter(chain=REGISTRY, verb="trail_exported").count() == 1
        for person in (cast.nurse, cast.administrator, cast.cpc_officer):
            client.force_login(person)
            assert client.get(reverse("trail")).status_code == 403
            assert client.post(reverse("take_trail")).status_code == 403


def test_a_check_that_failed_or_was_not_made_is_told(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nightly check that finds tampering, or does not run, is an alarm within 26 hours of the last good one."""
    from cases.clock import beat
    from cases.tasks import verify_trail
    from escalation.clock import now

    opened(cast)
    with time_machine.travel(TUESDAY, tick=False) as clock:
        verify_trail()
        clock.shift(timedelta(hours=24))
        monkeypatch.setattr(Verifier, "code", property(lambda self: 1))
        verify_trail()  # it finds something; the last good one is of yesterday
        assert health.staff_warning(now()).startswith("Reminders have stopped")
        clock.shift(timedelta(hours=2, seconds=1))
        for duty in (*health.DUTIES, health.CHECKPOINT):
            beat(duty, now())
        assert health.staff_warning(now()).startswith("The record was not found whole last night")
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["alarms"]) == (200, ["trail"])
        client.force_login(cast.administrator)
        page = client.get(reverse("operations")).content.decode()
        assert re.search(
            r"Check of the whole record that ended well.*?26 hours ago.*?Silent", page, re.DOTALL
        )
        monkeypatch.undo()
        verify_trail()
        assert health.staff_warning(now()) == ""
        assert client.get("/readyz").json()["alarms"] == []


def test_the_commands_export_and_check_the_trail(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status: 0 intact, 1 tampered, 3 cannot be read; one case alone, everything, and the database itself."""
    case = determined(cast)
    mail = tmp_path / "mail.txt"
    mail.write_text(checkpoints.text_of(checkpoints.take(TUESDAY)))

    def status(*args: str) -> int:
        with pytest.raises(SystemExit) as ended:
            call_command("verify_audit", *args)
        return int(ended.value.code or 0)

    call_command("export_audit", "--out", str(tmp_path / "all.zip"), "--with-texts")
    call_command("export_audit", "--out", str(tmp_path / "one.jsonl"), "--case", case.reference)
    assert status("--export", str(tmp_path / "all.zip"), "--checkpoints", str(mail)) == 0
    assert status("--export", str(tmp_path / "one.jsonl"), "--checkpoints", str(mail), "--json") == 0
    assert status("--checkpoints", str(mail)) == 0
    lines = (tmp_path / "one.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "bad.jsonl").write_bytes(b"".join(lines[:4] + lines[5:]))
    assert status("--export", str(tmp_path / "bad.jsonl")) == 1
    (tmp_path / "none.jsonl").write_bytes(b"no export\n")
    assert status("--export", str(tmp_path / "none.jsonl"), "--json") == 3
    with pytest.raises(CommandError, match="There is no case"):
        call_command("export_audit", "--case", "222-2222", "--out", str(tmp_path / "x.zip"))
    with pytest.raises(CommandError, match="must end in"):
        call_command("export_audit", "--out", str(tmp_path / "x.txt"))
    printed = capsys.readouterr().out
    assert printed.count("INTACT. Checked:") == 2
    assert '"verdict": "INTACT"' in printed
    assert Event.objects.filter(chain=REGISTRY, verb="trail_exported").count() == 2
