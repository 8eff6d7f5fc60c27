"""Dump, destroy, restore, replay, verify: with PostgreSQL's own programs, on a database that is really gone (H1)."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
import pytest
from django.db import connection, connections

from cases.demo.bulk import generate
from cases.models import Case, Entry
from cases.record import forgetting
from escalation import backup
from tests.cast import TUESDAY, make_cast, opened
from tests.conftest import OWNER, RUNTIME_LOGIN, RUNTIME_PASSWORD, as_owner
from tests.record.full import count

ROOT = Path(__file__).resolve().parents[2]
CANARY = "CANARY-before-the-fire"


#: What stands for a place of the tests in the commands of docs/backup.md, which are run as they are printed there.
DOCS = (ROOT / "docs" / "backup.md").read_text()
NIGHT = "manage.py backup --out /backups/2026-06-02 --removals /elsewhere/removals.jsonl"
LIST = "manage.py removals list FILE"
WAY_BACK = (
    "pg_restore --exit-on-error --single-transaction --dbname escalation database.dump",
    "manage.py migrate",
    "manage.py runtime_login",
    "manage.py removals replay /elsewhere/removals.jsonl",
    "manage.py verify_audit --checkpoints checkpoint-*.txt",
)


@pytest.mark.django_db(transaction=True)
def test_a_destroyed_database_comes_back_whole_and_stays_erased(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the very commands that docs/backup.md prints, in its order, as the owner of the database."""
    cast = make_cast()
    case, other = opened(cast, what=CANARY), opened(cast)
    entry = Entry.objects.get(case=case, kind="concern")
    if more := count(20_000, 0):
        with as_owner():
            generate(more, seed=6)
    whole = Case.objects.count()
    owner = {**connection.settings_dict, **{k: OWNER[k] for k in ("USER", "PASSWORD", "HOST", "PORT")}}
    night, newest = tmp_path / "night", tmp_path / "removals.jsonl"

    def run(command: str, status: int = 0) -> str:
        """Run a command of the docs; return what it said."""
        assert command in DOCS.replace("\\\n  ", "").replace("\n   ", " "), (
            f"docs/backup.md does not say: {command}"
        )
        return _run(command, owner, night, newest, status)

    # The backup of the night.
    run(NIGHT)
    newest.unlink()
    # The next day a text is removed; the list of removals is kept apart, and is newer than the dump.
    asked = forgetting.ask_for_text(entry, ground="court_order", authority="Order", by=cast.cswo, at=TUESDAY)
    forgetting.approve(asked, by=cast.health_lead, at=TUESDAY)
    run(LIST)
    # The fire, and the way back.
    began = time.monotonic()
    _destroy(owner)
    restore, *steps, replay, verify = WAY_BACK
    run(restore)
    for step in steps:
        run(step)
    assert CANARY in Entry.objects.get(pk=entry.pk).content  # the backup brought it back
    assert run(replay) == "1 removed again, 0 were gone already.\n"
    said = run(verify, 2)
    took = time.monotonic() - began
    with capsys.disabled():
        print(f"\n{whole:,} cases restored, replayed and verified in {took:.1f} s: {said}")  # noqa: T201
    assert took <= 30 * 60
    assert "INTACT" in said
    assert re.search(r"\b1 erased\b.*\b1 mails\b", said), said
    assert Case.objects.count() == whole == 2 + more
    assert Entry.objects.get(pk=entry.pk).content == ""
    assert Entry.objects.filter(case=other).exclude(content="").count() == 3
    after = tmp_path / "after.sql"
    backup.dump_plain(owner, after)
    assert CANARY not in after.read_text()
    # The guards are back as well: the runtime role still cannot change what is sealed.
    with pytest.raises(Exception, match="denied"), connection.cursor() as cursor:
        cursor.execute("UPDATE trail_event SET verb = 'x'")


def _run(command: str, owner: dict[str, Any], night: Path, newest: Path, status: int) -> str:
    """Run a command as an operator would, in the places of this test and against its database."""
    host = quote(str(owner["HOST"]), safe="")
    where = f"@{host}{':' + str(owner['PORT']) if owner['PORT'] else ''}/{owner['NAME']}"
    program, *args = shlex.split(command)
    places = {
        "/backups/2026-06-02": [str(night)],
        "/elsewhere/removals.jsonl": [str(newest)],
        "FILE": [str(newest)],
        "database.dump": [str(night / "database.dump")],
        "checkpoint-*.txt": sorted(str(file) for file in night.glob("checkpoint-*.txt")),
        "escalation": [owner["NAME"]],
    }
    given = [word for arg in args for word in places.get(arg, [arg])]
    start = [sys.executable, program] if program == "manage.py" else [backup.programs(program)[-1]]
    environ = {
        **os.environ,
        "DATABASE_URL": f"postgres://{owner['USER']}:{quote(owner['PASSWORD'], safe='')}{where}",
        "RUNTIME_DATABASE_URL": f"postgres://{RUNTIME_LOGIN}:{RUNTIME_PASSWORD}{where}",
        "PGHOST": str(owner["HOST"]),
        "PGPORT": str(owner["PORT"] or ""),
        "PGUSER": owner["USER"],
        "PGPASSWORD": owner["PASSWORD"],
    }
    done = subprocess.run(
        [*start, *given], cwd=ROOT, env=environ, text=True, capture_output=True, check=False
    )
    assert done.returncode == status, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


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
