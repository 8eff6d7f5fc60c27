"""`python -m tests.bench.record`: the cost of the sealed trail and of a record taken out (PF14, PF15).

Prints a table; `--keep` writes docs/benchmarks-record.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from escalation.devstack.binaries import postgres_programs
from escalation.devstack.children import Child
from escalation.devstack.errors import Interrupted, StackError
from escalation.devstack.postgres import Postgres
from escalation.devstack.state import token
from escalation.devstack.supervisor import Supervisor
from escalation.devstack.throwaway import place
from tests.bench.__main__ import LOGIN, SERVER
from tests.bench.sweep import _run

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "docs" / "benchmarks-record.md"
PLAIN = "CREATE TABLE plain_event (LIKE trail_event INCLUDING ALL)"
_VALUES = """
    (id, chain, seq, at, claimed_at, actor_id, acting_role, agency_id, verb, object_ref, payload, salt,
    commitment, prev, hash)
    VALUES (gen_random_uuid(), md5(:c::text)::uuid, :n, now(), now(), 7, 'raiser', 3, 'position_recorded',
        'bench:' || :c, '{"entries":[],"side":"raising","note":"' || repeat('x', 300) || '"}',
        decode(repeat('ab', 32), 'hex'), '', '', '');
"""
ONE_EVENT = (
    "\\set c random(1, 1000)\n\\set n random(1, 1000000000)\nINSERT INTO {table} "
    + " ".join(_VALUES.split())
    + "\n"
)
#: What taking a case further writes: row lock, four entries, a stage, two duties, the case, and last the event.
ESCALATION = """
\\set c :client_id * 5 + random(1, 5)
BEGIN;
SELECT id FROM cases_case WHERE id = (SELECT case_id FROM bench_case WHERE n = :c) FOR UPDATE;
INSERT INTO bench_entry SELECT gen_random_uuid(), e.* FROM bench_text e WHERE e.n = :c;
INSERT INTO bench_stage SELECT gen_random_uuid(), :c, now(), now();
INSERT INTO bench_duty SELECT :c, now(), now() FROM generate_series(1, 2);
UPDATE cases_case SET version = version + 1, changed_at = now()
    WHERE id = (SELECT case_id FROM bench_case WHERE n = :c);
INSERT INTO trail_event
    (id, chain, seq, at, claimed_at, actor_id, acting_role, agency_id, verb, object_ref, payload, salt,
    commitment, prev, hash)
    SELECT gen_random_uuid(), b.chain, 0, now(), now(), 7, 'raiser', 3, 'escalated', 'bench:' || :c,
    '{"entries":[]}', decode(repeat('ab', 32), 'hex'), '', '', '' FROM bench_case b WHERE b.n = :c;
COMMIT;
"""
TABLES = (
    "CREATE TABLE bench_case AS SELECT row_number() OVER (ORDER BY id) AS n, id AS case_id, chain FROM cases_case",
    "CREATE TABLE bench_text AS SELECT b.n, e.content, e.salt FROM bench_case b"
    " CROSS JOIN (SELECT content, salt FROM cases_entry LIMIT 4) e",
    "CREATE INDEX ON bench_text (n)",
    "CREATE TABLE bench_entry (id uuid PRIMARY KEY, n bigint, content text, salt bytea)",
    "CREATE INDEX ON bench_entry (n)",
    "CREATE TABLE bench_stage (id uuid PRIMARY KEY, n bigint, a timestamptz, b timestamptz)",
    "CREATE TABLE bench_duty (n bigint, a timestamptz, b timestamptz)",
    "CREATE INDEX ON bench_duty (n)",
    "GRANT ALL ON ALL TABLES IN SCHEMA public TO escalation_app",
)


def main() -> int:
    """Measure; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=8, help="length of one run (default 8)")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of runs (default 3)")
    parser.add_argument("--events", type=int, default=1_000_000, help="events to verify (default 1000000)")
    parser.add_argument("--keep", action="store_true", help="write docs/benchmarks-record.md")
    asked = parser.parse_args()
    try:
        found = measured(asked)
    except Interrupted as stop:
        return 128 + stop.signum
    except StackError as error:
        sys.stderr.write(f"\n{error.happened}\n\nWhat to do: {error.remedy}\n")
        return 1
    text = table(found, asked)
    sys.stdout.write(f"\n{text}")
    if asked.keep:
        KEPT.write_text(text)
    return 0


