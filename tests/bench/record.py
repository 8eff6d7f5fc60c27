"""`python -m tests.bench.record`: the cost of the sealed trail and of a record taken out (PF14, PF15).

Prints a table; `--keep` writes docs/benchmarks-record.md. The server runs as in production: each commit waits for the
disk. Beside that stand a disk that is slower by SLOWER milliseconds, and none that anything waits for: they tell what
the seal costs where the disk is what everybody waits for, and where processors are.
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
from typing import Any, NamedTuple

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
SLOWER = 2  # milliseconds that each flush takes longer, by commit_delay of PostgreSQL
PLAIN = "CREATE TABLE plain_event (LIKE trail_event INCLUDING ALL)"
_VALUES = """
    (id, chain, seq, at, claimed_at, actor_id, acting_role, agency_id, verb, object_ref, payload, salt,
    commitment, prev, hash)
    VALUES (gen_random_uuid(), md5(:c::text)::uuid, :n, now(), now(), 7, 'raiser', 3, 'position_recorded',
        'bench:' || :c, '{"entries":[],"side":"raising","note":"' || repeat('x', 300) || '"}',
        decode(repeat('ab', 32), 'hex'), '', '', '');
"""
ONE_EVENT = (
    "\\set c random(1, 1000)\n\\set n random(1, 1000000000000000)\nINSERT INTO {table} "
    + " ".join(_VALUES.split())
    + "\n"
)
#: What taking a case further writes: row lock, four entries, a stage, two duties, the case, and last the event.
ESCALATION = """
\\set c :client_id * 5 + random(1, 5)
\\set n random(1, 1000000000000000)
BEGIN;
SELECT id FROM cases_case WHERE id = (SELECT case_id FROM bench_case WHERE n = :c) FOR UPDATE;
INSERT INTO bench_entry SELECT gen_random_uuid(), e.* FROM bench_text e WHERE e.n = :c;
INSERT INTO bench_stage SELECT gen_random_uuid(), :c, now(), now();
INSERT INTO bench_duty SELECT :c, now(), now() FROM generate_series(1, 2);
UPDATE cases_case SET version = version + 1, changed_at = now()
    WHERE id = (SELECT case_id FROM bench_case WHERE n = :c);
INSERT INTO {table}
    (id, chain, seq, at, claimed_at, actor_id, acting_role, agency_id, verb, object_ref, payload, salt,
    commitment, prev, hash)
    SELECT gen_random_uuid(), b.chain, :n, now(), now(), 7, 'raiser', 3, 'escalated', 'bench:' || :c,
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


class Run(NamedTuple):
    """What came of one run of pgbench: transactions a second, and the milliseconds that 95 of 100 stayed below."""

    rate: float
    p95: float


