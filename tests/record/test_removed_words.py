"""Words that were lawfully removed are nowhere: searched for wherever a copy of them could lie (bar C7)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from cases.models import Case, Draft, Entry
from cases.reading import Record
from cases.record import pack, texts
from cases.record.audience import Audience, read_as
from escalation import wiping
from escalation.celery import app as celery
from escalation.trail import exporting
from notifications import delivery
from notifications.models import Message
from tests.cast import TUESDAY, opened
from tests.conftest import as_owner, owner_connection
from tests.record.full import count
from tests.record.removing import CANARY, erase


@pytest.fixture(autouse=True)
def tuesday() -> Iterator[Any]:
    with time_machine.travel(TUESDAY + timedelta(hours=9), tick=False) as clock:
        yield clock


@pytest.mark.django_db(transaction=True)
def test_removed_words_are_nowhere(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """In no dump, table file after vacuum, export, record pack, log, mail, session, nor in Redis (bar C7)."""
    from tests.cast import make_cast

    word = CANARY.lower().encode()  # the words that search finds are kept in small letters
    cast = make_cast()
    case = opened(cast, what=CANARY)
    entries = [Entry.objects.get(case=case, kind="concern")]
    for i in range(count(1_000, 40)):
        entry = Entry.compose(
            {"update": f"{CANARY}-{i}-" + "y" * (3000 if i % 7 == 0 else 50)},  # long ones lie outside the table
            case=case, stage=case.current_stage, kind="update", author=cast.nurse, agency=cast.health, role="x",
            side="raising", happened_at=TUESDAY, written_at=TUESDAY,
        )  # fmt: skip
        entry.save()
        entries.append(entry)
    Draft.objects.create(
        user=cast.nurse,
        case=case,
        purpose="update",
        data={"update": CANARY},
        started_at=TUESDAY,
        saved_at=TUESDAY,
    )
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does: the planner keeps the words that it meets often
    client = Client()
    client.force_login(cast.nurse)
    dump = tmp_path / "before.sql"
    _dump(dump)
    assert dump.read_text().count(CANARY) == len(entries) + 1  # the search finds what is there
    before = _relations_with(word)
    assert before >= {"cases_entry", "cases_draft", "pg_statistic"}
    page = client.get(f"/cases/{case.reference}/").content.decode()
    assert CANARY in page
    queued = _in_redis()
    early = owner_connection()  # a report that began before the removals, and still sees the words
    early.set_session(isolation_level="REPEATABLE READ")
    early.cursor().execute("SELECT 1")
    for entry in entries:
        erase(entry, cast)
    with as_owner():
        with pytest.raises(CommandError, match=rf"cases_entry.*session {early.info.backend_pid} "):
            call_command("removals", "wipe", "--patience", "0")
        early.close()
        call_command("removals", "wipe", stdout=(said := io.StringIO()))
    assert "nothing that was removed is left" in said.getvalue()
    assert _relations_with(word) == set()
    _dump(dump)
    record = read_as(Record.load(Case.objects.whole().get(pk=case.pk), cast.nurse, TUESDAY), Audience.OWN)
    packed = io.BytesIO(pack.as_zip(record, Audience.OWN))
    captured = capfd.readouterr()
    letters = [delivery.compose(message) for message in Message.objects.filter(case=case)]
    places = {
        "dump": [dump.read_bytes()],
        "table files": [content for _, content in _relation_files()],
        "export": list(exporting.lines(exporting.Wanted(datetime.now(UTC), None, "all"), texts.every)),
        "record pack": [zipfile.ZipFile(packed).read(name) for name in zipfile.ZipFile(packed).namelist()],
        "page": [client.get(f"/cases/{case.reference}/").content],
        "mails": [f"{letter.subject}\n{letter.body}".encode() for letter in letters],
        "Redis": queued,
        "logs": [captured.out.encode(), captured.err.encode()],
    }
    with capfd.disabled():
        looked = ", ".join(f"{sum(map(len, found)):,} bytes of {what}" for what, found in places.items())
        print(f"\n{len(entries)} texts removed, then looked for in {looked}")  # noqa: T201
    assert [what for what, found in places.items() if any(word in one.lower() for one in found)] == []
    assert len(letters) >= 1
    assert len(queued) >= 3


@pytest.mark.django_db(transaction=True)
def test_an_emptied_table_leaves_no_words_with_the_planner(monkeypatch: pytest.MonkeyPatch) -> None:
    """As PostgreSQL 18 does it, and as those before it."""
    known = "SELECT most_common_vals FROM pg_stats WHERE tablename = 'for_a_test' AND attname = 'words'"
    owner = owner_connection()
    owner.autocommit = True
    cursor = owner.cursor()
    for forgets in (wiping.FORGETS, 99_00_00):
        monkeypatch.setattr(wiping, "FORGETS", forgets)
        cursor.execute("CREATE TABLE for_a_test (id int, words text, data jsonb)")
        try:
            cursor.execute(
                "INSERT INTO for_a_test SELECT i, %s, '{}' FROM generate_series(1, 50) i", [CANARY]
            )
            cursor.execute("ANALYZE for_a_test; DELETE FROM for_a_test")
            cursor.execute(known)
            assert CANARY in cursor.fetchone()[0]
            assert wiping.wipe(["for_a_test"], conn=owner) == 1
            cursor.execute(known)
            assert cursor.fetchall() == []
        finally:
            cursor.execute("DROP TABLE for_a_test")
    owner.close()


def _relation_files() -> Iterator[tuple[str, bytes]]:
    """Yield every file of this database with the name of its relation: tables, indexes, catalogs, what lies outside."""
    owner = owner_connection()
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute("CHECKPOINT")  # so that the files hold what the relations hold
        cursor.execute(
            "SELECT pg_relation_filepath(oid), relname FROM pg_class WHERE pg_relation_filepath(oid) IS NOT NULL"
        )
        names = {Path(path).name: name for path, name in cursor.fetchall()}
        cursor.execute(
            "SELECT current_setting('data_directory'), oid::text FROM pg_database WHERE datname = current_database()"
        )
        data, database = cursor.fetchone()
    owner.close()
    for file in sorted(Path(data, "base", database).iterdir()):
        yield names.get(file.name.split("_")[0].split(".")[0], file.name), file.read_bytes()


def _relations_with(word: bytes) -> set[str]:
    return {name for name, content in _relation_files() if word in content.lower()}


def _in_redis() -> list[bytes]:
    """Return all that Redis holds after each task that the clock sends was queued once; the queue is emptied again."""
    import redis

    broker = redis.Redis.from_url(settings.REDIS_URL)
    for task in {entry["task"] for entry in celery.conf.beat_schedule.values()}:
        celery.send_task(task)
    held = list(broker.lrange("celery", 0, -1))
    for key in broker.scan_iter():
        held.append(key)
        held.append(broker.dump(key) or b"")
    broker.delete("celery")
    return held


def _dump(target: Path) -> None:
    """Write a dump of the test database as its owner."""
    from escalation.backup import dump_plain
    from tests.conftest import OWNER

    given = {**connection.settings_dict, **{k: OWNER[k] for k in ("USER", "PASSWORD", "HOST", "PORT")}}
    dump_plain(given, target)