def measured(asked: argparse.Namespace) -> dict[str, Any]:
    """Return all figures, of a server that is made and thrown away here."""
    with Supervisor(ROOT) as supervisor:
        folder = supervisor.temporary_folder(place(), 0o711 if os.geteuid() == 0 else 0o700)
        logs = folder / "logs"
        logs.mkdir()
        password, word = token(), token()
        server = Postgres(folder, folder / "sockets", password, logs, SERVER)
        server.start(supervisor)
        server.run_sql("CREATE DATABASE bench")
        env = {
            **{key: value for key, value in os.environ.items() if not key.startswith("EMAIL")},
            "DATABASE_URL": server.url("postgres", password, "bench"),
            "RUNTIME_DATABASE_URL": server.url(LOGIN, word, "bench"),
            "SECRET_KEY": secrets.token_hex(32),
            "DEMO_MODE": "false",
            "LOG_LEVEL": "ERROR",
        }
        for name in ("migrate", "runtime_login"):
            child = Child(name, [sys.executable, "manage.py", name], logs / f"{name}.log", env, ROOT)
            supervisor.finish(child, seconds=300)
        as_web = {**env, "DATABASE_URL": env["RUNTIME_DATABASE_URL"]}
        found: dict[str, Any] = json.loads(
            _run(["tests.bench.record_measure", str(asked.events)], as_web, "")
        )
        for statement in (PLAIN, *TABLES):
            _psql(env["DATABASE_URL"], statement)
        found["plain"], found["sealed"] = [], []
        for _ in range(asked.rounds):
            for name, target in (("plain", "plain_event"), ("sealed", "trail_event")):
                script = ONE_EVENT.replace("{table}", target)
                found[name].append(_pgbench(as_web["DATABASE_URL"], script, 16, asked.seconds, folder))
        found["one"], found["eight"] = [], []
        for _ in range(asked.rounds):
            for name, clients in (("one", 1), ("eight", 8)):
                found[name].append(
                    _pgbench(as_web["DATABASE_URL"], ESCALATION, clients, asked.seconds, folder)
                )
        return found


def _psql(url: str, statement: str) -> None:
    argv = [str(postgres_programs() / "psql"), "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, url]
    if subprocess.run(argv, check=False).returncode:
        raise StackError("A table for measuring could not be made.", "Read what stands above.")


def _pgbench(url: str, script: str, clients: int, seconds: int, folder: Path) -> float:
    """Return transactions a second."""
    file = folder / "script.sql"
    file.write_text(script)
    argv = [str(postgres_programs() / "pgbench"), "-n", "-c", str(clients), "-j", "2", "-T", str(seconds)]
    done = subprocess.run([*argv, "-f", str(file), url], capture_output=True, text=True, check=False)
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    if done.returncode or rate is None:
        raise StackError(f"pgbench failed: {done.stderr[-500:]}", "Read what stands above.")
    time.sleep(0.5)
    return float(rate[1])


def table(found: dict[str, Any], asked: argparse.Namespace) -> str:
    """Return the page of docs."""
    plain, sealed, one, eight = (median(found[k]) for k in ("plain", "sealed", "one", "eight"))
    timeline = found["timeline"]
    rows = [
        ("events a second at 16 clients, sealed / plain", f"{sealed:,.0f} / {plain:,.0f}", sealed / plain, "≥ 0.9"),
        ("escalations a second on different cases, 8 clients / 1", f"{eight:,.0f} / {one:,.0f}", eight / one, "≥ 3.3"),
        (
            f"verifying {asked.events:,} events a second / stream, parse, hash",
            f"{found['verify']:,.0f} / {found['floor']:,.0f}",
            found["verify"] / found["floor"],
            "≥ 0.7",
        ),
        ("statements of the case page, 300 entries / 30", f"{timeline['300'][0]} / {timeline['30'][0]}",
         timeline["300"][0] / timeline["30"][0], "≤ 1.0"),
    ]  # fmt: skip
    lines = [
        "# How fast the record is",
        "",
        "Written by `python -m tests.bench.record --keep`; do not edit.",
        "",
        f"PostgreSQL 18 with fsync, as the runtime role; medians of {asked.rounds} runs of {asked.seconds} s each.",
        "",
        "| What | figures | ratio | goal |",
        "|---|--:|--:|--:|",
        *(f"| {what} | {figures} | {ratio:.2f} | {goal} |" for what, figures, ratio, goal in rows),
        "",
        f"Memory while verifying: {found['verify_mb']} MB at most (goal: under 150 MB). "
        f"PDF of a case with 300 entries: {found['pdf']:.2f} s (CPU {found['pdf_cpu']:.2f} s), "
        f"{found['pages']} bytes (goal: under 3 s). "
        f"Loading and drawing its timeline: {timeline['300'][1] * 1000:.0f} ms; with 30 entries "
        f"{timeline['30'][1] * 1000:.0f} ms.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
