"""Chains stay whole under load, and PostgreSQL and Python agree on every hash. Whole counts with RECORD_FULL=1."""

# ruff: noqa: T201 (what was tried and found is printed)
from __future__ import annotations

import hashlib
import os
import random
import struct
import subprocess
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from escalation.devstack.binaries import postgres_programs
from escalation.trail import exporting, verify
from escalation.trail.models import Event
from escalation.trail.writing import canonical
from tests.conftest import RUNTIME_LOGIN, RUNTIME_PASSWORD
from tests.record.full import count

CLIENTS, CHAINS, BATCH = 16, 1_000, 500
ONE_MORE = f"""\\set c random(1, {CHAINS})
INSERT INTO trail_event (id, chain, seq, at, claimed_at, acting_role, verb, object_ref, payload, salt, commitment, \
    prev, hash) VALUES (gen_random_uuid(), md5(:c::text)::uuid, 7, '2001-01-01', now(), 'service', 'updated', \
    'load:' || :c, '{{}}', decode(repeat('ab', 32), 'hex'), '', '', '');
"""
#: What is wrong with any chain: a gap, a fork, a time that runs back, a link that does not hold, a head elsewhere.
FAULTS = """
WITH linked AS (
    SELECT chain, seq, at, prev, hash, lag(hash) OVER w AS before, lag(at) OVER w AS earlier,
        row_number() OVER w AS place FROM trail_event WINDOW w AS (PARTITION BY chain ORDER BY seq, at)
), ends AS (SELECT DISTINCT ON (chain) chain, seq, hash FROM trail_event ORDER BY chain, seq DESC)
SELECT count(*) FILTER (WHERE seq <> place), count(*) FILTER (WHERE at <= earlier),
    count(*) FILTER (WHERE prev <> coalesce(before, decode(repeat('00', 32), 'hex'))),
    (SELECT count(*) FROM ends FULL JOIN trail_heads() h USING (chain)
        WHERE (ends.seq, ends.hash) IS DISTINCT FROM (h.seq, h.hash))
FROM linked
"""


def address() -> str:
    """Return where pgbench finds this database, as the runtime role."""
    given = connection.settings_dict
    words = {
        "host": given["HOST"],
        "dbname": given["NAME"],
        "user": RUNTIME_LOGIN,
        "password": RUNTIME_PASSWORD,
    }
    if given["PORT"]:
        words["port"] = given["PORT"]
    return " ".join(f"{name}='{value}'" for name, value in words.items())


@pytest.mark.django_db(transaction=True)
def test_chains_neither_fork_nor_gap_under_load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """16 clients on 1,000 chains; what was kept later stands later in its chain (bar C12)."""
    each = count(100_000, 3_200) // CLIENTS
    script = tmp_path / "one.sql"
    script.write_text(ONE_MORE)
    argv = [str(postgres_programs() / "pgbench"), "-n", "-c", str(CLIENTS), "-j", "2", "-t", str(each)]
    done = subprocess.run(
        [*argv, "-f", str(script), address()], capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stderr[-500:]
    written = Event.objects.count()
    assert written == each * CLIENTS
    with connection.cursor() as cursor:
        cursor.execute(FAULTS)
        gaps, back, loose, heads = cursor.fetchone()
    chains = Event.objects.values("chain").distinct().count()
    with capsys.disabled():
        print(
            f"\n{written:,} events by {CLIENTS} clients on {chains:,} chains: {gaps} gaps or forks, {back} out of "
            f"the order of commits, {loose} loose links, {heads} heads elsewhere"
        )
    assert (gaps, back, loose, heads) == (0, 0, 0, 0)
    assert chains > CHAINS * 0.9
    checked = verify.Verifier().read(exporting.lines(exporting.Wanted(datetime.now(UTC), None, "none")))
    assert (checked.code, checked.counts["events"]) == (0, written)


#: Letters of every width, marks that combine or turn the line, quotes, a line end, an emblem outside the first plane.
LETTERS = "aZ09 -_.:/,|'\"\\\n\t\u00e9\u0301\u00a0\u2019\u202e\u05d0\u4e2d\ufeff\U0001f9d2\U0010ffff"
ZONES = ("UTC", "Europe/London", "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu")


def any_row(rng: random.Random, chain: uuid.UUID) -> dict[str, Any]:
    """Return an event as odd as its columns can hold."""

    def text(most: int) -> str:
        return "".join(rng.choice(LETTERS) for _ in range(rng.randrange(most + 1)))

    def number() -> int | None:
        return rng.choice([None, 0, 1, rng.randrange(2**31), 2**63 - 1, -(2**63)])

    claimed = datetime(1, 1, 2, tzinfo=UTC) + timedelta(
        days=rng.randrange(3_650_000), microseconds=rng.randrange(86_400_000_000)
    )
    return {
        "id": uuid.uuid4(),
        "chain": chain,
        "claimed_at": claimed,
        "actor_id": number(),
        "acting_for_id": number(),
        "agency_id": number(),
        "acting_role": text(40),
        "verb": "x" + text(39),
        "object_ref": text(60),
        "payload": canonical({text(9): [text(30), rng.random(), None, {"n": rng.randrange(2**60)}]}),
        "salt": rng.randbytes(rng.choice([1, 32, 32, 64])),
    }


def by_hand(row: dict[str, Any], seq: int, prev: bytes, at: datetime) -> bytes:
    """Return the hash of an event by the description of the format, in Python."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    micros = [(moment - epoch) // timedelta(microseconds=1) for moment in (at, row["claimed_at"])]
    who = [row[name] or 0 for name in ("actor_id", "acting_for_id", "agency_id")]
    words = [hashlib.sha256(row[name].encode()).digest() for name in ("acting_role", "verb", "object_ref")]
    commitment = hashlib.sha256(b"\x02" + row["salt"] + row["payload"].encode()).digest()
    whole = b"\x01" + prev + row["chain"].bytes + struct.pack(">qqqqqq", seq, *micros, *who)
    return hashlib.sha256(whole + b"".join(words) + commitment).digest()


@pytest.mark.django_db
def test_postgresql_and_python_make_the_same_hash(capsys: pytest.CaptureFixture[str]) -> None:
    """Unicode, absent values, any year and time zone of the session (bar C14)."""
    rng, tried, same = random.Random(14), 0, 0
    for _ in range(count(100_000, 2_000) // BATCH):
        chain, prev = uuid.uuid4(), bytes(32)
        rows = [any_row(rng, chain) for _ in range(BATCH)]
        columns = list(rows[0])
        marks = ", ".join(["(" + ", ".join(["%s"] * len(columns)) + ", 0, now(), '', '', '')"] * BATCH)
        with connection.cursor() as cursor:
            cursor.execute(f"SET TIME ZONE '{rng.choice(ZONES)}'")
            cursor.execute(
                f"INSERT INTO trail_event ({', '.join(columns)}, seq, at, commitment, prev, hash) VALUES {marks}"
                " RETURNING seq, (extract(epoch FROM at) * 1000000)::bigint, hash",
                [row[name] for row in rows for name in columns],
            )
            made = cursor.fetchall()
            cursor.execute("SET TIME ZONE 'UTC'")
        for row, (seq, at, hash_) in zip(rows, made, strict=True):
            tried += 1
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
            prev = by_hand(row, seq, prev, moment)
            same += prev == bytes(hash_)
    with capsys.disabled():
        print(f"\n{tried:,} records at random: PostgreSQL and Python made the same hash of {same:,}")
    assert (tried, same) == (count(100_000, 2_000),) * 2
