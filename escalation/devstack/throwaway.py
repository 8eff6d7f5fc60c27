"""Servers for one command: made in a temporary folder, gone afterwards. `make test` and `make bench` run on them."""

import os
import secrets
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from escalation.devstack import valkey
from escalation.devstack.postgres import FORGETFUL, Postgres, sockets_folder
from escalation.devstack.stack import NOT_OURS
from escalation.devstack.state import OUTSIDE, require_space, token
from escalation.devstack.supervisor import Supervisor


def place() -> Path:
    """Return the folder to make temporary folders in.

    As root, PostgreSQL runs as `nobody`: the way to its data must be open, and a private TMPDIR is not.
    """
    wanted = OUTSIDE if os.geteuid() == 0 else Path(tempfile.gettempdir())
    return sockets_folder(wanted / "escalation-12345678" / "sockets", OUTSIDE / "x" / "x").parent.parent


def shell(root: Path, argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `argv` with DATABASE_URL (a superuser's) and REDIS_URL of throw-away servers; return its exit status.

    Servers named in `environ` are never used, so that no test can touch somebody's data.
    """
    with Supervisor(root) as supervisor:
        folder = supervisor.temporary_folder(place(), 0o711 if os.geteuid() == 0 else 0o700)
        require_space(folder)
        logs = folder / "logs"
        logs.mkdir()
        password = token()
        postgres = Postgres(folder, folder / "sockets", password, logs, FORGETFUL)
        postgres.start(supervisor)
        postgres.run_sql("CREATE DATABASE escalation")
        env = {
            **{key: value for key, value in environ.items() if key not in NOT_OURS},
            "DATABASE_URL": postgres.url("postgres", password, "escalation"),
            "RUNTIME_DATABASE_URL": postgres.url("escalation_web", token(), "escalation"),
            "REDIS_URL": valkey.start(supervisor, folder / "valkey", logs),
            "SECRET_KEY": secrets.token_hex(32),
            "BASE_URL": "http://127.0.0.1:8000",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "DEMO_MODE": "true",
        }
        return supervisor.foreground(argv, env)


def test(root: Path, arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run pytest with `arguments` against throw-away servers; return its exit status."""
    return shell(root, [sys.executable, "-m", "pytest", *arguments], environ)
