"""`make bench`: measure at 1,000 and at 100,000 cases, print the table, keep it in docs/benchmarks.md."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import socket
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from escalation.devstack.children import Child
from escalation.devstack.errors import Interrupted, StackError
from escalation.devstack.postgres import Postgres
from escalation.devstack.state import token
from escalation.devstack.supervisor import Supervisor
from escalation.devstack.throwaway import place
from tests.bench.table import markdown

ROOT = Path(__file__).resolve().parents[2]
LOGIN = "escalation_web"
#: A server as it would run for people: nothing of its durability is switched off.
SERVER = (
    "shared_preload_libraries=pg_stat_statements",
    "shared_buffers=1GB",
    "max_wal_size=8GB",
    "checkpoint_timeout=30min",
)


def options() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 cases only; docs/benchmarks.md stays")
    parser.add_argument(
        "--large", type=int, default=100_000, help="cases of the large database (default 100000)"
    )
    parser.add_argument("--seconds", type=float, default=2.5, help="length of one run (default 2.5)")
    parser.add_argument(
        "--pairs", type=int, default=3, help="runs of each step, each paired with L1 (default 3)"
    )
    parser.add_argument("--only", default="", help="measure these steps alone, by their keys: home,escalate")
    parser.add_argument("--keep", type=Path, help="also write all figures to this file, as JSON")
    return parser.parse_args()


def main() -> int:
    """Measure. Returns the exit status."""
    asked = options()
    began = time.monotonic()
    try:
        found = [measured(1000, asked)] if asked.quick else [measured(n, asked) for n in (1000, asked.large)]
    except Interrupted as stop:
        return 128 + stop.signum
    except StackError as error:
        sys.stderr.write(f"\n{error.happened}\n\nWhat to do: {error.remedy}\n")
        return 1
    if asked.only:
        sys.stdout.write(json.dumps(found, indent=1))
        return 0
    text = markdown(found, pairs=asked.pairs, minutes=(time.monotonic() - began) / 60)
    sys.stdout.write(f"\n{text}")
    if not asked.quick:
        (ROOT / "docs" / "benchmarks.md").write_text(text)
    if asked.keep:
        asked.keep.write_text(json.dumps(found, indent=1))
    return 0


def measured(cases: int, asked: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of a database with so many generated cases, made and thrown away here."""
    say(f"{cases:,} cases")
    with Supervisor(ROOT) as supervisor:
        folder = supervisor.temporary_folder(place(), 0o711 if os.geteuid() == 0 else 0o700)
        logs = folder / "logs"
        logs.mkdir()
        password, word = token(), token()
        server = Postgres(folder, folder / "sockets", password, logs, SERVER)
        server.start(supervisor)
        server.run_sql("CREATE DATABASE bench")
        port = _free_port()
        env = {
            **{key: value for key, value in os.environ.items() if not key.startswith("EMAIL")},
            "DATABASE_URL": server.url("postgres", password, "bench"),
            "RUNTIME_DATABASE_URL": server.url(LOGIN, word, "bench"),
            "SECRET_KEY": secrets.token_hex(32),
            "BASE_URL": f"http://127.0.0.1:{port}",
            "ALLOWED_HOSTS": "127.0.0.1",
            "DEMO_MODE": "false",
            "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
            "BENCH_STATIC": str(folder / "static"),
            "LOG_LEVEL": "WARNING",
        }
        as_web = {**env, "DATABASE_URL": env["RUNTIME_DATABASE_URL"]}

        def finish(name: str, *argv: str, seconds: float = 600, **changes: str) -> str:
            log = logs / f"{name}.log"
            child = Child(name, [sys.executable, *argv], log, {**env, **changes}, ROOT)
            return supervisor.finish(child, seconds=seconds)

        finish("migrate", "manage.py", "migrate", "--no-input", "-v0")
        finish("runtime_login", "manage.py", "runtime_login")
        finish("collectstatic", "manage.py", "collectstatic", "--no-input", "-v0")
        loading = time.monotonic()
        seed = ("manage.py", "seed_demo", "--cases", str(cases))
        finish("seed_demo", *seed, DEMO_MODE="true", DATABASE_URL=as_web["DATABASE_URL"])
        loaded = time.monotonic() - loading
        say(f"  loaded in {loaded:.0f} s")
        _at_rest(server)
        web = Child(
            "web", [sys.executable, "-m", "gunicorn", *_gunicorn(port)], logs / "web.log", as_web, ROOT
        )
        supervisor.start(web)
        supervisor.wait_for(lambda: _serves(port), what="the web server", seconds=60)
        out = folder / "found.json"
        pids = [f"--port={port}", f"--web={web.pid}", f"--postgres={_postmaster(server)}", f"--login={LOGIN}"]
        size = [
            f"--seconds={asked.seconds}",
            f"--pairs={asked.pairs}",
            f"--out={out}",
            f"--only={asked.only}",
        ]
        argv = [sys.executable, "-m", "tests.bench.measure", *pids, *size]
        if supervisor.foreground(argv, env) != 0:
            said = web.said(5) or "nothing"
            raise StackError(
                f"The measuring failed. The web server said last: {said}", "Read what stands above."
            )
        found: dict[str, Any] = json.loads(out.read_text())
        return found | {"asked": cases, "loaded": loaded}


def _gunicorn(port: int) -> list[str]:
    return ["escalation.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--no-control-socket"]


def _at_rest(server: Postgres) -> None:
    server.run_sql(
        "\\c bench\nCREATE EXTENSION IF NOT EXISTS pg_stat_statements;\nVACUUM ANALYZE;\nCHECKPOINT;"
    )


def _postmaster(server: Postgres) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _serves(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def say(text: str) -> None:
    """Tell how far it is, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
