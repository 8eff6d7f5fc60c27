"""`make faults`: kills, stops and freezes real processes, counts what came of it, and prints a table.

Short versions of these, and the bars that need no process of their own (D8, D11 to D14), run in `make test`; the
latter are run here too, so that the table is whole.
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
from typing import Any

from escalation.devstack import binaries, valkey
from escalation.devstack.children import Child
from escalation.devstack.errors import Interrupted, StackError
from escalation.devstack.postgres import Postgres
from escalation.devstack.state import token
from escalation.devstack.supervisor import Supervisor
from escalation.devstack.throwaway import place
from tests.bench.__main__ import LOGIN, SERVER

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "docs" / "faults.md"
#: Rows of parts that were run apart, by bar, until all of them are there.
APART = ROOT / ".dev" / "measured" / "faults.json"
#: What is done to the service itself needs few cases.
SERVICE, LIGHT = {"worker", "migration", "database"}, "1,1,1,1,100,1,1"
#: Parts that can be run apart, with the bars they answer. Mails of the first set are what the senders are killed over.
PARTS = {
    "sweepers,senders": ("D1", "D2"),
    "stopped": ("D3",),
    "frozen": ("D4",),
    "killed": ("D5",),
    "timer": ("D6", "D9"),
    "together": ("D7",),
    "stale": ("D10",),
    "worker": ("H5",),
    "migration": ("H6",),
    "database": ("H4",),
    "held": ("D8", "D11", "D12", "D13", "D14"),
}
#: Due at once: for the sweepers that are killed, for everything at once, for Redis stopped, frozen and killed, for
#: the timer alone, and for stale mail.
SETS = [10_000, 2_000, 500, 500, 1_000, 10_000, 1_000]
#: Bars that need no process of their own: the tests of `make test` that hold them, run here once more and counted.
HELD = {
    "D8": (
        "a mail server hangs, refuses now or for good, is out of reach",
        "tests/notifications/test_delivery.py",
        "fails or server or hang",
    ),
    "D11": ("an outage of 26 hours", "tests/time/test_sweep_repeated.py", "outage"),
    "D12": (
        "sweep, sender, beat or worker falls silent",
        "tests/notifications/test_health.py",
        "ready or warns or signs",
    ),
    "D13": ("ill rows", "tests/time/test_sweep_repeated.py", "poisoned or ill_row"),
    "D14": ("what is not kept", "tests/notifications/test_planning.py", "not_kept"),
}


def main() -> int:
    """Run every fault; return the exit status: 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument(
        "--only",
        default="",
        choices=["", *PARTS],
        help=f"one part: {' or '.join(PARTS)}; its rows are kept in .dev, and docs/faults.md is written "
        "when every part was run in full size",
    )
    parser.add_argument(
        "--sizes", default=",".join(map(str, SETS)), help="how many duties are due for each fault"
    )
    asked = parser.parse_args()
    began = time.monotonic()
    try:
        rows = (
            [] if asked.only == "held" else run(asked.only, LIGHT if asked.only in SERVICE else asked.sizes)
        )
        if asked.only in ("", "held"):
            rows += held()
    except Interrupted as stop:
        return 128 + stop.signum
    except StackError as error:
        sys.stderr.write(f"\n{error.happened}\n\nWhat to do: {error.remedy}\n")
        return 1
    minutes = (time.monotonic() - began) / 60
    sys.stdout.write(page(rows, minutes))
    if asked.sizes == ",".join(map(str, SETS)):
        keep(rows, minutes, afresh=not asked.only)
    return 0 if all(row["met"] for row in rows) else 1


def keep(rows: list[dict[str, Any]], minutes: float, *, afresh: bool) -> None:
    """Keep these rows beside those of other parts, or instead of them; write docs/faults.md when none is missing."""
    kept: dict[str, dict[str, Any]] = {}
    if APART.exists() and not afresh:
        kept = json.loads(APART.read_text())
    kept |= {row["bar"]: row | {"minutes": minutes / len(rows)} for row in rows}
    APART.parent.mkdir(parents=True, exist_ok=True)
    APART.write_text(json.dumps(kept, indent=1))
    if missing := {bar for bars in PARTS.values() for bar in bars} - kept.keys():
        sys.stdout.write(f"\nNot run yet: {', '.join(sorted(missing))}. docs/faults.md stays as it is.\n")
        return
    KEPT.write_text(page(list(kept.values()), sum(row["minutes"] for row in kept.values())))


