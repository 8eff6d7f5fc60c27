"""`python -m tests.bench.sweep`: how fast the sweep is (PF10 to PF13), on servers of its own; prints a table.

Everything a sweep records is in every figure: lapse, sealed event, duty passed on, who may see it, outbox rows.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from escalation.devstack.children import Child
from escalation.devstack.errors import Interrupted, StackError
from escalation.devstack.postgres import Postgres
from escalation.devstack.state import token
from escalation.devstack.supervisor import Supervisor
from escalation.devstack.throwaway import place
from tests.bench.__main__ import LOGIN, SERVER

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "docs" / "benchmarks-sweep.md"


def sets(rounds: int, largest: int) -> list[int]:
    """Return the sizes of the sets in the order in which they are measured."""
    sizes = [s for s in (1_000, 10_000) if s <= largest for _ in range(2 * rounds)]
    sizes += [100_000] * 2 if largest >= 100_000 else []
    return [*sizes, *[10_000] * (2 * rounds), 10_000]


def main() -> int:
    """Measure; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open", type=int, default=1_000_000, help="open duties (default 1000000)")
    parser.add_argument(
        "--largest", type=int, default=100_000, help="most duties due at once (default 100000)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="pairs of statement and sweep (default 3)")
    parser.add_argument("--keep", action="store_true", help="write docs/benchmarks-sweep.md")
    asked = parser.parse_args()
    began = time.monotonic()
    try:
        small = measured(1_000, [], asked)
        large = measured(asked.open, sets(asked.rounds, asked.largest), asked)
    except Interrupted as stop:
        return 128 + stop.signum
    except StackError as error:
        sys.stderr.write(f"\n{error.happened}\n\nWhat to do: {error.remedy}\n")
        return 1
    text = table(small, large, asked, (time.monotonic() - began) / 60)
    sys.stdout.write(f"\n{text}")
    if asked.keep:
        KEPT.write_text(text)
    return 0


def measured(open_duties: int, sizes: list[int], asked: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of one database, made and thrown away here."""
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
        loading = time.monotonic()
        loaded = _run(["tests.bench.sweep_load", str(open_duties), ",".join(map(str, sizes))], env, "")
        sys.stderr.write(f"{open_duties:,} open duties loaded in {time.monotonic() - loading:.0f} s\n")
        as_web = {**env, "DATABASE_URL": env["RUNTIME_DATABASE_URL"]}
        arguments = ["tests.bench.sweep_measure", str(asked.rounds), str(asked.largest)]
        found: dict[str, Any] = json.loads(_run(arguments, as_web, loaded))
        return found


def _run(module: list[str], env: dict[str, str], text: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *module],
        cwd=ROOT,
        env=env,
        input=text,
        text=True,
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise StackError(f"{module[0]} failed.", "Read what stands above.")
    return done.stdout


def table(small: dict[str, Any], large: dict[str, Any], asked: argparse.Namespace, minutes: float) -> str:
    """Return the page of docs."""
    lines = [
        "# How fast the sweep is",
        "",
        "Written by `python -m tests.bench.sweep --keep`; do not edit.",
        "",
        f"{asked.open:,} open duties. PostgreSQL 18 with fsync, as the runtime role; {asked.rounds} rounds, medians. "
        f"Everything is recorded: lapse, sealed event, duty passed on, who may see it, two messages each. "
        f"The statement beside it writes the same rows in one piece of SQL. All of it took {minutes:.0f} minutes.",
        "",
        "| due | one statement, s | sweep, s | ratio | statements for each 1,000 | peak MB |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    for size, row in large["sizes"].items():
        lines.append(
            f"| {int(size):,} | {row['floor']:.2f} | {row['seconds']:.2f} | {row['ratio']:.2f} "
            f"| {row['statements']:.1f} | {row['peak_mb']:.0f} |"
        )
    waits, sizes = large["waits"], large["sizes"]
    ten = sizes.get("10000") or sizes[10_000] if asked.largest >= 10_000 else None
    idle = large["idle"] / small["idle"]
    goals: list[tuple[str, str, float, str, bool]] = [
        (
            "PF11",
            "statements for each 1,000 due, most",
            max(r["statements"] for r in sizes.values()),
            "≤ 25",
            True,
        ),
        ("PF12", "nothing due, over the same among 1,000", idle, "≤ 1.2", idle <= 1.2),
        ("PF13", "two sweeps at once over one; each duty once", large["two_over_one"], "≤ 0.8", True),
        ("", "peak memory of a sweep, MB", max(r["peak_mb"] for r in sizes.values()), "≤ 300", True),
        ("", "a write to a swept case meanwhile, p95 ms", waits["p95"], "≤ 100", True),
    ]
    if ten:
        goals.insert(0, ("PF10", "10,000 due, times one statement", ten["ratio"], "≤ 3", True))
    lines += ["", "| Goal | What | Found | Good | |", "|---|---|--:|--:|---|"]
    for key, what, value, good, _ in goals:
        met = value <= float(good.removeprefix("≤ "))
        lines.append(f"| {key} | {what} | {value:.2f} | {good} | {'met' if met else '**missed**'} |")
    lines += [
        "",
        f"With nothing due a sweep takes {1000 * large['idle']:.2f} ms ({1000 * small['idle']:.2f} ms among 1,000). "
        f"{waits['writes']} writes to cases of a set of 10,000, chosen at random, went on during its sweep: p50 "
        f"{waits['p50']:.0f} ms, p95 {waits['p95']:.0f} ms, worst {waits['worst']:.0f} ms; without a sweep p50 "
        f"{waits['quiet_p50']:.0f} ms, p95 {waits['quiet_p95']:.0f} ms.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
