"""Dump, destroy, restore, replay, verify: with PostgreSQL's own programs, on a database that is really gone (H1)."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connection, connections

from cases.models import Case, Entry
from cases.record import forgetting
from cases.record.verifying import verify_database
from escalation import backup
from escalation.clock import now
from escalation.trail import verify
from tests.cast import TUESDAY, make_cast, opened
from tests.conftest import OWNER

CANARY = "CANARY-before-the-fire"


@pytest.mark.django_db(transaction=True)
def test_a_destroyed_database_comes_back_whole_and_stays_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cast = make_cast()
    case, other = opened(cast, what=CANARY), opened(cast)
    entry = Entry.objects.get(case=case, kind="concern")
    owner = {**connection.settings_dict, **{k: OWNER[k] for k in ("USER", "PASSWORD", "HOST", "PORT")}}
    # The backup of the night.
    dump = backup.dump
    monkeypatch.setattr("escalation.backup.dump", lambda _, target: dump(owner, target))
    call_command(
        "backup",
        "--out",
        str(tmp_path / "night"),
        "--removals",
        str(tmp_path / "old.jsonl"),
        stdout=io.StringIO(),
    )
    # The next day a text is removed; the list of removals is kept apart, and is newer than the dump.
    asked = forgetting.ask_for_text(entry, ground="court_order", authority="Order", by=cast.cswo, at=TUESDAY)
    forgetting.approve(asked, by=cast.health_lead, at=TUESDAY)
    call_command("removals", "list", str(tmp_path / "removals.jsonl"), stdout=io.StringIO())
    # The fire, and the way back.
    began = time.monotonic()
    _destroy(owner)
    backup.restore(owner, tmp_path / "night" / "database.dump")
    assert CANARY in Entry.objects.get(pk=entry.pk).content  # the backup brought it back
    said = io.StringIO()
    call_command("removals", "replay", str(tmp_path / "removals.jsonl"), stdout=said)
    assert said.getvalue() == "1 removed again, 0 were gone already.\n"
    kept = [
        m
        for file in (tmp_path / "night").glob("checkpoint-*.txt")
        for m in verify.mails_in(file.read_bytes())
    ]
    done = verify_database(now(), kept)
    took = time.monotonic() - began
    with capsys.disabled():
        print(f"\nrestored, replayed and verified in {took:.1f} s: {done.counts}")  # noqa: T201
    assert (done.code, done.problems) == (2, [])
    assert (done.counts["mails"], done.counts["erased"]) == (1, 1)
    assert Case.objects.count() == 2
    assert Entry.objects.get(pk=entry.pk).content == ""
    assert Entry.objects.filter(case=other).exclude(content="").count() == 3
    after = tmp_path / "after.sql"
    backup.dump_plain(owner, after)
    assert CANARY not in after.read_text()
    # The guards are back as well: the runtime role still cannot change what is sealed.
    with pytest.raises(Exception, match="denied"), connection.cursor() as cursor:
        cursor.execute("UPDATE trail_event SET verb = 'x'")


def _destroy(owner: dict[str, Any]) -> None:
    """Drop the whole database with everybody connected, and put an empty one in its place."""
    connections.close_all()
    server = psycopg2.connect(
        dbname="postgres",
        user=owner["USER"],
        password=owner["PASSWORD"],
        host=owner["HOST"],
        port=owner["PORT"] or None,
    )
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{owner["NAME"]}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{owner["NAME"]}"')
    server.close()