def main() -> int:
    """Measure; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=8, help="length of one run (default 8)")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of runs (default 3)")
    parser.add_argument("--events", type=int, default=1_000_000, help="events to verify (default 1000000)")
    parser.add_argument("--keep", action="store_true", help="write docs/benchmarks-record.md")
    asked = parser.parse_args()
    began = time.monotonic()
    try:
        found = measured(asked)
    except Interrupted as stop:
        return 128 + stop.signum
    except StackError as error:
        sys.stderr.write(f"\n{error.happened}\n\nWhat to do: {error.remedy}\n")
        return 1
    text = table(found, asked, (time.monotonic() - began) / 60)
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
        found["flush"] = flushing(folder)
        url = as_web["DATABASE_URL"]

        def run(script: str, clients: int, table: str, *, waits: bool = True) -> Run:
            return _pgbench(
                url, script.replace("{table}", table), clients, asked.seconds, folder, waits=waits
            )

        def sealing(key: str, *, waits: bool = True) -> None:
            found[key] = [
                [run(ONE_EVENT, 16, table, waits=waits) for table in ("plain_event", "trail_event")]
                for _ in range(asked.rounds)
            ]

        def escalating(key: str, table: str) -> None:
            found[key] = [[run(ESCALATION, n, table) for n in (1, 8)] for _ in range(asked.rounds)]

        sealing("waiting")
        sealing("not_waiting", waits=False)
        escalating("escalations", "trail_event")
        escalating("escalations_plain", "plain_event")
        for setting in (f"commit_delay = {SLOWER * 1000}", "commit_siblings = 0"):
            _psql(env["DATABASE_URL"], f"ALTER ROLE {LOGIN} SET {setting}")
        sealing("slower")
        escalating("escalations_slower", "trail_event")
        return found


def flushing(folder: Path) -> float:
    """Return the milliseconds, in the middle, that the disk takes to keep 8 kB."""
    took = []
    with (folder / "flush").open("wb", buffering=0) as file:
        file.write(bytes(8192 * 64))
        os.fsync(file.fileno())
        for place in range(100):
            file.seek(8192 * (place % 64))
            file.write(os.urandom(8192))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(1000 * (time.perf_counter() - began))
    return median(took)


def _psql(url: str, statement: str) -> None:
    argv = [str(postgres_programs() / "psql"), "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, url]
    if subprocess.run(argv, check=False).returncode:
        raise StackError("A table for measuring could not be made.", "Read what stands above.")


def _pgbench(url: str, script: str, clients: int, seconds: int, folder: Path, *, waits: bool) -> Run:
    """Run a script by so many clients at once; `waits`: each commit waits for the disk."""
    file = folder / "script.sql"
    file.write_text(script)
    argv = [
        str(postgres_programs() / "pgbench"),
        "-n",
        "-c",
        str(clients),
        "-j",
        "2",
        "-T",
        str(seconds),
        "-l",
    ]
    env = os.environ | {"PGOPTIONS": f"-c synchronous_commit={'on' if waits else 'off'}"}
    argv += ["--log-prefix", str(folder / "took"), "-f", str(file), url]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=env)
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    if done.returncode or rate is None:
        raise StackError(f"pgbench failed: {done.stderr[-500:]}", "Read what stands above.")
    took = []
    for log in folder.glob("took.*"):
        took += [int(line.split(" ", 3)[2]) for line in log.read_text().splitlines()]
        log.unlink()
    time.sleep(0.5)
    return Run(float(rate[1]), sorted(took)[len(took) * 95 // 100] / 1000)


def table(found: dict[str, Any], asked: argparse.Namespace, minutes: float) -> str:
    """Return the page of docs."""
    timeline, cores = found["timeline"], len(os.sched_getaffinity(0))

    def middle(key: str) -> list[Run]:
        rounds: list[list[Run]] = found[key]
        return sorted(rounds, key=lambda pair: pair[1].rate / pair[0].rate)[len(rounds) // 2]

    def sealed(what: str, key: str, good: str = "") -> tuple[str, str, float, str]:
        plain, with_seal = middle(key)
        later = f"{plain.p95:.2f} / {with_seal.p95:.2f} ms"
        return (
            what.format(later),
            f"{plain.rate:,.0f} / {with_seal.rate:,.0f}",
            with_seal.rate / plain.rate,
            good,
        )

    def escalated(what: str, key: str, good: str = "") -> tuple[str, str, float, str]:
        one, eight = middle(key)
        return what, f"{eight.rate:,.0f} / {one.rate:,.0f}", eight.rate / one.rate, good

    rows = [
        sealed(
            "PF14: events a second at 16 clients, plain / sealed (p95 {})", "waiting", "≥ 0.9, p95 + ≤ 2 ms"
        ),
        sealed(
            f"the same on a disk that takes {SLOWER} ms longer (p95 {{}})", "slower", "≥ 0.9, p95 + ≤ 2 ms"
        ),
        sealed("the same where no commit waits for the disk (p95 {})", "not_waiting"),
        escalated(
            "PF15: escalations a second on different cases, 8 clients / 1", "escalations", "≥ 3.3 on 4 cores"
        ),
        escalated("the same without the seal", "escalations_plain"),
        escalated(
            f"the same, sealed, on a disk that takes {SLOWER} ms longer", "escalations_slower", "≥ 3.3"
        ),
        (
            f"verifying {asked.events:,} events a second / stream, parse, hash",
            f"{found['verify']:,.0f} / {found['floor']:,.0f}",
            found["verify"] / found["floor"],
            "≥ 0.7",
        ),
        (
            "statements of the case page, 300 entries / 30",
            f"{timeline['300'][0]} / {timeline['30'][0]}",
            timeline["300"][0] / timeline["30"][0],
            "≤ 1.5",
        ),
    ]
    lines = [
        "# How fast the record is",
        "",
        "Written by `python -m tests.bench.record --keep`; do not edit.",
        "",
        f"{cores} cores, PostgreSQL 18 with fsync, synchronous_commit and full_page_writes on, as the runtime role; "
        f"the disk takes {found['flush']:.1f} ms to keep 8 kB (median of 100). The middle of {asked.rounds} pairs of "
        f"runs of {asked.seconds} s each. All of it took {minutes:.0f} minutes.",
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