def run(only: str, sizes: str) -> list[dict[str, Any]]:
    """Make the servers, run the faults in a process of the runtime role, and return the rows of the table."""
    with Supervisor(ROOT) as supervisor:
        folder = supervisor.temporary_folder(place(), 0o711 if os.geteuid() == 0 else 0o700)
        logs = folder / "logs"
        logs.mkdir()
        password, word = token(), token()
        server = Postgres(folder, folder / "sockets", password, logs, SERVER)
        server.start(supervisor)
        server.run_sql("CREATE DATABASE faults")
        env = {
            **{key: value for key, value in os.environ.items() if not key.startswith("EMAIL")},
            "DATABASE_URL": server.url("postgres", password, "faults"),
            "RUNTIME_DATABASE_URL": server.url(LOGIN, word, "faults"),
            "SECRET_KEY": secrets.token_hex(32),
            "DEMO_MODE": "false",
            "LOG_LEVEL": "ERROR",
        }
        for name in ("migrate", "runtime_login"):
            child = Child(name, [sys.executable, "manage.py", name], logs / f"{name}.log", env, ROOT)
            supervisor.finish(child, seconds=300)
        statics = Child(
            "collectstatic",
            [sys.executable, "manage.py", "collectstatic", "--no-input", "-v0"],
            logs / "static.log",
            {**env, "BENCH_STATIC": str(folder / "static"), "DJANGO_SETTINGS_MODULE": "tests.bench.settings"},
            ROOT,
        )
        supervisor.finish(statics, seconds=300)
        loaded = subprocess.run(
            [sys.executable, "-m", "tests.bench.sweep_load", "0", sizes],
            cwd=ROOT,
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        as_web = {
            **env,
            "DATABASE_URL": env["RUNTIME_DATABASE_URL"],
            "BENCH_STATIC": str(folder / "static"),
            "FAULTS_FOLDER": str(logs),
            "FAULTS_VALKEY": str(binaries.valkey_program()),
            "FAULTS_PORTS": f"{valkey.free_port()},{valkey.free_port()}",
            "SEND_MAIL": "true",
            "FAULTS_ONLY": only,
            "FAULTS_OWNER": env["DATABASE_URL"],
            "FAULTS_PGDATA": str(server.data),
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.work"],
            cwd=ROOT,
            env=as_web,
            input=loaded,
            text=True,
            stdout=subprocess.PIPE,
            check=False,
        )
        if done.returncode:
            raise StackError("The faults could not be run.", "Read what stands above.")
        rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
        return rows


def held() -> list[dict[str, Any]]:
    """Run the tests that hold the other bars, in this environment, and return a row for each bar."""
    rows = []
    for bar, (fault, file, which) in HELD.items():
        argv = [sys.executable, "-m", "pytest", file, "-k", which, "-q", "-p", "no:cacheprovider"]
        environ = {key: value for key, value in os.environ.items() if not key.startswith("EMAIL")}
        done = subprocess.run(argv, cwd=ROOT, env=environ, text=True, stdout=subprocess.PIPE, check=False)
        said = done.stdout.strip().splitlines()[-1]
        passed = int(found[1]) if (found := re.search(r"(\d+) passed", said)) else 0
        row = {
            "bar": bar,
            "fault": fault,
            "exercised": f"{passed} {'test' if passed == 1 else 'tests'} of `{file}`",
            "found": said.split(" in ")[0],
        }
        rows.append(row | {"met": done.returncode == 0 and passed > 0})
    return rows


def page(rows: list[dict[str, Any]], minutes: float) -> str:
    """Return the page of docs."""
    rows = sorted(rows, key=lambda row: (row["bar"][0], int(row["bar"][1:])))
    lines = [
        "# What happens when parts of it are killed",
        "",
        "Written by `make faults`; do not edit. Real processes on PostgreSQL 18 with fsync, as the runtime role; kills "
        f"are SIGKILL at random moments. Each row counts what it exercised. All of it took {minutes:.0f} minutes.",
        "",
        "| Bar | Fault | Exercised | Came of it | |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        met = "met" if row["met"] else "**missed**"
        lines.append(f"| {row['bar']} | {row['fault']} | {row['exercised']} | {row['found']} | {met} |")
    lines += ["", "Short versions of D1, D2 and D7, and all of D8, D10 to D14, run in `make test`.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
